//! The report as people read it.

use litepool_replay::Cause;

use super::facts::{ChangeFacts, MovedFacts};
use super::{FailureFacts, Report};
use crate::output::{lines, table, wrapped};
use crate::units::{count, counted};

/// Columns of a change in the table, and of a sentence.
const CHANGE: usize = 42;
const WIDTH: usize = 78;

impl Report {
    pub(super) fn text(&self, note: Option<&str>) -> String {
        let mut text = format!(
            "{}\nPool of {} bytes on a {}-bit device, {}\n\n",
            self.trace.title(),
            count(self.pool),
            self.word,
            self.configuration
        );
        match &self.failure {
            None => text += &self.completes(),
            Some(failure) => {
                text += &failure.text(self.trace.operations);
                text.push('\n');
                text += &wrapped(&self.verdict(), WIDTH);
                text.push('\n');
                text += &self.table();
                text += &self.remarks();
            }
        }
        if let Some(note) = note {
            text += &format!("\n{note}\n");
        }
        text
    }

    fn completes(&self) -> String {
        let pool = self.pool as u64;
        wrapped(
            &match self.smallest {
                Some(smallest) if smallest <= pool => format!(
                    "The trace does not fail in this pool: the smallest that serves it has {} \
                     bytes, so that {} are to spare.",
                    count(smallest),
                    count(pool - smallest)
                ),
                Some(smallest) => format!(
                    "The trace does not fail in this pool, but by luck: larger pools fail, up to \
                     {} bytes.",
                    count(smallest)
                ),
                None => {
                    "The trace does not fail in this pool, but by luck: larger pools fail.".into()
                }
            },
            WIDTH,
        )
    }

    /// The answer, in a sentence.
    fn verdict(&self) -> String {
        let pool = self.pool as u64;
        let fits = |change: &&ChangeFacts| change.is_within(pool);
        if let Some(best) = self.changes.iter().find(fits) {
            let memory = best.memory.unwrap_or(pool);
            return format!(
                "Cheapest: {}. The trace completes in these {} bytes, with {} to spare{}.",
                self.sentence(best),
                count(pool),
                count(pool - memory),
                best.division()
            );
        }
        let lucky = self.changes.iter().find(|change| change.saves());
        let with_memory = self.changes.iter();
        let with_memory = with_memory.filter_map(|change| Some((change.memory?, change)));
        let Some((memory, least)) = with_memory.min_by_key(|(memory, _)| *memory) else {
            return "Nothing that was tried saves the trace, whatever the memory.".into();
        };
        let mut text = match lucky {
            Some(lucky) => format!(
                "In these {} bytes the trace completes only by luck: {}; larger pools fail.",
                count(pool),
                self.sentence(lucky)
            ),
            None => format!(
                "Nothing that was tried saves it in these {} bytes.",
                count(pool)
            ),
        };
        let how = format!("{}{}", self.sentence(least), least.division());
        text += &match memory.checked_sub(pool) {
            Some(more) if more > 0 => {
                format!(
                    " It takes {} bytes, {} more: {how}.",
                    count(memory),
                    count(more)
                )
            }
            _ => format!(" In {} bytes, though, it completes: {how}.", count(memory)),
        };
        text
    }

    fn sentence(&self, change: &ChangeFacts) -> String {
        change.steps_text(self, usize::MAX).join(", and ")
    }

    fn table(&self) -> String {
        let mut table = table(&["change", "survives", "RAM in all", "spare"]);
        for change in &self.changes {
            let mut steps = change.steps_text(self, CHANGE).into_iter();
            let first = steps.next().unwrap_or_default();
            table.add_row([
                first,
                change.survives_text(self.pool as u64).into(),
                change.memory.map_or("none".into(), count),
                change.spare(self.pool as u64),
            ]);
            for step in steps {
                table.add_row([format!("  and {step}")]);
            }
        }
        lines(&table)
    }

    /// What a table can't say.
    fn remarks(&self) -> String {
        let mut text =
            "\nRAM in all is the least that suffices, for all pools together.\n".to_owned();
        for skipped in &self.skipped {
            let head = format!("Not tried: {}: {}.", skipped.configuration, skipped.reason);
            text += &wrapped(&head, WIDTH);
        }
        text
    }
}

