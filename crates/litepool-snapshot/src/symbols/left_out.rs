//! Functions that the linker left out, in the debug information.
//!
//! GNU ld keeps the debug information of what `--gc-sections` removes, and lets it begin at address
//! 0: where the flash of many a device begins, so that the functions there would have the names of
//! others. An address 0 is read here as what other linkers write, all ones, which readers ignore.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use gimli::{DW_AT_ranges, Dwarf, Relocate, SectionId};
use litepool_trace::WordSize;
use object::{File, Object, ObjectSymbol, SymbolKind};

use super::debug_info::Reader;

/// What an address 0 means in the debug information of a program.
pub(super) struct LeftOut {
    all_ones: u64,
    /// Where in `.debug_info` a unit of several ranges says what they are relative to: 0, which is
    /// no function's address. Nothing is changed before this is known.
    bases: Arc<OnceLock<Vec<Range<usize>>>>,
}

/// What an address 0 means in a section.
#[derive(Clone, Debug)]
pub(super) enum Zero {
    IsZero,
    IsLeftOut {
        all_ones: u64,
        /// Whether it may be a unit's base.
        has_bases: bool,
        bases: Arc<OnceLock<Vec<Range<usize>>>>,
    },
}

impl LeftOut {
    pub(super) fn of(word: WordSize) -> Self {
        let all_ones = match word {
            WordSize::Bits32 => u64::from(u32::MAX),
            WordSize::Bits64 => u64::MAX,
        };
        Self {
            all_ones,
            bases: Arc::default(),
        }
    }

    /// For the section of this name. In the others addresses may be offsets, or end a list.
    pub(super) fn within(&self, id: SectionId) -> Zero {
        match id {
            SectionId::DebugInfo
            | SectionId::DebugLine
            | SectionId::DebugRngLists
            | SectionId::DebugAddr => Zero::IsLeftOut {
                all_ones: self.all_ones,
                has_bases: id == SectionId::DebugInfo,
                bases: Arc::clone(&self.bases),
            },
            _ => Zero::IsZero,
        }
    }

    /// Ignores what begins at address 0, unless a function of the program does. O(number of units
    /// and symbols).
    pub(super) fn ignore(&self, file: &File<'_>, dwarf: &Dwarf<Reader>) {
        let is_at_zero = file.symbols().any(|symbol| {
            symbol.kind() == SymbolKind::Text && symbol.is_definition() && symbol.address() <= 1
        });
        if !is_at_zero {
            let _ = self.bases.set(bases(dwarf));
        }
    }
}

/// Where the units with a list of ranges have their other attributes, in ascending order.
fn bases(dwarf: &Dwarf<Reader>) -> Vec<Range<usize>> {
    let mut bases = Vec::new();
    let mut units = dwarf.units();
    while let Ok(Some(header)) = units.next() {
        let Some(unit_start) = header.debug_info_offset() else {
            continue;
        };
        let Ok(abbreviations) = dwarf.abbreviations(&header) else {
            continue;
        };
        let Ok(mut entries) = header.entries_raw(&abbreviations, None) else {
            continue;
        };
        let start = entries.next_offset();
        let Ok(Some(abbreviation)) = entries.read_abbreviation() else {
            continue;
        };
        let attributes = abbreviation.attributes();
        let has_ranges = attributes.iter().any(|spec| spec.name() == DW_AT_ranges);
        if has_ranges && entries.skip_attributes(attributes).is_ok() {
            let end = entries.next_offset();
            bases.push(unit_start.0 + start.0..unit_start.0 + end.0);
        }
    }
    bases
}

impl Relocate for Zero {
    fn relocate_address(&self, offset: usize, value: u64) -> gimli::Result<u64> {
        let Self::IsLeftOut {
            all_ones,
            has_bases,
            bases,
        } = self
        else {
            return Ok(value);
        };
        let Some(bases) = bases.get().filter(|_| value == 0) else {
            return Ok(value);
        };
        let after = bases.partition_point(|base| base.start <= offset);
        let is_base = *has_bases && after > 0 && bases[after - 1].contains(&offset);
        Ok(if is_base { 0 } else { *all_ones })
    }

    fn relocate_offset(&self, _: usize, value: usize) -> gimli::Result<usize> {
        Ok(value)
    }
}
