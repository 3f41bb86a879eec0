//! A checkerboard: receipts that stay lie between readings that go, and nothing large fits between
//! them. With the receipts elsewhere, it does.

use litepool_replay::{Placement, configurations};
use litepool_snapshot::{Call, Place};
use litepool_trace::{Op, WordSize};

use super::arrangement::{Home, Own};
use super::changes::Change;
use super::heaviest::Kind;
use super::*;

const READING: u64 = 200;
const RECEIPT: u64 = 24;
const PAIRS: u32 = 100;
/// A little more than readings and receipts take with their headers.
const POOL: usize = 24_000;

fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

fn checkerboard() -> Part {
    let mut builder = Part::builder();
    for pair in 0..PAIRS {
        builder.push(allocate(2 * pair, READING));
        builder.push(allocate(2 * pair + 1, RECEIPT));
    }
    for pair in 0..PAIRS {
        builder.push(Op::Free { id: 2 * pair });
    }
    builder.push(allocate(0, 3_000));
    builder.finish()
}

fn call(function: &str) -> Call {
    Call {
        module: "".into(),
        place: Place::Function {
            function: function.into(),
            file: "".into(),
            line: 0,
        },
    }
}

/// Readings, receipts, and the one that fails are of three sites.
fn sites() -> AllocationSites {
    let pairs = (0..PAIRS).flat_map(|_| [0, 1]);
    AllocationSites {
        calls: vec![
            Some(call("reading")),
            Some(call("receipt")),
            Some(call("report")),
        ],
        of_object: pairs.chain([2]).collect(),
    }
}

fn base(name: &str) -> Arrangement {
    let mut known = configurations(WordSize::Bits32);
    Arrangement {
        configuration: known.find(|one| one.name == name).expect("a configuration"),
        is_unaligned: false,
        moved: Vec::new(),
    }
}

/// Shows the checkerboard and its heaviest kinds, in a pool of this size, to `look`.
fn on_bench(whole: &Part, pool: usize, look: impl FnOnce(&Bench<'_>)) {
    let heaviest = Heaviest::of(whole, &sites(), whole.ops.len());
    let progress = Progress::new("", 0);
    let placement = Placement::like(0, whole.largest_align);
    look(&Bench::new(
        (whole, placement, WordSize::Bits32),
        pool,
        &heaviest,
        &progress,
    ));
}

fn kind(bench: &Bench<'_>, function: &str) -> usize {
    let wanted = Kind::Site(call(function));
    let mut kinds = bench.heaviest.kinds.iter();
    kinds
        .position(|heavy| heavy.kind == wanted)
        .expect("one of the heaviest")
}

#[test]
fn fragmentation_is_cured_by_moving_what_pins_and_by_nothing_less() {
    on_bench(&checkerboard(), POOL, |bench| {
        let base = base("tlsf");
        let alone = bench.verdict(&base, u64::MAX);
        assert!(!alone.survives);
        assert_eq!(alone.fails_at, Some(u64::from(3 * PAIRS + 1)));

        let receipt = kind(bench, "receipt");
        let moved = |home| bench.verdict(&base.with(&[Change::Moved(receipt, home)]), u64::MAX);
        for home in [Home::Pool, Home::Fixed] {
            let verdict = moved(home);
            assert!(verdict.survives, "{verdict:?}");
            assert!(verdict.memory().is_some_and(|memory| memory <= POOL as u64));
        }
        let Own::Fixed(slots) = &moved(Home::Fixed).own[0] else {
            panic!("fixed slots were asked for");
        };
        assert_eq!(slots.bytes, 16 + u64::from(PAIRS) * RECEIPT);
    });
}

#[test]
fn what_is_needed_in_all_suffices_and_a_granule_less_does_not() {
    on_bench(&checkerboard(), POOL, |bench| {
        let base = base("best");
        let receipt = kind(bench, "receipt");
        for change in [
            Change::Moved(receipt, Home::Pool),
            Change::Moved(receipt, Home::Fixed),
        ] {
            let arrangement = base.with(&[change]);
            let memory = bench
                .verdict(&arrangement, u64::MAX)
                .memory()
                .expect("some memory");
            on_bench(&checkerboard(), memory as usize, |enough| {
                assert!(enough.verdict(&arrangement, u64::MAX).survives);
            });
            on_bench(&checkerboard(), memory as usize - 4, |less| {
                assert!(!less.verdict(&arrangement, u64::MAX).survives);
            });
        }
    });
}

#[test]
fn more_bytes_are_more_than_there_are_and_the_least() {
    on_bench(&checkerboard(), POOL, |bench| {
        let base = base("tlsf");
        let more = bench.more(&base).expect("some pool serves it");
        assert!(more > POOL as u64);
        on_bench(&checkerboard(), more as usize - 4, |less| {
            assert!(!less.verdict(&base, u64::MAX).survives);
        });
        on_bench(&checkerboard(), more as usize, |enough| {
            assert!(enough.verdict(&base, u64::MAX).survives);
        });
    });
}

#[test]
fn changes_are_combined_where_none_saves_alone() {
    // 64-byte alignments waste space between the pairs, too.
    let mut builder = Part::builder();
    checkerboard().pieces(usize::MAX, &mut |ops| {
        for &op in ops {
            builder.push(match op {
                Op::Allocate {
                    id, size: READING, ..
                } => Op::Allocate {
                    id,
                    size: READING,
                    align: 64,
                },
                op => op,
            });
        }
        true
    });
    let whole = builder.finish();
    on_bench(&whole, POOL, |bench| {
        let base = base("tlsf");
        let singles = bench.singles(&base, &[]);
        assert!(singles.iter().all(|tried| !tried.verdict.survives));
        let least = bench.more(&base);
        let together = bench.together(&base, &singles, least).expect("two help");
        assert!(together.verdict.survives);
        assert_eq!(together.changes.len(), 2);
        let arrangement = base.with(&together.changes);
        assert!(arrangement.is_unaligned);
        assert_eq!(arrangement.moved.len(), 1);
    });
}

#[test]
fn there_may_be_no_room_beside_what_is_moved() {
    on_bench(&checkerboard(), 2_000, |bench| {
        let receipt = kind(bench, "receipt");
        let verdict = bench.verdict(
            &base("tlsf").with(&[Change::Moved(receipt, Home::Pool)]),
            u64::MAX,
        );
        assert_eq!((verdict.survives, verdict.fails_at), (false, None));
    });
}

#[test]
fn the_other_configurations_are_all_others() {
    let profile = litepool_trace::Profile {
        operations: 1_000,
        peak_objects: 100,
        peak_bytes: 10_000,
        ..Default::default()
    };
    let tlsf = base("tlsf").configuration;
    let (chosen, skipped) = other_configurations(&tlsf, WordSize::Bits32, None, &profile);
    let of_word = configurations(WordSize::Bits32).filter(|one| one.name != "tlsf");
    // And the granule of 8 bytes.
    assert_eq!(chosen.len(), of_word.count() + 1);
    assert!(skipped.is_empty());

    let long = litepool_trace::Profile {
        operations: 1 << 30,
        ..profile.clone()
    };
    let (_, skipped) = other_configurations(&tlsf, WordSize::Bits32, None, &long);
    assert!(skipped.iter().all(|one| one.configuration.walks_blocks()));
    assert_eq!(skipped.len(), 3);

    // A device whose links are wider than this pool needs could have narrower ones.
    let wide = tlsf.with_max_size(16 << 20).expect("wide links");
    let (chosen, _) = other_configurations(&wide, WordSize::Bits32, Some(16 << 20), &profile);
    assert_eq!(chosen[0].identity(), tlsf.identity());
}
