//! The report as people read it.

use comfy_table::CellAlignment;
use litepool_snapshot::{Call, LeakVerdict};
use rustc_hash::FxHashMap;

use super::facts::{GrowthFacts, LeakFacts, ReachFacts, TaskFacts};
use super::{Report, in_words, path_text};
use crate::output::{align, hanging, lines, one_line, table, wrapped};
use crate::sites::site_text;
use crate::units::{count, counted};

/// Columns of the table, and at least so many of its call sites.
const WIDTH: usize = 79;
const SITE: usize = 24;
/// Columns of an owner.
const OWNER: usize = 14;
/// In microseconds.
const MINUTE: u64 = 60_000_000;
const HOUR: u64 = 60 * MINUTE;
/// Calls of a call stack, tasks, callers and addresses that are shown.
const CALLS: usize = 12;
const TASKS: usize = 4;
const CALLERS: usize = 4;
const ADDRESSES: usize = 4;

impl Report {
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.origin.title());
        text += &match self.blocks {
            0 => "  no block is there\n".to_owned(),
            blocks => format!(
                "  {} of {} bytes {} there, of {}\n",
                counted(blocks, "block"),
                count(self.bytes),
                if blocks == 1 { "is" } else { "are" },
                counted(self.found, "call site")
            ),
        };
        if !self.leaks.is_empty() {
            text += &format!("\n{}", self.table());
        }
        if let more @ 1.. = self.found - self.leaks.len() as u64 {
            text += &format!(
                "  … and {} (--top 0 shows all)\n",
                counted(more, "more call site")
            );
        }
        for leak in self.leaks.iter().filter(|leak| leak.is_sure) {
            text += &format!("\n{}", leak.text());
        }
        text += &self.paths();
        text += &self.legend();
        for note in self.warnings().iter().chain(&self.notes) {
            text += &format!("\n{}", wrapped(note, WIDTH));
        }
        text
    }

    fn table(&self) -> String {
        let heads = ["verdict", "bytes", "blocks", "owner", "call site"];
        let rows: Vec<[String; 4]> = self.leaks.iter().map(LeakFacts::cells).collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([heads[column].len()]).max().unwrap_or(0) + 2
        };
        let taken: usize = (0..4).map(width).sum();
        let site = WIDTH.saturating_sub(taken + 2).max(SITE);
        let mut table = table(&heads);
        // Call stacks of one site (--by stack) are told apart by their callers.
        let mut rows_of = FxHashMap::<_, usize>::default();
        for leak in &self.leaks {
            *rows_of.entry(&leak.site).or_default() += 1;
        }
        for (leak, row) in self.leaks.iter().zip(rows) {
            let name = match rows_of.get(&leak.site) {
                Some(2..) => leak.site_and_caller(site),
                _ => leak.site(site),
            };
            table.add_row(row.into_iter().chain([name]));
        }
        let (left, right) = (CellAlignment::Left, CellAlignment::Right);
        align(&mut table, &[left, right, right, left, left]);
        lines(&table)
    }

    /// How what is no sure leak is reached.
    fn paths(&self) -> String {
        let others = self.leaks.iter().filter(|leak| !leak.is_sure);
        let paths = others.filter_map(|leak| Some((leak, leak.reach.as_ref()?.path()?)));
        let lines: Vec<String> = paths
            .map(|(leak, path)| {
                let site = format!("{}: {path}", leak.site(WIDTH));
                format!(
                    "  {}",
                    wrapped(&site, WIDTH - 4).trim_end().replace('\n', "\n    ")
                ) + "\n"
            })
            .collect();
        if lines.is_empty() {
            return String::new();
        }
        format!(
            "\nWhat leads to the others, of each to one block:\n{}",
            lines.concat()
        )
    }

    /// What the verdicts mean that are in the table.
    fn legend(&self) -> String {
        let mut text = String::new();
        let mut before = None;
        for leak in &self.leaks {
            if before.replace(leak.verdict) != Some(leak.verdict) {
                let meaning = self.meaning(leak.verdict);
                text += &format!("  {:<13}{meaning}\n", in_words(leak.verdict));
            }
        }
        if !text.is_empty() {
            text.insert(0, '\n');
        }
        text
    }

    fn meaning(&self, verdict: LeakVerdict) -> &'static str {
        let is_reached = self.leaks.iter().any(|leak| leak.reach.is_some());
        match verdict {
            LeakVerdict::NotFreed if is_reached => "something in the memory leads to it",
            LeakVerdict::NotFreed => "there, and nothing more is known",
            LeakVerdict::Flat => "does not become more: often on purpose",
            LeakVerdict::Creeping => "becomes more now and then: a longer run tells",
            LeakVerdict::TaskGone => "its task has ended; another one may have taken it over",
            LeakVerdict::Growing => {
                "becomes more throughout the run: a leak, or an unlimited store"
            }
            LeakVerdict::Unreachable => "nothing in the memory leads to it: a leak",
        }
    }

    /// What a recording lacks.
    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(lost) = self.lost {
            warnings.push(format!(
                "The recording lost {} at its end, and frees among them: what was to be freed then \
                 is among the blocks above. --at names an earlier moment.",
                counted(lost, "operation")
            ));
        }
        if self.gaps > 0 {
            let hidden = match self.is_growth_hidden {
                true => " So much is missing that growth is not judged.",
                false => "",
            };
            warnings.push(format!(
                "The recording has {}: what was freed in one seems to be there still.{hidden}",
                counted(self.gaps, "gap")
            ));
        }
        warnings
    }
}

impl LeakFacts {
    fn cells(&self) -> [String; 4] {
        [
            in_words(self.verdict).to_owned(),
            count(self.bytes),
            count(self.blocks),
            self.owner(),
        ]
    }

