//! ELF cores: what QEMU's `dump-guest-memory`, GDB's `gcore`, Linux, `NuttX` and
//! ESP-IDF write.
//!
//! The format: System V Application Binary Interface, chapters 4 and 5. In a core, a segment
//! without bytes in the file is memory that was left out, not zeros.

use litepool_trace::WordSize;
use object::Endianness;
use object::elf::{EM_ARM, ET_CORE, FileHeader32, FileHeader64, NT_PRSTATUS, PT_LOAD, PT_NOTE};
use object::read::elf::{FileHeader, ProgramHeader};

use super::Fault;
use super::cursor::words;
use super::read::Contents;

const MAGIC: [u8; 4] = [0x7f, b'E', b'L', b'F'];

/// How many times the bytes of the file all segments together may be. With paging, QEMU lists the
/// same memory once for each address at which it is seen.
const MOST_COPIES: u64 = 16;

/// Which word of a thread's state is the processor status, on ARM: 18 words after 72 bytes are r0
/// to r15, the status, and r0 once more.
const ARM_STATUS: usize = 72 / 4 + 16;

pub(super) fn is_elf(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

pub(super) fn read(bytes: &[u8]) -> Result<Contents, Fault> {
    match bytes.get(4..6) {
        Some([_, 2]) => Err(Fault::byte(
            5_u64,
            "this core is of a big-endian machine; only little-endian ones can be read",
        )),
        Some([1, 1]) => read_class::<FileHeader32<Endianness>>(bytes, WordSize::Bits32),
        Some([2, 1]) => read_class::<FileHeader64<Endianness>>(bytes, WordSize::Bits64),
        _ => Err(Fault::byte(4_u64, "this is no ELF file of 32 or 64 bits")),
    }
}

/// A core of 32 or 64 bits.
fn read_class<Elf>(bytes: &[u8], word: WordSize) -> Result<Contents, Fault>
where
    Elf: FileHeader<Endian = Endianness>,
{
    let header = Elf::parse(bytes).map_err(|_| cut_off(0, "the file header"))?;
    let endian = Endianness::Little;
    if header.e_type(endian) != ET_CORE {
        return Err(Fault::byte(
            16_u64,
            "this ELF file is a program, not a core: it has no memory of a running device; give \
             it with --elf, together with a dump",
        ));
    }
    let table = header.e_phoff(endian).into();
    let program_headers = header
        .program_headers(endian, bytes)
        .map_err(|_| cut_off(table, "the table of segments"))?;
    let mut contents = Contents {
        word: Some(word),
        hint: Some(
            "the core may leave out memory: of a Linux program, see the bits of \
             /proc/PID/coredump_filter; of QEMU, dump all memory (dump-guest-memory FILE)"
                .to_owned(),
        ),
        ..Contents::default()
    };
    let mut room = MOST_COPIES * bytes.len() as u64;
    for program_header in program_headers {
        let offset = program_header.p_offset(endian).into();
        match program_header.p_type(endian) {
            PT_LOAD => {
                let data = program_header
                    .data(endian, bytes)
                    .map_err(|()| cut_off(offset, "a segment's memory"))?;
                room = room.checked_sub(data.len() as u64).ok_or_else(|| {
                    Fault::byte(table, "the segments show the same bytes again and again")
                })?;
                contents.add(address::<Elf>(program_header), data);
            }
            PT_NOTE => {
                let no_register = (header.e_machine(endian) == EM_ARM).then_some(ARM_STATUS);
                let registers = registers::<Elf>(program_header, bytes, word, no_register)
                    .ok_or_else(|| Fault::byte(offset, "the notes are damaged"))?;
                contents.registers.extend(registers);
            }
            _ => {}
        }
    }
    Ok(contents)
}

/// Where the memory was: the virtual address. Some versions of QEMU have zero there, if they dump
/// physical memory.
fn address<Elf: FileHeader<Endian = Endianness>>(program_header: &Elf::ProgramHeader) -> u64 {
    let endian = Endianness::Little;
    match program_header.p_vaddr(endian).into() {
        0 => program_header.p_paddr(endian).into(),
        address => address,
    }
}

/// The words of all threads' states, which are their registers and some figures of the system. The
/// one with the index `but` is left out: the flags of a Cortex-M are easily a number that looks like
/// an address of its RAM.
fn registers<Elf: FileHeader<Endian = Endianness>>(
    program_header: &Elf::ProgramHeader,
    bytes: &[u8],
    word: WordSize,
    but: Option<usize>,
) -> Option<Vec<u64>> {
    let endian = Endianness::Little;
    let mut registers = Vec::new();
    let mut notes = program_header.notes(endian, bytes).ok()??;
    while let Some(note) = notes.next().ok()? {
        if note.name() == b"CORE" && note.n_type(endian) == NT_PRSTATUS {
            let words = words(note.desc(), word).enumerate();
            registers.extend(
                words
                    .filter(|&(index, _)| Some(index) != but)
                    .map(|(_, word)| word),
            );
        }
    }
    Some(registers)
}

fn cut_off(offset: u64, what: &str) -> Fault {
    Fault::byte(
        offset,
        format!("{what} is not in the file: it is cut off or damaged; copy or capture it again"),
    )
}

#[cfg(test)]
pub(super) mod tests;
