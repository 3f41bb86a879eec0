//! The report as people read it.

use comfy_table::CellAlignment;
use litepool_snapshot::LeakVerdict;

use super::{LeakFacts, Report, in_words};
use crate::output::{align, lines, one_line, table};
use crate::units::{count, counted};

/// Columns of the call site in the table.
const SITE: usize = 30;
/// Calls of a call stack that are shown.
const CALLS: usize = 12;
/// Tasks that are named.
const TASKS: usize = 4;

impl Report {
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.origin.title());
        text += &match self.blocks {
            0 => "  no block was left\n".to_owned(),
            blocks => format!(
                "  {} of {} bytes are there, of {}\n",
                counted(blocks, "block"),
                count(self.bytes),
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
        text += &self.legend();
        for note in self.warnings().iter().chain(&self.notes) {
            text += &format!("\n{note}\n");
        }
        text
    }

    fn table(&self) -> String {
        let has_rate = self.leaks.iter().any(|leak| leak.rate().is_some());
        let mut heads = vec!["verdict", "bytes", "blocks"];
        if has_rate {
            heads.push("bytes/hour");
        }
        heads.extend(["owner", "call site"]);
        let mut table = table(&heads);
        for leak in &self.leaks {
            let mut cells = vec![
                in_words(leak.verdict).to_owned(),
                count(leak.bytes),
                count(leak.blocks),
            ];
            if has_rate {
                cells.push(leak.rate().map_or_else(|| "-".into(), count));
            }
            cells.extend([leak.owner(), one_line(&leak.site, SITE)]);
            table.add_row(cells);
        }
        let mut alignments = vec![CellAlignment::Right; heads.len() - 2];
        alignments[0] = CellAlignment::Left;
        alignments.extend([CellAlignment::Left; 2]);
        align(&mut table, &alignments);
        lines(&table)
    }

    /// What the verdicts mean that are in the table.
    fn legend(&self) -> String {
        let mut text = String::new();
        let mut before = None;
        for leak in &self.leaks {
            if before.replace(leak.verdict) != Some(leak.verdict) {
                text += &format!(
                    "  {:<13}{}\n",
                    in_words(leak.verdict),
                    meaning(leak.verdict)
                );
            }
        }
        if !text.is_empty() {
            text.insert(0, '\n');
        }
        text
    }

    /// What makes the answer less than sure.
    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(lost) = self.lost {
            warnings.push(format!(
                "The recording lost {} at its end, and frees among them: what was\n\
                 to be freed then is among the blocks above. --at names an earlier moment.",
                counted(lost, "operation")
            ));
        }
        if self.gaps > 0 {
            warnings.push(format!(
                "The recording has {}: what was freed in one seems to be there still.",
                counted(self.gaps, "gap")
            ));
        }
        warnings
    }
}

fn meaning(verdict: LeakVerdict) -> &'static str {
    match verdict {
        LeakVerdict::NotFreed => "there, and nothing more is known",
        LeakVerdict::Flat => "not freed, but does not become more: often on purpose",
        LeakVerdict::Creeping => "becomes more now and then: a longer run tells",
        LeakVerdict::TaskGone => "its task has ended; another one may have taken it over",
        LeakVerdict::Growing => {
            "becomes more throughout the run: a leak, or a store without a limit"
        }
        LeakVerdict::Unreachable => "nothing in the memory points to it: a leak",
    }
}

impl LeakFacts {
    /// Bytes that come in an hour and stay, if it grows.
    fn rate(&self) -> Option<u64> {
        let grows = matches!(self.verdict, LeakVerdict::Growing | LeakVerdict::Creeping);
        let rate = self.growth.as_ref().filter(|_| grows)?.bytes_per_hour?;
        Some(rate.round() as u64)
    }

    /// The task with the most bytes.
    fn owner(&self) -> String {
        let name = self.tasks.first().map_or("-", |task| task.name.as_str());
        match self.tasks.len() {
            0 | 1 => one_line(name, 14),
            more => format!("{} +{}", one_line(name, 10), more - 1),
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{}: {} of {} bytes, {}\n",
            in_words(self.verdict),
            counted(self.blocks, "block"),
            count(self.bytes),
            one_line(&self.site, 40)
        );
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            text += &format!(
                "  the first by operation {}, the last by operation {}\n",
                count(first.operation),
                count(last.operation)
            );
        }
        if let Some(growth) = &self.growth {
            text += &format!(
                "  some came and stayed in {} of {} periods, {} bytes in each\n",
                growth.rises,
                growth.periods,
                count(growth.bytes_per_period.round() as u64)
            );
        }
        text += &format!("  by {}\n", self.owners());
        for call in self.stack.iter().take(CALLS) {
            text += &format!("    {}\n", one_line(call, 74));
        }
        if let more @ 1.. = self.stack.len().saturating_sub(CALLS) {
            text += &format!("    … and {}\n", counted(more, "outer call"));
        }
        if let more @ 1.. = self.stacks.saturating_sub(1) {
            text += &format!(
                "    (and {} through the same site)\n",
                counted(more, "other stack")
            );
        }
        text
    }

    fn owners(&self) -> String {
        let mut names: Vec<String> = self
            .tasks
            .iter()
            .take(TASKS)
            .map(|task| {
                let gone = if task.is_gone { ", gone" } else { "" };
                format!(
                    "{} ({}{gone})",
                    one_line(&task.name, 16),
                    count(task.blocks)
                )
            })
            .collect();
        if let more @ 1.. = self.tasks.len().saturating_sub(TASKS) {
            names.push(format!("{} more", count(more as u64)));
        }
        names.join(", ")
    }
}
