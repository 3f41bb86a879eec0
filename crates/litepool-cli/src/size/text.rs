//! The report for people.

use std::cmp::Ordering;
use std::fmt::Write;

use super::bounds::Bounds;
use super::reasons;
use super::recommend::Recommendation;
use super::runs::Runs;
use super::waste::{Class, Waste};
use super::{Line, Report};
use crate::output::{lines, ratio_text, table, wrapped};
use crate::units::{count, counted, percent};

/// Rows of the table of waste.
const ROWS: usize = 10;
/// What is wrapped ends here.
const WIDTH: usize = 78;

impl Report {
    pub(super) fn text(&self, note: Option<&str>) -> String {
        let mut parts = vec![
            self.titles(),
            self.smallest(),
            self.perturbed(),
            self.choice(),
        ];
        parts.extend(self.waste.as_ref().map(Waste::text));
        parts.extend(self.bounds.as_ref().map(|bounds| self.worst_case(bounds)));
        if self.recommendation.is_some() {
            parts.push(self.as_code());
        }
        parts.extend(note.map(|note| format!("{note}\n")));
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }

    /// How to get the choice as code, and which one it is in C.
    fn as_code(&self) -> String {
        let in_c = match (&self.emitted.c, &self.emitted.other_in_c) {
            (Some(_), None) => ", --emit c".to_owned(),
            (Some(_), Some(other)) => format!(
                "; --emit c: the C library has not got this slab, so {} in {} bytes",
                other.configuration,
                count(other.pool)
            ),
            (None, _) => String::new(),
        };
        wrapped(&format!("As code: --emit rust{in_c}"), WIDTH)
    }

    fn titles(&self) -> String {
        let files = self.traces.iter().map(|trace| trace.title() + "\n");
        let mut titles: String = files.collect();
        if let Some(overlaid) = &self.overlaid {
            let _ = writeln!(
                titles,
                "together: {}, live peak {} bytes",
                counted(overlaid.operations, "operation"),
                count(overlaid.live_peak)
            );
        }
        titles
    }

    /// All configurations side by side.
    fn smallest(&self) -> String {
        let mut text = format!(
            "Smallest pools on a {}-bit device, in bytes:\n\n",
            self.word
        );
        let mut table = table(&[
            "configuration",
            "smallest pool",
            "/ live peak",
            "control block",
            "time / tlsf",
        ]);
        for line in &self.configurations {
            let time = line
                .time_beside_tlsf
                .map_or("-".into(), |time| format!("{time:.1}"));
            table.add_row(match &line.found {
                Some(found) => vec![
                    line.name.to_owned(),
                    count(found.smallest),
                    ratio_text(found.ratio),
                    count(found.control_block),
                    time,
                ],
                None => vec![
                    line.name.to_owned(),
                    "none".into(),
                    "-".into(),
                    "-".into(),
                    time,
                ],
            });
        }
        text += &lines(&table);
        for line in self
            .configurations
            .iter()
            .filter(|line| line.found.is_none())
        {
            text += &wrapped(
                &format!(
                    "{}: the trace completes in no pool up to the largest, {} bytes.",
                    line.name,
                    count(line.largest_pool)
                ),
                WIDTH,
            );
        }
        if let Some(left_out) = &self.left_out {
            text += &wrapped(&left_out.text(), WIDTH);
        }
        text
    }

    /// What the perturbed runs need.
    fn perturbed(&self) -> String {
        let runs = &self.perturbed;
        if self.configurations.iter().all(|line| line.found.is_none()) {
            return String::new();
        }
        if runs.runs == 0 {
            return "No perturbed runs: one run says little about the next. --runs 20 makes some.\n"
                .into();
        }
        let mut text = wrapped(&(runs.text(self.traces.len()) + ":"), WIDTH) + "\n";
        let mut table = table(&["configuration", "recorded", "p50", "p95", "most"]);
        for line in &self.configurations {
            if let (Some(found), Some(needs)) = (&line.found, &line.needs) {
                let size = |size: Option<usize>| size.map_or("none".into(), count);
                table.add_row([
                    line.name.to_owned(),
                    count(found.smallest),
                    size(needs.p50),
                    size(needs.p95),
                    size(needs.most),
                ]);
            }
        }
        text += &lines(&table);
        text
    }

