//! Intel HEX, as `arm-none-eabi-objcopy -O ihex` and GDB's `dump ihex memory` write it.

use ihex::Record;

use super::Fault;
use super::read::Contents;
use super::srec::HINT;
use super::text::{filled_lines, hex};

/// Is the first line a colon and pairs of hexadecimal digits?
pub(super) fn is_hex(bytes: &[u8]) -> bool {
    filled_lines(bytes)
        .next()
        .is_some_and(|(_, line)| match line {
            [b':', digits @ ..] => !digits.is_empty() && hex(digits).is_some(),
            _ => false,
        })
}

pub(super) fn read(bytes: &[u8]) -> Result<Contents, Fault> {
    let mut contents = Contents {
        hint: Some(HINT.to_owned()),
        ..Contents::default()
    };
    let mut base = Base::Linear(0);
    for (number, line) in filled_lines(bytes) {
        match record(line).map_err(|what| Fault::line(number, what))? {
            Record::Data { offset, value } => base
                .add(offset, &value, &mut contents)
                .map_err(|what| Fault::line(number, what))?,
            Record::ExtendedSegmentAddress(paragraph) => base = Base::Segment(paragraph),
            Record::ExtendedLinearAddress(high) => base = Base::Linear(high),
            Record::StartSegmentAddress { .. } | Record::StartLinearAddress(_) => {}
            Record::EndOfFile => return Ok(contents),
        }
    }
    Err(Fault::whole(
        "the last record, :00000001FF, is missing: the file is cut off",
    ))
}

fn record(line: &[u8]) -> Result<Record, String> {
    let line = str::from_utf8(line).map_err(|_| "this is no text".to_owned())?;
    Record::from_record_string(line).map_err(|error| error.to_string())
}

/// What the offsets of records are added to.
enum Base {
    /// The high half of an address.
    Linear(u16),
    /// The number of a paragraph of 16 bytes.
    Segment(u16),
}

impl Base {
    fn add(&self, offset: u16, bytes: &[u8], contents: &mut Contents) -> Result<(), &'static str> {
        let end = u64::from(offset) + bytes.len() as u64;
        let base = match *self {
            // The specification lets offsets wrap in a segment. No writer makes use of it.
            Self::Segment(_) if end > 1 << 16 => {
                return Err("the record reaches beyond the end of its 64 KiB segment");
            }
            Self::Segment(paragraph) => u64::from(paragraph) << 4,
            Self::Linear(high) => u64::from(high) << 16,
        };
        if base + end > 1 << 32 {
            return Err("the record reaches beyond the last address");
        }
        contents.add(base + u64::from(offset), bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
