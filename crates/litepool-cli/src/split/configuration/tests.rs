//! What is printed compiles, and says what was found.

use super::*;
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

const ONE: OnePool = OnePool {
    configuration: "best",
    granule: 4,
    bytes: 500_000,
    control_block: 200,
};

#[test]
fn the_rust_text_is_the_module_that_is_compiled_beside_this_test() {
    let split = split(vec![class(24, 512, 8), class(40, 2048, 3)]);
    let text = rust(&split, &ONE, 32);
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
    let text = c(&split(Vec::new()), &ONE).unwrap();
    assert!(text.contains("static UINTPTR pool_a[65536 / sizeof(UINTPTR)];"));
    assert!(text.contains("LOS_MemInit(pool_b, sizeof pool_b);"));
    assert_eq!(c(&split(vec![class(24, 512, 8)]), &ONE), None);
}

#[test]
fn a_strangers_name_stays_in_its_comment() {
    assert_eq!(harmless("f\n#define x\u{202e} \\"), "f #define x");
    assert_eq!(max_size(256 << 10, 4), "256 << 10");
    assert_eq!(max_size(300 << 10, 4), "16 << 20");
    assert_eq!(max_size(17 << 20, 8), "32 << 20");
}
