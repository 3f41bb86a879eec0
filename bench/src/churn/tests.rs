//! A churn that differed from run to run would make figures that nobody can make again.

use super::*;

const SMALL: Churn = Churn {
    operations: 20_000,
    ..Churn::SMALL
};

#[test]
fn the_same_seed_gives_the_same_operations() {
    assert_eq!(SMALL.script(), SMALL.script());
    assert_ne!(SMALL.script(), Churn { seed: 9, ..SMALL }.script());
}

#[test]
fn the_first_operations_are_these_on_every_machine() {
    let allocate = |id, size| Op::Allocate { id, size, align: 0 };
    assert_eq!(
        SMALL.script().ops[..3],
        [allocate(0, 9), allocate(1, 179), allocate(2, 40)]
    );
}

#[test]
fn only_live_objects_are_resized_or_freed_and_slots_are_dense() {
    let script = SMALL.script();
    let mut live = vec![false; script.slots];
    for op in &script.ops {
        match *op {
            Op::Allocate { id, size, align } => {
                assert!(!std::mem::replace(&mut live[id as usize], true));
                assert!(size >= 8 && align == 0);
            }
            Op::Resize { id, size } => assert!(live[id as usize] && size > 0),
            Op::Free { id } => assert!(std::mem::replace(&mut live[id as usize], false)),
        }
    }
}

#[test]
fn the_number_of_live_objects_stays_near_its_target() {
    let script = SMALL.script();
    assert!(
        script.slots >= SMALL.live && script.slots <= SMALL.live + SMALL.live / 20 + 1,
        "{}",
        script.slots
    );
}

#[test]
fn octaves_are_equally_likely() {
    let mut octaves = [0usize; 16];
    for op in SMALL.script().ops {
        if let Op::Allocate { size, .. } = op {
            octaves[size.ilog2() as usize] += 1;
        }
    }
    let expected = octaves[3..9].iter().sum::<usize>() / 6;
    assert!(
        octaves[3..9]
            .iter()
            .all(|&n| n.abs_diff(expected) < expected / 5),
        "{octaves:?}"
    );
    assert!(
        octaves[10] > 0 && octaves[9] == 0 && octaves[11..].iter().all(|&n| n == 0),
        "{octaves:?}"
    );
}
