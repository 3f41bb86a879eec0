//! Overlaid traces are those that they are made of, interleaved.

use litepool_trace::Op;

use super::*;

/// Allocations of this size, one at each of these times.
fn trace(size: u64, times: &[u64]) -> (Part, Circumstances) {
    let (mut part, mut circumstances) = (Part::builder(), Circumstances::default());
    for (&time, id) in times.iter().zip(0..) {
        part.push(Op::Allocate { id, size, align: 0 });
        circumstances.push(0, 1, time);
    }
    (part.finish(), circumstances)
}

fn sizes(part: &Part) -> Vec<u64> {
    let mut sizes = Vec::new();
    part.pieces(usize::MAX, &mut |ops| {
        sizes.extend(ops.iter().map(|op| match op {
            Op::Allocate { size, .. } => *size,
            _ => 0,
        }));
        true
    });
    sizes
}

#[test]
fn they_are_in_the_order_of_time() {
    let (a, b) = (trace(1, &[1, 5, 9]), trace(2, &[2, 3, 20]));
    let (part, circumstances) = overlay(&[(&a.0, &a.1), (&b.0, &b.1)]);
    assert_eq!(sizes(&part), [1, 2, 2, 1, 1, 2]);
    assert_eq!((part.slots, part.live_peak), (6, 9));
    assert_eq!((circumstances.threads(), circumstances.traces()), (2, 2));
    assert_eq!(
        (circumstances.trace_of(0), circumstances.trace_of(1)),
        (0, 1)
    );
}

#[test]
fn without_times_each_is_spread_over_the_whole() {
    let (a, b) = (trace(1, &[0; 2]), trace(2, &[0; 6]));
    let (part, _) = overlay(&[(&a.0, &a.1), (&b.0, &b.1)]);
    assert_eq!(sizes(&part), [2, 1, 2, 2, 2, 1, 2, 2]);
}

#[test]
fn threads_and_call_stacks_are_those_of_no_other() {
    let a = trace(1, &[1]);
    let (_, circumstances) = overlay(&[(&a.0, &a.1), (&a.0, &a.1), (&a.0, &a.1)]);
    let of = |index| (circumstances.thread(index), circumstances.stack(index));
    assert_eq!([of(0), of(1), of(2)], [(0, 1), (1, 3), (2, 5)]);
    assert_eq!(circumstances.trace_of(2), 2);
}

#[test]
fn one_alone_is_itself() {
    let a = trace(1, &[1, 2]);
    let (part, circumstances) = overlay(&[(&a.0, &a.1)]);
    assert_eq!(sizes(&part), sizes(&a.0));
    assert_eq!(circumstances, a.1);
}