    fn choice(&self) -> String {
        let Some(choice) = &self.recommendation else {
            return wrapped(
                "No pool of these configurations serves this trace; try the others, or --word.",
                WIDTH,
            );
        };
        let mut text = wrapped(&choice.headline(&self.perturbed), WIDTH);
        let mut why = format!(
            "It needs the least memory; {}.",
            reasons::bound(choice.configuration)
        );
        if let Some(objects) = reasons::objects(choice.configuration) {
            let _ = write!(why, " Of small objects: {objects}.");
        }
        text += &hanging(&why);
        for other in self.configurations.iter().filter(|line| line.is_beside) {
            text += &hanging(&choice.beside(other));
        }
        text += &wrapped(
            "The margin is for what no run of this recording shows: more connections, longer \
             messages. If it shows the worst that can be: --margin 0.",
            WIDTH,
        );
        text
    }

    /// The bounds of the literature beside what was found.
    fn worst_case(&self, bounds: &Bounds) -> String {
        let mut text = wrapped(
            &format!(
                "The worst that any program could do with blocks of {} to {} bytes (n = {}), {} \
                 bytes of them at a time (M); measured sizes are no such guarantee:",
                count(bounds.smallest_block),
                count(bounds.largest_block),
                count(bounds.ratio),
                count(bounds.in_blocks),
            ),
            WIDTH,
        ) + "\n";
        let mut table = table(&["", "bytes", ""]);
        let mut row = |what: &str, bytes: u64, formula: &str| {
            table.add_row([what.to_owned(), count(bytes), formula.to_owned()]);
        };
        row(
            "any allocator, at least",
            bounds.any,
            "M (log2(n)/2 + 1) - n + 1 [1]",
        );
        row("first fit", bounds.first_fit, "M (1 + ceil(log2 n)) [2]");
        row("best fit and tlsf, about", bounds.best_fit, "M (n - 2) [2]");
        if let Some(waste) = &self.waste {
            row(
                "a pool for each size",
                waste.separate_pools,
                "sum of their peaks",
            );
        }
        crate::output::align(
            &mut table,
            &[
                comfy_table::CellAlignment::Left,
                comfy_table::CellAlignment::Right,
                comfy_table::CellAlignment::Left,
            ],
        );
        text += &lines(&table);
        text += "  [1] J. M. Robson, Journal of the ACM 21 (1974)\n";
        text += "  [2] J. M. Robson, The Computer Journal 20 (1977); as o1heap states it\n";
        text
    }
}

impl Runs {
    /// How the runs differ from the recording.
    fn text(&self, traces: usize) -> String {
        let mut text = format!("In {} perturbed runs", self.runs);
        if traces > 1 && self.late_start == 0 {
            text += " of each trace";
        }
        let _ = write!(text, " (sizes ±{} %", self.jitter_percent);
        if self.late_start > 0 {
            let _ = write!(
                text,
                ", traces up to {} operations late",
                count(self.late_start)
            );
        }
        if self.threads > 1 {
            let _ = write!(
                text,
                ", threads up to {} operations late",
                count(self.delay)
            );
        } else {
            text += "; one thread, so no other timing";
        }
        let _ = write!(text, "; seed {})", self.seed);
        text
    }
}

