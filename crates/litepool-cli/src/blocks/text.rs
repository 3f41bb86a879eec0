//! The report as people read it.

use comfy_table::CellAlignment;

use super::sums::Common;
use super::{BlockFacts, Report};
use crate::args::By;
use crate::output::{align, lines, one_line, table, wrapped};
use crate::picture::bar;
use crate::units::{count, counted, microseconds, percent};

/// Columns of the whole, and at least so many of a call site.
const WIDTH: usize = 78;
const SITE: usize = 24;
/// Columns of what blocks are summed by.
const WHAT: usize = 36;

impl Report {
    pub(super) fn text(&self, by: Option<By>) -> String {
        let mut text = format!(
            "{}\n  {}, {} bytes\n\n",
            self.origin.title(),
            counted(self.matching, "block"),
            count(self.matching_bytes)
        );
        let listed = match (&self.blocks, &self.sums) {
            (Some(blocks), _) => {
                text += &list(blocks);
                blocks.len() as u64
            }
            (_, Some(sums)) => {
                text += &self.sums(by);
                sums.iter().map(|sum| sum.blocks).sum()
            }
            _ => 0,
        };
        if let more @ 1.. = self.matching - listed {
            text += &format!(
                "  … and {} (--top 0 shows all)\n",
                counted(more, "more block")
            );
        }
        for note in &self.notes {
            text += &format!("\n{}", wrapped(note, WIDTH));
        }
        text
    }

    fn sums(&self, by: Option<By>) -> String {
        let sums = self.sums.as_deref().unwrap_or_default();
        let what = match by {
            Some(By::Size) => "size",
            Some(By::Task) => "task",
            Some(By::Module) => "module",
            _ => "call site",
        };
        let most = sums.iter().map(|sum| sum.bytes).max().unwrap_or(0);
        let mut table = table(&[what, "blocks", "bytes", "", ""]);
        for sum in sums {
            table.add_row([
                match &sum.common {
                    Common::Site(Some(site)) => site.text(WHAT),
                    Common::Site(None) => "unknown".into(),
                    Common::What(what) => one_line(what, WHAT),
                },
                count(sum.blocks),
                count(sum.bytes),
                percent(sum.bytes, self.matching_bytes),
                bar(sum.bytes, most, 12),
            ]);
        }
        let number = CellAlignment::Right;
        let first = if by == Some(By::Size) {
            number
        } else {
            CellAlignment::Left
        };
        align(
            &mut table,
            &[first, number, number, number, CellAlignment::Left],
        );
        lines(&table)
    }
}

/// A column of the list: its head, where it stands, and what it says of a block.
struct Column {
    head: &'static str,
    alignment: CellAlignment,
    cell: fn(&BlockFacts) -> Option<String>,
}

const fn number(head: &'static str, cell: fn(&BlockFacts) -> Option<String>) -> Column {
    let alignment = CellAlignment::Right;
    Column {
        head,
        alignment,
        cell,
    }
}

const fn word(head: &'static str, cell: fn(&BlockFacts) -> Option<String>) -> Column {
    let alignment = CellAlignment::Left;
    Column {
        head,
        alignment,
        cell,
    }
}

/// The columns before the call site.
const COLUMNS: [Column; 8] = [
    word("address", |block| block.address.clone()),
    number("bytes", |block| Some(count(block.size))),
    word("state", |block| {
        (block.state != "used").then(|| block.state.into())
    }),
    number("number", |block| block.number.map(count)),
    number("operation", |block| block.operation.map(count)),
    number("time", |block| {
        block
            .time_microseconds
            .filter(|&time| time > 0)
            .map(microseconds)
    }),
    word("module", |block| {
        block.module.map(|module| module.to_string())
    }),
    word("task", |block| {
        block.task.as_ref().map(|task| one_line(task, 12))
    }),
];

/// The blocks with what is known about them. A column of which nothing is known is left out.
fn list(blocks: &[BlockFacts]) -> String {
    let columns: Vec<Vec<Option<String>>> = COLUMNS
        .iter()
        .map(|column| blocks.iter().map(column.cell).collect())
        .collect();
    let known: Vec<usize> = (0..columns.len())
        .filter(|&index| columns[index].iter().any(Option::is_some))
        .collect();
    let width = |index: usize| {
        let cells = columns[index]
            .iter()
            .flatten()
            .map(|cell| cell.chars().count());
        cells.chain([COLUMNS[index].head.len()]).max().unwrap_or(0) + 2
    };
    let taken: usize = known.iter().map(|&index| width(index)).sum();
    let site = WIDTH.saturating_sub(taken).max(SITE);
    let heads = known
        .iter()
        .map(|&index| COLUMNS[index].head)
        .chain(["call site"]);
    let mut table = table(&heads.collect::<Vec<_>>());
    for (row, block) in blocks.iter().enumerate() {
        let cell = |&index: &usize| columns[index][row].clone().unwrap_or_else(|| "-".into());
        let mut cells: Vec<String> = known.iter().map(cell).collect();
        cells.push(
            block
                .site
                .as_ref()
                .map_or_else(|| "-".into(), |call| call.text(site)),
        );
        table.add_row(cells);
    }
    let mut alignments: Vec<_> = known
        .iter()
        .map(|&index| COLUMNS[index].alignment)
        .collect();
    alignments.push(CellAlignment::Left);
    align(&mut table, &alignments);
    let text = lines(&table);
    if blocks.iter().all(|block| block.bytes.is_empty()) {
        return text;
    }
    with_contents(&text, blocks)
}

/// The list with the contents of each block below its line.
fn with_contents(list: &str, blocks: &[BlockFacts]) -> String {
    let mut text = String::new();
    for (number, line) in list.lines().enumerate() {
        text += &format!("{line}\n");
        if let Some(block) = number.checked_sub(1).and_then(|index| blocks.get(index)) {
            text += &hex(&block.bytes);
        }
    }
    text
}

/// Bytes, 16 in a line: as numbers, and as the characters that they are.
fn hex(bytes: &[u8]) -> String {
    let line = |(number, bytes): (usize, &[u8])| {
        let numbers: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let characters: String = bytes
            .iter()
            .map(|&byte| {
                if byte.is_ascii_graphic() {
                    char::from(byte)
                } else {
                    '.'
                }
            })
            .collect();
        format!(
            "      +{:<4x} {:<48} {characters}\n",
            number * 16,
            numbers.join(" ")
        )
    };
    bytes.chunks(16).enumerate().map(line).collect()
}
