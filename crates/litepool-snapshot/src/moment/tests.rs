use litepool_trace::EventKind;

use super::*;
use crate::samples::Run;

/// What there is at a moment, as numbers and sizes.
fn blocks(run: &Run, moment: Moment) -> Vec<(u64, u64)> {
    let snapshot = run.snapshot(moment).unwrap();
    let block = |block: &Block| (block.number.unwrap(), block.size);
    snapshot.blocks.iter().map(block).collect()
}

fn at(run: &Run, moment: Moment) -> (u64, u64) {
    match run.snapshot(moment).unwrap().origin {
        Origin::Trace {
            operation, time, ..
        } => (operation, time),
        _ => unreachable!(),
    }
}

/// 100 and 50 bytes, then 300 and 50, then 300, then 300 and 20, then 20.
fn small() -> Run {
    let mut run = Run::default();
    let first = run.allocate(1, 100);
    let second = run.allocate(2, 50);
    run.resize(first, 300);
    run.free(second);
    run.allocate(1, 20);
    run.free(first);
    run
}

#[test]
fn the_end_has_what_was_never_freed() {
    assert_eq!(blocks(&small(), Moment::End), [(2, 20)]);
    assert_eq!(at(&small(), Moment::End), (6, 6000));
}

#[test]
fn the_peak_is_as_it_was_whatever_came_after() {
    assert_eq!(blocks(&small(), Moment::Peak), [(0, 300), (1, 50)]);
    assert_eq!(at(&small(), Moment::Peak), (3, 3000));
}

/// Resized twice since, freed since, and one that came since and is there at the end.
#[test]
fn the_peak_has_the_sizes_that_objects_had_then() {
    let mut run = Run::default();
    let first = run.allocate(1, 500);
    run.resize(first, 10);
    run.resize(first, 20);
    run.allocate(1, 30);
    assert_eq!(blocks(&run, Moment::Peak), [(0, 500)]);
    run.free(first);
    assert_eq!(blocks(&run, Moment::Peak), [(0, 500)]);
}

#[test]
fn of_equal_peaks_the_first_counts() {
    let mut run = Run::default();
    run.churn(10);
    assert_eq!(blocks(&run, Moment::Peak), [(0, 1000)]);
    assert_eq!(at(&run, Moment::Peak).0, 1);
}

#[test]
fn an_operation_is_the_moment_after_it() {
    let run = small();
    assert_eq!(blocks(&run, Moment::Operation(0)), []);
    assert_eq!(blocks(&run, Moment::Operation(2)), [(0, 100), (1, 50)]);
    assert_eq!(blocks(&run, Moment::Operation(3)), [(0, 300), (1, 50)]);
    assert_eq!(blocks(&run, Moment::Operation(6)), [(2, 20)]);
}

#[test]
fn a_time_is_the_moment_after_all_that_was_done_by_then() {
    let run = small();
    assert_eq!(blocks(&run, Moment::Time(0)), []);
    assert_eq!(blocks(&run, Moment::Time(2000)), [(0, 100), (1, 50)]);
    assert_eq!(blocks(&run, Moment::Time(2999)), [(0, 100), (1, 50)]);
    assert_eq!(blocks(&run, Moment::Time(6000)), [(2, 20)]);
}

#[test]
fn a_failure_is_the_moment_before_the_first_refused_request() {
    let mut run = small();
    run.allocate(1, 7);
    for _ in 0..2 {
        run.event(EventKind::Refused {
            size: 1 << 40,
            align: 0,
            resized: None,
        });
        run.allocate(1, 8);
    }
    assert_eq!(blocks(&run, Moment::Failure), [(2, 20), (3, 7)]);
    assert_eq!(at(&run, Moment::Failure), (7, 7000));
}

#[test]
fn events_that_are_no_operations_are_not_counted() {
    let mut run = Run::default();
    run.event(EventKind::ForeignFree);
    run.event(EventKind::Gap { lost: 3 });
    run.allocate(1, 8);
    assert_eq!(at(&run, Moment::Operation(1)), (1, 3000));
}

#[test]
fn a_moment_that_the_trace_does_not_have_is_an_error() {
    let run = small();
    let message = |moment| run.snapshot(moment).unwrap_err().to_string();
    assert_eq!(
        message(Moment::Operation(7)),
        "there is no operation 7: the trace has 6"
    );
    assert!(message(Moment::Time(6001)).contains("ends after 6000 us"));
    assert!(message(Moment::Failure).contains("litepool replay --pool SIZE"));
    let mut run = small();
    run.events.iter_mut().for_each(|event| event.time = 0);
    let error = run.snapshot(Moment::Time(1)).unwrap_err();
    assert!(error.to_string().contains("no times"));
}

#[test]
fn a_block_knows_who_allocated_it_and_when() {
    let mut run = Run::default();
    run.churn(2);
    run.thread(1);
    let id = run.allocate(4, 10);
    run.thread(0);
    run.resize(id, 12);
    let snapshot = run.snapshot(Moment::End).unwrap();
    let block = &snapshot.blocks[0];
    assert_eq!((block.size, block.stack, block.pool), (12, 4, 0));
    assert_eq!(block.task, Some(Task::Number(1)));
    let birth = Birth {
        operation: 3,
        time: 3000,
    };
    assert_eq!(block.birth, Some(birth));
}

#[test]
fn a_block_belongs_to_the_pool_that_it_was_allocated_in() {
    let mut run = Run::default();
    run.allocate(1, 10);
    run.events[0].pool = 2;
    let snapshot = run.snapshot(Moment::End).unwrap();
    assert_eq!((snapshot.pools.len(), snapshot.blocks[0].pool), (3, 2));
}

#[test]
fn the_tasks_of_a_moment_are_those_that_began_and_did_not_end() {
    let mut run = Run::default();
    run.allocate(1, 1000);
    run.thread(1);
    run.allocate(1, 1000);
    let before = run.snapshot(Moment::End).unwrap();
    assert_eq!(before.live_tasks, None, "no end was recorded: who knows");
    run.event(EventKind::ThreadEnd);
    run.thread(2);
    let last = run.allocate(1, 10);
    run.free(last);
    let tasks = |moment| run.snapshot(moment).unwrap().live_tasks;
    assert_eq!(tasks(Moment::End), Some(vec![0, 2]));
    assert_eq!(tasks(Moment::Peak), Some(vec![0, 2]));
    assert_eq!(tasks(Moment::Operation(2)), None, "none has ended by then");
}
