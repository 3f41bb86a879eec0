//! A pool with slabs of a type, and the one that stands in for it, serve the same sizes.

use litepool::fit::{BestFit, Tlsf};
use litepool::slab::Slab;

use super::*;
use crate::configurations::{For, Objects, configurations};
use crate::engine;
use litepool_trace::WordSize;

const SMALL: [Class; 2] = [Class::new(24, 512), Class::new(48, 1024)];
const WIDE: [Class; 3] = [
    Class::new(16, 1024),
    Class::new(40, 2048),
    Class::new(200, 8192),
];

struct SmallSlabs;
impl Objects for SmallSlabs {
    const SLAB: Slab = Slab::fixed(&SMALL, 2048);
}

struct WideSlabs;
impl Objects for WideSlabs {
    const SLAB: Slab = Slab::fixed(&WIDE, 8192);
}

/// Objects of up to `largest` bytes that come, grow and go; the same every time.
fn script(operations: usize, largest: u64, resizes: bool) -> Part {
    let mut state = 1_u64;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    let mut live = vec![false; 300];
    let mut builder = Part::builder();
    for _ in 0..operations {
        let id = random(300) as u32;
        let size = 1 + random(largest) * random(largest) / largest;
        let is_live = &mut live[id as usize];
        if *is_live && resizes && random(3) == 0 {
            builder.push(Op::Resize { id, size });
        } else if *is_live {
            builder.push(Op::Free { id });
            *is_live = false;
        } else {
            builder.push(Op::Allocate { id, size, align: 0 });
            *is_live = true;
        }
    }
    builder.finish()
}

fn fixed(classes: &[Class], bytes: usize) -> Vec<SlabClass> {
    let of = |class: &Class| SlabClass {
        class: *class,
        slabs: bytes.div_ceil(class.slab_bytes()),
    };
    classes.iter().map(of).collect()
}

/// Whether the real heap serves the script in so many bytes.
fn serves<C: litepool::Config>(part: &Part, size: usize) -> bool {
    let mut memory = Memory::new(size, Placement::like(0, 1 << 16)).unwrap();
    let mut run = engine::start::<C>(&mut memory, part.slots).unwrap();
    let mut done = true;
    part.pieces(usize::MAX, &mut |ops| {
        done = run.play(ops, None).is_ok();
        done
    });
    done
}

fn compare<C: litepool::Config>(name: &str, word: WordSize, classes: &[SlabClass], part: &Part) {
    let configuration = configurations(word).find(|c| c.name == name).unwrap();
    let configuration = configuration.with_max_size(C::MAX_SIZE as u64).unwrap();
    let behind = Behind::new(part, classes);
    let effort = Effort { sizes: 4 };
    let placement = Placement::like(0, 0);
    let found = behind
        .smallest(&configuration, placement, effort, || ())
        .unwrap();
    let granule = configuration.granule;
    let sizes = (found.size as usize - 20 * granule..)
        .step_by(granule)
        .take(40);
    for size in sizes {
        let stand_in = behind.attempt(&configuration, size, u64::MAX) == Trial::Completes;
        assert_eq!(stand_in, serves::<C>(part, size), "{name} {word:?} {size}");
    }
}

#[test]
fn a_pool_with_slabs_and_its_stand_in_serve_the_same_sizes() {
    const LARGE: usize = (2 << 30) - 8;
    let part = script(12_000, 300, false);
    let (small, wide) = (fixed(&SMALL, 2048), fixed(&WIDE, 8192));
    assert!(Behind::new(&part, &small).is_exact);
    compare::<For<4, Tlsf, SmallSlabs, { 256 << 10 }>>("tlsf", WordSize::Bits32, &small, &part);
    compare::<For<4, BestFit, SmallSlabs, { 256 << 10 }>>("best", WordSize::Bits32, &small, &part);
    compare::<For<8, Tlsf, WideSlabs, { 512 << 10 }>>("tlsf", WordSize::Bits64, &wide, &part);
    compare::<For<8, BestFit, WideSlabs, { 512 << 10 }>>("best", WordSize::Bits64, &wide, &part);
    let large = script(12_000, 9_000, false);
    compare::<For<4, Tlsf, WideSlabs, LARGE>>("tlsf", WordSize::Bits32, &wide, &large);
    compare::<For<8, BestFit, WideSlabs, LARGE>>("best", WordSize::Bits64, &wide, &large);
}

#[test]
fn an_object_that_outgrows_its_slot_takes_another_before_it_frees_its_own() {
    let classes = [SlabClass {
        class: Class::new(24, 512),
        slabs: 1,
    }];
    let mut builder = Part::builder();
    builder.push(Op::Allocate {
        id: 0,
        size: 20,
        align: 0,
    });
    builder.push(Op::Resize { id: 0, size: 24 });
    builder.push(Op::Resize { id: 0, size: 25 });
    builder.push(Op::Free { id: 0 });
    let behind = Behind::new(&builder.finish(), &classes);
    // The slab, the object outside of it, its end.
    assert_eq!((behind.operations(), behind.most_used[0]), (3, 1));
    assert!(behind.is_exact);
}

#[test]
fn a_block_that_grows_while_a_slot_of_its_size_is_free_is_told() {
    let classes = [SlabClass {
        class: Class::new(64, 512),
        slabs: 1,
    }];
    // One that shrinks stays where it is.
    for (first, then, is_exact) in [(100, 60, true), (10, 60, false)] {
        let small = SlabClass {
            class: Class::new(16, 64),
            slabs: 0,
        };
        let mut builder = Part::builder();
        builder.push(Op::Allocate {
            id: 0,
            size: first,
            align: 0,
        });
        builder.push(Op::Resize { id: 0, size: then });
        let behind = Behind::new(&builder.finish(), &[small, classes[0]]);
        assert_eq!(behind.is_exact, is_exact);
    }
}
