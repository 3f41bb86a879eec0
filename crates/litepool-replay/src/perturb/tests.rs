//! A perturbed run is one that the program could have had.

use std::collections::HashMap;

use litepool_trace::Slots;
use proptest::prelude::*;

use super::*;

/// A trace: of each operation its thread, its call stack, and what is done to which object.
fn recorded(ops: &[(u32, u32, Op)]) -> (Part, Circumstances) {
    let (mut part, mut circumstances) = (Part::builder(), Circumstances::default());
    let mut slots = Slots::new();
    for &(thread, stack, op) in ops {
        if let Some(op) = slots.op(op) {
            part.push(op);
            circumstances.push(thread, stack, 0);
        }
    }
    (part.finish(), circumstances)
}

fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

fn perturbation(jitter: u32, delay: u64) -> Perturbation {
    Perturbation {
        seed: 1,
        jitter,
        delay,
        late_start: 0,
    }
}

fn ops(part: &Part) -> Vec<Op> {
    (0..part.ops.len())
        .map(|index| part.ops.get(index))
        .collect()
}

fn sizes(part: &Part) -> Vec<u64> {
    let size = |op| match op {
        Op::Allocate { size, .. } | Op::Resize { size, .. } => Some(size),
        Op::Free { .. } => None,
    };
    ops(part).into_iter().filter_map(size).collect()
}

const THREE_PERCENT: u32 = 30_000;

#[test]
fn without_jitter_and_threads_a_run_is_the_recording() {
    let resize = Op::Resize { id: 0, size: 70 };
    let free = Op::Free { id: 0 };
    let all = [(0, 1, allocate(0, 10)), (0, 1, resize), (0, 2, free)];
    let (part, circumstances) = recorded(&all);
    let perturber = Perturber::new(&part, &circumstances, perturbation(0, 100));
    assert_eq!(ops(&perturber.run(3)), ops(&part));
}

#[test]
fn what_a_call_stack_always_asks_for_is_a_constant() {
    let constant = (0..50).map(|id| (0, 1, allocate(id, 1_000)));
    let varying = (50..100).map(|id| (0, 2, allocate(id, 1_000 + u64::from(id))));
    let (part, circumstances) = recorded(&constant.chain(varying).collect::<Vec<_>>());
    let run = Perturber::new(&part, &circumstances, perturbation(THREE_PERCENT, 0)).run(0);
    assert!(sizes(&run)[..50].iter().all(|&size| size == 1_000));
    assert_ne!(sizes(&run)[50..], sizes(&part)[50..]);
}

#[test]
fn the_same_request_from_the_same_stack_changes_alike() {
    let all: Vec<_> = (0..60)
        .map(|id| (0, id % 2, allocate(id, 1_000 + u64::from(id % 6))))
        .collect();
    let (part, circumstances) = recorded(&all);
    let run = Perturber::new(&part, &circumstances, perturbation(THREE_PERCENT, 0)).run(0);
    let mut became = HashMap::new();
    for (&(_, stack, op), size) in all.iter().zip(sizes(&run)) {
        let Op::Allocate { size: asked, .. } = op else {
            continue;
        };
        assert_eq!(*became.entry((stack, asked)).or_insert(size), size);
    }
}

#[test]
fn sizes_stay_within_the_jitter() {
    let all: Vec<_> = (0..2_000_u32)
        .map(|id| (0, 0, allocate(id, u64::from(id) + 1)))
        .collect();
    let (part, circumstances) = recorded(&all);
    let perturber = Perturber::new(&part, &circumstances, perturbation(THREE_PERCENT, 0));
    for number in 0..5 {
        for (new, old) in sizes(&perturber.run(number)).into_iter().zip(sizes(&part)) {
            assert!(
                new > 0 && new.abs_diff(old) * 100 <= old * 3,
                "{old} became {new}"
            );
        }
    }
}

#[test]
fn a_size_that_no_machine_has_stays_one() {
    let all = [(0, 0, allocate(0, u64::MAX)), (0, 0, allocate(1, 1))];
    let (part, circumstances) = recorded(&all);
    let run = Perturber::new(&part, &circumstances, perturbation(1_000_000, 0)).run(0);
    assert!(sizes(&run)[0] >= 1);
}

