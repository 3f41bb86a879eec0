//! Whether debug information may be used: what was made to exhaust memory or the stack is not.
//!
//! The readers of DWARF keep tables of what they have seen, and debug information may say the same
//! many times: a list of ranges for each of thousands of functions, a directory's name for each of thousands of
//! files. So a file of a megabyte can ask for terabytes. And they call themselves for each function that is
//! inlined into another. Here the same is walked through without keeping anything, and counted.

use gimli::{
    DW_AT_ranges, DW_TAG_inlined_subroutine, DW_TAG_subprogram, Dwarf, Reader as _, Unit, UnitRef,
    UnitType,
};

use super::debug_info::Reader;

/// Bytes of tables that a byte of debug information may become. Compilers' output stays below 20.
const EXPANSION: u64 = 64;

/// Most functions that are inlined into one another. Compilers stop long before.
const INLINED: usize = 256;

/// Bytes that the readers keep of each thing, or more.
const UNIT: u64 = 512;
const ABBREVIATION_BYTE: u64 = 32;
const LINE_PROGRAM_BYTE: u64 = 24;
const DIRECTORY: u64 = 48;
const FILE: u64 = 128;
const FUNCTION: u64 = 160;
const RANGE: u64 = 40;

/// Checks the debug information, of this size in bytes, uncompressed. O(size).
///
/// # Errors
/// Why it must not be used, as a sentence.
pub(super) fn check(dwarf: &Dwarf<Reader>, size: u64) -> Result<(), String> {
    let mut budget = Budget {
        left: size.saturating_mul(EXPANSION),
    };
    let outcome = budget
        .units(dwarf)
        .and_then(|()| dwarf.sup().map_or(Ok(()), |sup| budget.units(sup)));
    outcome.map_err(|what| {
        format!("its debug information is not used: {what}, as no compiler makes it")
    })
}

/// What may still be kept, in bytes.
struct Budget {
    left: u64,
}

type Outcome = Result<(), &'static str>;

impl Budget {
    fn take(&mut self, bytes: u64) -> Outcome {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or("it repeats itself without end")?;
        Ok(())
    }

    fn units(&mut self, dwarf: &Dwarf<Reader>) -> Outcome {
        let mut last_abbreviations = None;
        let mut units = dwarf.units();
        while let Ok(Some(header)) = units.next() {
            self.take(UNIT)?;
            let abbreviations = header.debug_abbrev_offset();
            if last_abbreviations != Some(abbreviations) {
                last_abbreviations = Some(abbreviations);
                self.abbreviations(dwarf, abbreviations.0)?;
            }
            let is_whole = matches!(
                header.type_(),
                UnitType::Compilation | UnitType::Skeleton(_)
            );
            // A unit that can't be read is left out by the readers, too.
            if let Ok(unit) = dwarf.unit(header) {
                self.lines(dwarf, &unit, is_whole)?;
                if is_whole {
                    self.entries(unit.unit_ref(dwarf))?;
                }
            }
        }
        Ok(())
    }

    /// The table of abbreviations that begins here.
    fn abbreviations(&mut self, dwarf: &Dwarf<Reader>, offset: usize) -> Outcome {
        let mut input = gimli::Section::reader(&dwarf.debug_abbrev).clone();
        if input.skip(offset).is_err() {
            return Ok(());
        }
        let before = input.len();
        // Code, tag, whether it has children; then pairs of name and form up to a pair of zeroes.
        while input.read_uleb128().is_ok_and(|code| code != 0)
            && input.read_uleb128().is_ok()
            && input.read_u8().is_ok()
        {
            while let (Ok(name), Ok(form)) = (input.read_uleb128(), input.read_uleb128()) {
                // A constant in the table itself.
                if form == u64::from(gimli::DW_FORM_implicit_const.0) {
                    let _ = input.read_sleb128();
                }
                if (name, form) == (0, 0) {
                    break;
                }
            }
        }
        self.take((before - input.len()) as u64 * ABBREVIATION_BYTE)
    }

    /// The files and lines of a unit.
    fn lines(&mut self, dwarf: &Dwarf<Reader>, unit: &Unit<Reader>, is_whole: bool) -> Outcome {
        let Some(program) = &unit.line_program else {
            return Ok(());
        };
        let header = program.header();
        self.take(DIRECTORY * header.include_directories().len() as u64)?;
        self.take(FILE * header.file_names().len() as u64)?;
        if !is_whole {
            return Ok(());
        }
        self.take(LINE_PROGRAM_BYTE * header.raw_program_buf().len() as u64)?;
        let length = |attribute| {
            let text = dwarf.attr_string(unit, attribute);
            text.map_or(0, |text: Reader| text.len() as u64)
        };
        let base = unit.comp_dir.as_ref().map_or(0, |text| text.len() as u64);
        for file in header.file_names() {
            let directory = file.directory(header).map_or(0, length);
            self.take(base + directory + length(file.path_name()))?;
        }
        Ok(())
    }

    /// The functions of a unit.
    fn entries(&mut self, unit: UnitRef<'_, Reader>) -> Outcome {
        let Ok(mut entries) = unit.entries_raw(None) else {
            return Ok(());
        };
        // The depths of the inlined functions that the present entry is in.
        let mut inlined = Vec::new();
        while !entries.is_empty() {
            let depth = entries.next_depth();
            let Ok(abbreviation) = entries.read_abbreviation() else {
                return Ok(());
            };
            let Some(abbreviation) = abbreviation else {
                continue;
            };
            let tag = abbreviation.tag();
            if tag == DW_TAG_inlined_subroutine {
                while inlined.last().is_some_and(|&outer| outer >= depth) {
                    inlined.pop();
                }
                inlined.push(depth);
                if inlined.len() > INLINED {
                    return Err("it inlines functions into one another without end");
                }
            }
            if tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram {
                self.take(FUNCTION)?;
            }
            let attributes = abbreviation.attributes();
            let has_ranges = attributes.iter().any(|spec| spec.name() == DW_AT_ranges);
            if !has_ranges {
                if entries.skip_attributes(attributes).is_err() {
                    return Ok(());
                }
                continue;
            }
            for &spec in attributes {
                let Ok(attribute) = entries.read_attribute(spec) else {
                    return Ok(());
                };
                if attribute.name() == DW_AT_ranges {
                    self.ranges(unit, attribute.value())?;
                }
            }
        }
        Ok(())
    }

    fn ranges(
        &mut self,
        unit: UnitRef<'_, Reader>,
        value: gimli::AttributeValue<Reader>,
    ) -> Outcome {
        if let Ok(Some(mut ranges)) = unit.attr_ranges(value) {
            while let Ok(Some(_)) = ranges.next() {
                self.take(RANGE)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
