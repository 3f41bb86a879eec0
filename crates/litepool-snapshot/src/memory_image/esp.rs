//! ESP-IDF's core dumps, as its component `espcoredump` writes them and the tool `esp-coredump`
//! reads them.
//!
//! A header: the length of all, the version and the chip; by the version, more. Then an ELF core
//! (version 1), or threads and segments (version 0); at the end a CRC-32 or SHA-256 of all before.

use litepool_trace::WordSize;
use sha2::{Digest, Sha256};

use super::cursor::Cursor;
use super::read::Contents;
use super::{Fault, elf_core};

const HINT: &str = "a core dump of ESP-IDF holds the control blocks and the stacks of tasks only, \
                    if it is not built with CONFIG_ESP_COREDUMP_CAPTURE_DRAM=y: then it has the \
                    whole DRAM, with the pools in it";

/// What a version of the format is.
struct Version {
    /// Bytes of the header.
    header: usize,
    is_elf: bool,
    /// The checksum: a SHA-256 if this is true, otherwise a CRC-32.
    is_sha: bool,
}

impl Version {
    const fn of(version: u16) -> Option<Self> {
        let (header, is_elf, is_sha) = match version {
            0x0001 => (16, false, false),
            0x0002 => (20, false, false),
            0x0003 => (24, false, false),
            0x0100 => (20, true, false),
            0x0101 => (20, true, true),
            0x0102 => (24, true, false),
            0x0103 => (24, true, true),
            0x0104 => (12, true, true),
            _ => return None,
        };
        Some(Self {
            header,
            is_elf,
            is_sha,
        })
    }

    const fn checksum(&self) -> usize {
        if self.is_sha { 32 } else { 4 }
    }
}

/// The first numbers of every header.
fn start(bytes: &[u8]) -> Option<(u32, u16)> {
    let mut cursor = Cursor::new(bytes);
    let length = cursor.u32("").ok()?;
    let version = cursor.u32("").ok()?;
    Some((length, version as u16))
}

/// Does this begin like the header of a version that is known, with a likely length?
pub(super) fn is_header(bytes: &[u8]) -> bool {
    start(bytes).is_some_and(|(length, version)| {
        Version::of(version).is_some_and(|version| {
            let least = version.header + version.checksum();
            (least..1 << 30).contains(&(length as usize))
        })
    })
}

/// Is this a dump? One with an ELF core, of any version, has that behind its header. One without
/// begins with small numbers as any memory may, so all of it has to be right.
pub(super) fn is_dump(bytes: &[u8]) -> bool {
    let Some((_, version)) = start(bytes) else {
        return false;
    };
    match Version::of(version) {
        Some(version) if !version.is_elf => is_header(bytes) && parts(bytes).is_ok(),
        _ => {
            version >> 8 == 1
                && [12, 20, 24]
                    .iter()
                    .any(|&at| bytes.get(at..).is_some_and(elf_core::is_elf))
        }
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Contents, Fault> {
    let (version, data) = parts(bytes)?;
    let mut contents = if version.is_elf {
        elf_core::read(data).map_err(|fault| fault.further(version.header as u64))?
    } else {
        tasks(bytes, version.header, data).map_err(|fault| fault.further(version.header as u64))?
    };
    contents.hint = Some(HINT.to_owned());
    Ok(contents)
}

/// The version, and what stands between header and checksum, which is right.
fn parts(bytes: &[u8]) -> Result<(Version, &[u8]), Fault> {
    let mut cursor = Cursor::new(bytes);
    let length = cursor.u32("the header")?;
    let number = cursor.u32("the header")? as u16;
    let version = Version::of(number).ok_or_else(|| {
        let (major, minor) = (number >> 8, number & 0xff);
        Fault::byte(
            4_u64,
            format!(
                "version {major}.{minor} of ESP-IDF's core dump; this program reads 0.1 to 0.3 \
                 and 1.0 to 1.4"
            ),
        )
    })?;
    // The partition that it was read from is longer.
    let Some(dump) = bytes.get(..length as usize) else {
        return Err(Fault::byte(
            bytes.len(),
            format!(
                "the core dump is cut off: it should have {length} bytes; copy or capture it again"
            ),
        ));
    };
    let end = dump.len().checked_sub(version.checksum());
    let Some((end, data)) = end.and_then(|end| Some((end, dump.get(version.header..end)?))) else {
        return Err(Fault::byte(
            0_u64,
            format!("a length of {length} bytes, too small for a header and a checksum"),
        ));
    };
    let (before, checksum) = dump.split_at(end);
    let is_right = if version.is_sha {
        checksum == Sha256::digest(before).as_slice()
    } else {
        checksum == crc32fast::hash(before).to_le_bytes()
    };
    if !is_right {
        return Err(Fault::byte(
            end,
            "the checksum does not match: bytes are damaged or lost; copy or capture it again",
        ));
    }
    Ok((version, data))
}

/// The control blocks and stacks of a dump without ELF, and its further segments.
fn tasks(bytes: &[u8], header: usize, data: &[u8]) -> Result<Contents, Fault> {
    let mut cursor = Cursor::new(&bytes[8..header]);
    let tasks = cursor.u32("the header")?;
    let control_block = cursor.u32("the header")?;
    let segments = if cursor.is_at_end() {
        0
    } else {
        cursor.u32("the header")?
    };
    let mut contents = Contents {
        word: Some(WordSize::Bits32),
        ..Contents::default()
    };
    let mut cursor = Cursor::new(data);
    for _ in 0..tasks {
        const INSIDE: &str = "a task";
        let address = cursor.u32(INSIDE)?;
        let (top, end) = (cursor.u32(INSIDE)?, cursor.u32(INSIDE)?);
        let block = cursor.take(control_block.into(), INSIDE)?;
        contents.add(address.into(), block);
        let stack = cursor.take(top.abs_diff(end).into(), INSIDE)?;
        contents.add(top.min(end).into(), stack);
        let padding = cursor.at().next_multiple_of(4) - cursor.at();
        cursor.take(padding as u64, INSIDE)?;
    }
    for _ in 0..segments {
        const INSIDE: &str = "a segment";
        let (address, length) = (cursor.u32(INSIDE)?, cursor.u32(INSIDE)?);
        contents.add(address.into(), cursor.take(length.into(), INSIDE)?);
    }
    Ok(contents)
}

#[cfg(test)]
pub(super) mod tests;
