//! The `.rep` files of the malloc laboratory.

use super::builder::{Builder, Circumstances};
use super::lines::number;
use super::{Steps, Text};
use crate::error::{Fault, TraceError};

const HEADER: &str = "a header of two to four numbers: number of ids, number of operations; with four, and perhaps with \
                      three, a suggested heap size before them; else perhaps a weight after them";
const OPERATION: &str =
    "`a ID SIZE`, `r ID SIZE` or `f ID`, with an ID below the number of ids in the header";

/// Such a file. It must hold as many operations as its header says, and may free only what it
/// allocated.
#[derive(Default)]
pub(super) struct MallocLab {
    /// What the header may mean: one or two ways to read it. Empty until it is complete.
    meanings: Vec<Meaning>,
    /// Numbers of the header so far.
    numbers: Vec<u64>,
    done: u64,
}

/// What a header says.
#[derive(Clone, Copy)]
struct Meaning {
    ids: u64,
    operations: u64,
}

impl Steps for MallocLab {
    fn step(&mut self, lines: &mut Text<'_>, builder: &mut Builder) -> Result<bool, TraceError> {
        let Some(line) = lines.next()? else {
            return self.end(lines);
        };
        if self.meanings.is_empty() {
            let mut numbers = self.numbers.clone();
            let is_header = line.split_whitespace().all(|word| {
                let number = number(word);
                numbers.extend(number);
                number.is_some()
            });
            if is_header && numbers.len() <= 4 {
                self.numbers = numbers;
                return Ok(true);
            }
            self.meanings = meanings(&self.numbers);
            if is_header || self.meanings.is_empty() {
                return Err(lines.expected(HEADER));
            }
        }
        let operation = Operation::parse(line).ok_or_else(|| lines.expected(OPERATION))?;
        // What the file doesn't bear out is not what its header means.
        if let Some(id) = operation.id() {
            self.meanings.retain(|meaning| id < meaning.ids);
        }
        if self.meanings.is_empty() {
            return Err(lines.expected(OPERATION));
        }
        let done = self.done;
        self.meanings.retain(|meaning| done < meaning.operations);
        if self.meanings.is_empty() {
            return Err(lines.expected(
                "the end of the file: the header says that there are no more operations",
            ));
        }
        self.done += 1;
        // A number at the very end of a file that is too short is probably too short itself.
        if lines.is_unterminated() && !self.is_complete() {
            return Err(lines.expected(OPERATION));
        }
        builder.at_line(lines.number());
        operation
            .perform(builder)
            .map_err(|fault| lines.fault(fault))?;
        Ok(true)
    }
}

impl MallocLab {
    fn is_complete(&self) -> bool {
        self.meanings
            .iter()
            .any(|meaning| meaning.operations == self.done)
    }

    fn end(&self, lines: &Text<'_>) -> Result<bool, TraceError> {
        let meanings = if self.meanings.is_empty() {
            &meanings(&self.numbers)
        } else {
            &self.meanings
        };
        if meanings.is_empty() {
            return Err(lines.ended(HEADER));
        }
        if meanings
            .iter()
            .any(|meaning| meaning.operations == self.done)
        {
            return Ok(false);
        }
        Err(lines.ended("as many operations as the header says"))
    }
}

/// What these numbers at the beginning of a file can mean.
fn meanings(numbers: &[u64]) -> Vec<Meaning> {
    let meaning = |ids, operations| Meaning { ids, operations };
    match *numbers {
        [ids, operations] => vec![meaning(ids, operations)],
        // A heap size in front or a weight behind.
        [a, b, c] => vec![meaning(a, b), meaning(b, c)],
        [_, ids, operations, _] => vec![meaning(ids, operations)],
        _ => Vec::new(),
    }
}

enum Operation {
    Allocate(u64, u64),
    Resize(u64, u64),
    Free(u64),
    /// `f -1` in newer files: the null pointer is freed.
    FreeNull,
}

impl Operation {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let operation = match (words.next()?, words.next()?, words.next()) {
            ("a", id, Some(size)) => Self::Allocate(number(id)?, number(size)?),
            ("r", id, Some(size)) => Self::Resize(number(id)?, number(size)?),
            ("f", "-1", None) => Self::FreeNull,
            ("f", id, None) => Self::Free(number(id)?),
            _ => return None,
        };
        words.next().is_none().then_some(operation)
    }

    fn id(&self) -> Option<u64> {
        match *self {
            Self::Allocate(id, _) | Self::Resize(id, _) | Self::Free(id) => Some(id),
            Self::FreeNull => None,
        }
    }

    fn perform(self, builder: &mut Builder) -> Result<(), Fault> {
        let at = Circumstances::default();
        match self {
            Self::Allocate(id, _) if builder.is_live(id) => Err(Fault::StillLive { id }),
            Self::Allocate(id, size) => builder.allocate(id, size, 0, at),
            // `realloc` of a null pointer, which is what an id is before its first allocation.
            Self::Resize(id, size) if !builder.is_live(id) => builder.allocate(id, size, 0, at),
            Self::Resize(id, size) => builder.resize(id, id, size, at),
            Self::Free(id) if builder.was_freed(id) => Err(Fault::DoubleFree { id }),
            Self::Free(id) if !builder.is_live(id) => Err(Fault::NotLive { id }),
            Self::Free(id) => builder.free(id, at),
            Self::FreeNull => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
