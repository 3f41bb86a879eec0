//! The report as people read it.

use comfy_table::CellAlignment;

use super::sites::{SiteFacts, StackFacts};
use super::{Range, Report};
use crate::output::{align, lines, one_line, table};
use crate::picture::bar;
use crate::sites::callers;
use crate::units::{count, counted, microseconds, percent};

/// Columns of a bar.
const BAR: usize = 24;

/// Columns of the terminal.
const WIDTH: usize = 80;

impl Report {
    pub(super) fn text(&self) -> String {
        let mut text = self.head();
        text += &format!("\nOperations\n{}", self.operations());
        if self.trace.operations > 0 {
            text += &format!(
                "\nSizes of allocations, in bytes\n{}",
                histogram(&self.sizes, true)
            );
        }
        if !self.lifetimes.is_empty() {
            text += &format!(
                "\nLifetimes of freed objects, in operations\n{}",
                histogram(&self.lifetimes, false)
            );
        }
        if !self.top_call_sites.is_empty() {
            text += &self.call_sites();
        }
        text
    }

    fn head(&self) -> String {
        let time = match self.duration_microseconds {
            0 => "unknown".into(),
            time => microseconds(time),
        };
        let objects =
            |number, bytes| format!("{} bytes in {}", count(bytes), counted(number, "object"));
        let peak = format!(
            "{} bytes, after operation {}",
            count(self.trace.live_peak),
            count(self.live_peak_operation)
        );
        let rows = [
            ("program", one_line(&self.trace.program, 64)),
            ("word size", format!("{} bits", self.trace.word)),
            ("time", time),
            ("threads", count(self.threads)),
            ("live peak", peak),
            ("most objects", count(self.live_peak_objects)),
            ("in all", objects(self.allocations, self.total_bytes)),
            ("largest", format!("{} bytes", count(self.largest_object))),
            (
                "never freed",
                objects(self.leaked_objects, self.leaked_bytes),
            ),
        ];
        let mut text = format!("{}\n", self.trace.file);
        for (name, value) in rows.into_iter().chain(self.aside()) {
            text += &format!("  {name:<14}{value}\n");
        }
        text
    }

    /// What is no operation, where there is any.
    fn aside(&self) -> impl Iterator<Item = (&'static str, String)> {
        let lost = match self.lost_events {
            0 => "events".into(),
            lost => counted(lost, "event"),
        };
        let gaps = format!(
            "{lost} in {}: no figure here is exact",
            counted(self.gaps, "gap")
        );
        [
            (
                "refused",
                self.refused_requests,
                counted(self.refused_requests, "request"),
            ),
            (
                "foreign",
                self.foreign_frees,
                format!(
                    "{} of what was not allocated here",
                    counted(self.foreign_frees, "free")
                ),
            ),
            ("lost", self.gaps, gaps),
        ]
        .into_iter()
        .filter(|(_, number, _)| *number > 0)
        .map(|(name, _, text)| (name, text))
    }

    fn operations(&self) -> String {
        let all = self.trace.operations;
        let mut table = table(&[""; 4]);
        for (name, number, note) in [
            ("allocate", self.allocations, self.allocation_note()),
            ("resize", self.resizes, note(self.resizes_grown, "grow")),
            ("free", self.frees, String::new()),
            ("all", all, String::new()),
        ] {
            table.add_row([name.to_owned(), count(number), percent(number, all), note]);
        }
        align(
            &mut table,
            &[
                CellAlignment::Left,
                CellAlignment::Right,
                CellAlignment::Right,
                CellAlignment::Left,
            ],
        );
        lines(&table)
    }

    fn allocation_note(&self) -> String {
        let aligned = match self.aligned_allocations {
            0 => String::new(),
            number => format!(
                "{} aligned, to {} bytes at most",
                count(number),
                count(self.largest_alignment)
            ),
        };
        let empty = note(self.zero_sized_allocations, "of 0 bytes");
        if aligned.is_empty() || empty.is_empty() {
            aligned + &empty
        } else {
            format!("{aligned}; {empty}")
        }
    }

