//! The `.rep` files of the malloc laboratory.

use std::io::BufRead;

use super::builder::{Builder, Circumstances};
use super::lines::{Lines, number};
use super::{Format, Import};
use crate::error::{Fault, TraceError};

const HEADER: &str =
    "a header of four numbers: suggested heap size, number of ids, number of operations, weight";
const OPERATION: &str =
    "`a ID SIZE`, `r ID SIZE` or `f ID`, with an ID below the number of ids in the header";

/// Reads such a file. It must hold as many operations as its header says, and may free only what it allocated.
pub(super) fn import(input: impl BufRead) -> Result<Import, TraceError> {
    let mut lines = Lines::new(input);
    let [_, ids, operations, _] = header(&mut lines)?;
    let mut builder = Builder::new(Format::MallocLab);
    for _ in 0..operations {
        let Some(line) = lines.next()? else {
            return Err(lines.ended("as many operations as the header says"));
        };
        let Some(operation) = Operation::parse(line, ids) else {
            return Err(lines.expected(OPERATION));
        };
        operation
            .perform(&mut builder)
            .map_err(|fault| lines.fault(fault))?;
    }
    match lines.next()? {
        None => Ok(builder.finish(false)),
        Some(_) => Err(lines
            .expected("the end of the file: the header says that there are no more operations")),
    }
}

fn header<R: BufRead>(lines: &mut Lines<R>) -> Result<[u64; 4], TraceError> {
    let mut numbers = [0; 4];
    let mut known = 0;
    while known < numbers.len() {
        let Some(line) = lines.next()? else {
            return Err(lines.ended(HEADER));
        };
        for word in line.split_whitespace() {
            match (numbers.get_mut(known), number(word)) {
                (Some(place), Some(number)) => *place = number,
                _ => return Err(lines.expected(HEADER)),
            }
            known += 1;
        }
    }
    Ok(numbers)
}

enum Operation {
    Allocate(u64, u64),
    Resize(u64, u64),
    Free(u64),
    /// `f -1` in newer files: the null pointer is freed.
    FreeNull,
}

impl Operation {
    fn parse(line: &str, ids: u64) -> Option<Self> {
        let id = |word| number(word).filter(|&id| id < ids);
        let mut words = line.split_whitespace();
        let operation = match (words.next()?, words.next()?, words.next()) {
            ("a", word, Some(size)) => Self::Allocate(id(word)?, number(size)?),
            ("r", word, Some(size)) => Self::Resize(id(word)?, number(size)?),
            ("f", "-1", None) => Self::FreeNull,
            ("f", word, None) => Self::Free(id(word)?),
            _ => return None,
        };
        words.next().is_none().then_some(operation)
    }

    fn perform(self, builder: &mut Builder) -> Result<(), Fault> {
        let at = Circumstances::default();
        match self {
            Self::Allocate(id, _) if builder.is_live(id) => Err(Fault::StillLive { id }),
            Self::Allocate(id, size) => builder.allocate(id, size, 0, at),
            // `realloc` of a null pointer, which is what an id is before its first allocation.
            Self::Resize(id, size) if !builder.is_live(id) => builder.allocate(id, size, 0, at),
            Self::Resize(id, size) => builder.resize(id, id, size, at),
            Self::Free(id) if !builder.is_live(id) => Err(Fault::NotLive { id }),
            Self::Free(id) => builder.free(id, at),
            Self::FreeNull => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
