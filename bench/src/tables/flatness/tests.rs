//! Growth is shown where there is growth.

use super::*;
use crate::worst::Figures;

const SCALES: [usize; 2] = [1, 16];

fn tally(max: u64) -> Tally {
    let mut tally = Tally::default();
    tally.add(max);
    tally
}

/// An allocator whose allocations cost so many instructions in the smallest and the largest heap.
fn row(name: &str, first: u64, last: u64) -> Row {
    let stress = Scenario::ALL.into_iter().flat_map(|scenario| {
        [(1, first), (16, last)].map(|(scale, max)| Stress {
            scenario,
            scale,
            alloc: tally(max),
            failing: Tally::default(),
            free: tally(10),
        })
    });
    Row {
        name: name.to_owned(),
        figures: Figures {
            stress: stress.collect(),
            ..Figures::default()
        },
    }
}

fn text(rows: &[Row], group: Group) -> String {
    operations(Style::Markdown, rows, &SCALES, group).to_string()
}

#[test]
fn what_grows_and_what_does_not_is_told_apart() {
    let rows = [row("litepool a", 100, 400), row("litepool b", 100, 104)];
    let text = text(&rows, Group::Algorithms);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[2].contains("4.0 times"), "{text}");
    assert!(lines[4].contains("flat"), "{text}");
    assert!(lines[5].contains("flat"), "{text}");
}

#[test]
fn an_operation_that_never_happened_has_no_figure() {
    let text = text(&[row("litepool a", 100, 400)], Group::Algorithms);
    let failing = text.lines().find(|line| line.contains("failing")).unwrap();
    assert!(
        failing.contains(NOTHING) && !failing.contains('0'),
        "{text}"
    );
}

#[test]
fn each_allocator_stands_in_one_group() {
    let rows = [
        row("talc", 1, 1),
        row("litepool tlsf", 1, 1),
        row("litepool tlsf slab-fast", 1, 1),
    ];
    for (group, index) in Group::ALL.into_iter().zip([1, 2, 0]) {
        let members = group.members(&rows, &SCALES);
        assert_eq!(members.len(), 1);
        assert_eq!(members[0].name, rows[index].name);
    }
}

#[test]
fn a_scenario_counts_only_if_it_was_managed_at_every_scale() {
    let mut row = row("litepool a", 100, 100);
    let lists = row.figures.stress.iter_mut();
    for stress in lists.filter(|it| it.scenario == Scenario::LongLists) {
        if stress.scale == 1 {
            stress.alloc = tally(9999);
        } else {
            (stress.alloc, stress.free) = (Tally::default(), Tally::default());
        }
    }
    assert!(!text(&[row], Group::Algorithms).contains("9999"));
}