    fn call_sites(&self) -> String {
        let rows: Vec<Row<'_>> = self.top_call_sites.iter().flat_map(Row::of).collect();
        let mut table = table(&["at the peak", "never freed", "in all", "objects"]);
        table.add_rows(rows.iter().map(Row::numbers));
        align(&mut table, &[CellAlignment::Right; 4]);
        let mut lines = table.lines();
        let head = lines.next().unwrap_or_default();
        let mut text = format!(
            "\nCall sites: {} of {} that allocate (bytes)\n{head} call site\n",
            count(self.top_call_sites.len() as u64),
            count(self.allocating_call_sites),
        );
        for (numbers, row) in lines.zip(&rows) {
            // What is said of a stack begins right behind its numbers: it needs the room.
            let numbers = match row {
                Row::Site(_) => &numbers,
                Row::Stack(..) => numbers.trim_end(),
            };
            let numbers = if numbers.is_empty() { "     " } else { numbers };
            let width = WIDTH.saturating_sub(numbers.chars().count() + 1);
            text += &format!("{numbers} {}\n", row.text(width));
        }
        text
    }
}

/// A row of the table of call sites.
enum Row<'r> {
    Site(&'r SiteFacts),
    /// One of the site's stacks, and whether it is the only one that is listed.
    Stack(&'r StackFacts, bool),
}

impl<'r> Row<'r> {
    /// A site, and those of its stacks of which there is something to say.
    fn of(site: &'r SiteFacts) -> impl Iterator<Item = Self> {
        let is_alone = site.top_call_stacks.len() == 1;
        let stacks = site.top_call_stacks.iter();
        let stacks = stacks.map(move |stack| Row::Stack(stack, is_alone));
        std::iter::once(Row::Site(site)).chain(stacks.filter(|row| !row.text(WIDTH).is_empty()))
    }

    fn numbers(&self) -> [String; 4] {
        match self {
            Self::Site(site) => [
                site.asked.bytes_at_peak,
                site.asked.leaked_bytes,
                site.asked.total_bytes,
                site.asked.allocations,
            ]
            .map(count),
            // The numbers of a site's only stack are the site's.
            Self::Stack(_, true) => Default::default(),
            Self::Stack(stack, false) => [
                count(stack.asked.bytes_at_peak),
                count(stack.asked.leaked_bytes),
                String::new(),
                String::new(),
            ],
        }
    }

    /// What it is called; of a stack, who called the site; if nobody did and there are others, what it
    /// called.
    fn text(&self, width: usize) -> String {
        let (stack, is_alone) = match self {
            Self::Site(site) => return site.site.text(width),
            Self::Stack(stack, is_alone) => (stack, is_alone),
        };
        let Some(calls) = &stack.calls else {
            return String::new();
        };
        let width = width.saturating_sub(2);
        match (callers(&calls.callers, width), &calls.through) {
            (callers, _) if !callers.is_empty() => format!("< {callers}"),
            _ if *is_alone => String::new(),
            (_, Some(through)) => format!("> {}", through.text(width)),
            _ => "directly".into(),
        }
    }
}

fn note(number: u64, what: &str) -> String {
    if number == 0 {
        String::new()
    } else {
        format!("{} {what}", count(number))
    }
}

/// A table of ranges, each with its share as a bar; with sums where they mean something.
fn histogram(ranges: &[Range], sums: bool) -> String {
    let all: u64 = ranges.iter().map(|range| range.count).sum();
    let most = ranges.iter().map(|range| range.count).max().unwrap_or(0);
    let mut table = table(if sums {
        &["", "requests", "", "bytes", ""]
    } else {
        &["", "objects", "", ""]
    });
    for range in ranges {
        let name = if range.low == range.high {
            count(range.low)
        } else {
            format!("{} - {}", count(range.low), count(range.high))
        };
        let mut row = vec![name, count(range.count), percent(range.count, all)];
        if sums {
            row.push(count(range.sum));
        }
        row.push(bar(range.count, most, BAR));
        table.add_row(row);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        let last = if sums { 4 } else { 3 };
        column.set_cell_alignment(if index == last {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        });
    }
    lines(&table)
}
