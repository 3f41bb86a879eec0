//! Samples add up, and the verifier sees what changes.

use litepool::config::Pool256K;
use litepool_trace::Script;

use super::*;
use crate::engine::tests::run;
use crate::memory::{Memory, Placement};
use crate::outcome::Outcome;

fn churn() -> Script {
    let mut ops = Vec::new();
    for round in 0..50_u64 {
        ops.extend((0..8).map(|id| Op::Allocate {
            id,
            size: 8 + round + u64::from(id) * 5,
            align: 0,
        }));
        ops.extend((0..8).step_by(2).map(|id| Op::Resize {
            id,
            size: 20 + round,
        }));
        ops.extend((0..8).map(|id| Op::Free { id }));
    }
    ops.push(Op::Allocate {
        id: 3,
        size: 77,
        align: 0,
    });
    Script { slots: 8, ops }
}

fn memory() -> Memory {
    Memory::new(4096, Placement::like(0, 0)).unwrap()
}

#[test]
fn samples_are_even_and_include_the_end() {
    let script = churn();
    let mut sampler = Sampler::new(script.slots, script.ops.len(), 100);
    assert_eq!(
        run::<Pool256K>(&script, &mut memory(), &mut Vec::new(), Some(&mut sampler)),
        Outcome::Completed
    );
    let series = sampler.finish();
    assert_eq!(series.samples.len(), script.ops.len().div_ceil(11));
    let last = series.samples.last().unwrap();
    assert_eq!(
        (last.operation, last.live, last.used_blocks),
        (script.ops.len(), 77, 1)
    );
    for sample in &series.samples {
        assert!(sample.live <= sample.live_peak && sample.used <= series.peak_used);
        assert!(sample.live <= sample.used as u64 && sample.largest_free <= sample.free);
        assert!((0.0..=1.0).contains(&sample.fragmentation));
    }
}

#[test]
fn a_peak_between_samples_is_not_lost() {
    let script = churn();
    let live_peak = |samples| {
        let mut sampler = Sampler::new(script.slots, script.ops.len(), samples);
        run::<Pool256K>(&script, &mut memory(), &mut Vec::new(), Some(&mut sampler));
        sampler
            .finish()
            .samples
            .iter()
            .map(|sample| sample.live_peak)
            .max()
    };
    assert_eq!(live_peak(1), live_peak(10_000));
}

#[test]
fn a_sound_heap_is_verified_to_the_last_object() {
    let script = churn();
    let mut verifier = Verifier::new(script.slots, script.ops.len(), 100);
    assert_eq!(
        run::<Pool256K>(&script, &mut memory(), &mut Vec::new(), Some(&mut verifier)),
        Outcome::Completed
    );
    let verified = verifier.finish();
    // Each of the 50 x 4 resizes compares before and after, each of the 50 x 8 frees before, the last object at the end.
    assert_eq!(verified.objects, 50 * 4 * 2 + 50 * 8 + 1);
    assert_eq!(verified.heap_checks, (script.ops.len() / 100) as u64 + 1);
}

#[test]
fn a_byte_that_changes_is_found() {
    let mut object = [0_u8; 100];
    let place = NonNull::from(&mut object).cast::<u8>();
    let script = Script {
        slots: 1,
        ops: vec![Op::Allocate {
            id: 0,
            size: 100,
            align: 0,
        }],
    };
    let mut verifier = Verifier::new(script.slots, script.ops.len(), 1);
    verifier.fill(0, place, 100, 7);
    assert_eq!(verifier.compare(0, place, 100), Ok(()));
    // SAFETY: inside the array.
    unsafe { *place.add(42).as_ptr() ^= 1 };
    let wrong = verifier.compare(0, place, 100).unwrap_err();
    assert!(wrong.contains("byte 42"), "{wrong}");
}

#[test]
fn patterns_of_different_objects_differ() {
    let bytes = |seed| {
        (0..16)
            .map(|index| Contents { size: 16, seed }.byte(index))
            .collect::<Vec<u8>>()
    };
    assert_ne!(bytes(1), bytes(2));
    assert_ne!(bytes(0)[..8], bytes(0)[8..]);
}

/// Who looks on beside a sampler gets the blocks, each with the slot of its object.
#[test]
fn at_a_failure_the_blocks_are_kept_with_their_objects() {
    let allocate = |id, size| Op::Allocate { id, size, align: 0 };
    let ops = vec![
        allocate(0, 100),
        allocate(1, 200),
        allocate(2, 300),
        Op::Free { id: 1 },
        allocate(1, 5000),
    ];
    let script = Script { slots: 3, ops };
    let mut both = (Sampler::new(3, 4, 4), AtFailure::default());
    let outcome = run::<Pool256K>(&script, &mut memory(), &mut Vec::new(), Some(&mut both));
    assert!(matches!(outcome, Outcome::Failed(_)));
    assert_eq!(both.0.finish().samples.len(), 4);
    let placed = both.1.finish().unwrap();
    let blocks = placed.blocks.iter();
    let blocks: Vec<_> = blocks.map(|(info, slot)| (info.size, *slot)).collect();
    assert_eq!(blocks[..3], [(104, Some(0)), (204, None), (304, Some(2))]);
    assert_eq!((blocks.len(), blocks[3].1), (4, None));
    assert_eq!(placed.choices.granule, 4);
}

#[test]
fn figures_are_taken_after_the_operations_that_were_named() {
    let script = churn();
    let mut at = StatsAt::new(vec![1, 8, script.ops.len() as u64, u64::MAX]);
    run::<Pool256K>(&script, &mut memory(), &mut Vec::new(), Some(&mut at));
    let blocks: Vec<usize> = at.finish().iter().map(|stats| stats.used_blocks).collect();
    assert_eq!(blocks, [1, 8, 1]);
}
