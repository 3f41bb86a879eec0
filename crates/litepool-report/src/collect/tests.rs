use litepool_replay::{Memory, Outcome, Placement, configurations};
use litepool_trace::WordSize;

use super::*;
use crate::model::{Map, Row};
use crate::names::{NamedStack, Naming};

/// Knows no stack.
struct Nameless;

impl Naming for Nameless {
    fn stack(&mut self, _: u32) -> NamedStack {
        NamedStack::default()
    }

    fn task(&mut self, task: Task) -> String {
        format!("{task:?}")
    }
}

/// What a replay in a pool of so many bytes leaves, and how it ended.
fn collected(ops: &[Op], slots: usize, pool: usize, thrift: u32) -> (Source, Blob, Outcome) {
    let configuration = configurations(WordSize::Bits32).next().unwrap();
    let mut memory = Memory::new(pool, Placement::like(0, 0)).unwrap();
    let mut run = configuration.start(&mut memory, slots).unwrap();
    let mut collector = Collector::new(Plan {
        operations: ops.len() as u64,
        expected: ops.len() as u64,
        slots,
        peak_at: ops.len() as u64 / 2,
        pool,
        granule: configuration.granule,
        has_times: true,
        thrift,
    });
    let doer = |number: usize| Doer {
        thread: number as u32 % 20,
        stack: number as u32 % 3,
        time: 10 * number as u64,
    };
    let doers: Vec<Doer> = (0..ops.len()).map(doer).collect();
    let mut outcome = Outcome::Completed;
    for (ops, doers) in ops.chunks(1000).zip(doers.chunks(1000)) {
        collector.expect(doers);
        if let Err(end) = run.play(ops, Some(&mut collector)) {
            outcome = end;
            break;
        }
    }
    let (mut source, mut blob) = (Source::default(), Blob::default());
    let mut naming = Nameless;
    let mut names = Names::new(&mut naming);
    collector.finish(&mut source, &mut names, &mut blob);
    names.finish(&mut source);
    (source, blob, outcome)
}

/// Objects of many sizes that come, grow and go. Each number from 0 is a slot.
fn churn(operations: u32, slots: u32) -> Vec<Op> {
    let mut live = vec![false; slots as usize];
    let mut seed = 1_u32;
    let step = |_| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (id, size) = (seed >> 8 & (slots - 1), u64::from(seed >> 20 & 63) + 1);
        let is_live = std::mem::replace(&mut live[id as usize], true);
        match (is_live, seed >> 29) {
            (false, _) => Op::Allocate { id, size, align: 0 },
            (true, 0) => Op::Resize { id, size },
            (true, _) => {
                live[id as usize] = false;
                Op::Free { id }
            }
        }
    };
    (0..operations).map(step).collect()
}

fn last<N: crate::blob::Number>(blob: &Blob, row: Row) -> N {
    blob.numbers(row).last().unwrap()
}

#[test]
fn all_that_is_kept_agrees_on_what_is_live() {
    let ops = churn(50_000, 256);
    let (source, blob, outcome) = collected(&ops, 256, 64 << 10, 1);
    assert_eq!(outcome, Outcome::Completed);
    let timeline = source.timeline.unwrap();
    assert!(timeline.columns > 2048 && timeline.columns <= 4096);
    let live: Vec<u32> = blob.numbers(timeline.live).collect();
    assert_eq!(live.len(), timeline.columns as usize);

    // Twelve tasks, and all others.
    assert_eq!(timeline.tasks.len(), 13);
    let mut sums = vec![0; live.len()];
    for task in &timeline.tasks {
        let row = blob.numbers::<u32>(task.live);
        sums.iter_mut()
            .zip(row)
            .for_each(|(sum, live)| *sum += live);
    }
    assert_eq!(sums, live);

    let holdings = source.holdings.unwrap();
    let starts: Vec<u32> = blob.numbers(holdings.starts).collect();
    assert_eq!(starts.len() as u32, holdings.columns + 1);
    let bytes: Vec<i32> = blob.numbers(holdings.bytes).collect();
    let mut sum = 0;
    for (column, bounds) in starts.windows(2).enumerate() {
        sum += bytes[bounds[0] as usize..bounds[1] as usize]
            .iter()
            .sum::<i32>();
        assert_eq!(sum, live[column] as i32);
    }

    let end = source.keyframes.last().unwrap();
    assert_eq!((end.kind, end.operation), ("end", 50_000));
    let states: Vec<u8> = blob.numbers(end.state).collect();
    let sizes = blob.numbers::<u32>(end.size).zip(&states);
    let used = sizes
        .filter(|&(_, &state)| state == 1)
        .map(|(size, _)| size);
    assert_eq!(used.sum::<u32>(), *live.last().unwrap());
    assert!(source.keyframes.iter().any(|one| one.kind == "peak"));
    assert!(source.keyframes.is_sorted_by_key(|one| one.operation));
}

