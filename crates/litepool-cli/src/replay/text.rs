//! The report as people read it.

use litepool_replay::Cause;

use super::failure::{FailureFacts, TriedFacts};
use super::{Line, Report};
use crate::output::{lines, one_line, ratio, ratio_text, table};
use crate::picture::sparkline;
use crate::pins::PinsFacts;
use crate::sites::callers;
use crate::units::{count, counted};

/// Columns of a call site, and of its callers.
const LINE: usize = 64;

/// Columns of a sparkline.
const SPARK: usize = 60;

impl Report {
    pub(super) fn text(&self, default_pool: bool, note: Option<&str>) -> String {
        let mut text = format!("{}\n", self.trace.title());
        text += &format!(
            "Pool of {} bytes on a {}-bit device",
            count(self.pool),
            self.word
        );
        text += if default_pool {
            " (live peak + 25 %; --pool sets it)\n\n"
        } else {
            "\n\n"
        };
        text += &self.results();
        for line in &self.configurations {
            text += &line.explanation(self);
        }
        text += &self.next();
        text += &self.curves();
        if let Some(note) = note {
            text += &format!("\n{note}\n");
        }
        text
    }

    fn results(&self) -> String {
        let mut table = table(&[
            "configuration",
            "result",
            "peak used",
            "/ live peak",
            "fragmentation",
            "ns/op",
        ]);
        for line in &self.configurations {
            table.add_row([
                line.name.to_owned(),
                line.result.to_owned(),
                line.unless_no_pool(|| count(line.peak_used)),
                line.unless_no_pool(|| ratio_text(ratio(line.peak_used, self.trace.live_peak))),
                line.unless_no_pool(|| {
                    format!(
                        "{:.0} %, max {:.0} %",
                        100.0 * line.mean_fragmentation,
                        100.0 * line.max_fragmentation
                    )
                }),
                line.ns_per_operation
                    .map_or("-".into(), |time| format!("{time:.1}")),
            ]);
        }
        lines(&table)
    }

    /// What to ask after a failure.
    fn next(&self) -> String {
        let mut failed = self
            .configurations
            .iter()
            .filter(|line| line.failure.is_some());
        let Some(line) = failed.next() else {
            return String::new();
        };
        let file = match &self.trace.file[..] {
            "standard input" => "FILE".into(),
            file => shell_word(file),
        };
        let word = match self.word == self.trace.word {
            true => String::new(),
            false => format!(" --word {}", self.word),
        };
        format!(
            "\nNext: the smallest pool that serves the trace, or all blocks of one that did not:\n\
             \x20 litepool size {file}{word}\n\
             \x20 litepool blocks {file}{word} --at failure --pool {} --config {} --state all\n",
            self.pool, line.name
        )
    }

    /// Fragmentation and use over the replay, where there is something to see.
    fn curves(&self) -> String {
        let drawn = || {
            self.configurations
                .iter()
                .filter(|line| line.samples.len() > 1)
        };
        let mut text = String::new();
        let width = drawn().map(|line| line.name.len() + 2).max().unwrap_or(0);
        let width = width.max(16);
        if drawn().next().is_some() {
            text += "\nFragmentation from the first to the last operation (top: 100 %)\n";
            for line in drawn() {
                let values: Vec<f64> = line
                    .samples
                    .iter()
                    .map(|sample| sample.fragmentation)
                    .collect();
                text += &format!(
                    "  {:<width$}{}\n",
                    line.name,
                    sparkline(&values, 1.0, SPARK)
                );
            }
            text += "\nLive bytes (top: the pool)\n";
            for line in drawn() {
                let values: Vec<f64> = line
                    .samples
                    .iter()
                    .map(|sample| sample.live_peak as f64)
                    .collect();
                text += &format!(
                    "  {:<width$}{}\n",
                    line.name,
                    sparkline(&values, self.pool as f64, SPARK)
                );
            }
        }
        text
    }
}

