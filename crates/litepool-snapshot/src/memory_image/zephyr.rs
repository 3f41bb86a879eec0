//! Zephyr's core dumps, as its `subsys/debug/coredump` writes them and
//! `scripts/coredump/coredump_parser/log_parser.py` reads them.
//!
//! A header and sections, all numbers little-endian and packed. In the header: `ZE`, the version,
//! the target, the logarithm of a pointer's bits, flags, the reason. Then, each with its version:
//! `A` registers of the thread that crashed, `T` the kernel's table of threads, `F` registers of
//! another processor, `M` memory, `C` a CRC-32 of all bytes before it.

use litepool_trace::WordSize;

use super::Fault;
use super::cursor::{Cursor, words};
use super::read::Contents;

/// The latest version of the header that is known.
const VERSION: u16 = 2;
/// The version of all sections with one.
const SECTION_VERSION: u16 = 1;
/// The flag that a checksum ends the dump.
const HAS_CRC: u8 = 1;

const HINT: &str = "a core dump of Zephyr holds the whole RAM if it is built with \
                    CONFIG_DEBUG_COREDUMP_MEMORY_DUMP_LINKER_RAM=y; with the other choices, the \
                    stacks of threads only";

/// The target that is a Cortex-M, and which of its registers is the status, whose flags are easily a
/// number that looks like an address of its RAM.
const CORTEX_M: u16 = 3;
const CORTEX_M_STATUS: usize = 7;

/// Does this begin like the header of any version?
pub(super) fn is_dump(bytes: &[u8]) -> bool {
    matches!(bytes, [b'Z', b'E', 1..16, 0, _, 0, 5 | 6, ..])
}

pub(super) fn read(bytes: &[u8]) -> Result<Contents, Fault> {
    let mut cursor = Cursor::new(bytes);
    let Header {
        word,
        has_crc,
        is_cortex_m,
    } = header(&mut cursor)?;
    let mut contents = Contents {
        word: Some(word),
        hint: Some(HINT.to_owned()),
        ..Contents::default()
    };
    let mut has_end = !has_crc;
    while !cursor.is_at_end() {
        let at = cursor.at();
        match cursor.u8("a section")? {
            section @ (b'A' | b'T') => {
                let _version = cursor.u16("a section's header")?;
                let length = cursor.u16("a section's header")?;
                let registers = cursor.take(length.into(), "the registers of a thread")?;
                let status = (section == b'A' && is_cortex_m).then_some(CORTEX_M_STATUS);
                let words = words(registers, word).enumerate();
                let registers = words.filter(|&(index, _)| Some(index) != status);
                contents.registers.extend(registers.map(|(_, word)| word));
            }
            b'F' => other_processor(&mut cursor, word, &mut contents)?,
            b'M' => memory(&mut cursor, word, &mut contents)?,
            b'C' => {
                checksum(&mut cursor, bytes)?;
                has_end = true;
            }
            other => {
                return Err(Fault::byte(
                    at,
                    format!(
                        "a section begins with {other:#04x}, which is none of A, T, F, M, C: bytes \
                         before it are lost or damaged"
                    ),
                ));
            }
        }
    }
    if !has_end {
        return Err(Fault::byte(
            bytes.len(),
            "the checksum that should end the dump is missing: the dump is cut off",
        ));
    }
    Ok(contents)
}

/// What the header says.
struct Header {
    word: WordSize,
    /// Does a checksum end the dump?
    has_crc: bool,
    is_cortex_m: bool,
}

fn header(cursor: &mut Cursor) -> Result<Header, Fault> {
    const INSIDE: &str = "the header";
    cursor.take(2, INSIDE)?;
    let version = cursor.u16(INSIDE)?;
    if version > VERSION {
        return Err(Fault::byte(
            2_u64,
            format!("version {version} of Zephyr's core dump; this program reads up to {VERSION}"),
        ));
    }
    let target = cursor.u16(INSIDE)?;
    let word = match cursor.u8(INSIDE)? {
        5 => WordSize::Bits32,
        6 => WordSize::Bits64,
        bits => {
            return Err(Fault::byte(
                6_u64,
                format!("pointers of 2^{bits} bits; this program reads 32 and 64"),
            ));
        }
    };
    let flags = cursor.u8(INSIDE)?;
    let _reason = cursor.u32(INSIDE)?;
    Ok(Header {
        word,
        has_crc: flags & HAS_CRC != 0,
        is_cortex_m: target == CORTEX_M,
    })
}

/// The registers of a processor that did not crash, and the thread that it ran.
fn other_processor(
    cursor: &mut Cursor,
    word: WordSize,
    contents: &mut Contents,
) -> Result<(), Fault> {
    const INSIDE: &str = "the registers of a processor";
    let _version = cursor.u16(INSIDE)?;
    let length = cursor.u16(INSIDE)?;
    let _processor = cursor.u32(INSIDE)?;
    contents.registers.push(cursor.word(word, INSIDE)?);
    let registers = cursor.take(length.into(), INSIDE)?;
    contents.registers.extend(words(registers, word));
    Ok(())
}

fn memory(cursor: &mut Cursor, word: WordSize, contents: &mut Contents) -> Result<(), Fault> {
    const INSIDE: &str = "a section of memory";
    let at = cursor.at();
    let version = cursor.u16(INSIDE)?;
    if version != SECTION_VERSION {
        return Err(Fault::byte(
            at,
            format!("version {version} of a section of memory; this program reads version 1"),
        ));
    }
    let (start, end) = (cursor.word(word, INSIDE)?, cursor.word(word, INSIDE)?);
    let length = end.checked_sub(start).ok_or_else(|| {
        Fault::byte(
            at,
            format!("a section of memory from {start:#x} to {end:#x}, which is before it"),
        )
    })?;
    contents.add(start, cursor.take(length, INSIDE)?);
    Ok(())
}

fn checksum(cursor: &mut Cursor, bytes: &[u8]) -> Result<(), Fault> {
    let end = cursor.at() - 1;
    let _version = cursor.u16("the checksum")?;
    let stored = cursor.u32("the checksum")?;
    let computed = crc32fast::hash(&bytes[..end]);
    if !cursor.is_at_end() {
        return Err(Fault::byte(
            cursor.at(),
            "bytes follow the checksum that should end the dump: cut them off",
        ));
    }
    if stored != computed {
        return Err(Fault::byte(
            end,
            format!(
                "the checksum is {stored:#010x}, but the bytes before it have {computed:#010x}: \
                 some of them are damaged or lost"
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
