//! What is printed compiles, and says what was found.

use litepool_replay::configurations;
use litepool_trace::WordSize;

use super::*;
use crate::code::Replayed;
use crate::split::facts::ClassFacts;
use crate::split::units::{Facts, Unit};

fn pool(bytes: u64, serves: Option<Vec<Unit>>, classes: Vec<ClassFacts>) -> PoolFacts {
    PoolFacts {
        bytes,
        control_block: 128,
        live_peak: bytes / 2,
        serves,
        classes,
        fixed_slots: None,
    }
}

fn requests(from: u64, to: Option<u64>) -> Unit {
    Unit {
        site: None,
        from_bytes: from,
        to_bytes: to,
        facts: Facts::default(),
    }
}

fn class(object_bytes: usize, slab_bytes: usize, slabs: usize) -> ClassFacts {
    ClassFacts {
        object_bytes,
        slab_bytes,
        slabs,
        objects: 10,
        most_used: 9,
        bytes: slab_bytes * slabs,
    }
}

fn split(classes: Vec<ClassFacts>) -> Split {
    Split {
        bytes: 400_000,
        saved: 100_000,
        saved_percent: 20.0,
        is_exact: true,
        pools: vec![
            pool(65_536, Some(vec![requests(0, Some(64))]), Vec::new()),
            pool(334_464, None, classes),
        ],
    }
}

/// One pool of a configuration for 32 bits, with the `MAX_SIZE` that was asked for.
fn one_of(name: &'static str, max_size: Option<u64>) -> OnePool {
    let mut all = configurations(WordSize::Bits32);
    let configuration = all.find(|one| one.name == name).unwrap();
    let configuration = configuration.with_max_size(max_size.unwrap_or(0)).unwrap();
    OnePool {
        configuration: name,
        granule: 4,
        bytes: 500_000,
        control_block: 200,
        replayed: Replayed {
            configuration,
            max_size,
        },
    }
}

fn one() -> OnePool {
    one_of("best", None)
}

/// Two pools without classes.
fn pools(first: u64, second: u64) -> Split {
    Split {
        pools: vec![
            pool(first, Some(vec![requests(0, Some(64))]), Vec::new()),
            pool(second, None, Vec::new()),
        ],
        ..split(Vec::new())
    }
}

#[test]
fn the_rust_text_is_the_module_that_is_compiled_beside_this_test() {
    let split = split(vec![class(24, 512, 8), class(40, 2048, 3)]);
    let text = rust(&split, &one());
    let sample = include_str!("sample.rs");
    let (_, sample) = sample.split_once("\n\n").unwrap();
    assert_eq!(text, sample);
}

#[test]
fn the_pools_of_the_sample_have_their_slabs() {
    let bytes = |size| vec![std::mem::MaybeUninit::uninit(); size];
    let mut memory = bytes(sample::PoolB::BYTES);
    let heap = sample::PoolB::heap(&mut memory).unwrap();
    assert_eq!(heap.stats().slabs, 8 + 3);
    let mut memory = bytes(sample::PoolA::BYTES);
    assert_eq!(sample::PoolA::heap(&mut memory).unwrap().stats().slabs, 0);
    assert_eq!(sample::PoolA::BYTES, 65_536);
}

#[test]
fn c_has_pools_and_no_classes() {
    let text = c(&pools(65_536, 134_464), &one()).unwrap();
    assert!(text.contains("static UINTPTR pool_a[65536 / sizeof(UINTPTR)];"));
    assert!(text.contains("LOS_MemInit(pool_b, sizeof pool_b);"));
    let classes = split(vec![class(24, 512, 8)]);
    assert_eq!(c(&classes, &one()), Err(NotInC::Classes));
}

#[test]
fn the_library_in_c_has_the_links_that_the_pools_were_replayed_with() {
    let text = c(&pools(4_732, 32_360), &one()).unwrap();
    assert!(text.contains("mem-waterline,kernel-mem-bestfit,max-256k\n"));
    let text = c(&pools(300_000, 3 << 20), &one()).unwrap();
    assert!(text.contains("kernel-mem-bestfit\n"));
    let text = c(&pools(300_000, 20 << 20), &one()).unwrap();
    assert!(text.contains("kernel-mem-bestfit,max-2g\n"));
    // The small pool was replayed with narrow links, which the library of the large one has not.
    assert_eq!(c(&pools(65_536, 334_464), &one()), Err(NotInC::Links));
    let wide = one_of("best", Some(16 << 20));
    let text = c(&pools(65_536, 334_464), &wide).unwrap();
    assert!(text.contains("kernel-mem-bestfit\n"));
}

#[test]
fn rust_has_the_links_and_the_slab_that_the_pools_were_replayed_with() {
    let text = rust(&pools(4_732, 32_360), &one_of("tlsf", Some(16 << 20)));
    assert_eq!(text.matches("MAX_SIZE: usize = 16_777_216;").count(), 2);
    let text = rust(&pools(4_732, 32_360), &one_of("slab-fast-tlsf", None));
    assert!(text.contains("use litepool::slab::Slab;\n"));
    assert_eq!(text.matches("const SLAB: Slab = Slab::FAST;").count(), 2);
}
