use std::collections::VecDeque;

use litepool_trace::{EventKind, Interned, WordSize};

use super::*;
use crate::leaks::{Leak, LeakFinder, LeakVerdict};
use crate::live::LiveObjects;
use crate::moment::Moment;
use crate::samples::Run;

/// What the blocks of stack 1 are.
fn leak(run: &Run) -> Leak {
    let mut finder = LeakFinder::new(Moment::End);
    assert!(run.events.iter().all(|event| finder.event(event)));
    let leaks = finder.finish(WordSize::Bits64, Interned::default(), "run.lpt");
    let leaks = leaks.unwrap();
    let is_ours = |leak: &Leak| leaks.snapshot.blocks[leak.blocks[0]].stack == 1;
    let groups = leaks.grouped(|block| Some(block.stack));
    groups.into_iter().find(is_ours).unwrap()
}

fn growth(run: &Run) -> Growth {
    leak(run).growth.unwrap()
}

#[test]
fn what_is_allocated_again_and_again_and_never_freed_grows() {
    let mut run = Run::default();
    for _ in 0..100 {
        run.allocate(1, 24);
        run.churn(98);
    }
    let growth = growth(&run);
    assert_eq!(growth.trend, Trend::Growing);
    assert_eq!(growth.rises, growth.periods);
    // 24 bytes every 99 ms.
    let rate = growth.bytes_per_hour().unwrap();
    assert!((rate / 872_727.0 - 1.0).abs() < 0.05, "{rate}");
    assert_eq!(leak(&run).verdict, LeakVerdict::Growing);
}

#[test]
fn what_is_allocated_once_is_flat_whenever_that_is() {
    for before in [0, 1000, 5000, 9000] {
        let mut run = Run::default();
        run.churn(before);
        run.allocate(1, 4096);
        run.churn(10_000 - before);
        assert_eq!(growth(&run).trend, Trend::Flat, "after {before}");
        assert_eq!(leak(&run).verdict, LeakVerdict::Flat);
    }
}

#[test]
fn what_comes_at_the_beginning_only_is_flat() {
    let mut run = Run::default();
    for _ in 0..100 {
        run.allocate(1, 24);
        run.churn(20);
    }
    run.churn(20_000);
    assert_eq!(growth(&run).trend, Trend::Flat);
}

/// A device whose heap a leak has filled, and that goes on for three times as long.
#[test]
fn a_leak_grows_up_to_where_the_heap_is_full() {
    let refused = EventKind::Refused {
        size: 24,
        align: 0,
        resized: None,
    };
    let run = |stack_refused| {
        let mut run = Run::default();
        for _ in 0..100 {
            run.allocate(1, 24);
            run.churn(20);
        }
        for _ in 0..300 {
            run.event_of(stack_refused, refused);
            run.churn(20);
        }
        run
    };
    let own = run(1);
    assert_eq!(leak(&own).verdict, LeakVerdict::Growing);
    assert_eq!(growth(&own).refused_after, Some(2100));
    // Periods of that part of the run: 16 to 31 of them, the first quarter included.
    assert_eq!(growth(&own).period_operations, 128);
    assert_eq!(growth(&run(2)).period_operations, 256);
    // Whoever wants no more is a store that has what it needs, whatever others are refused.
    assert_eq!(leak(&run(2)).verdict, LeakVerdict::Flat);
    assert_eq!(growth(&run(2)).refused_after, None);
}

#[test]
fn what_was_there_before_a_refusal_at_once_is_flat() {
    let mut run = Run::default();
    run.allocate(1, 4096);
    run.churn(1000);
    run.event_of(
        1,
        EventKind::Refused {
            size: 4096,
            align: 0,
            resized: None,
        },
    );
    run.churn(9000);
    assert_eq!(growth(&run).trend, Trend::Flat);
}

/// All of its blocks are of the last period.
#[test]
fn a_queue_is_flat() {
    let mut run = Run::default();
    let mut queue = VecDeque::new();
    for _ in 0..10_000 {
        queue.push_back(run.allocate(1, 100));
        if queue.len() > 50 {
            run.free(queue.pop_front().unwrap());
        }
    }
    assert_eq!(growth(&run).trend, Trend::Flat);
}

