use litepool_trace::EventKind;

use super::*;
use crate::samples::Run;

fn leaks(run: &Run, moment: Moment) -> Leaks {
    let mut finder = LeakFinder::new(moment);
    run.events.iter().all(|event| finder.event(event));
    finder
        .finish(WordSize::Bits64, Interned::default(), "run.lpt")
        .unwrap()
}

fn verdicts(leaks: &Leaks) -> Vec<(LeakVerdict, u64)> {
    let groups = leaks.grouped(|block| Some(block.stack));
    groups
        .iter()
        .map(|leak| (leak.verdict, leak.bytes))
        .collect()
}

/// Stack 1 leaks, 2 allocates once, 3 is a thread's that ends.
fn run() -> Run {
    let mut run = Run::default();
    run.allocate(2, 5000);
    run.thread(1);
    run.allocate(3, 70);
    run.event(EventKind::ThreadEnd);
    run.thread(0);
    for _ in 0..200 {
        run.allocate(1, 1);
        run.churn(10);
    }
    run
}

#[test]
fn the_surest_come_first_and_then_the_largest() {
    let expected = [
        (LeakVerdict::Growing, 200),
        (LeakVerdict::TaskGone, 70),
        (LeakVerdict::Flat, 5000),
    ];
    assert_eq!(verdicts(&leaks(&run(), Moment::End)), expected);
}

#[test]
fn an_earlier_moment_is_as_if_the_run_had_ended_then() {
    let early = leaks(&run(), Moment::Operation(40));
    let mut short = run();
    short.events.truncate(41);
    assert_eq!(verdicts(&early), verdicts(&leaks(&short, Moment::End)));
}

#[test]
fn a_block_of_a_live_task_is_not_of_one_that_is_gone() {
    let leaks = leaks(&run(), Moment::End);
    let all = leaks.grouped(|_| Some(()));
    assert_eq!((all.len(), all[0].of_gone_tasks), (1, 1));
    assert_eq!(all[0].verdict, LeakVerdict::Growing);
}

#[test]
fn gaps_are_counted_up_to_the_moment() {
    let mut run = run();
    run.event(EventKind::Gap { lost: 5 });
    assert_eq!(leaks(&run, Moment::End).gaps, 1);
    assert_eq!(leaks(&run, Moment::Operation(3)).gaps, 0);
}

/// A call site of which only the frees were lost would seem to grow.
#[test]
fn where_much_was_lost_growth_is_not_judged() {
    let verdict = |lost: u64| {
        let mut run = run();
        run.event(EventKind::Gap { lost });
        verdicts(&leaks(&run, Moment::End))[0]
    };
    let operations = run().events.iter().filter_map(Event::op).count() as u64;
    assert_eq!(verdict(operations / MOST_LOST), (LeakVerdict::Growing, 200));
    let hidden = (LeakVerdict::TaskGone, 70);
    assert_eq!(verdict(operations / MOST_LOST + 1), hidden);
    // Nobody knows how many.
    assert_eq!(verdict(0), hidden);
}

/// One reading can't know which of the periods come before the peak.
#[test]
fn the_peak_has_to_be_named_by_its_operation() {
    let finder = LeakFinder::new(Moment::Peak);
    let error = finder.finish(WordSize::Bits64, Interned::default(), "run.lpt");
    assert!(matches!(error, Err(MomentError::PeakToCome)));
}

#[test]
fn in_a_dump_what_nothing_leads_to_is_the_surest_leak() {
    let snapshot = run().snapshot(Moment::Operation(5)).unwrap();
    let mut reach = vec![None; snapshot.blocks.len()];
    // The larger one is lost only because the smaller one is.
    reach[0] = Some(Reach::LeakedThrough { leak: 1 });
    reach[1] = Some(Reach::Leaked);
    let leaks = Leaks::with(snapshot, reach);
    let groups = leaks.grouped(|block| Some(block.stack));
    let told: Vec<_> = groups
        .iter()
        .map(|leak| {
            (
                leak.verdict,
                leak.bytes,
                leak.unreachable,
                leak.through_others,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (LeakVerdict::Unreachable, 70, 1, 0),
            (LeakVerdict::Unreachable, 5000, 0, 1),
            (LeakVerdict::NotFreed, 1, 0, 0),
        ]
    );
    assert!(groups[0].verdict.is_sure());
}
