//! Does an operation cost more in a larger heap? The adversarial scenarios as tables, one pair for each group of allocators.

use comfy_table::Table;

use super::{NOTHING, Style, plain};
use crate::worst::{Row, Scenario, Stress, Tally};

/// Allocators that belong together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// litepool's algorithms alone.
    Algorithms,
    /// litepool's algorithms behind a slab.
    Slabs,
    /// The peers.
    Peers,
}

impl Group {
    /// In the order of the tables.
    pub const ALL: [Self; 3] = [Self::Algorithms, Self::Slabs, Self::Peers];

    /// Its heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Algorithms => "litepool, the algorithms",
            Self::Slabs => "litepool, with a slab",
            Self::Peers => "Peers",
        }
    }

    fn of(row: &Row) -> Self {
        match (row.name.starts_with("litepool"), row.name.contains("slab")) {
            (true, true) => Self::Slabs,
            (true, false) => Self::Algorithms,
            (false, _) => Self::Peers,
        }
    }

    /// Its allocators, without those that can't manage most scenarios at all scales.
    fn members<'r>(self, rows: &'r [Row], scales: &[usize]) -> Vec<&'r Row> {
        let managed = |row: &Row| Scenario::ALL.map(|it| at_all(row, it, scales).is_some());
        rows.iter()
            .filter(|row| Self::of(row) == self)
            .filter(|row| {
                let managed = managed(row).iter().filter(|&&it| it).count();
                2 * managed > Scenario::ALL.len()
            })
            .collect()
    }
}

/// One scenario at all scales; `None` if the allocator can't manage one of them.
fn at_all<'a>(row: &'a Row, scenario: Scenario, scales: &[usize]) -> Option<Vec<&'a Stress>> {
    scales
        .iter()
        .map(|&scale| {
            let mut all = row.figures.stress.iter();
            all.find(|it| it.scenario == scenario && it.scale == scale && it.is_managed())
        })
        .collect()
}

type Pick = fn(&Stress) -> Tally;

/// The three kinds of operations.
const OPERATIONS: [(&str, Pick); 3] = [
    ("alloc", |stress| stress.alloc),
    ("failing alloc", |stress| stress.failing),
    ("free", |stress| stress.free),
];

/// The operations of a group over all scenarios: mean and maximum at each scale, and which scenario is the worst.
pub fn operations(style: Style, rows: &[Row], scales: &[usize], group: Group) -> Table {
    let mut headings = vec![
        "instructions, mean / max".to_owned(),
        "operation".to_owned(),
    ];
    headings.extend(scales.iter().map(|scale| format!("{scale}x the heap")));
    headings.extend(["max grows".to_owned(), "most in".to_owned()]);
    let mut table = style.table(headings);
    for row in group.members(rows, scales) {
        for (operation, pick) in OPERATIONS {
            let mut line = vec![row.name.clone(), operation.to_owned()];
            line.extend(summary(row, scales, pick));
            table.add_row(line);
        }
    }
    table
}

/// The cells of an operation behind its name.
fn summary(row: &Row, scales: &[usize], pick: Pick) -> Vec<String> {
    let managed: Vec<(Scenario, Vec<Tally>)> = Scenario::ALL
        .into_iter()
        .filter_map(|it| {
            let tallies = at_all(row, it, scales)?.into_iter().map(pick).collect();
            Some((it, tallies))
        })
        .collect();
    let max = |index: usize| managed.iter().map(|(_, each)| each[index].max).max();
    let mut cells: Vec<String> = (0..scales.len())
        .map(|index| {
            let means: Vec<f64> = managed
                .iter()
                .filter_map(|(_, each)| each[index].mean())
                .collect();
            match max(index) {
                Some(max) if !means.is_empty() => {
                    let mean = means.iter().sum::<f64>() / means.len() as f64;
                    format!("{mean:.0} / {max}")
                }
                _ => NOTHING.to_owned(),
            }
        })
        .collect();
    let last = scales.len().saturating_sub(1);
    cells.push(growth(max(0), max(last)));
    let worst = managed.iter().max_by_key(|(_, each)| each[last].max);
    cells.push(worst.map_or(NOTHING, |(it, _)| it.name()).to_owned());
    cells
}

/// From the smallest heap to the largest. Differences below a tenth are those of single cases.
fn growth(first: Option<u64>, last: Option<u64>) -> String {
    match (first, last) {
        (Some(first), Some(last)) if first > 0 => {
            let times = last as f64 / first as f64;
            if times < 1.1 {
                "flat".to_owned()
            } else {
                format!("{times:.1} times")
            }
        }
        _ => NOTHING.to_owned(),
    }
}

/// The most instructions of any operation by scenario, in the smallest heap and in the largest.
pub fn scenarios(style: Style, rows: &[Row], scales: &[usize], group: Group) -> Table {
    let (first, last) = (
        scales.first().copied().unwrap_or_default(),
        scales.last().copied().unwrap_or_default(),
    );
    let mut headings = vec![format!("most instructions, {first}x → {last}x")];
    headings.extend(Scenario::ALL.map(|it| it.name().to_owned()));
    let mut table = style.table(headings);
    for row in group.members(rows, scales) {
        let mut line = vec![row.name.clone()];
        line.extend(
            Scenario::ALL.map(|it| match at_all(row, it, scales).as_deref() {
                Some([first, .., last]) => format!("{} → {}", first.max(), last.max()),
                Some([only]) => only.max().to_string(),
                _ => NOTHING.to_owned(),
            }),
        );
        table.add_row(line);
    }
    table
}

/// What the scenarios are.
pub fn legend(style: Style) -> Table {
    let rows = Scenario::ALL.map(|it| [it.name().to_owned(), it.describe().to_owned()]);
    plain(style, &["scenario", "what happens"], rows)
}

#[cfg(test)]
mod tests;
