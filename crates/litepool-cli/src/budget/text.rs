//! The report as people read it.

use comfy_table::CellAlignment;

use super::check::{Check, Checked, Of};
use super::holders::SourceLine;
use super::rows::{cells, sentence};
use super::{Report, TraceReport, TraceResult, hints};
use crate::output::{align, hanging, lines, one_line, table, wrapped};
use crate::units::{count, counted};

/// Columns of a line, and of a call site.
const WIDTH: usize = 79;
const SITE: usize = 46;

/// How many call sites are shown.
const MOST: usize = 10;

impl Report {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for trace in &self.traces {
            text += &trace.text();
            text.push('\n');
        }
        for misnamed in &self.misnamed {
            let what = format!("{}:{}: {}", self.settings, misnamed.line, misnamed.what);
            text += &wrapped(&one_line(&what, 500), WIDTH);
        }
        for note in &self.notes {
            text += &hanging("note: ", &one_line(note, 500), WIDTH);
        }
        if !self.misnamed.is_empty() || !self.notes.is_empty() {
            text.push('\n');
        }
        text + &self.verdict()
    }

    fn verdict(&self) -> String {
        let all = counted(self.traces.len() as u64, "trace");
        let over = self
            .traces
            .iter()
            .filter(|trace| !trace.is_within())
            .count();
        let mut text = match over {
            0 if self.within => format!("Within the budget: {all}.\n"),
            0 => format!("Within the budget: {all}; but a limit means nothing.\n"),
            over => format!("Not within the budget: {} of {all}.\n", count(over as u64)),
        };
        if let (true, Some(baseline)) = (self.updated, &self.baseline) {
            text += &format!("Wrote {baseline}: commit it.\n");
        } else if let Some(command) = hints::update(self) {
            text += &format!("To take what is now for the baseline: {command}\n");
        }
        text
    }
}

impl TraceReport {
    fn text(&self) -> String {
        let name = one_line(&self.name, 60);
        let mut text = match &self.facts {
            None => format!("{name}: {}\n", self.file),
            Some(facts) => {
                let mut device = format!("{} bits, {}", facts.word, facts.configuration);
                if let Some(pool) = facts.pool {
                    device += &format!(", a pool of {} bytes", count(pool));
                }
                let operations = counted(facts.operations, "operation");
                format!("{name}: {}, {operations}\n{device}\n", self.file)
            }
        };
        match &self.result {
            TraceResult::Checked(checked) => text += &checked.text(),
            TraceResult::Trouble { trouble } => text += &format!("\n{}", wrapped(trouble, WIDTH)),
        }
        for note in &self.notes {
            text += &hanging("  note: ", &one_line(note, 500), WIDTH);
        }
        let hints = hints::hints(self);
        if !hints.is_empty() {
            text.push('\n');
        }
        for (command, what) in hints {
            text += &format!("  {command}\n      {what}\n");
        }
        text
    }
}

impl Checked {
    fn text(&self) -> String {
        let mut text = String::from("\n");
        text += &self.figures();
        text += &self.named();
        // What a table can't say.
        for check in &self.checks {
            let is_told = check.why.is_some() && !check.verdict.is_within();
            if is_told {
                text += &hanging("  ", &one_line(&sentence(check), 300), WIDTH);
            }
        }
        text + &self.grown() + &self.largest()
    }

    fn figures(&self) -> String {
        let mut table = table(&["", "limit", "baseline", "now", "change", "verdict"]);
        for check in self.checks.iter().filter(|check| !is_named(check)) {
            table.add_row(cells(check));
        }
        let number = CellAlignment::Right;
        let text = CellAlignment::Left;
        align(&mut table, &[text, number, number, number, number, text]);
        lines(&table)
    }

    /// The limits of tasks and call sites.
    fn named(&self) -> String {
        let mut table = table(&["limit", "most now", "verdict", "of"]);
        let mut is_empty = true;
        for check in self.checks.iter().filter(|check| is_named(check)) {
            let [name, limit, _, now, _, verdict] = cells(check);
            table.add_row([limit, now, verdict, with_place(&name, &check.place)]);
            is_empty = false;
        }
        if is_empty {
            return String::new();
        }
        let (number, text) = (CellAlignment::Right, CellAlignment::Left);
        align(&mut table, &[number, number, text, text]);
        format!("\n{}", lines(&table))
    }

    fn grown(&self) -> String {
        if self.grown.is_empty() {
            return String::new();
        }
        let mut table = table(&["growth", "now", "", "call site"]);
        for grown in self.grown.iter().take(MOST) {
            table.add_row([
                format!("+{}", count(grown.growth)),
                count(grown.now),
                grown.what.in_words().to_owned(),
                with_place(&grown.site, &grown.place),
            ]);
        }
        let (number, text) = (CellAlignment::Right, CellAlignment::Left);
        align(&mut table, &[number, number, text, text]);
        let more = match self.grown.len().saturating_sub(MOST) {
            0 => String::new(),
            more => format!(
                "  … and {} (--json lists all)\n",
                counted(more as u64, "more")
            ),
        };
        format!(
            "\n  Call sites that grew, in bytes\n{}{more}",
            lines(&table)
        )
    }

    fn largest(&self) -> String {
        let Some(first) = self.largest.first() else {
            return String::new();
        };
        let mut table = table(&["bytes", "call site"]);
        for site in &self.largest {
            table.add_row([count(site.bytes), with_place(&site.site, &site.place)]);
        }
        let (number, text) = (CellAlignment::Right, CellAlignment::Left);
        align(&mut table, &[number, text]);
        let what = first.what.in_words();
        format!("\n  Most is held, {what}, by\n{}", lines(&table))
    }
}

fn is_named(check: &Check) -> bool {
    matches!(check.of, Of::Task(_) | Of::Site(_))
}

/// A call site, and where it is in the repository.
fn with_place(site: &str, place: &Option<SourceLine>) -> String {
    match place {
        None => one_line(site, SITE),
        Some(SourceLine { file, line }) => {
            let at = format!(" {file}:{line}");
            let room = SITE.saturating_sub(at.chars().count()).max(SITE / 3);
            one_line(&(one_line(function(site), room) + &at), SITE)
        }
    }
}

/// The call site without the file that is behind it.
fn function(site: &str) -> &str {
    site.rsplit_once(" (")
        .map_or(site, |(function, _)| function)
}
