//! The heap is in its steady state, and what is drawn is what was measured.

use super::*;
use crate::subjects;
use crate::workload::Step;

#[test]
fn the_heap_is_full_before_anything_is_timed_and_stays_so() {
    let work = steady(Churn {
        live: 50,
        ..BLOCKS_CHURN
    })
    .unwrap();
    assert_eq!(work.slots, 50);
    assert_eq!(work.steps.len() - work.warmup, 2 * TURNS);
    let (warmup, timed) = work.steps.split_at(work.warmup);
    let filling = warmup[..50].iter();
    assert!(filling.enumerate().all(
        |(index, step)| matches!(step, Step::Allocate { slot, .. } if *slot as usize == index)
    ));
    for pair in timed.chunks(2) {
        let (Step::Free { slot: freed }, Step::Allocate { slot, .. }) = (pair[0], pair[1]) else {
            panic!("{pair:?}");
        };
        assert_eq!(freed, slot);
    }
}

#[test]
fn pools_reach_from_two_kibibytes_to_one_gibibyte() {
    for quick in [false, true] {
        let pools = pools(quick);
        assert_eq!((pools[0], pools[pools.len() - 1]), (2 << 10, 1 << 30));
    }
}

#[test]
fn contenders_are_allocators_that_there_are() {
    let all = subjects::all();
    for name in CONTENDERS {
        let known = all.iter().any(|entry| entry.name == name);
        assert!(known || cfg!(not(feature = "process-peers")), "{name}");
    }
}

#[test]
fn values_are_labelled_in_their_units() {
    let labels = |axis, values: &[usize]| -> Vec<String> {
        values
            .iter()
            .map(|&value| plot::label(axis, value as f64))
            .collect()
    };
    assert_eq!(
        labels(Axis::Blocks, &[100, 30_000, 1_000_000]),
        ["100", "30 k", "1 M"]
    );
    assert_eq!(
        labels(Axis::Pool, &[2 << 10, 32 << 20, 1 << 30]),
        ["2 KiB", "32 MiB", "1 GiB"]
    );
}

#[test]
fn a_picture_names_its_lines_and_leaves_out_what_was_not_managed() {
    let sweep = Sweep {
        axis: Axis::Pool,
        at: vec![2048, 4096, 8192],
        lines: vec![Line {
            name: "litepool a".to_owned(),
            ns: vec![None, Some(10.0), Some(11.0)],
        }],
    };
    let file = std::env::temp_dir().join(format!("litepool-scale-{}.svg", std::process::id()));
    plot::write(&sweep, &file).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(text.contains("litepool a"));
    assert_eq!(text.matches("<circle").count(), 2);
}