/// The used bytes of the map's last column, within what a cell's rounding adds.
fn used_at_the_end(map: &Map, blob: &Blob) -> u64 {
    let used: Vec<u8> = blob.numbers(map.used).collect();
    assert_eq!(used.len(), (map.columns * map.rows) as usize);
    let column = &used[used.len() - map.rows as usize..];
    let cells = column
        .iter()
        .map(|&used| u64::from(used) * map.bytes_per_row);
    cells.sum::<u64>() / 255
}

#[test]
fn the_map_shows_the_used_blocks() {
    let ops = churn(20_000, 256);
    let (source, blob, _) = collected(&ops, 256, 64 << 10, 1);
    let map = source.map.unwrap();
    assert_eq!((map.rows, map.bytes_per_row), (512, 128));
    let timeline = source.timeline.unwrap();
    // The control block is used as well.
    let used = u64::from(last::<u32>(&blob, timeline.used));
    let shown = used_at_the_end(&map, &blob);
    assert!(shown >= used && shown <= used + 1024, "{shown}, {used}");
    assert_eq!(map.owners[0], (0, None));
    assert!(
        blob.numbers::<u16>(map.owner)
            .all(|owner| (owner as usize) < map.owners.len())
    );
}

#[test]
fn one_operation_is_a_column() {
    let ops = [Op::Allocate {
        id: 0,
        size: 100,
        align: 0,
    }];
    let (source, blob, _) = collected(&ops, 1, 4096, 1);
    let timeline = source.timeline.unwrap();
    assert_eq!(timeline.columns, 1);
    assert_eq!(last::<u32>(&blob, timeline.live), 100);
    assert_eq!(source.map.unwrap().columns, 1);
    assert_eq!(source.keyframes.len(), 1);
}

#[test]
fn a_failure_is_the_last_column_and_a_keyframe() {
    let allocate = |id| Op::Allocate {
        id,
        size: 1000,
        align: 0,
    };
    let ops: Vec<Op> = (0..10).map(allocate).collect();
    let (source, blob, outcome) = collected(&ops, 10, 4096, 1);
    let Outcome::Failed(failure) = outcome else {
        panic!("{outcome:?}");
    };
    let timeline = source.timeline.unwrap();
    assert_eq!(u64::from(timeline.columns), failure.operation as u64 - 1);
    assert_eq!(last::<u32>(&blob, timeline.live), 1000 * timeline.columns);
    let frame = source.keyframes.last().unwrap();
    assert_eq!(
        (frame.kind, frame.operation),
        ("failure", u64::from(timeline.columns))
    );
    assert_eq!(
        source
            .keyframes
            .iter()
            .filter(|one| one.operation == frame.operation)
            .count(),
        1
    );
}

#[test]
fn a_first_request_that_fails_leaves_the_empty_pool() {
    let ops = [Op::Allocate {
        id: 0,
        size: 5000,
        align: 0,
    }];
    let (source, blob, outcome) = collected(&ops, 1, 4096, 1);
    assert!(matches!(outcome, Outcome::Failed(_)));
    let timeline = source.timeline.unwrap();
    assert_eq!(timeline.columns, 1);
    assert_eq!(last::<u32>(&blob, timeline.live), 0);
    assert_eq!(source.map.unwrap().columns, 1);
    assert_eq!(source.keyframes.len(), 1);
    assert_eq!(source.keyframes[0].operation, 0);
}

#[test]
fn thrift_makes_it_smaller() {
    let ops = churn(50_000, 1024);
    let (_, whole, _) = collected(&ops, 1024, 256 << 10, 1);
    let (source, less, _) = collected(&ops, 1024, 256 << 10, 4);
    assert!(less.bytes().len() * 3 < whole.bytes().len());
    assert!(!source.keyframes.is_empty());
}

#[test]
fn the_page_of_many_operations_is_small() {
    let ops = churn(300_000, 4096);
    let (source, blob, _) = collected(&ops, 4096, 1 << 20, 1);
    let mut report = crate::Report {
        blob,
        ..crate::Report::default()
    };
    report.page.sources.push(source);
    assert!(report.html().unwrap().len() < 9_000_000);
}
