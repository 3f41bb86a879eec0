//! What glibc writes after `mtrace()`.

use super::builder::{Builder, Circumstances};
use super::lines::number;
use super::names::Site;
use super::{Steps, Text};
use crate::error::TraceError;

const LINE: &str = "`= Start`, `= End`, or perhaps `@ PLACE` and then `+ POINTER SIZE`, `- POINTER`, `< OLD`, \
                    `> NEW SIZE` or `! POINTER SIZE`";
const SECOND_HALF: &str =
    "`> NEW SIZE`, the second half of the reallocation begun on the line before";

/// Such a text. The end mark may be missing: programs that exit without `muntrace()` don't write
/// it.
#[derive(Default)]
pub(super) struct Mtrace {
    /// The old pointer of a reallocation whose second half is due.
    old: Option<u64>,
}

impl Steps for Mtrace {
    fn step(&mut self, lines: &mut Text<'_>, builder: &mut Builder) -> Result<bool, TraceError> {
        let Self { old } = self;
        let Some(line) = lines.next()? else {
            return match old {
                Some(_) => Err(lines.ended(SECOND_HALF)),
                None => Ok(false),
            };
        };
        if line.starts_with('=') && old.is_none() {
            return Ok(true);
        }
        let (place, rest) = split(line);
        let act = Act::parse(rest);
        let place = place.map(site);
        // The C library ends every line: one without an end was cut off, and so perhaps was its
        // last number.
        let Some(act) = act.filter(|_| !lines.is_unterminated()) else {
            return Err(lines.expected(LINE));
        };
        builder.at_line(lines.number());
        let stack = match place {
            None => 0,
            Some(Some(site)) => builder.stack(&[site]).map_err(|fault| lines.fault(fault))?,
            Some(None) => return Err(lines.expected("`@ MODULE:[ADDRESS]` before the operation")),
        };
        let at = Circumstances {
            stack,
            ..Circumstances::default()
        };
        let result = match (act, old.take()) {
            (Act::ResizeTo(new, size), Some(old)) => builder.resize(old, new, size, at),
            (_, Some(_)) => return Err(lines.expected(SECOND_HALF)),
            (Act::ResizeTo(..), None) => {
                return Err(lines.expected("`< OLD` on the line before `> NEW SIZE`"));
            }
            (Act::ResizeFrom(pointer), None) => {
                *old = Some(pointer);
                Ok(())
            }
            (Act::Allocate(0, size), None) => builder.refused(size, 0, None, at),
            (Act::Refused(pointer, size), None) => builder.refused(size, 0, Some(pointer), at),
            (Act::Allocate(pointer, size), None) => builder.allocate(pointer, size, 0, at),
            (Act::Free(0), None) => Ok(()),
            (Act::Free(pointer), None) => builder.free(pointer, at),
        };
        result.map_err(|fault| lines.fault(fault))?;
        Ok(true)
    }

    fn has_addresses(&self) -> bool {
        true
    }
}

enum Act {
    Allocate(u64, u64),
    Free(u64),
    ResizeFrom(u64),
    ResizeTo(u64, u64),
    /// An object that was to be resized, and the size.
    Refused(u64, u64),
}

impl Act {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let act = match (
            words.next()?,
            number(words.next()?)?,
            words.next().map(number),
        ) {
            ("+", pointer, Some(Some(size))) => Self::Allocate(pointer, size),
            ("-", pointer, None) => Self::Free(pointer),
            ("<", pointer, None) => Self::ResizeFrom(pointer),
            (">", pointer, Some(Some(size))) => Self::ResizeTo(pointer, size),
            ("!", pointer, Some(Some(size))) => Self::Refused(pointer, size),
            _ => return None,
        };
        words.next().is_none().then_some(act)
    }
}

/// Separates the place from the act. A path may hold blanks; the address in brackets closes the place.
fn split(line: &str) -> (Option<&str>, &str) {
    let Some(rest) = line.strip_prefix("@ ") else {
        return (None, line);
    };
    match rest.rfind("] ") {
        Some(end) => (Some(&rest[..=end]), &rest[end + 2..]),
        None => (Some(""), rest),
    }
}

/// Parses `MODULE:(FUNCTION+0xOFFSET)[0xADDRESS]`, where the function or the module may be missing. The address
/// counts from the module's start in recent versions (seen in glibc 2.36); older ones wrote it as it was in memory.
fn site(place: &str) -> Option<Site> {
    let (module, address) = place.strip_suffix(']')?.rsplit_once('[')?;
    let module = match module.rfind(":(") {
        Some(end) => &module[..end],
        None => module.strip_suffix(':').unwrap_or(module),
    };
    Some(Site {
        module: module.to_owned(),
        offset: number(address)?,
        locations: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
