//! The text of Android's `record_allocs` option and `memory_replay` tool.

use std::io::BufRead;

use super::builder::{Builder, Circumstances};
use super::lines::{Lines, number};
use super::{Format, Import};
use crate::error::{Fault, TraceError};

const LINE: &str = "`TID: OPERATION POINTER …` with malloc POINTER SIZE, calloc POINTER COUNT SIZE, \
                    realloc NEW OLD SIZE, memalign POINTER ALIGN SIZE, free POINTER or thread_done 0x0, \
                    and perhaps a start and an end time";

/// Reads such a text. Times are start times in nanoseconds; where they run backwards between threads, the order
/// of the lines counts.
pub(super) fn import(input: impl BufRead) -> Result<Import, TraceError> {
    let mut lines = Lines::new(input);
    let mut builder = Builder::new(Format::MemoryReplay);
    let mut start = None;
    while let Some(line) = lines.next()? {
        let Some(call) = Call::parse(line) else {
            return Err(lines.expected(LINE));
        };
        let time = call.nanoseconds.map_or(0, |now| {
            now.saturating_sub(*start.get_or_insert(now)) / 1000
        });
        let at = Circumstances {
            thread: call.thread,
            site: 0,
            time: time.max(builder.time()),
        };
        call.perform(&mut builder, at)
            .map_err(|fault| lines.fault(fault))?;
    }
    Ok(builder.finish(true))
}

struct Call<'a> {
    thread: u64,
    operation: &'a str,
    pointer: u64,
    /// The numbers between the pointer and the times.
    arguments: [u64; 2],
    nanoseconds: Option<u64>,
}

impl<'a> Call<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (thread, rest) = line.split_once(':')?;
        let mut words = rest.split_whitespace();
        let operation = words.next()?;
        let pointer = number(words.next()?)?;
        let wanted = match operation {
            "malloc" => 1,
            "calloc" | "realloc" | "memalign" => 2,
            "free" | "thread_done" => 0,
            _ => return None,
        };
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

    fn perform(&self, builder: &mut Builder, at: Circumstances) -> Result<(), Fault> {
        let [first, second] = self.arguments;
        match (self.operation, self.pointer) {
            ("thread_done", _) | ("free", 0) => Ok(()),
            ("free", pointer) => builder.free(pointer, at),
            // What `realloc` to nothing does.
            ("realloc", 0) if second == 0 => {
                if first == 0 {
                    Ok(())
                } else {
                    builder.free(first, at)
                }
            }
            (_, 0) => {
                builder.failed();
                Ok(())
            }
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
