//! The file with the figures to compare with: text that is written here, read in reviews, and
//! compared by tools that know lines.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};

use super::document::{Document, Keys, Value};
use super::figures::{Figure, Unit};
use super::measure::{Conditions, Measured};

#[cfg(test)]
mod tests;

/// The version of the format.
const VERSION: u64 = 1;

/// The figures of all traces, by the names of these.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Baseline {
    pub(super) traces: BTreeMap<String, Entry>,
}

/// The figures of a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) conditions: Conditions,
    pub(super) figures: BTreeMap<Figure, u64>,
    /// The most bytes that each task or thread held.
    pub(super) tasks: BTreeMap<String, u64>,
    /// Bytes of each call site at the live peak; those that had none are left out.
    pub(super) at_peak: BTreeMap<String, u64>,
    /// Bytes of each call site that were not freed, likewise.
    pub(super) never_freed: BTreeMap<String, u64>,
}

impl Entry {
    pub(super) fn new(measured: &Measured) -> Self {
        let sites = |bytes: fn(&super::holders::Held) -> u64| {
            let sites = measured.held.sites.iter();
            let sites = sites.map(|(name, site)| (name.clone(), bytes(&site.held)));
            sites.filter(|(_, bytes)| *bytes > 0).collect()
        };
        let tasks = measured.held.tasks.iter();
        Self {
            conditions: measured.conditions.clone(),
            figures: measured.figures.clone(),
            tasks: tasks
                .map(|(name, held)| (name.clone(), held.most))
                .collect(),
            at_peak: sites(|held| held.at_peak),
            never_freed: sites(|held| held.at_end),
        }
    }

    fn read(mut keys: Keys<'_>) -> Result<Self> {
        let bytes = |value: Value<'_>| value.number();
        let text = |value: Value<'_>| value.text().map(str::to_owned);
        let conditions = Conditions {
            word: u32::try_from(keys.need("word", "32")?.number()?).unwrap_or(u32::MAX),
            configuration: text(keys.need("configuration", "\"tlsf\"")?)?,
            max_size: keys.take("max-size").map(bytes).transpose()?,
            base_modulo: keys.take("base-modulo").map(bytes).transpose()?,
            pool: keys.take("pool").map(bytes).transpose()?,
        };
        let mut figures = BTreeMap::new();
        for figure in Figure::ALL {
            if let Some(value) = keys.take(figure.key()) {
                let unit = figure.unit();
                let value = value.parsed("a figure", |text| unit.parse(text))?;
                figures.insert(figure, value);
            }
        }
        let entry = Self {
            conditions,
            figures,
            tasks: named(keys.take("tasks"))?,
            at_peak: named(keys.take("sites-at-peak"))?,
            never_freed: named(keys.take("sites-never-freed"))?,
        };
        keys.finish()?;
        Ok(entry)
    }

    fn write(&self, name: &str, text: &mut String) {
        let name = key(name);
        let conditions = &self.conditions;
        line(text, format_args!("\n[trace.{name}]"));
        line(text, format_args!("word = {}", conditions.word));
        line(
            text,
            format_args!("configuration = {}", quoted(&conditions.configuration)),
        );
        let optional = [
            ("max-size", conditions.max_size),
            ("base-modulo", conditions.base_modulo),
            ("pool", conditions.pool),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                line(text, format_args!("{key} = {value}"));
            }
        }
        for (figure, value) in &self.figures {
            let value = match figure.unit() {
                Unit::Bytes => value.to_string(),
                Unit::Percent => quoted(&format!("{}.{:02}%", value / 100, value % 100)),
            };
            line(text, format_args!("{} = {value}", figure.key()));
        }
        let tables = [
            ("tasks", &self.tasks),
            ("sites-at-peak", &self.at_peak),
            ("sites-never-freed", &self.never_freed),
        ];
        for (table, rows) in tables {
            if rows.is_empty() {
                continue;
            }
            line(text, format_args!("\n[trace.{name}.{table}]"));
            for (name, bytes) in rows {
                line(text, format_args!("{} = {bytes}", key(name)));
            }
        }
    }
}

impl Baseline {
    /// Reads the file. `None` if there is none.
    ///
    /// # Errors
    /// It is no baseline, or that of another version.
    pub(super) fn open(path: &Path) -> Result<Option<Self>> {
        Document::open(path)?
            .map(|document| Self::read(&document, false))
            .transpose()
    }

    /// Reads the file that is going to be replaced. Without one, and of another version: there is
    /// nothing in it.
    ///
    /// # Errors
    /// There is a file, and it is no baseline.
    pub(super) fn open_to_replace(path: &Path) -> Result<Self> {
        let Some(document) = Document::open(path)? else {
            return Ok(Self::default());
        };
        Self::read(&document, true).with_context(|| {
            let path = path.display();
            format!("{path} is not replaced, for it is no baseline; if it was one, remove it")
        })
    }

    fn read(document: &Document, any_version: bool) -> Result<Self> {
        let mut keys = document.keys()?;
        let version = keys.need("version", "1")?;
        if version.number()? != VERSION {
            if any_version {
                return Ok(Self::default());
            }
            return Err(version.error(format_args!(
                "this litepool reads version {VERSION}: write the baseline again, with --update"
            )));
        }
        let mut traces = BTreeMap::new();
        if let Some(value) = keys.take("trace") {
            for (name, value) in value.table()?.rest() {
                traces.insert(name, Entry::read(value.table()?)?);
            }
        }
        keys.finish()?;
        Ok(Self { traces })
    }

    /// The text of the file: the same figures give the same text. `settings` is the file that it is
    /// the baseline of.
    pub(super) fn text(&self, settings: &str) -> String {
        let mut text = format!(
            "# What the traces of {settings} took when this was written:\n\
             # litepool budget {settings} --update. Sizes in bytes.\n\
             version = {VERSION}\n",
        );
        for (name, entry) in &self.traces {
            entry.write(name, &mut text);
        }
        text
    }
}

/// The bytes of each name in a table.
fn named(table: Option<Value<'_>>) -> Result<BTreeMap<String, u64>> {
    let Some(table) = table else {
        return Ok(BTreeMap::new());
    };
    let rows = table.table()?.rest().into_iter();
    rows.map(|(name, value)| Ok((name, value.number()?)))
        .collect()
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string can't fail.
    let _ = writeln!(text, "{line}");
}

/// A key as TOML has it: bare, or in quotes.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.is_empty() && name.chars().all(is_bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted += "\\n",
            '\t' => quoted += "\\t",
            '\0'..' ' | '\u{7f}' => quoted += &format!("\\u{:04X}", u32::from(c)),
            _ => quoted.push(c),
        }
    }
    quoted + "\""
}