/// Its blocks are of all periods.
#[test]
fn a_cache_that_replaces_at_random_is_flat() {
    let mut random = 1_u64;
    let mut next = || {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        random >> 33
    };
    for _ in 0..100 {
        let mut run = Run::default();
        let mut cache: Vec<u32> = (0..1000).map(|_| run.allocate(1, 100)).collect();
        for _ in 0..6000 {
            let slot = next() as usize % cache.len();
            run.free(cache[slot]);
            cache[slot] = run.allocate(1, 50 + next() % 100);
        }
        let growth = growth(&run);
        assert!(growth.rises > 10, "{growth:?}");
        assert_eq!(growth.trend, Trend::Flat);
    }
}

/// A tenth of what a busy site allocates is never freed.
#[test]
fn a_leak_shows_among_the_blocks_of_the_same_site_that_are_freed() {
    let mut run = Run::default();
    for number in 0..20_000 {
        let id = run.allocate(1, 30 + number % 50);
        if number % 10 != 0 {
            run.churn(4);
            run.free(id);
        }
    }
    assert_eq!(growth(&run).trend, Trend::Growing);
}

#[test]
fn what_the_program_frees_before_it_ends_hides_no_growth() {
    let mut run = Run::default();
    let mut all = Vec::new();
    for number in 0..5000 {
        let id = run.allocate(1, 100);
        if number % 2 == 0 {
            all.push(id);
        }
        run.churn(2);
    }
    all.into_iter().for_each(|id| run.free(id));
    assert_eq!(growth(&run).trend, Trend::Growing);
}

#[test]
fn a_leak_now_and_then_creeps() {
    let mut run = Run::default();
    for _ in 0..6 {
        run.churn(3000);
        run.allocate(1, 64);
    }
    run.churn(1000);
    let growth = growth(&run);
    assert_eq!(growth.trend, Trend::Creeping, "{growth:?}");
    assert!(!leak(&run).verdict.is_sure());
}

#[test]
fn a_few_operations_tell_nothing() {
    let mut run = Run::default();
    for _ in 0..15 {
        run.allocate(1, 8);
    }
    assert_eq!(growth(&run).trend, Trend::Unknown);
    assert_eq!(leak(&run).verdict, LeakVerdict::NotFreed);
}

#[test]
fn blocks_of_no_bytes_count() {
    let mut run = Run::default();
    for _ in 0..1000 {
        run.allocate(1, 0);
    }
    let growth = growth(&run);
    assert_eq!((growth.rises, growth.bytes), (growth.periods, 0));
}

#[test]
fn without_times_there_is_no_rate_by_the_hour() {
    let mut run = Run::default();
    for _ in 0..1000 {
        run.allocate(1, 8);
    }
    run.events.iter_mut().for_each(|event| event.time = 0);
    assert_eq!(growth(&run).bytes_per_hour(), None);
}

/// Objects of all sizes, a third of which are freed in another order.
fn mixed(operations: u64) -> Run {
    let mut run = Run::default();
    let mut objects = Vec::new();
    for number in 0..operations {
        if number % 3 == 2 {
            run.free(objects.remove(number as usize * 7 % objects.len()));
        } else {
            objects.push(run.allocate(1, 1 + number * number % 97));
        }
    }
    run
}

#[test]
fn joined_periods_are_as_if_they_had_been_that_long_from_the_start() {
    for operations in [16, 31, 32, 33, 64, 1000, 1024, 1025] {
        let (mut curves, mut live) = (Curves::default(), LiveObjects::default());
        let mut held = vec![0];
        for event in &mixed(operations).events {
            let change = live.event(event);
            curves.operation(&change, live.now());
            held.push(live.bytes());
        }
        let length = curves.length as usize;
        let periods = operations as usize / length;
        assert!((16..=32).contains(&periods), "{operations}");
        let floors: Vec<u64> = (0..periods)
            .map(|period| {
                held[period * length..=(period + 1) * length]
                    .iter()
                    .min()
                    .copied()
            })
            .map(Option::unwrap)
            .collect();
        assert_eq!(curves.floors([1].into_iter()).0, floors, "{operations}");
    }
}

#[test]
fn the_test_of_mann_and_kendall_is_that_of_the_books() {
    let z = |values: &[u64]| (mann_kendall(values) * 100.0).round() / 100.0;
    // All of 45 pairs rise; variance 10 * 9 * 25 / 18.
    assert_eq!(z(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 3.94);
    assert_eq!(z(&[10, 9, 8, 7]), 0.0);
    assert_eq!(z(&[5; 10]), 0.0);
    // 12 of 15 pairs rise, three are ties; variance (6 * 5 * 17 - 3 * 2 * 9) / 18.
    assert_eq!(z(&[1, 1, 2, 2, 3, 3]), 2.19);
    assert_eq!(z(&[]), 0.0);
}
