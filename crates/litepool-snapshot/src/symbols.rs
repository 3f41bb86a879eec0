//! Names for addresses: the symbols and the debug information of a program.
//!
//! ELF files of 32 and 64 bits, little and big endian: the symbol table (`.symtab`, else
//! `.dynsym`) and DWARF 2 to 5, with the inlined functions. Debug information may be compressed,
//! may stand in a file of its own (found by build id or `.gnu_debuglink`), and may share parts with
//! other files (`.gnu_debugaltlink`, what dwz makes). Split DWARF (`.dwo` files) is not read: such
//! functions have their names and lines, but not those inlined into them.

mod constants;
mod debug_info;
mod debug_info_limits;
mod elf;
mod error;
mod files;
mod left_out;
mod names;
mod resolver;
mod table;

use std::cell::OnceCell;
use std::fmt::{self, Debug, Formatter};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use litepool_trace::{Location, MAX_LOCATIONS, WordSize};

use debug_info::DebugInfo;
use elf::Elf;
use table::Table;

pub use constants::Constants;
pub use error::SymbolsError;
pub use resolver::Resolver;

/// A variable of the program: an object symbol.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its name, demangled.
    pub name: String,
    /// The addresses that it takes.
    pub range: Range<u64>,
}

/// A section of the program that is writable in memory: `.data`, `.bss` and the like.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataSection {
    /// Its name.
    pub name: String,
    /// The addresses that it takes.
    pub range: Range<u64>,
}

/// The names of a program's addresses.
///
/// Addresses are those that the program was linked for; [`Symbols::address_of`] makes them of
/// offsets from where a library was loaded.
///
/// ```no_run
/// use litepool_snapshot::Symbols;
///
/// let symbols = Symbols::open("firmware.elf".as_ref())?;
/// for location in symbols.locations(0x0800_1235) {
///     println!("{} at {}:{}", location.function, location.file, location.line);
/// }
/// if let Some(pool) = symbols.find("app::POOL") {
///     println!("the pool is at {:#x}", pool.range.start);
/// }
/// # Ok::<(), litepool_snapshot::SymbolsError>(())
/// ```
pub struct Symbols {
    elf: Elf,
    /// Files with debug information or more symbols, if they are not in the program's own.
    debug: Option<Elf>,
    alternative: Option<Elf>,
    functions: Table,
    variables: OnceCell<Vec<Variable>>,
    debug_info: OnceCell<Option<DebugInfo>>,
    notes: OnceCell<Vec<String>>,
}

impl Symbols {
    /// Reads a program or library, and its separate debug file, if there is one: by its build id
    /// under `/usr/lib/debug/.build-id`, by the name that it gives beside it, in `.debug` there,
    /// and under `/usr/lib/debug`. A file of another build is not taken.
    ///
    /// # Errors
    /// The file can't be read, or is no program or library in the format ELF.
    pub fn open(path: &Path) -> Result<Self, SymbolsError> {
        Self::open_with(path, files::DEBUG_DIRECTORY.as_ref())
    }

    fn open_with(path: &Path, debug_directory: &Path) -> Result<Self, SymbolsError> {
        let elf = Elf::parse(files::read(path)?).map_err(|error| error.at(path))?;
        Ok(Self::complete(elf, path, debug_directory))
    }

    /// Takes the bytes of a program or library. Other files are not looked for.
    ///
    /// # Errors
    /// They are no program or library in the format ELF.
    pub fn of(bytes: Vec<u8>) -> Result<Self, SymbolsError> {
        let elf = Elf::parse(Arc::from(bytes))?;
        Ok(Self::with(elf, None, None, Vec::new()))
    }

    /// Adds what stands in other files.
    fn complete(elf: Elf, path: &Path, debug_directory: &Path) -> Self {
        let mut notes = Vec::new();
        let found = if elf.has_debug_info() {
            None
        } else {
            files::debug_file(&elf, path, debug_directory, &mut notes)
        };
        let (debug, debug_path) = match found {
            Some((debug, path)) => (Some(debug), path),
            None => (None, path.to_owned()),
        };
        let alternative = files::alternative_file(
            debug.as_ref().unwrap_or(&elf),
            &debug_path,
            debug_directory,
            &mut notes,
        );
        Self::with(elf, debug, alternative, notes)
    }

    fn with(elf: Elf, debug: Option<Elf>, alternative: Option<Elf>, notes: Vec<String>) -> Self {
        let functions = Table::of(Self::richer(&elf, debug.as_ref()));
        Self {
            elf,
            debug,
            alternative,
            functions,
            variables: OnceCell::new(),
            debug_info: OnceCell::new(),
            notes: OnceCell::from(notes),
        }
    }

    /// The file with the symbols: a stripped program has only those that it exports.
    fn richer<'e>(elf: &'e Elf, debug: Option<&'e Elf>) -> &'e Elf {
        debug
            .filter(|debug| debug.has_symbol_table())
            .unwrap_or(elf)
    }