#[test]
fn runs_with_other_numbers_or_seeds_differ_and_the_same_is_the_same() {
    let all: Vec<_> = (0..100)
        .map(|id| (id % 3, 0, allocate(id, 100 + u64::from(id))))
        .collect();
    let (part, circumstances) = recorded(&all);
    let how = perturbation(THREE_PERCENT, 20);
    let perturber = Perturber::new(&part, &circumstances, how);
    let again = Perturber::new(&part, &circumstances, how);
    assert_eq!(ops(&perturber.run(7)), ops(&again.run(7)));
    assert_ne!(ops(&perturber.run(7)), ops(&perturber.run(8)));
    let other = Perturber::new(&part, &circumstances, Perturbation { seed: 2, ..how });
    assert_ne!(ops(&perturber.run(7)), ops(&other.run(7)));
}

#[test]
fn another_interleaving_can_have_another_peak() {
    // Two threads whose buffers never met in the recording.
    let mut all = Vec::new();
    for round in 0..100 {
        let thread = round % 2;
        all.push((thread, 0, allocate(round, 1_000)));
        all.push((thread, 0, Op::Free { id: round }));
    }
    let (part, circumstances) = recorded(&all);
    assert_eq!(part.live_peak, 1_000);
    let perturber = Perturber::new(&part, &circumstances, perturbation(0, 16));
    assert!((0..20).any(|number| perturber.run(number).live_peak == 2_000));
}

/// Random operations of a few threads: a kind, an object among the live ones, a thread, a size.
fn any_trace() -> impl Strategy<Value = Vec<(u32, u32, Op)>> {
    let step = (
        0..4_u32,
        any::<prop::sample::Index>(),
        0..4_u32,
        1..5_000_u64,
    );
    prop::collection::vec(step, 1..300).prop_map(|steps| {
        let (mut live, mut next, mut ops) = (Vec::new(), 0, Vec::new());
        for (kind, which, thread, size) in steps {
            let op = if kind < 2 || live.is_empty() {
                live.push(next);
                next += 1;
                allocate(next - 1, size)
            } else if kind == 2 {
                Op::Resize {
                    id: live[which.index(live.len())],
                    size,
                }
            } else {
                Op::Free {
                    id: live.swap_remove(which.index(live.len())),
                }
            };
            ops.push((thread, thread % 2, op));
        }
        ops
    })
}

/// What is done, in the order of a part, to the objects as they are numbered by their allocation
/// there: the kinds, for each object.
fn lives(part: &Part) -> Vec<Vec<(u8, u64)>> {
    let mut lives: Vec<Vec<(u8, u64)>> = Vec::new();
    let mut of_slot = HashMap::new();
    for op in ops(part) {
        let (kind, size) = match op {
            Op::Allocate { id, size, .. } => {
                assert!(!of_slot.contains_key(&id), "a slot in use is allocated");
                of_slot.insert(id, lives.len());
                lives.push(Vec::new());
                (0, size)
            }
            Op::Resize { size, .. } => (1, size),
            Op::Free { .. } => (2, 0),
        };
        lives[*of_slot.get(&op.id()).expect("the object is live")].push((kind, size));
        if kind == 2 {
            of_slot.remove(&op.id());
        }
    }
    lives
}

proptest! {
    #[test]
    fn a_run_does_the_same_to_the_same_objects_in_their_order(
        trace in any_trace(), delay in 0..400_u64, number in 0..10_u64,
    ) {
        let (part, circumstances) = recorded(&trace);
        let run = Perturber::new(&part, &circumstances, perturbation(0, delay)).run(number);
        let (mut before, mut after) = (lives(&part), lives(&run));
        before.sort();
        after.sort();
        prop_assert_eq!(before, after);
        prop_assert!(run.slots <= part.slots.max(run.ops.len()));
    }

    #[test]
    fn each_thread_keeps_its_order(trace in any_trace(), delay in 1..400_u64) {
        let (part, circumstances) = recorded(&trace);
        let perturber = Perturber::new(&part, &circumstances, perturbation(0, delay));
        let order = perturber.order(&mut Random::new(5));
        let mut last = HashMap::new();
        for index in order {
            let before = last.insert(circumstances.thread(index as usize), index);
            prop_assert!(before.is_none_or(|before| before < index));
        }
    }

    #[test]
    fn sizes_of_a_run_are_within_the_jitter(trace in any_trace(), jitter in 0..100_000_u32) {
        let (part, circumstances) = recorded(&trace);
        let run = Perturber::new(&part, &circumstances, perturbation(jitter, 0)).run(0);
        if circumstances.threads() == 1 {
            for (new, old) in sizes(&run).into_iter().zip(sizes(&part)) {
                prop_assert!(new.abs_diff(old) * 1_000_000 <= old * u64::from(jitter));
            }
        }
        prop_assert_eq!(run.ops.len(), part.ops.len());
    }
}
