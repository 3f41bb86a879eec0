//! What an ELF file says of itself.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use litepool_trace::WordSize;
use object::elf::{SHF_ALLOC, SHF_EXECINSTR, SHF_TLS, SHF_WRITE};
use object::{Architecture, File, Object, ObjectKind, ObjectSection, ObjectSegment, SectionFlags};

use super::{DataSection, SymbolsError, names};

/// A program, a library, or the debug file of one.
pub(super) struct Elf {
    pub(super) bytes: Arc<[u8]>,
    pub(super) word: WordSize,
    pub(super) build_id: Vec<u8>,
    /// The name of its debug file, and the CRC-32 of that.
    pub(super) debug_link: Option<(PathBuf, u32)>,
    /// The file that it shares debug information with, and the build id of that.
    pub(super) alternative_link: Option<(PathBuf, Vec<u8>)>,
    /// Whether bit 0 of an address of code only says that the code is Thumb.
    pub(super) has_thumb: bool,
    /// The address that the first byte of the file is mapped to, as far as frames of a trace are
    /// concerned: 0 of a program that is linked to a fixed address, for they have addresses.
    pub(super) first_address: u64,
    /// Where there is code, in the order of addresses.
    pub(super) code: Vec<Range<u64>>,
    /// Where there is data, likewise.
    pub(super) data: Vec<DataSection>,
}

impl Elf {
    /// Takes a program or library apart, or its debug file, as far as that is cheap.
    pub(super) fn parse(bytes: Arc<[u8]>) -> Result<Self, SymbolsError> {
        Self::of_kind(bytes, |kind| match kind {
            ObjectKind::Executable | ObjectKind::Dynamic => None,
            ObjectKind::Relocatable => Some("an object file, whose addresses are not known"),
            ObjectKind::Core => Some("a core dump, which has no names"),
            _ => Some("an ELF file of an unknown kind"),
        })
    }

    /// The same of a file that only holds debug information of others: dwz calls it an object file.
    pub(super) fn parse_shared(bytes: Arc<[u8]>) -> Result<Self, SymbolsError> {
        Self::of_kind(bytes, |_| None)
    }

    fn of_kind(
        bytes: Arc<[u8]>,
        wrong: impl Fn(ObjectKind) -> Option<&'static str>,
    ) -> Result<Self, SymbolsError> {
        let not_program = |what| SymbolsError::NotProgram {
            path: PathBuf::new(),
            what,
        };
        if !bytes.starts_with(b"\x7fELF") {
            return Err(not_program("no ELF file"));
        }
        let file = File::parse(&*bytes).map_err(damaged)?;
        if let Some(what) = wrong(file.kind()) {
            return Err(not_program(what));
        }
        let (code, data) = ranges(&file);
        let is_fixed = file.kind() == ObjectKind::Executable;
        let link = file.gnu_debuglink().ok().flatten();
        let alternative = file.gnu_debugaltlink().ok().flatten();
        Ok(Self {
            word: if file.is_64() {
                WordSize::Bits64
            } else {
                WordSize::Bits32
            },
            build_id: file.build_id().ok().flatten().unwrap_or_default().into(),
            debug_link: link.map(|(name, crc)| (path(name), crc)),
            alternative_link: alternative.map(|(name, id)| (path(name), id.into())),
            has_thumb: file.architecture() == Architecture::Arm,
            first_address: if is_fixed { 0 } else { first_address(&file) },
            code,
            data,
            bytes: Arc::clone(&bytes),
        })
    }

    /// The file for a closer look.
    pub(super) fn file(&self) -> Option<File<'_>> {
        File::parse(&*self.bytes).ok()
    }

    /// Does it have debug information of its own?
    pub(super) fn has_debug_info(&self) -> bool {
        self.file()
            .is_some_and(|file| file.section_by_name(".debug_info").is_some())
    }

    /// Does it have all symbols, not only those that it exports?
    pub(super) fn has_symbol_table(&self) -> bool {
        self.file()
            .is_some_and(|file| file.symbols().next().is_some())
    }
}

fn damaged(error: object::Error) -> SymbolsError {
    SymbolsError::Damaged {
        path: PathBuf::new(),
        what: error.to_string(),
    }
}

/// The ranges of code and of data.
fn ranges(file: &File<'_>) -> (Vec<Range<u64>>, Vec<DataSection>) {
    let (mut code, mut data) = (Vec::new(), Vec::new());
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else {
            continue;
        };
        let Some(end) = section.address().checked_add(section.size()) else {
            continue;
        };
        let range = section.address()..end;
        let has = |flag: object::elf::SectionFlags| sh_flags.0 & flag.0 != 0;
        if range.is_empty() || !has(SHF_ALLOC) {
            continue;
        }
        if has(SHF_EXECINSTR) {
            code.push(range.clone());
        }
        if has(SHF_WRITE) && !has(SHF_TLS) {
            let name = section.name_bytes().unwrap_or_default();
            let name = names::short(&String::from_utf8_lossy(name));
            data.push(DataSection { name, range });
        }
    }
    code.sort_unstable_by_key(|range| range.start);
    data.sort_unstable_by_key(|section| section.range.start);
    (code, data)
}

/// The address of the file's first byte: that of its first segment, less where in the file that
/// stands.
fn first_address(file: &File<'_>) -> u64 {
    file.segments().next().map_or(0, |segment| {
        segment.address().wrapping_sub(segment.file_range().0)
    })
}

#[cfg(unix)]
fn path(name: &[u8]) -> PathBuf {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(name).into()
}

#[cfg(not(unix))]
fn path(name: &[u8]) -> PathBuf {
    String::from_utf8_lossy(name).into_owned().into()
}