impl FailureFacts {
    fn text(&self, operations: u64) -> String {
        let mut text = format!(
            "Operation {} of {} fails: {} {} bytes",
            count(self.operation as u64),
            count(operations),
            match self.kind {
                "resize" => "resize to",
                _ => "allocate",
            },
            count(self.request)
        );
        if self.align > 0 {
            text += &format!(" aligned to {}", count(self.align));
        }
        text += match self.cause {
            Cause::Full => ". The pool is full",
            Cause::Fragmented => ". The pool is fragmented",
            Cause::Alignment => ". No free block has room at that alignment",
        };
        text += &format!(
            ": {} bytes are free in {}, the largest request that fits is {}.",
            count(self.free),
            counted(self.free_blocks, "block"),
            count(self.largest_free)
        );
        wrapped(&text, WIDTH)
    }
}

impl ChangeFacts {
    fn is_within(&self, pool: u64) -> bool {
        self.survives && self.memory.is_some_and(|memory| memory <= pool)
    }

    fn survives_text(&self, pool: u64) -> &'static str {
        match self.memory {
            None => "no",
            Some(memory) if memory > pool => match self.kind {
                "more-bytes" => "with more",
                _ if self.survives => "by luck",
                _ => "with more",
            },
            Some(_) if self.survives => "yes",
            Some(_) => "in less",
        }
    }

    /// What the memory that there is has more than is needed.
    fn spare(&self, pool: u64) -> String {
        let Some(memory) = self.memory else {
            return "-".into();
        };
        match pool.checked_sub(memory) {
            Some(spare) => count(spare),
            None => format!("-{}", count(memory - pool)),
        }
    }

    /// How the memory is divided, where it is.
    fn division(&self) -> String {
        let Some(pool) = self.pool.filter(|_| !self.moved.is_empty()) else {
            return String::new();
        };
        let own = self.moved.iter().map(MovedFacts::own);
        let own: Vec<String> = own.collect();
        format!(
            ": {} apart, {} for all else",
            own.join(" and "),
            count(pool)
        )
    }

    /// What is changed: for each step a text of `width` characters or so.
    fn steps_text(&self, report: &Report, width: usize) -> Vec<String> {
        if self.kind == "more-bytes" {
            let more = self
                .memory
                .map(|memory| memory.saturating_sub(report.pool as u64));
            return vec![match more {
                Some(more) => format!("{} bytes more", count(more)),
                None => "more bytes, however many".into(),
            }];
        }
        let steps: Vec<&str> = match self.kind {
            "together" => self.steps.clone(),
            kind => vec![kind],
        };
        let mut text = Vec::new();
        if steps.contains(&"configuration") {
            text.push(self.configuration_text(report));
        }
        if steps.contains(&"alignment") {
            text.push(format!("alignments lowered to {}", self.granule));
        }
        text.extend(self.moved.iter().map(|moved| moved.what(width)));
        text
    }

    fn configuration_text(&self, report: &Report) -> String {
        if self.configuration != report.configuration {
            return format!("configuration {}", self.configuration);
        }
        if self.granule * 8 != report.word as usize {
            return format!("granule of {} bytes", self.granule);
        }
        format!(
            "MAX_SIZE of {} bytes: narrower links",
            count(self.narrowest_links_up_to)
        )
    }
}

impl MovedFacts {
    fn what(&self, width: usize) -> String {
        let home = match self.slots.is_empty() {
            true => "own pool: ",
            false => "fixed slots: ",
        };
        let width = width.saturating_sub(home.len());
        format!("{home}{}", self.objects.text(width))
    }

    /// `1,808 bytes`; `1,280 bytes (40 x 24 + 3 x 96)`: so many slots of so many bytes.
    fn own(&self) -> String {
        let slots = self.slots.iter();
        let slots = slots.map(|slots| format!("{} x {}", count(slots.number), count(slots.size)));
        let slots: Vec<String> = slots.collect();
        let bytes = format!("{} bytes", count(self.bytes));
        match slots.is_empty() {
            true => bytes,
            false => format!("{bytes} ({})", slots.join(" + ")),
        }
    }
}
