//! The formats, and which one a file's name asks for.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::counters::Counters;
use crate::dhat::Dhat;
use crate::folded::Folded;
use crate::heaptrack::Heaptrack;
use crate::massif::Massif;
use crate::pprof::Pprof;
use crate::speedscope::Speedscope;
use crate::{About, Export, Options};

/// The formats that can be written.
///
/// ```
/// use litepool_export::Format;
///
/// assert_eq!(Format::of_path("run.pb.gz".as_ref()), Some(Format::Pprof));
/// assert_eq!(Format::of_path("massif.out".as_ref()), Some(Format::Massif));
/// assert_eq!("folded".parse(), Ok(Format::Folded));
/// assert!(Format::Pprof.is_binary());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Format {
    /// What heaptrack's interpreter writes: `heaptrack`. For `heaptrack_gui` and `heaptrack_print`.
    Heaptrack,
    /// What Valgrind's DHAT writes: `dhat`. For `dh_view.html` and the Firefox Profiler.
    Dhat,
    /// What Valgrind's Massif writes: `massif`. For `ms_print` and Massif-Visualizer.
    Massif,
    /// A profile as a protocol buffer, compressed: `pprof`. For `go tool pprof`, speedscope,
    /// Perfetto.
    Pprof,
    /// Folded stacks: `folded`. For `flamegraph.pl`, inferno, speedscope.
    Folded,
    /// Speedscope's own: `speedscope`. For <https://www.speedscope.app>.
    Speedscope,
    /// Counters over time in the Trace Event Format: `counters`. For Perfetto, `chrome://tracing`.
    Counters,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 7] = [
        Self::Heaptrack,
        Self::Dhat,
        Self::Massif,
        Self::Pprof,
        Self::Folded,
        Self::Speedscope,
        Self::Counters,
    ];

    /// The name, as [`Format::from_str`] understands it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Heaptrack => "heaptrack",
            Self::Dhat => "dhat",
            Self::Massif => "massif",
            Self::Pprof => "pprof",
            Self::Folded => "folded",
            Self::Speedscope => "speedscope",
            Self::Counters => "counters",
        }
    }

    /// Whether it is no text, so that it is not for a terminal; what it is compressed with is part
    /// of it.
    #[must_use]
    pub const fn is_binary(self) -> bool {
        match self {
            Self::Pprof => true,
            Self::Heaptrack
            | Self::Dhat
            | Self::Massif
            | Self::Folded
            | Self::Speedscope
            | Self::Counters => false,
        }
    }

    /// The format that a file of this name has by the habits of its tools, with `.gz` behind it or
    /// not: an ending counts more than a beginning, which may be the program's name. `None`: the
    /// name does not tell.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        if name.ends_with(".trace.json") {
            return Some(Self::Counters);
        }
        name.rsplit('.').find_map(|part| match part {
            "heaptrack" => Some(Self::Heaptrack),
            "dhat" | "dhat-heap" => Some(Self::Dhat),
            "massif" => Some(Self::Massif),
            "pprof" | "pb" => Some(Self::Pprof),
            "folded" | "collapsed" => Some(Self::Folded),
            "speedscope" => Some(Self::Speedscope),
            "counters" | "perfetto" => Some(Self::Counters),
            _ => None,
        })
    }

    /// Begins to write it.
    ///
    /// # Errors
    /// The output can't be written.
    pub fn export<'a>(
        self,
        out: &'a mut dyn Write,
        about: About<'a>,
        options: Options,
    ) -> io::Result<Box<dyn Export + 'a>> {
        Ok(match self {
            Self::Heaptrack => Box::new(Heaptrack::new(out, about, options)?),
            Self::Dhat => Box::new(Dhat::new(out, about, options)),
            Self::Massif => Box::new(Massif::new(out, about, options)?),
            Self::Pprof => Box::new(Pprof::new(out, about, options)),
            Self::Folded => Box::new(Folded::new(out, options)),
            Self::Speedscope => Box::new(Speedscope::new(out, about.program, options)),
            Self::Counters => Box::new(Counters::new(out, about)),
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let mut formats = Self::ALL.into_iter();
        let format = formats.find(|format| format.name() == name);
        format.ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// The name of a format that doesn't exist.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownFormat(pub String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Format::ALL.map(Format::name).join(", ");
        write!(f, "unknown format {:?}; known formats: {known}", self.0)
    }
}

impl std::error::Error for UnknownFormat {}

/// A file that is compressed as it is written: the same bytes for the same content.
///
/// It has to be finished ([`GzEncoder::finish`]).
///
/// ```
/// use std::io::Write;
///
/// let mut file = litepool_export::gzip(Vec::new());
/// file.write_all(b"main;load 128\n")?;
/// assert!(file.finish()?.starts_with(&[0x1f, 0x8b]));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn gzip<W: Write>(out: W) -> GzEncoder<W> {
    GzEncoder::new(out, Compression::fast())
}

#[cfg(test)]
mod tests;
