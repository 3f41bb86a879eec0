//! The report as people read it.

use comfy_table::CellAlignment;

use super::sites::Asked;
use super::{Range, Report};
use crate::output::{align, lines, one_line, table};
use crate::picture::bar;
use crate::sites::callers;
use crate::units::{count, counted, microseconds, percent};

/// Columns of a bar.
const BAR: usize = 24;

/// Columns of a call site.
const SITE: usize = 60;

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
            0 => "nobody knows how many events".into(),
            lost => counted(lost, "event"),
        };
        let gaps = format!(
            "{lost} in {}: every figure here is a lower bound",
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
        let mut table = table(&[
            "at the peak",
            "never freed",
            "in all",
            "objects",
            "call site",
        ]);
        let numbers = |asked: &Asked| {
            [
                asked.bytes_at_peak,
                asked.leaked_bytes,
                asked.total_bytes,
                asked.allocations,
            ]
            .map(count)
        };
        let [first, second, third, fourth] = [0; 4].map(|_| String::new());
        let nothing = [first, second, third, fourth];
        for site in &self.top_call_sites {
            let row = numbers(&site.asked).into_iter();
            table.add_row(row.chain([site.call.text(SITE)]));
            // The numbers of a site's only stack are the site's.
            let is_alone = site.top_call_stacks.len() == 1;
            for stack in &site.top_call_stacks {
                let callers = callers(&stack.callers, SITE - 2);
                if callers.is_empty() && is_alone {
                    continue;
                }
                let row = if is_alone {
                    nothing.clone()
                } else {
                    numbers(&stack.asked)
                };
                table.add_row(row.into_iter().chain([format!("< {callers}")]));
            }
        }
        let right = CellAlignment::Right;
        align(
            &mut table,
            &[right, right, right, right, CellAlignment::Left],
        );
        format!(
            "\nCall sites: {} of {} that allocate (bytes)\n{}",
            count(self.top_call_sites.len() as u64),
            count(self.allocating_call_sites),
            lines(&table)
        )
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
