//! Classes are found where they pay, and only there.

use litepool_replay::configurations;
use litepool_trace::{Op, WordSize};

use super::*;
use crate::split::units::tests::{allocate, churn, random, whole};

fn choose(part: &Part) -> (u64, Choice) {
    let configuration = configurations(WordSize::Bits64).next().unwrap();
    let placement = Placement::like(0, 0);
    let effort = Effort { sizes: 4 };
    let one = part
        .smallest(&configuration, placement, effort, || ())
        .unwrap();
    let pool = Pool {
        part,
        configuration,
        placement,
        effort,
        bytes: one.size,
        price: one.size / 100,
    };
    (one.size, pool.choose(|| ()))
}

#[test]
fn many_objects_of_a_size_that_never_go_get_a_class() {
    // Objects of 24 bytes, which take blocks of 32, beside larger ones.
    let objects = (0..2000).map(|id| allocate(id, if id % 2 == 0 { 24 } else { 100 }));
    let ops: Vec<Op> = objects.collect();
    let (one, choice) = choose(&whole(&ops));
    assert_eq!(choice.classes.len(), 1);
    assert_eq!(choice.classes[0].class.object_bytes(), 24);
    // A slab has some bytes that are no objects, and the last one some slots that nobody has.
    assert!(one - choice.bytes > 1000 * 6, "{one} {choice:?}");
}

#[test]
fn objects_of_all_sizes_that_come_and_go_get_none() {
    let (one, choice) = choose(&churn(&mut random(), 5000, 5000));
    assert_eq!((choice.classes.len(), choice.bytes), (0, one));
}

#[test]
fn slabs_that_are_tried_waste_little() {
    for size in (8..=LARGEST).step_by(STEP) {
        let classes = slab_sizes(size);
        assert_eq!(classes.len(), 3);
        for class in classes {
            let used = slots(&class) * size;
            assert!(used * 4 > class.slab_bytes() * 3 || size < 16, "{class:?}");
        }
    }
}
