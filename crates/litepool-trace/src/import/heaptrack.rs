//! What heaptrack's interpreter writes: the files that `heaptrack` leaves, decompressed.
//!
//! Lines of a letter and hexadecimal numbers; strings (`s`), instructions (`i`), call stacks (`t`)
//! and allocation infos (`a`: size and stack) are told before they are mentioned, by number. Then
//! `+ INFO` and `- INFO` are an allocation and a free, `c` is the time.
//!
//! Source: heaptrack's `heaptrack_interpret.cpp` and `accumulatedtracedata.cpp`. An object has no
//! name of its own, so which of several with the same info is freed is not known: the one that came
//! last is taken, as heaptrack does where it counts what is only temporary.

mod tables;

use super::builder::{Builder, Circumstances};
use super::{Steps, Text};
use crate::error::{Fault, TraceError};

use tables::{Numbers, Tables};

/// The highest version of the format that is known.
const NEWEST: u64 = 3;
/// Of the version that was in use before versions had numbers of their own.
const BEFORE_NUMBERS: u64 = 0x1_0200;

const VERSION: &str =
    "`v HEAPTRACK FORMAT`, the versions of heaptrack and of its format, which is 1 to 3";
const LINE: &str = "a line of heaptrack: `s`, `i`, `t`, `a`, `+`, `-` or `c` and hexadecimal numbers \
                    of what was told before";
const INTERPRETED: &str = "a file of heaptrack's interpreter, and this is a raw one: make it of that, \
                           heaptrack_interpret <RAW >FILE";

/// Whether a text that begins with this line is of heaptrack.
pub(super) fn is_version(line: &str) -> bool {
    line.strip_prefix("v ").is_some_and(|numbers| {
        let mut numbers = Numbers::of(numbers);
        numbers.by_ref().count() > 0 && numbers.is_over()
    })
}

/// Such a text.
#[derive(Default)]
pub(super) struct Heaptrack {
    /// The version of the format; 0: it was not told yet.
    version: u64,
    /// Microseconds since the start.
    time: u64,
    tables: Tables,
}

impl Steps for Heaptrack {
    fn step(&mut self, lines: &mut Text<'_>, builder: &mut Builder) -> Result<bool, TraceError> {
        if lines.next()?.is_none() {
            return Ok(false);
        }
        let line = lines.text();
        let (letter, rest) = line.split_once(' ').unwrap_or((line, ""));
        if self.version == 0 {
            let version = version(letter, rest);
            self.version = version.ok_or_else(|| lines.expected(VERSION))?;
            return Ok(true);
        }
        if matches!(letter, "m" | "x") {
            return Err(lines.expected(INTERPRETED));
        }
        builder.at_line(lines.number());
        // Every line has an end: the last number of one without is perhaps cut off.
        let taken = if lines.is_unterminated() {
            Ok(false)
        } else {
            self.take(letter, rest, builder)
        };
        match taken {
            Ok(true) => Ok(true),
            Ok(false) => Err(lines.expected(LINE)),
            Err(fault) => Err(lines.fault(fault)),
        }
    }
}

impl Heaptrack {
    /// `false`: the line is none of heaptrack, or mentions what was not told.
    fn take(&mut self, letter: &str, rest: &str, builder: &mut Builder) -> Result<bool, Fault> {
        let mut numbers = Numbers::of(rest);
        match letter {
            "s" => {
                // The length does not matter: a string is the rest of its line.
                let text = if self.version == NEWEST {
                    rest.split_once(' ').map_or("", |(_, text)| text)
                } else {
                    rest
                };
                self.tables.add_string(text, builder)?;
            }
            "i" => return self.tables.add_instruction(&mut numbers, builder),
            "t" => return self.tables.add_stack(&mut numbers, builder),
            "a" => return self.tables.add_info(&mut numbers, builder),
            "+" => return self.allocate(&mut numbers, builder),
            "-" => return self.free(&mut numbers, builder),
            "c" => return Ok(self.clock(&mut numbers)),
            "X" => builder.header.program = rest.to_owned(),
            // The program had run for a while when heaptrack came: what it had then is not known.
            "A" => builder.gap(0, self.at(0))?,
            // What the machine has, what the process took of it, what leaks are expected: comments.
            "I" | "R" | "S" | "#" => {}
            _ => return Ok(letter.starts_with('#')),
        }
        Ok(true)
    }

    fn allocate(&mut self, numbers: &mut Numbers, builder: &mut Builder) -> Result<bool, Fault> {
        let Some(info) = numbers.only() else {
            return Ok(false);
        };
        let Some(object) = self.tables.begin(info, builder)? else {
            return Ok(false);
        };
        let at = self.at(object.stack);
        builder.allocate(object.key, object.size, 0, at)?;
        Ok(true)
    }

    fn free(&mut self, numbers: &mut Numbers, builder: &mut Builder) -> Result<bool, Fault> {
        let Some(key) = numbers.only().and_then(|info| self.tables.end(info)) else {
            return Ok(false);
        };
        builder.free(key, self.at(0))?;
        Ok(true)
    }

    /// Heaptrack leaves out what goes back, and so is it here.
    fn clock(&mut self, numbers: &mut Numbers) -> bool {
        let Some(milliseconds) = numbers.only() else {
            return false;
        };
        self.time = self.time.max(milliseconds.saturating_mul(1000));
        true
    }

    fn at(&self, stack: u32) -> Circumstances<'static> {
        Circumstances {
            stack,
            time: self.time,
            ..Circumstances::default()
        }
    }
}

/// The version of the format that the first line tells, if it is known here.
fn version(letter: &str, rest: &str) -> Option<u64> {
    let mut numbers = Numbers::of(rest);
    let heaptrack = numbers.next().filter(|_| letter == "v")?;
    let version = match numbers.next() {
        Some(version) => version,
        None if heaptrack == BEFORE_NUMBERS => 1,
        None => return None,
    };
    (1..=NEWEST).contains(&version).then_some(version)
}

#[cfg(test)]
mod tests;