impl Recommendation {
    fn headline(&self, runs: &Runs) -> String {
        let survives = match runs.runs {
            0 => format!("smallest {}", count(self.survives)),
            1 => format!(
                "{}, which the perturbed run survives,",
                count(self.survives)
            ),
            runs => format!("{}, which all {runs} runs survive,", count(self.survives)),
        };
        let (name, pool) = (self.configuration, count(self.pool));
        let margin = format!("{:.0} %", self.margin_percent);
        if self.is_largest {
            format!("Choose {name}: {pool} bytes, its largest pool: {survives} + {margin}.")
        } else {
            format!("Choose {name}: {pool} bytes = {survives} + {margin}, rounded up.")
        }
    }

    /// What another configuration has instead.
    fn beside(&self, other: &Line) -> String {
        // Like with like: without runs of the other, as both were recorded.
        let (own, needed, how) = match (&other.needs, other.survives(), other.found) {
            (None, _, Some(found)) => (self.smallest, found.smallest, " as recorded"),
            (Some(_), Some(needed), _) => (self.survives, needed, ""),
            _ => return format!("{}: no pool serves all.", other.name),
        };
        let mut text = format!("{}: {}", other.name, beside(needed, own, how));
        let times = (
            other.time_beside_tlsf,
            reasons::time_beside_tlsf(self.configuration),
        );
        if let (Some(other), Some(own)) = times {
            let _ = write!(text, ", {:.1} times the time", other / own);
        }
        match reasons::objects(other.name) {
            Some(objects) => text + "; " + objects + ".",
            None => text + "; " + reasons::bound(other.name) + ".",
        }
    }
}

/// What a pool needs beside another, and how that is known.
fn beside(needed: usize, other: usize, how: &str) -> String {
    let change = (needed as f64 / other.max(1) as f64 - 1.0).abs() * 100.0;
    let bytes = count(needed.abs_diff(other));
    match needed.cmp(&other) {
        Ordering::Greater => format!("{bytes} bytes more{how} ({change:.1} %)"),
        Ordering::Equal => format!("as many bytes{how}"),
        Ordering::Less => format!("{bytes} bytes less{how} ({change:.1} %)"),
    }
}

/// A paragraph that stands in by two columns.
fn hanging(text: &str) -> String {
    crate::output::hanging("  ", text, WIDTH)
}

impl Waste {
    fn text(&self) -> String {
        let mut text = format!(
            "What objects waste at the live peak in {}, headers and rounding:\n\n",
            self.configuration()
        );
        let mut table = table(&[
            "object bytes",
            "requests",
            "objects",
            "bytes",
            "in blocks",
            "waste",
            "",
        ]);
        let mut row = |name: String, class: &Class| {
            table.add_row([
                name,
                count(class.requests),
                count(class.objects),
                count(class.requested),
                count(class.taken),
                count(class.waste()),
                percent(class.waste(), class.taken),
            ]);
        };
        let wasteful = self.classes.iter().filter(|class| class.waste() > 0);
        for class in wasteful.clone().take(ROWS) {
            row(class.name(), class);
        }
        let rest = wasteful.count().saturating_sub(ROWS);
        row("all".into(), &self.all);
        text += &lines(&table);
        if rest > 0 {
            let _ = writeln!(text, "({} more: --json)", counted(rest as u64, "size"));
        }
        text += &self.advice();
        text
    }

    /// What to do about it.
    fn advice(&self) -> String {
        let small = self.classes.iter().filter(|class| class.to <= 32);
        let small: u64 = small.map(Class::waste).sum();
        let all = self.all.waste();
        if crate::code::slab(self.configuration()).is_some() || all == 0 || small * 2 < all {
            return String::new();
        }
        wrapped(
            &format!(
                "{} of it are headers and rounding of objects of up to 32 bytes: allocate several \
                 at once, or give them a pool or slab class of their own (litepool split).",
                percent(small, all)
            ),
            WIDTH,
        )
    }
}

impl Class {
    fn name(&self) -> String {
        if self.from == self.to {
            count(self.to)
        } else {
            format!("{} to {}", count(self.from), count(self.to))
        }
    }
}

#[cfg(test)]
mod tests;
