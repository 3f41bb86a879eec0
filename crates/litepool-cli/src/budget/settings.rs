//! `litepool.toml`: which traces, and what they may take.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use litepool_replay::configurations;
use litepool_trace::{Format, WordSize};

use super::document::{Document, Keys, Value, nearest};
use super::figures::{Figure, Tolerance, Unit};
use crate::args::Word;
use crate::units::parse_size;

#[cfg(test)]
mod tests;

/// What `litepool.toml` says.
#[derive(Debug)]
pub(super) struct Settings {
    /// The file with the figures to compare with.
    pub(super) baseline: Option<PathBuf>,
    /// Directories that the sources were compiled in, which stand for that of the repository.
    pub(super) sources: Vec<String>,
    /// The traces, in the order of the file: at least one, and no two of a name.
    pub(super) traces: Vec<TraceSettings>,
}

/// What it says of a trace.
#[derive(Clone, Debug)]
pub(super) struct TraceSettings {
    /// What it is called.
    pub(super) name: String,
    /// The number of its line, from 1.
    pub(super) line: u32,
    /// The trace, from the current directory.
    pub(super) file: PathBuf,
    /// How it is measured, and what it may take.
    pub(super) of: Common,
}

/// What can be said of each trace, or of all.
#[derive(Clone, Default, Debug)]
pub(super) struct Common {
    pub(super) format: Option<Format>,
    pub(super) elf: Option<PathBuf>,
    pub(super) word: Option<Word>,
    /// The name of a configuration.
    pub(super) configuration: Option<String>,
    pub(super) max_size: Option<u64>,
    pub(super) base_modulo: Option<u64>,
    /// The device's pool, in bytes.
    pub(super) pool: Option<Limit>,
    pub(super) limits: BTreeMap<Figure, Limit>,
    /// The most bytes that a task or thread may hold, by its name.
    pub(super) tasks: BTreeMap<String, Limit>,
    /// The most bytes that a call site may hold, by its function, or its function and file.
    pub(super) sites: BTreeMap<String, Limit>,
    pub(super) tolerance: BTreeMap<Figure, Tolerance>,
}

/// A value, and the number of its line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Limit {
    pub(super) most: u64,
    pub(super) line: u32,
}

impl Settings {
    /// Reads the file. What it names is found from its directory.
    ///
    /// # Errors
    /// There is none, or something in it means nothing. The error says where.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let document = Document::open(path)?.with_context(|| {
            format!(
                "there is no {}: name the file that lists the traces and their limits (docs/budget.md \
                 has one to begin with)",
                path.display()
            )
        })?;
        let directory = path.parent().unwrap_or(Path::new(""));
        Self::read(&document, directory)
    }

    fn read(document: &Document, directory: &Path) -> Result<Self> {
        let mut keys = document.keys()?;
        let in_directory = |value: Value<'_>| anyhow::Ok(directory.join(value.text()?));
        let baseline = keys.take("baseline").map(in_directory).transpose()?;
        let sources = keys.take("sources").map(|value| value.texts());
        let defaults = match keys.take("defaults") {
            None => Common::default(),
            Some(value) => {
                let mut keys = value.table()?;
                let common = Common::read(&mut keys, directory)?;
                keys.finish()?;
                common
            }
        };
        let traces = match keys.take("trace") {
            Some(traces) => traces.tables()?,
            None => Vec::new(),
        };
        let mut settings = Self {
            baseline,
            sources: sources.transpose()?.unwrap_or_default(),
            traces: Vec::new(),
        };
        let is_empty = traces.is_empty();
        for keys in traces {
            let trace = TraceSettings::read(keys, &defaults, directory, &settings)?;
            settings.traces.push(trace);
        }
        if is_empty {
            // A misspelt one is more likely.
            let error = keys.error("no trace is listed: [[trace]] with file = \"traces/boot.lpt\"");
            return keys.finish().and(Err(error));
        }
        keys.finish()?;
        Ok(settings)
    }
}

impl TraceSettings {
    fn read(
        mut keys: Keys<'_>,
        defaults: &Common,
        directory: &Path,
        settings: &Settings,
    ) -> Result<Self> {
        let file = directory.join(keys.need("file", "\"traces/boot.lpt\"")?.text()?);
        let name = match keys.take("name") {
            Some(name) => name.text()?.to_owned(),
            None => {
                let stem = file.file_stem().unwrap_or(file.as_os_str());
                stem.to_string_lossy().into_owned()
            }
        };
        let of = Common::read(&mut keys, directory)?.or(defaults);
        keys.finish()?;
        if settings.traces.iter().any(|other| other.name == name) {
            return Err(keys.error(format_args!(
                "there is a trace `{name}` above: give one of them another name = \"…\""
            )));
        }
        if let Some(limit) = of.limits.get(&Figure::Fragmentation)
            && of.pool.is_none()
        {
            return Err(keys.error(format_args!(
                "fragmentation (line {}) is that in the device's pool: say its size, pool = \"64K\"",
                limit.line
            )));
        }
        let has_limits = !(of.limits.is_empty() && of.tasks.is_empty() && of.sites.is_empty());
        if settings.baseline.is_none() && !has_limits && of.pool.is_none() {
            return Err(keys.error(
                "nothing is to hold for this trace: give it [trace.limits], a pool, or all a baseline",
            ));
        }
        Ok(Self {
            name,
            line: keys.line(),
            file,
            of,
        })
    }
}