    /// The program's word size.
    #[must_use]
    pub fn word(&self) -> WordSize {
        self.elf.word
    }

    /// The GNU build id; empty if the file has none.
    #[must_use]
    pub fn build_id(&self) -> &[u8] {
        &self.elf.build_id
    }

    /// The address that the program was linked for, of an offset from the address at which the
    /// first byte of its file was mapped: what a trace tells of a frame.
    #[must_use]
    pub fn address_of(&self, offset: u64) -> u64 {
        offset.wrapping_add(self.elf.first_address)
    }

    /// Where in the sources the call is that returns to `address`: the innermost inlined function
    /// first, the function whose code it is last. The instruction before the address is looked up,
    /// for a call may be the last one of its function. The bit that says Thumb does not matter.
    ///
    /// Of a function without debug information there is the name alone. Empty if nothing is known; at most
    /// [`MAX_LOCATIONS`].
    ///
    /// The first question takes O(size of the file), later ones the logarithm of it, and each
    /// compilation unit's first one O(size of the unit).
    #[must_use]
    pub fn locations(&self, address: u64) -> Vec<Location> {
        let address = if self.elf.has_thumb {
            address & !1
        } else {
            address
        };
        let Some(call) = address.checked_sub(1) else {
            return Vec::new();
        };
        let mut locations = self
            .debug_info()
            .map_or_else(Vec::new, |info| info.locations(call));
        let function = |call| {
            let name = self.functions.function(call)?;
            Some(Arc::<str>::from(names::readable(name)))
        };
        match locations.last_mut() {
            None => locations.extend(function(call).map(|function| Location {
                function,
                ..Location::default()
            })),
            Some(outermost) if outermost.function.is_empty() => {
                outermost.function = function(call).unwrap_or_default();
            }
            Some(_) => {}
        }
        // A trace keeps no more. The outermost function is the one that has an address.
        if locations.len() > MAX_LOCATIONS {
            locations.drain(MAX_LOCATIONS - 1..locations.len() - 1);
        }
        locations
    }

    /// The variable at this address, or around it. O(log n).
    #[must_use]
    pub fn variable(&self, address: u64) -> Option<&Variable> {
        let variables = self.variables();
        let after = variables.partition_point(|variable| variable.range.start <= address);
        let mut before = variables[..after].iter().rev();
        // One may lie within another.
        before
            .by_ref()
            .take(8)
            .find(|variable| variable.range.contains(&address))
    }

    /// The variable of this name: demangled, or the last part of it (`POOL` for `app::POOL`) if only one
    /// variable is called that. O(n).
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Variable> {
        let variables = self.variables();
        let exact = variables.iter().find(|variable| variable.name == name);
        exact.or_else(|| {
            let mut ending = variables.iter().filter(|variable| {
                let path = variable.name.strip_suffix(name);
                path.is_some_and(|path| path.ends_with("::"))
            });
            ending.next().filter(|_| ending.next().is_none())
        })
    }

    /// All variables, in the order of their addresses. The first question takes O(size of the file).
    #[must_use]
    pub fn variables(&self) -> &[Variable] {
        let load = || table::variables(Self::richer(&self.elf, self.debug.as_ref()));
        self.variables.get_or_init(load)
    }

    /// The sections that are writable in memory, in the order of their addresses. Those of threads
    /// are not among them: they only say what each thread's begins with.
    #[must_use]
    pub fn data_sections(&self) -> &[DataSection] {
        &self.elf.data
    }

    /// What stands in the program's file, for what a dump does not have. O(n log n) for n segments.
    #[must_use]
    pub fn constants(&self) -> Constants<'_> {
        Constants::of(&self.elf)
    }

    /// Where there is code, in the order of addresses.
    #[must_use]
    pub fn code(&self) -> &[Range<u64>] {
        &self.elf.code
    }

    /// Is there code at this address? O(log n).
    #[must_use]
    pub fn is_code(&self, address: u64) -> bool {
        let after = self
            .elf
            .code
            .partition_point(|range| range.start <= address);
        after > 0 && self.elf.code[after - 1].contains(&address)
    }

    /// What could not be used, in sentences for people: a debug file of another build, debug
    /// information that can't be read.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.get().cloned().unwrap_or_default();
        if let Some(Some(info)) = self.debug_info.get() {
            notes.extend(info.note().map(Into::into));
        }
        notes
    }

    fn debug_info(&self) -> Option<&DebugInfo> {
        let load = || {
            let elf = self.debug.as_ref().unwrap_or(&self.elf);
            DebugInfo::of(elf, self.alternative.as_ref())
        };
        self.debug_info.get_or_init(load).as_ref()
    }
}

impl Debug for Symbols {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Symbols")
            .field("word", &self.elf.word)
            .field("build_id", &self.elf.build_id)
            .field("functions", &self.functions.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
