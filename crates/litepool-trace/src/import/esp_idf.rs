//! What ESP-IDF's `heap_trace_dump` prints on a device's console.
//!
//! A dump lists what the device's buffer of records holds: allocations in their order, and, in the
//! mode that keeps them, which of them were freed. When they were freed it does not say. They are
//! freed here as late as that can be: when a later block stands in the same place, or else at the
//! end of the dump. So peaks are the highest possible.
//!
//! A log may have several dumps of one trace. What is listed again is the same block if address,
//! size and cycle counter are the same; what a whole dump does not list any more was freed.

mod blocks;
mod line;
mod open;

use super::builder::Builder;
use super::{Steps, Text};
use crate::error::{Fault, TraceError};

use blocks::Blocks;
use line::{Line, without_colours};
use open::Open;

const DUMP: &str = "the text of heap_trace_dump: `====== Heap Trace: N records …`, or \
                    `N allocations trace (…`, or `N bytes (@ 0x…) allocated CPU …`";

/// Whether a text has a line that only a heap trace dump has.
pub(super) fn is_in(text: &str) -> bool {
    text.lines().any(|line| {
        matches!(
            Line::of(&without_colours(line)),
            Line::Begins { .. } | Line::Record(_)
        )
    })
}

/// Such a text, with whatever else the device printed.
#[derive(Default)]
pub(super) struct EspIdf {
    blocks: Blocks,
    /// Whether there was a dump.
    found: bool,
    /// How many allocations the dump says there were.
    allocations: Option<u64>,
}

impl Steps for EspIdf {
    fn step(&mut self, lines: &mut Text<'_>, builder: &mut Builder) -> Result<bool, TraceError> {
        let Some(text) = lines.next()? else {
            if !self.found {
                return Err(lines.ended(DUMP));
            }
            self.blocks
                .close(builder)
                .map_err(|fault| lines.fault(fault))?;
            return Ok(false);
        };
        let text = without_colours(text).into_owned();
        let line = Line::of(&text);
        if lines.is_unterminated() && !matches!(line, Line::Other | Line::Name(_)) {
            // Its last number may have been cut off.
            builder.notes.cut_line = Some(lines.number());
            return Ok(true);
        }
        builder.at_line(lines.number());
        self.take(line, builder, lines.number())
            .map_err(|fault| lines.fault(fault))?;
        Ok(true)
    }

    fn has_addresses(&self) -> bool {
        true
    }
}

impl EspIdf {
    fn take(&mut self, line: Line<'_>, builder: &mut Builder, number: u64) -> Result<(), Fault> {
        let blocks = &mut self.blocks;
        match line {
            Line::Record(record) => {
                self.found = true;
                blocks.list(Open::new(&record), builder)?;
            }
            Line::Begins { records } => {
                self.found = true;
                self.allocations = None;
                blocks.begin(records, builder)?;
            }
            Line::Name(name) => {
                if let Some(open) = blocks.last() {
                    open.name(&name);
                }
            }
            Line::FreedBy(callers) => {
                if let Some(open) = blocks.last() {
                    open.freed_by(&callers);
                }
            }
            // What has no dump around it is of other programs.
            _ if !blocks.is_open() => {}
            Line::Damaged => {
                blocks.skip(builder)?;
                builder.notes.unreadable_lines += 1;
                builder.notes.first_unreadable_line.get_or_insert(number);
            }
            Line::Allocations(allocations) => self.allocations = Some(allocations),
            Line::Frees(frees) => {
                let allocations = self.allocations;
                blocks.finish(builder, allocations.map(|all| (all, frees)))?;
            }
            Line::Totals { allocations, frees } => {
                blocks.finish(builder, Some((allocations, frees)))?;
            }
            Line::Other => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
