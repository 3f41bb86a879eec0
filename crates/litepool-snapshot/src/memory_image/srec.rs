//! SREC, Motorola's S-records, as `arm-none-eabi-objcopy -O srec` and GDB's `dump srec memory`
//! write them.
//!
//! A line: `S`, a digit, and in hexadecimal the count of the bytes that follow, an address of two,
//! three or four bytes, data, and the complement of the sum of all bytes before.

use super::Fault;
use super::read::Contents;
use super::text::{filled_lines, hex};

/// Most programs in these formats come from a linker.
pub(super) const HINT: &str = "a file that a linker made holds the flash of a program, not the \
                               RAM of a running device: have the debugger dump the memory";

/// A record that is whole.
struct Record {
    kind: u8,
    address: u64,
    data: Vec<u8>,
}

/// Is the first line an S, a digit and pairs of hexadecimal digits?
pub(super) fn is_srec(bytes: &[u8]) -> bool {
    filled_lines(bytes)
        .next()
        .is_some_and(|(_, line)| match line {
            [b'S', b'0'..=b'9', digits @ ..] => !digits.is_empty() && hex(digits).is_some(),
            _ => false,
        })
}

pub(super) fn read(bytes: &[u8]) -> Result<Contents, Fault> {
    let mut contents = Contents {
        hint: Some(HINT.to_owned()),
        ..Contents::default()
    };
    let mut count = 0_u64;
    for (number, line) in filled_lines(bytes) {
        let fault = |what| Fault::line(number, what);
        let record = record(line).map_err(fault)?;
        match record.kind {
            b'1'..=b'3' => {
                contents.add(record.address, &record.data);
                count += 1;
            }
            b'5' | b'6' if record.address != count => {
                let what = format!(
                    "{} records should stand before this one, and {count} do: lines are lost",
                    record.address
                );
                return Err(Fault::line(number, what));
            }
            b'7'..=b'9' => return Ok(contents),
            _ => {}
        }
    }
    Err(Fault::whole(
        "the last record, S7, S8 or S9, is missing: the file is cut off",
    ))
}

fn record(line: &[u8]) -> Result<Record, &'static str> {
    let [b'S', kind, digits @ ..] = line else {
        return Err("this is no record: it does not begin with S and a digit");
    };
    let bytes = hex(digits).ok_or("the record is not pairs of hexadecimal digits")?;
    let [count, body @ .., _checksum] = &bytes[..] else {
        return Err("the record is too short");
    };
    if usize::from(*count) != body.len() + 1 {
        return Err("the record is longer or shorter than it says");
    }
    let sum = bytes.iter().fold(0_u8, |sum, &byte| sum.wrapping_add(byte));
    if sum != u8::MAX {
        return Err("the checksum of the record does not match");
    }
    let address = match kind {
        b'0' | b'1' | b'5' | b'9' => 2,
        b'2' | b'6' | b'8' => 3,
        b'3' | b'7' => 4,
        _ => return Err("no such record: S0 to S3 and S5 to S9 are known"),
    };
    let (address, data) = body
        .split_at_checked(address)
        .ok_or("the record is too short for its address")?;
    let address = address
        .iter()
        .fold(0, |address, &byte| address << 8 | u64::from(byte));
    Ok(Record {
        kind: *kind,
        address,
        data: data.to_vec(),
    })
}

#[cfg(test)]
mod tests;
