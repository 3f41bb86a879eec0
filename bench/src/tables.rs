//! Results as tables, for a terminal or in Markdown.

pub mod flatness;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::results::Results;
use crate::scale::plot::label;
use crate::scale::{Axis, Sweep};
use crate::statistics::geometric_mean;
use crate::workload::{Origin, Summary};
use crate::worst::{Lists, Tally};
use crate::{memory, time};

/// How tables look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// For a terminal.
    Plain,
    /// For a page.
    Markdown,
}

/// What stands where there is no figure.
const NOTHING: &str = "–";

/// Tables break their cells to fit the terminal, but not to fit less than this: words would fall apart.
const NARROWEST: u16 = 100;

impl Style {
    /// Markdown if it is asked for.
    pub fn of(markdown: bool) -> Self {
        if markdown {
            Self::Markdown
        } else {
            Self::Plain
        }
    }

    /// A table with these headings; all columns but the first are numbers.
    pub fn table(self, headings: Vec<String>) -> Table {
        let mut table = Table::new();
        table.load_style(match self {
            Self::Plain => presets::UTF8_BORDERS_ONLY,
            Self::Markdown => presets::ASCII_MARKDOWN,
        });
        if self == Self::Plain {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            if table.width().is_some_and(|width| width < NARROWEST) {
                table.set_width(NARROWEST);
            }
        }
        table.set_header(headings);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

/// A table of these rows.
pub fn plain<const N: usize>(
    style: Style,
    headings: &[&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Table {
    let mut table = style.table(headings.iter().map(|&heading| heading.to_owned()).collect());
    for row in rows {
        table.add_row(row);
    }
    table
}

/// The workloads and what they ask for.
pub fn works(style: Style, works: &[Summary]) -> Table {
    let headings = [
        "trace",
        "origin",
        "program",
        "operations",
        "peak, objects",
        "peak, bytes",
    ];
    let mut table = style.table(headings.map(str::to_owned).to_vec());
    for work in works {
        let origin = match work.origin {
            Origin::Recorded => "recorded",
            Origin::Untuned => "recorded, untuned",
            Origin::Synthetic => "synthetic",
        };
        table.add_row([
            work.name.clone(),
            origin.to_owned(),
            format!("{}-bit", work.word),
            thousands(work.operations),
            thousands(work.live_objects),
            thousands(work.live_peak),
        ]);
    }
    table
}

/// Time as a ratio to the reference; the mean is over the recorded traces.
pub fn time_ratios(style: Style, results: &Results) -> Table {
    let mut table = style.table(headings("time, ratio to talc", &results.works));
    for row in &results.time {
        let ratios: Vec<Option<f64>> = row
            .cells
            .iter()
            .map(|cell| cell.map(|cell| cell.ratio))
            .collect();
        table.add_row(ratio_row(time_name(row), &ratios, &results.works, 2));
    }
    table
}

/// Time in nanoseconds per operation.
pub fn time_ns(style: Style, results: &Results) -> Table {
    let mut headings = vec!["ns per operation".to_owned()];
    headings.extend(results.works.iter().map(|work| work.name.clone()));
    let mut table = style.table(headings);
    for row in &results.time {
        let mut line = vec![time_name(row)];
        line.extend(
            row.cells
                .iter()
                .map(|cell| figure(cell.map(|cell| cell.ns), 1)),
        );
        table.add_row(line);
    }
    table
}

fn time_name(row: &time::Row) -> String {
    if row.embeddable {
        row.name.clone()
    } else {
        format!("{} (a process's)", row.name)
    }
}

/// Smallest pools as ratios to the peak; the mean is over the recorded traces.
pub fn memory(style: Style, rows: &[memory::Row], works: &[Summary]) -> Table {
    let mut table = style.table(headings("smallest pool / live peak", works));
    for row in rows {
        let ratios: Vec<Option<f64>> = row
            .cells
            .iter()
            .map(|cell| cell.map(|cell| cell.ratio))
            .collect();
        table.add_row(ratio_row(row.name.clone(), &ratios, works, 3));
    }
    table
}

/// Everyday operations and their maxima.
pub fn worst(style: Style, results: &Results) -> Table {
    let headings = [
        "instructions, mean / max",
        "alloc",
        "free",
        "failing alloc, nearly full heap",
    ];
    let mut table = style.table(headings.map(str::to_owned).to_vec());
    for row in &results.worst {
        let figures = &row.figures;
        table.add_row([
            row.name.clone(),
            mean_and_max(figures.alloc),
            mean_and_max(figures.free),
            mean_and_max(figures.failing),
        ]);
    }
    table
}

/// Operations among many free blocks of one class.
pub fn lists(style: Style, results: &Results) -> Table {
    let lengths = results
        .plan
        .lists
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" / ");
    let headings = vec![
        format!("most instructions, {lengths} free blocks"),
        "failing alloc".to_owned(),
        "alloc that one of them serves".to_owned(),
        "free between two of them".to_owned(),
    ];
    let mut table = style.table(headings);
    for row in &results.worst {
        let maxima = |pick: fn(&Lists) -> Tally| {
            let each = row.figures.lists.iter().map(pick);
            each.map(|tally| {
                if tally.count == 0 {
                    NOTHING.to_owned()
                } else {
                    tally.max.to_string()
                }
            })
            .collect::<Vec<_>>()
            .join(" / ")
        };
        table.add_row([
            row.name.clone(),
            maxima(|lists| lists.failing),
            maxima(|lists| lists.succeeding),
            maxima(|lists| lists.free),
        ]);
    }
    table
}

/// The slab on and off.
pub fn slabs(style: Style, results: &Results) -> Table {
    let headings = [
        "on a long churn",
        "ns per operation",
        "time / no slab",
        "fragmentation, mean / max",
        "free blocks, mean",
        "taken / live peak",
        "slabs at first / at most / at the end",
    ];
    let mut table = style.table(headings.map(str::to_owned).to_vec());
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    for row in &results.slabs {
        let (mean, most) = row.fragmentation;
        table.add_row([
            row.name.clone(),
            format!("{:.1}", row.ns),
            format!("{:.2}", row.ratio),
            format!("{} / {}", percent(mean), percent(most)),
            format!("{:.0}", row.free_blocks),
            format!("{:.3}", row.taken),
            format!("{} / {} / {}", row.initial_slabs, row.slabs.0, row.slabs.1),
        ]);
    }
    table
}

/// Time along an axis.
pub fn scale(style: Style, sweep: &Sweep) -> Table {
    let what = match sweep.axis {
        Axis::Blocks => "ns per operation, by live blocks",
        Axis::Pool => "ns per operation, by pool",
    };
    let mut headings = vec![what.to_owned()];
    headings.extend(sweep.at.iter().map(|&at| label(sweep.axis, at as f64)));
    let mut table = style.table(headings);
    for row in &sweep.lines {
        let mut line = vec![row.name.clone()];
        line.extend(row.ns.iter().map(|ns| figure(*ns, 1)));
        table.add_row(line);
    }
    table
}

/// First column, mean, then one column for each workload.
fn headings(first: &str, works: &[Summary]) -> Vec<String> {
    let mut headings = vec![first.to_owned(), "mean".to_owned()];
    headings.extend(works.iter().map(|work| work.name.clone()));
    headings
}

/// A row of ratios with their mean over the recorded traces (over all, if none is recorded).
fn ratio_row(
    name: String,
    ratios: &[Option<f64>],
    works: &[Summary],
    digits: usize,
) -> Vec<String> {
    let mut line = vec![name, mean(ratios, works, digits)];
    line.extend(ratios.iter().map(|ratio| figure(*ratio, digits)));
    line
}

/// A mean over fewer traces than the others' can't be compared with theirs, so there is none.
fn mean(ratios: &[Option<f64>], works: &[Summary], digits: usize) -> String {
    let is_recorded = |work: &Summary| work.origin != Origin::Synthetic;
    let any_recorded = works.iter().any(is_recorded);
    let counted = ratios
        .iter()
        .zip(works)
        .filter(|(_, work)| !any_recorded || is_recorded(work));
    let values: Option<Vec<f64>> = counted.map(|(ratio, _)| *ratio).collect();
    figure(values.and_then(|values| geometric_mean(&values)), digits)
}

fn figure(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| NOTHING.to_owned(), |value| format!("{value:.digits$}"))
}

fn mean_and_max(tally: Tally) -> String {
    tally.mean().map_or_else(
        || NOTHING.to_owned(),
        |mean| format!("{mean:.0} / {}", tally.max),
    )
}

/// A number with its thousands apart.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
