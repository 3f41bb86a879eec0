//! The columns of a payload, taken apart.

use super::record::{COLUMNS, TAGS};
use super::{MAX_TEXT, varint};
use crate::error::Fault;

/// What is wrong with a payload whose checksum is right.
#[derive(Debug)]
pub(super) enum Flaw {
    /// The bytes don't follow the format.
    Coding(&'static str),
    /// An event or an announcement makes no sense.
    Fault(Fault),
}

impl From<Fault> for Flaw {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A payload, and what is left of each column.
#[derive(Default, Debug)]
pub(super) struct Columns {
    payload: Vec<u8>,
    /// From, to.
    left: [(usize, usize); COLUMNS],
}

impl Columns {
    /// Takes a payload of the first `count` columns; the others are empty.
    pub(super) fn load(payload: Vec<u8>, count: usize) -> Result<Self, Flaw> {
        let mut rest = &payload[..];
        let mut lengths = [0; COLUMNS];
        for length in &mut lengths[..count] {
            let stated = varint::take(&mut rest).ok_or(Flaw::Coding("a column has no length"))?;
            // What a 32-bit host can't count is longer than any chunk.
            *length = usize::try_from(stated).unwrap_or(usize::MAX);
        }
        let mut from = payload.len() - rest.len();
        let mut left = [(0, 0); COLUMNS];
        for (column, length) in left.iter_mut().zip(lengths) {
            let to = from.checked_add(length).filter(|&to| to <= payload.len());
            let to = to.ok_or(Flaw::Coding("a column is longer than the chunk"))?;
            *column = (from, to);
            from = to;
        }
        if from != payload.len() {
            return Err(Flaw::Coding("bytes behind the last column"));
        }
        Ok(Self { payload, left })
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.left.iter().all(|(from, to)| from == to)
    }

    /// The next byte of the column of tags, if there is one.
    pub(super) fn tag(&mut self) -> Option<u8> {
        let (from, to) = &mut self.left[TAGS];
        let tag = *self.payload[*from..*to].first()?;
        *from += 1;
        Some(tag)
    }

    pub(super) fn number(&mut self, column: usize) -> Result<u64, Flaw> {
        let (from, to) = &mut self.left[column];
        let mut rest = &self.payload[*from..*to];
        let number =
            varint::take(&mut rest).ok_or(Flaw::Coding("a number is cut off or too large"))?;
        *from = *to - rest.len();
        Ok(number)
    }

    pub(super) fn number32(&mut self, column: usize) -> Result<u32, Flaw> {
        self.number(column)?
            .try_into()
            .map_err(|_| Flaw::Coding("a number needs more than 32 bits"))
    }

    /// A length, and so many bytes.
    pub(super) fn bytes(&mut self, column: usize) -> Result<&[u8], Flaw> {
        let length = self.number32(column)? as usize;
        if length > MAX_TEXT {
            return Err(Flaw::Coding("a text of more than 65,535 bytes"));
        }
        let (from, to) = &mut self.left[column];
        let bytes = self.payload[*from..*to]
            .get(..length)
            .ok_or(Flaw::Coding("a text is cut off"))?;
        *from += length;
        Ok(bytes)
    }

    /// A length, and so many bytes of text.
    pub(super) fn text(&mut self, column: usize) -> Result<&str, Flaw> {
        let bytes = self.bytes(column)?;
        str::from_utf8(bytes).map_err(|_| Flaw::Coding("a text is not UTF-8"))
    }
}
