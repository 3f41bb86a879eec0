//! The page shows what was measured and says what was not.

use super::*;
use crate::machine::Machine;
use crate::workload::Summary;
use crate::{memory, time, worst};

fn results() -> Results {
    let machine = Machine {
        processor: "Abacus".to_owned(),
        processors: 2,
        target: "wood".to_owned(),
        compiler: "hand".to_owned(),
        date: "2026-01-01".to_owned(),
        versions: vec![("talc".to_owned(), "5.1.1".to_owned())],
    };
    let row = |name: &str, layout, ratio| Row {
        name: name.to_owned(),
        layout,
        cells: vec![Some(memory::Cell { bytes: 1000, ratio })],
    };
    Results {
        machine,
        works: vec![Summary {
            name: "lua".to_owned(),
            origin: Origin::Recorded,
            word: 64,
            operations: 10,
            live_peak: 900,
            live_objects: 3,
        }],
        effort: time::Effort::QUICK,
        plan: worst::Plan::quick(),
        time: vec![time::Row {
            name: "talc".to_owned(),
            embeddable: true,
            layout: 64,
            cells: vec![Some(time::Cell {
                ns: 12.34,
                ratio: 1.0,
            })],
        }],
        memory: vec![row("talc", 64, 1.111), row("litepool g4", 32, 1.222)],
        memory32: vec![
            row("talc", 32, 1.333),
            row("litepool g4", 32, 1.444),
            row("litepool g8", 64, 1.555),
        ],
        slabs: Vec::new(),
        scale: Vec::new(),
        worst: Vec::new(),
    }
}

#[test]
fn the_page_names_the_machine_the_versions_and_the_command() {
    let page = page(&results());
    for text in [
        "Abacus, 2 processors, wood, hand, 2026-01-01.",
        "talc 5.1.1",
        "bench/report.sh",
        "12.3",
    ] {
        assert!(page.contains(text), "{text} is missing in\n{page}");
    }
}

#[test]
fn each_layout_is_shown_once_from_the_build_that_it_belongs_to() {
    let page = page(&results());
    let (wide, narrow) = page.split_once("**32-bit layouts**").unwrap();
    assert!(wide.contains("1.111"));
    assert!(narrow.contains("1.222") && narrow.contains("1.333"));
    assert!(!page.contains("1.444") && !page.contains("1.555"));
}

#[test]
fn a_page_without_a_32_bit_run_says_so() {
    let page = page(&Results {
        memory32: Vec::new(),
        ..results()
    });
    assert!(page.contains("which this run did not have"));
}

#[test]
fn what_nothing_was_tuned_on_stands_apart_with_means_of_its_own() {
    let mut both = results();
    let works = both.works[0].clone();
    both.works.push(Summary {
        name: "new".to_owned(),
        origin: Origin::Untuned,
        ..works
    });
    let rows = both.memory.iter_mut().chain(&mut both.memory32);
    for row in rows {
        row.cells.push(Some(memory::Cell {
            bytes: 1000,
            ratio: 1.777,
        }));
    }
    both.time[0].cells.push(None);
    let page = page(&both);
    let (usual, untuned) = page
        .split_once("## Traces that nothing was tuned on")
        .unwrap();
    assert!(usual.contains("1.111") && !usual.contains("1.777"));
    let (untuned, _) = untuned.split_once("## Worst case").unwrap();
    assert!(untuned.contains("1.777") && !untuned.contains("1.111"));
}

#[test]
fn results_survive_json() {
    let text = serde_json::to_string(&results()).unwrap();
    assert_eq!(serde_json::from_str::<Results>(&text).unwrap(), results());
}
