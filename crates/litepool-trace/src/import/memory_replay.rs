//! The text of Android's `record_allocs` option and `memory_replay` tool.

use super::builder::{Builder, Circumstances};
use super::lines::number;
use super::names::Thread;
use super::{Steps, Text};
use crate::error::{Fault, TraceError};

const LINE: &str = "`TID: OPERATION POINTER …` with malloc POINTER SIZE, calloc POINTER COUNT SIZE, \
                    realloc NEW OLD SIZE, memalign POINTER ALIGN SIZE, free POINTER or thread_done 0x0, \
                    and perhaps a start and an end time";

/// Such a text. Times are start times in nanoseconds; where they run backwards between threads, the
/// order of the lines counts.
#[derive(Default)]
pub(super) struct MemoryReplay {
    /// The first time that was stated.
    start: Option<u64>,
}

impl Steps for MemoryReplay {
    fn step(&mut self, lines: &mut Text<'_>, builder: &mut Builder) -> Result<bool, TraceError> {
        let Some(line) = lines.next()? else {
            return Ok(false);
        };
        let call = Call::parse(line);
        // The tool ends every line: one without an end was cut off, and so perhaps was its last
        // number.
        let Some(call) = call.filter(|_| !lines.is_unterminated()) else {
            return Err(lines.expected(LINE));
        };
        let start = &mut self.start;
        let time = call.nanoseconds.map_or(0, |now| {
            now.saturating_sub(*start.get_or_insert(now)) / 1000
        });
        let at = Circumstances {
            thread: Thread::Number(call.thread),
            time: time.max(builder.time()),
            ..Circumstances::default()
        };
        builder.at_line(lines.number());
        call.perform(builder, at)
            .map_err(|fault| lines.fault(fault))?;
        Ok(true)
    }

    fn has_addresses(&self) -> bool {
        true
    }
}

/// The operations, and how many numbers each has between the pointer and the times.
const OPERATIONS: [(&str, usize); 6] = [
    ("malloc", 1),
    ("calloc", 2),
    ("realloc", 2),
    ("memalign", 2),
    ("free", 0),
    ("thread_done", 0),
];

struct Call {
    thread: u64,
    operation: &'static str,
    pointer: u64,
    /// The numbers between the pointer and the times.
    arguments: [u64; 2],
    nanoseconds: Option<u64>,
}

impl Call {
    fn parse(line: &str) -> Option<Self> {
        let (thread, rest) = line.split_once(':')?;
        let mut words = rest.split_whitespace();
        let operation = words.next()?;
        let (operation, wanted) = OPERATIONS
            .into_iter()
            .find(|(name, _)| *name == operation)?;
        let pointer = number(words.next()?)?;
        let mut arguments = [0; 2];
        for argument in &mut arguments[..wanted] {
            *argument = number(words.next()?)?;
        }
        let nanoseconds = match (operation, words.next(), words.next()) {
            (_, None, _) => None,
            // The end of a thread has only one time.
            ("thread_done", Some(end), None) => Some(number(end)?),
            (_, Some(start), Some(end)) => number(end).and(number(start)),
            _ => return None,
        };
        let known = words.next().is_none();
        known.then_some(Self {
            thread: number(thread.trim())?,
            operation,
            pointer,
            arguments,
            nanoseconds,
        })
    }

    fn perform(&self, builder: &mut Builder, at: Circumstances<'_>) -> Result<(), Fault> {
        let [first, second] = self.arguments;
        match (self.operation, self.pointer) {
            ("thread_done", _) => builder.thread_ends(at),
            ("free", 0) => Ok(()),
            ("free", pointer) => builder.free(pointer, at),
            // What `realloc` to nothing does.
            ("realloc", 0) if second == 0 => {
                if first == 0 {
                    Ok(())
                } else {
                    builder.free(first, at)
                }
            }
            ("realloc", 0) if first != 0 => builder.refused(second, 0, Some(first), at),
            ("memalign", 0) => builder.refused(second, first, None, at),
            ("malloc", 0) => builder.refused(first, 0, None, at),
            // Of `calloc` and of `realloc` of nothing. A product that overflows is what was asked.
            ("calloc", 0) => builder.refused(first.saturating_mul(second), 0, None, at),
            (_, 0) => builder.refused(second, 0, None, at),
            ("realloc", new) if first == 0 => builder.allocate(new, second, 0, at),
            // A size of zero that yields a pointer: the smallest object.
            ("realloc", new) => builder.resize(first, new, second.max(1), at),
            ("calloc", new) => {
                let size = first
                    .checked_mul(second)
                    .ok_or(Fault::TooLarge { size: u64::MAX })?;
                builder.allocate(new, size, 0, at)
            }
            ("memalign", new) => builder.allocate(new, second, first, at),
            (_, new) => builder.allocate(new, first, 0, at),
        }
    }
}

#[cfg(test)]
mod tests;