impl Line {
    /// What a table can't say.
    fn explanation(&self, report: &Report) -> String {
        let mut text = String::new();
        if let Some(failure) = &self.failure {
            text += &format!("\n{}: {}", self.name, failure.text(report.trace.operations));
        }
        match (self.result, &self.reason) {
            ("no pool", Some(reason)) => text += &format!("\n{}: {reason}.\n", self.name),
            (_, Some(reason)) => {
                text += &format!(
                    "\n{}: THE HEAP IS AT FAULT at {reason}.\nPlease report it with the trace.\n",
                    self.name
                );
            }
            _ => {}
        }
        if let Some(verified) = self.verified.filter(|_| self.result != "no pool") {
            text += &format!(
                "\n{}: {} of contents ({}),\n  {} of the whole heap: {}.\n",
                self.name,
                counted(verified.objects, "check"),
                counted(verified.bytes, "byte"),
                counted(verified.heap_checks, "check"),
                if self.result == "broken" {
                    "DAMAGE"
                } else {
                    "all intact"
                },
            );
        }
        text
    }

    fn unless_no_pool(&self, text: impl Fn() -> String) -> String {
        if self.result == "no pool" {
            "-".into()
        } else {
            text()
        }
    }
}

impl FailureFacts {
    fn text(&self, operations: u64) -> String {
        let mut text = self.what(operations);
        text += &self.who();
        text += &self.why();
        if let Some(pins) = &self.pins {
            text += &pins.text();
        }
        if let Some(tried) = &self.tried {
            text += &tried.text(self.operation);
        }
        text
    }

    fn what(&self, operations: u64) -> String {
        let mut text = format!(
            "operation {} of {} fails: {} {} bytes",
            count(self.operation as u64),
            count(operations),
            if self.kind == "resize" {
                "resize to"
            } else {
                "allocate"
            },
            count(self.request),
        );
        if self.align > 0 {
            text += &format!(" aligned to {}", count(self.align));
        }
        text + "\n"
    }

    /// The call site, its callers, and the thread if there are several.
    fn who(&self) -> String {
        let Some(calls) = &self.calls else {
            return String::new();
        };
        let mut text = format!("  requested by {}\n", calls.site.text(LINE));
        let callers = callers(&calls.callers, LINE);
        if !callers.is_empty() {
            text += &format!("  called by    {callers}\n");
        }
        if self.has_threads() {
            text += &format!("  in thread    {}\n", one_line(&self.thread_name, LINE));
        }
        text
    }

    fn has_threads(&self) -> bool {
        self.pins.as_ref().is_some_and(PinsFacts::has_tasks)
    }

    fn why(&self) -> String {
        let mut text = format!(
            "  free: {} bytes in {}, the largest request that fits is {}.\n",
            count(self.free - self.free_in_slabs),
            counted(self.free_blocks, "block"),
            count(self.largest_free)
        );
        if self.free_in_slabs > 0 {
            text += &format!(
                "  The slab holds {} bytes more for its own classes.\n",
                count(self.free_in_slabs)
            );
        }
        text += match self.cause {
            Cause::Full => "  The pool is full: all its free blocks together are too small.\n",
            Cause::Fragmented => {
                "  The pool is fragmented: its free blocks would do together, but none does alone.\n"
            }
            Cause::Alignment => {
                "  A free block is large enough, but none has room at that alignment.\n"
            }
        };
        text
    }
}

impl TriedFacts {
    /// `operation`: the one that fails with everything in one pool.
    fn text(&self, operation: usize) -> String {
        let peak = format!(
            "  Tried: with all that {} allocates in a pool of its own (live peak {} bytes),\n  ",
            one_line(&self.without, LINE / 2),
            count(self.live_peak)
        );
        peak + &match self.fails_at {
            None => "the rest of the trace fits in this one.\n".to_owned(),
            Some(at) if at > operation => format!(
                "the rest gets further and fails at operation {}.\n",
                count(at as u64)
            ),
            Some(at) => format!(
                "the rest fails all the same, at operation {}.\n",
                count(at as u64)
            ),
        }
    }
}

/// A word of a command line for a shell.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./+:,@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.into()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
