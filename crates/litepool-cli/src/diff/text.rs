//! The report as people read it.

use comfy_table::CellAlignment;

use super::rows::Row;
use super::{BornFacts, Report};
use crate::output::{align, lines, one_line, table, wrapped};
use crate::units::{count, counted};

/// Columns of a line, and of a call site.
const WIDTH: usize = 79;
const SITE: usize = 40;

impl Report {
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "A: {}\nB: {}\nC: {}\n\n",
            self.a.title(),
            self.b.title(),
            self.c.title()
        );
        text += &match (&self.born, &self.reason) {
            (Some(born), _) => born.text(),
            (None, Some(reason)) => self.why_sums(reason),
            (None, None) => String::new(),
        };
        text += &self.rows("call site", &self.sites, self.more_sites);
        text += &self.rows("owner", &self.tasks, self.more_tasks);
        for note in &self.notes {
            text += &format!("\n{}", wrapped(note, WIDTH));
        }
        text
    }

    fn why_sums(&self, reason: &str) -> String {
        let sites = if self.lines_compared {
            "function and line"
        } else {
            "function and file, for lines move from build to build"
        };
        let changed = if self.sites.is_empty() {
            "\nNothing changed from A to B.\n"
        } else {
            ""
        };
        format!(
            "Compared by sums of call sites, as blocks can't be matched:\n{reason}.\n\
             Call sites are told by {sites}.\n{changed}"
        )
    }

    fn rows(&self, what: &str, rows: &[Row], more: usize) -> String {
        if rows.is_empty() {
            return String::new();
        }
        let mut text = String::from("\n");
        text += &match self.born {
            Some(_) => born(what, rows),
            None => sums(what, rows),
        };
        if more > 0 {
            text += &format!(
                "  … and {} (--top 0 shows all)\n",
                counted(more as u64, "more")
            );
        }
        text
    }
}

impl BornFacts {
    fn text(&self) -> String {
        let mut text = format!(
            "Allocated between A and B and still there at C: {} bytes in {}.\n",
            count(self.bytes),
            counted(self.blocks, "block")
        );
        if self.freed_blocks > 0 {
            let blocks = counted(self.freed_blocks, "block");
            text += &format!("Allocated in between, and freed from B to C: {blocks}.\n");
        }
        if self.gone_blocks > 0 {
            text += &format!(
                "There at A, and freed before B: {} bytes in {}.\n",
                count(self.gone_bytes),
                counted(self.gone_blocks, "block")
            );
        }
        if self.grown_bytes + self.shrunk_bytes > 0 {
            text += &format!(
                "There at both: grown by {} bytes, shrunk by {}.\n",
                count(self.grown_bytes),
                count(self.shrunk_bytes)
            );
        }
        text
    }
}

/// What was born.
fn born(what: &str, rows: &[Row]) -> String {
    let mut table = table(&["bytes", "blocks", what]);
    for row in rows {
        let born = row.born.unwrap_or_default();
        table.add_row([
            count(born.bytes),
            count(born.blocks),
            one_line(&row.of.text(), SITE),
        ]);
    }
    let number = CellAlignment::Right;
    align(&mut table, &[number, number, CellAlignment::Left]);
    lines(&table)
}

/// What changed.
fn sums(what: &str, rows: &[Row]) -> String {
    let mut table = table(&[
        "change",
        "bytes",
        "blocks",
        "bytes at A",
        "at B",
        "at C",
        what,
    ]);
    for row in rows {
        table.add_row([
            row.change.to_owned(),
            difference(row.a.bytes, row.b.bytes),
            difference(row.a.blocks, row.b.blocks),
            count(row.a.bytes),
            count(row.b.bytes),
            count(row.c.bytes),
            one_line(&row.of.text(), SITE),
        ]);
    }
    let mut alignments = [CellAlignment::Right; 7];
    (alignments[0], alignments[6]) = (CellAlignment::Left, CellAlignment::Left);
    align(&mut table, &alignments);
    lines(&table)
}

fn difference(before: u64, after: u64) -> String {
    let sign = match before.cmp(&after) {
        std::cmp::Ordering::Less => "+",
        std::cmp::Ordering::Equal => "",
        std::cmp::Ordering::Greater => "-",
    };
    format!("{sign}{}", count(before.abs_diff(after)))
}
