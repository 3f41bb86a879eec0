//! Names for the frames of a trace or a dump, from the files of their modules.

use std::path::Path;

use litepool_trace::{Frame, Interned, Location, Module};
use rustc_hash::FxHashMap;

use super::{Symbols, SymbolsError};

/// Finds the names and lines of frames: those that the trace brings along, else those of the
/// modules' files on this machine.
///
/// A file is used only if it is the build that was recorded. What could not be used is said by
/// [`Resolver::notes`].
///
/// ```no_run
/// use litepool_snapshot::{Resolver, Symbols};
/// use litepool_trace::Frame;
///
/// // The program of a device: its frames have no module, and their offsets are addresses.
/// let mut resolver = Resolver::new().with_firmware(Symbols::open("firmware.elf".as_ref())?);
/// let frame = Frame { offset: 0x0800_1234, ..Frame::default() };
/// for location in resolver.locations(&Default::default(), &frame) {
///     println!("{} at {}:{}", location.function, location.file, location.line);
/// }
/// # Ok::<(), litepool_snapshot::SymbolsError>(())
/// ```
#[derive(Default, Debug)]
pub struct Resolver {
    firmware: Option<Symbols>,
    modules: FxHashMap<Module, Known>,
    /// Of addresses of a device.
    addresses: FxHashMap<u64, Vec<Location>>,
    notes: Vec<String>,
    /// Whether names were taken from a file that may be another build.
    has_unchecked: bool,
    /// Whether the files of modules are left alone.
    without_files: bool,
}

/// What is known of a module.
#[derive(Debug)]
struct Known {
    symbols: Option<Symbols>,
    locations: FxHashMap<u64, Vec<Location>>,
}

impl Resolver {
    /// A resolver that has read nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with the program of a device: frames without a module are addresses in it, and
    /// modules of its build id are it.
    #[must_use]
    pub fn with_firmware(self, firmware: Symbols) -> Self {
        Self {
            firmware: Some(firmware),
            ..self
        }
    }

    /// The same, but the modules' files on this machine are not looked at: names are the same on
    /// every machine.
    #[must_use]
    pub fn without_files(self) -> Self {
        Self {
            without_files: true,
            ..self
        }
    }

    /// The device's program.
    #[must_use]
    pub fn firmware(&self) -> Option<&Symbols> {
        self.firmware.as_ref()
    }

    /// Where in the sources the call of this frame is: the innermost inlined function first. Empty
    /// if nothing is known.
    ///
    /// The first frame of a module takes time for the module's file; a frame that was asked for
    /// before takes O(1).
    pub fn locations(&mut self, interned: &Interned, frame: &Frame) -> Vec<Location> {
        if !frame.locations.is_empty() {
            return frame.locations.clone();
        }
        let module = interned
            .module_of(frame)
            .filter(|module| !module.path.is_empty());
        match module {
            Some(module) => self.locations_in(module, frame.offset),
            None => self.of_address(frame.offset),
        }
    }

    /// What could not be used and why, in sentences for people, each once.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        let modules = self.modules.iter();
        let mut files: Vec<_> = modules
            .filter_map(|(module, known)| Some((module.path.as_str(), known.symbols.as_ref()?)))
            .chain(
                self.firmware
                    .as_ref()
                    .map(|symbols| ("the firmware", symbols)),
            )
            .collect();
        files.sort_by_key(|(path, _)| *path);
        for (path, symbols) in files {
            let of_file = symbols.notes().into_iter();
            notes.extend(of_file.map(|note| format!("{}: {note}", name(path))));
        }
        if self.has_unchecked {
            notes.push(
                "the trace does not say of which build its programs were: functions have the names \
                 that the files have now"
                    .into(),
            );
        }
        notes
    }

    fn of_address(&mut self, address: u64) -> Vec<Location> {
        let Some(firmware) = &self.firmware else {
            return Vec::new();
        };
        let locations = self.addresses.entry(address);
        locations
            .or_insert_with(|| firmware.locations(address))
            .clone()
    }

    /// As [`Resolver::locations`], of the return address that is this offset in a module.
    pub fn locations_in(&mut self, module: &Module, offset: u64) -> Vec<Location> {
        if !self.modules.contains_key(module) {
            let known = Known {
                symbols: self.open(module),
                locations: FxHashMap::default(),
            };
            self.modules.insert(module.clone(), known);
        }
        let Some(known) = self.modules.get_mut(module) else {
            return Vec::new();
        };
        let is_firmware = |firmware: &&Symbols| {
            !module.build_id.is_empty() && firmware.build_id() == module.build_id
        };
        let firmware = self.firmware.as_ref().filter(is_firmware);
        let Some(symbols) = firmware.or(known.symbols.as_ref()) else {
            return Vec::new();
        };
        let locations = known.locations.entry(offset);
        locations
            .or_insert_with(|| symbols.locations(symbols.address_of(offset)))
            .clone()
    }

    /// The file of a module, if it is there and of the recorded build.
    fn open(&mut self, module: &Module) -> Option<Symbols> {
        // What the kernel says of a file that is gone.
        let is_gone = module.path.ends_with(" (deleted)");
        let path = module.path.strip_suffix(" (deleted)");
        let path = Path::new(path.unwrap_or(&module.path));
        // No file: the vdso, code that the program made itself. What is relative is not known to be
        // relative to here.
        if self.without_files || !path.is_absolute() {
            return None;
        }
        let symbols = match Symbols::open(path) {
            Ok(symbols) => symbols,
            Err(SymbolsError::Io { .. }) => {
                let name = name(&module.path);
                self.note(format!(
                    "{name} is not on this machine: its functions are not named"
                ));
                return None;
            }
            Err(error) => {
                self.note(format!("{error}: its functions are not named"));
                return None;
            }
        };
        let is_other = if module.build_id.is_empty() {
            is_gone
        } else {
            symbols.build_id() != module.build_id
        };
        if is_other {
            let name = name(&module.path);
            self.note(format!(
                "{name} is another build than the recorded one: its functions are not named"
            ));
            return None;
        }
        self.has_unchecked |= module.build_id.is_empty();
        Some(symbols)
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