impl Common {
    fn read(keys: &mut Keys<'_>, directory: &Path) -> Result<Self> {
        let size = |value: Value<'_>| value.parsed("a size", parse_size);
        Ok(Self {
            format: keys
                .take("format")
                .map(|value| format(&value))
                .transpose()?,
            elf: match keys.take("elf") {
                Some(value) => Some(directory.join(value.text()?)),
                None => None,
            },
            word: keys.take("word").map(|value| word(&value)).transpose()?,
            configuration: keys
                .take("configuration")
                .map(|value| configuration(&value))
                .transpose()?,
            max_size: keys.take("max-size").map(size).transpose()?,
            base_modulo: keys.take("base-modulo").map(size).transpose()?,
            pool: keys
                .take("pool")
                .map(|value| limit(&value, Unit::Bytes))
                .transpose()?,
            tolerance: match keys.take("tolerance") {
                Some(value) => tolerances(value.table()?)?,
                None => BTreeMap::new(),
            },
            ..match keys.take("limits") {
                Some(value) => Self::read_limits(value.table()?)?,
                None => Self::default(),
            }
        })
    }

    fn read_limits(mut keys: Keys<'_>) -> Result<Self> {
        let mut common = Self::default();
        for figure in Figure::ALL {
            if let Some(value) = keys.take(figure.key()) {
                common.limits.insert(figure, limit(&value, figure.unit())?);
            }
        }
        for (key, limits) in [("tasks", &mut common.tasks), ("sites", &mut common.sites)] {
            let Some(value) = keys.take(key) else {
                continue;
            };
            for (name, value) in value.table()?.rest() {
                limits.insert(name, limit(&value, Unit::Bytes)?);
            }
        }
        keys.finish()?;
        Ok(common)
    }

    /// The name of the configuration.
    pub(super) fn configuration(&self) -> &str {
        self.configuration.as_deref().unwrap_or("tlsf")
    }

    /// What is said here; where nothing is, what `defaults` say. Limits are taken one by one.
    fn or(self, defaults: &Self) -> Self {
        fn both<K: Ord + Clone, V: Copy>(
            mine: BTreeMap<K, V>,
            all: &BTreeMap<K, V>,
        ) -> BTreeMap<K, V> {
            let mut both = all.clone();
            both.extend(mine);
            both
        }
        Self {
            format: self.format.or(defaults.format),
            elf: self.elf.or_else(|| defaults.elf.clone()),
            word: self.word.or(defaults.word),
            configuration: self
                .configuration
                .or_else(|| defaults.configuration.clone()),
            max_size: self.max_size.or(defaults.max_size),
            base_modulo: self.base_modulo.or(defaults.base_modulo),
            pool: self.pool.or(defaults.pool),
            limits: both(self.limits, &defaults.limits),
            tasks: both(self.tasks, &defaults.tasks),
            sites: both(self.sites, &defaults.sites),
            tolerance: both(self.tolerance, &defaults.tolerance),
        }
    }
}

fn limit(value: &Value<'_>, unit: Unit) -> Result<Limit> {
    let what = match unit {
        Unit::Bytes => "a size: 65536, \"64K\"",
        Unit::Percent => "a percentage: 25, \"12.5%\"",
    };
    Ok(Limit {
        most: value.parsed(what, |text| unit.parse(text))?,
        line: value.line(),
    })
}

fn tolerances(mut keys: Keys<'_>) -> Result<BTreeMap<Figure, Tolerance>> {
    let mut tolerances = BTreeMap::new();
    for figure in Figure::ALL {
        if let Some(value) = keys.take(figure.key()) {
            let parse = |text: &str| Tolerance::parse(figure.unit(), text);
            tolerances.insert(figure, value.parsed("a size or a percentage", parse)?);
        }
    }
    keys.finish()?;
    Ok(tolerances)
}

fn format(value: &Value<'_>) -> Result<Format> {
    let format = value.text()?.parse::<Format>();
    format.map_err(|error| value.error(error))
}

fn word(value: &Value<'_>) -> Result<Word> {
    match value.number()? {
        32 => Ok(Word::Bits32),
        64 => Ok(Word::Bits64),
        _ => Err(value.error("a device has words of 32 or of 64 bits")),
    }
}

fn configuration(value: &Value<'_>) -> Result<String> {
    let name = value.text()?;
    // Both word sizes have the same.
    let known: BTreeSet<&str> = configurations(WordSize::Bits32)
        .map(|known| known.name)
        .collect();
    if known.contains(name) {
        return Ok(name.to_owned());
    }
    let meant = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are: {}", Vec::from_iter(known).join(", ")),
    };
    Err(value.error(format_args!("no configuration is called `{name}`; {meant}")))
}