    fn site(&self, width: usize) -> String {
        let text = |call: &Call| call.text(width);
        self.site.as_ref().map_or_else(|| "unknown".into(), text)
    }

    /// The site with its caller; where there is no room for both, the caller.
    fn site_and_caller(&self, width: usize) -> String {
        let (Some(site), Some(caller)) = (self.stack.site(), self.stack.caller()) else {
            return self.site(width);
        };
        let both = format!("{site} < {caller}");
        let fits = both.chars().count() <= width;
        let shorter = || format!("… < {}", caller.text(width.saturating_sub(4)));
        if fits { both } else { shorter() }
    }

    /// The task with the most bytes, and how many others there are.
    fn owner(&self) -> String {
        let name = self.tasks.first().map_or("-", |task| task.name.as_str());
        match self.tasks.len() {
            0 | 1 => one_line(name, OWNER),
            tasks => {
                let others = format!(" +{}", tasks - 1);
                one_line(name, OWNER.saturating_sub(others.len())) + &others
            }
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{}: {} of {} bytes, {}\n",
            in_words(self.verdict),
            counted(self.blocks, "block"),
            count(self.bytes),
            self.site(44)
        );
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            text += &format!(
                "  the first by operation {}, the last by operation {}\n",
                count(first.operation),
                count(last.operation)
            );
        }
        if let Some(growth) = &self.growth {
            text += &hanging("  ", &growth.text(), WIDTH);
        }
        if let Some(reach) = &self.reach {
            text += &reach.text();
        }
        text += &hanging("  by ", &self.owners(), WIDTH);
        text += &self.callers();
        let calls = self.stack.calls_from_site();
        for call in calls.iter().take(CALLS) {
            text += &format!("    {}\n", one_line(&call.to_string(), 74));
        }
        if let more @ 1.. = calls.len().saturating_sub(CALLS) {
            text += &format!("    … and {}\n", counted(more as u64, "outer call"));
        }
        // Where there are several callers, it is told above.
        if let (more @ 1.., 0 | 1) = (self.stacks.saturating_sub(1), self.callers.len()) {
            text += &format!(
                "    (and {} to the same site)\n",
                counted(more, "other call stack")
            );
        }
        text
    }

    /// Who called the site, if several did.
    fn callers(&self) -> String {
        if self.callers.len() < 2 {
            return String::new();
        }
        let mut text = format!("  {} callers\n", count(self.callers.len() as u64));
        for caller in self.callers.iter().take(CALLERS) {
            let sums = format!(
                "{}, {} bytes",
                counted(caller.blocks, "block"),
                count(caller.bytes)
            );
            let name = site_text(caller.caller.as_ref());
            text += &format!("    {}: {sums}\n", one_line(&name, 72 - sums.len()));
        }
        if let more @ 1.. = self.callers.len().saturating_sub(CALLERS) {
            text += &format!("    … and {}\n", counted(more as u64, "more caller"));
        }
        let stacks = count(self.stacks);
        text + &format!("  the call stack with the most bytes, of {stacks}\n")
    }

    fn owners(&self) -> String {
        let name = |task: &TaskFacts| {
            let gone = if task.is_gone { ", gone" } else { "" };
            let name = one_line(&task.name, 16);
            format!("{name} ({}{gone})", counted(task.blocks, "block"))
        };
        let mut names: Vec<String> = self.tasks.iter().take(TASKS).map(name).collect();
        if let more @ 1.. = self.tasks.len().saturating_sub(TASKS) {
            names.push(format!("{} more", count(more as u64)));
        }
        names.join(", ")
    }
}

impl GrowthFacts {
    fn text(&self) -> String {
        let mut text = format!(
            "more came in {} of {} periods, {} bytes in each",
            self.rises,
            self.periods,
            count(self.bytes_per_period.round() as u64)
        );
        if let Some(rate) = self.bytes_per_hour {
            let (times, unit) = self.unit();
            text += &format!(", {} {unit}", count((rate / times).round() as u64));
        }
        if let Some(operation) = self.refused_after {
            text += &format!(
                ", until the heap was full: the first request was refused after operation {}",
                count(operation)
            );
        }
        text
    }

    /// A unit of time that is not much longer than the periods lasted: how often it is in an hour,
    /// and its name. What was seen for seconds tells nothing of hours.
    fn unit(&self) -> (f64, &'static str) {
        match self.microseconds {
            ..MINUTE => (3600.0, "a second"),
            MINUTE..HOUR => (60.0, "a minute"),
            HOUR.. => (1.0, "an hour"),
        }
    }
}

impl ReachFacts {
    /// What leads to one of the blocks.
    fn path(&self) -> Option<String> {
        Some(path_text(self.path.as_ref()?, self.left_over))
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if self.unreachable > 0 {
            text += &format!(
                "  nothing leads to {}\n",
                counted(self.unreachable, "block")
            );
        }
        if self.through_others > 0 {
            let through = site_text(self.through.as_ref());
            let blocks = counted(self.through_others, "block");
            text += &format!(
                "  only leaks lead to {blocks}, as of {}\n",
                one_line(&through, 40)
            );
        }
        if let (Some(path), true) = (self.path(), self.unreachable + self.through_others > 0) {
            let blocks = counted(self.reached, "block");
            text += &hanging("  ", &format!("something leads to {blocks}: {path}"), WIDTH);
        }
        let mut addresses = self
            .addresses
            .iter()
            .take(ADDRESSES)
            .cloned()
            .collect::<Vec<_>>();
        if self.addresses.len() > ADDRESSES {
            addresses.push("…".into());
        }
        text + &format!("  at {}\n", addresses.join(", "))
    }
}

#[cfg(test)]
mod tests;
