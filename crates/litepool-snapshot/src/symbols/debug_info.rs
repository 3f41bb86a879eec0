//! Debug information in the format DWARF.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use addr2line::{Context, Frame};
use gimli::{
    AbbreviationsCacheStrategy, Dwarf, EndianReader, RelocateReader, RunTimeEndian, SectionId,
};
use litepool_trace::Location;
use object::{CompressionFormat, File, Object, ObjectSection};

use super::debug_info_limits::check;
use super::elf::Elf;
use super::left_out::{LeftOut, Zero};
use super::names;

/// How it is read: from the file's bytes, or from those that were decompressed.
pub(super) type Reader = RelocateReader<Bytes, Zero>;
type Bytes = EndianReader<RunTimeEndian, Arc<[u8]>>;

/// Most bytes that a compressed byte may stand for. Deflate can say 1,032 with one; debug information
/// does not shrink to a twentieth.
const EXPANSION: u64 = 64;

/// The debug information of a program, or why it can't be used.
pub(super) struct DebugInfo {
    context: Result<Context<Reader>, String>,
}

impl DebugInfo {
    /// The debug information of this file, if it has any. O(size of the file).
    pub(super) fn of(elf: &Elf, alternative: Option<&Elf>) -> Option<Self> {
        let file = elf.file()?;
        file.section_by_name(".debug_info")?;
        Some(Self {
            context: context(elf, &file, alternative),
        })
    }

    /// Why it can't be used, as a sentence.
    pub(super) fn note(&self) -> Option<&str> {
        self.context.as_ref().err().map(String::as_str)
    }

    /// The functions around an address of code: the innermost first.
    pub(super) fn locations(&self, address: u64) -> Vec<Location> {
        let Ok(context) = &self.context else {
            return Vec::new();
        };
        let mut locations = Vec::new();
        // What is in the files of split DWARF is left out. A damaged unit ends the answer.
        if let Ok(mut frames) = context.find_frames(address).skip_all_loads() {
            while let Ok(Some(frame)) = frames.next() {
                locations.push(location(&frame));
            }
        }
        locations
    }
}

fn location(frame: &Frame<'_, Reader>) -> Location {
    let function = frame.function.as_ref();
    let name = function.and_then(|function| function.raw_name().ok());
    let place = frame.location.as_ref();
    Location {
        function: name
            .map_or_else(String::new, |name| names::readable(name.as_bytes()))
            .into(),
        file: place
            .and_then(|place| place.file)
            .map_or_else(String::new, |file| names::short(&tidy(file)))
            .into(),
        line: place.and_then(|place| place.line).unwrap_or(0),
    }
}

/// A path without the `.` and `..` in it that compilers leave there.
fn tidy(path: &str) -> Cow<'_, str> {
    use std::path::Component;
    if !path.contains("./") {
        return Cow::Borrowed(path);
    }
    let mut tidy = std::path::PathBuf::new();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if tidy.file_name().is_some() => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    Cow::Owned(tidy.to_string_lossy().into_owned())
}

fn context(
    elf: &Elf,
    file: &File<'_>,
    alternative: Option<&Elf>,
) -> Result<Context<Reader>, String> {
    let mut size = 0;
    let left_out = LeftOut::of(elf.word);
    let mut dwarf = Dwarf::load(|id| {
        let bytes = section(elf, file, id, &mut size)?;
        Ok::<_, String>(Reader::new(bytes, left_out.within(id)))
    })?;
    if let Some(alternative) = alternative
        && let Some(file) = alternative.file()
    {
        dwarf.load_sup(|id| {
            let bytes = section(alternative, &file, id, &mut size)?;
            Ok::<_, String>(Reader::new(bytes, Zero::IsZero))
        })?;
    }
    check(&dwarf, size)?;
    left_out.ignore(file, &dwarf);
    dwarf.populate_abbreviations_cache(AbbreviationsCacheStrategy::Duplicates);
    Context::from_dwarf(dwarf).map_err(|error| unreadable(&error.to_string()))
}

fn unreadable(why: &str) -> String {
    format!("its debug information can't be read ({why}): functions have no lines")
}

/// A section of the file; an empty one if it has none of that name.
fn section(elf: &Elf, file: &File<'_>, id: SectionId, size: &mut u64) -> Result<Bytes, String> {
    let endian = if file.is_little_endian() {
        RunTimeEndian::Little
    } else {
        RunTimeEndian::Big
    };
    let empty = || Bytes::new(Arc::from([]), endian);
    let is_needed = !matches!(
        id,
        SectionId::DebugLoc
            | SectionId::DebugLocLists
            | SectionId::DebugMacinfo
            | SectionId::DebugMacro
            | SectionId::DebugNames
            | SectionId::DebugTypes
    );
    let Some(section) = file.section_by_name(id.name()).filter(|_| is_needed) else {
        return Ok(empty());
    };
    let failed = |error: object::Error| unreadable(&format!("{}: {error}", id.name()));
    let packed = section.compressed_file_range().map_err(failed)?;
    *size += packed.uncompressed_size;
    if packed.format == CompressionFormat::None {
        let range = range(packed.offset, packed.compressed_size)
            .filter(|range| range.end <= elf.bytes.len())
            .ok_or_else(|| unreadable(&format!("{} ends beyond the file", id.name())))?;
        return Ok(Bytes::new(Arc::clone(&elf.bytes), endian).range(range));
    }
    if packed.uncompressed_size > packed.compressed_size.saturating_mul(EXPANSION) {
        return Err(unreadable(&format!(
            "{} says that it is {} times as large as its compressed bytes",
            id.name(),
            packed.uncompressed_size / packed.compressed_size.max(1)
        )));
    }
    let bytes = section.uncompressed_data().map_err(failed)?;
    Ok(Bytes::new(Arc::from(bytes), endian))
}

fn range(start: u64, length: u64) -> Option<Range<usize>> {
    let start = usize::try_from(start).ok()?;
    Some(start..start.checked_add(usize::try_from(length).ok()?)?)
}
