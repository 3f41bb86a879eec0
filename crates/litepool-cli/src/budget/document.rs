//! Reading TOML: each key is taken out of its table, and one that is left over is unknown. Errors
//! name file and line.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Error, Result, bail};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

#[cfg(test)]
mod tests;

/// The largest file that is read: a baseline takes some 60 bytes for each call site.
const LARGEST: u64 = 64 << 20;

/// The text of a file.
pub(super) struct Document {
    name: String,
    text: String,
}

impl Document {
    /// Reads a file. `None` if there is none.
    ///
    /// # Errors
    /// It can't be read, is too large, or is no text.
    pub(super) fn open(path: &Path) -> Result<Option<Self>> {
        let name = path.display().to_string();
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.with_context(|| format!("cannot read {name}"))?,
        };
        let mut bytes = Vec::new();
        let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
        read.with_context(|| format!("cannot read {name}"))?;
        if bytes.len() as u64 > LARGEST {
            bail!("{name} is no file of this command: it has more than 64 MiB");
        }
        let text = String::from_utf8(bytes);
        let text = text.ok().with_context(|| {
            format!("{name} is not text in UTF-8: a TOML file is expected here")
        })?;
        Ok(Some(Self::new(name, text)))
    }

    pub(super) fn new(name: String, text: String) -> Self {
        Self { name, text }
    }

    /// The keys of the whole.
    ///
    /// # Errors
    /// It is not TOML.
    pub(super) fn keys(&self) -> Result<Keys<'_>> {
        let table = DeTable::parse(&self.text).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            self.error(&at, format_args!("this is not TOML: {}", error.message()))
        })?;
        let at = table.span();
        Ok(Keys::new(self, String::new(), at, table.into_inner()))
    }

    /// An error at a place of the text.
    fn error(&self, at: &Range<usize>, what: impl Display) -> Error {
        Error::msg(format!("{}:{}: {what}", self.name, self.line(at)))
    }

    /// The number of a place's line, from 1.
    fn line(&self, at: &Range<usize>) -> u32 {
        let before = self.text.as_bytes().get(..at.start).unwrap_or_default();
        let lines = before.iter().filter(|&&byte| byte == b'\n').count();
        u32::try_from(lines).map_or(u32::MAX, |lines| lines.saturating_add(1))
    }
}

/// The keys of a table.
pub(super) struct Keys<'d> {
    document: &'d Document,
    /// What the table is called; empty: the whole.
    name: String,
    at: Range<usize>,
    table: DeTable<'d>,
    /// The keys that were asked for.
    known: Vec<&'static str>,
}

impl<'d> Keys<'d> {
    fn new(document: &'d Document, name: String, at: Range<usize>, table: DeTable<'d>) -> Self {
        Self {
            document,
            name,
            at,
            table,
            known: Vec::new(),
        }
    }

    /// The value of this key, if it is there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'d>> {
        self.known.push(key);
        let (found, value) = self.table.remove_entry(key)?;
        Some(self.value(&found, value))
    }

    /// The value of this key.
    ///
    /// # Errors
    /// It is not there.
    pub(super) fn need(&mut self, key: &'static str, example: &str) -> Result<Value<'d>> {
        let missing = format!(
            "`{key}` is missing{}: {key} = {example}",
            self.within(" in ")
        );
        let value = self.take(key);
        value.ok_or_else(|| self.error(missing))
    }

    /// All that were not taken, by whatever names they have, in the order of these.
    pub(super) fn rest(mut self) -> Vec<(String, Value<'d>)> {
        let table = std::mem::take(&mut self.table).into_iter();
        let named = |(key, value): (Spanned<DeString<'d>>, _)| {
            (key.get_ref().to_string(), self.value(&key, value))
        };
        table.map(named).collect()
    }

    /// Nothing else may be there.
    ///
    /// # Errors
    /// There is a key that was not asked for. The error names the one that was probably meant.
    pub(super) fn finish(&self) -> Result<()> {
        let Some((key, _)) = self.table.iter().next() else {
            return Ok(());
        };
        let unknown = key.get_ref();
        let meant = match nearest(unknown, self.known.iter().copied()) {
            Some(meant) => format!("; did you mean `{meant}`?"),
            None => format!("; there are: {}", self.known.join(", ")),
        };
        let what = format!("`{unknown}` is no key{}{meant}", self.within(" of "));
        Err(self.document.error(&key.span(), what))
    }

    /// An error about the table.
    pub(super) fn error(&self, what: impl Display) -> Error {
        self.document.error(&self.at, what)
    }

    /// The number of the table's line, from 1.
    pub(super) fn line(&self) -> u32 {
        self.document.line(&self.at)
    }

    fn within(&self, preposition: &str) -> String {
        if self.name.is_empty() {
            String::new()
        } else {
            format!("{preposition}[{}]", self.name)
        }
    }

    fn value(&self, key: &Spanned<DeString<'d>>, value: Spanned<DeValue<'d>>) -> Value<'d> {
        let separator = if self.name.is_empty() { "" } else { "." };
        Value {
            document: self.document,
            name: format!("{}{separator}{}", self.name, key.get_ref()),
            at: key.span(),
            value: value.into_inner(),
        }
    }
}

/// The value of a key.
pub(super) struct Value<'d> {
    document: &'d Document,
    /// The key, with the tables that it is in.
    name: String,
    at: Range<usize>,
    value: DeValue<'d>,
}

impl<'d> Value<'d> {
    /// The number of the key's line, from 1.
    pub(super) fn line(&self) -> u32 {
        self.document.line(&self.at)
    }

    /// An error about the value.
    pub(super) fn error(&self, what: impl Display) -> Error {
        let what = format!("{}: {what}", self.name);
        self.document.error(&self.at, what)
    }

    fn is_no(&self, what: &str) -> Error {
        let is = match &self.value {
            DeValue::String(text) => format!("`{text}`"),
            other @ (DeValue::Integer(_) | DeValue::Array(_)) => format!("an {}", other.type_str()),
            other => format!("a {}", other.type_str()),
        };
        self.error(format_args!("{is} is not {what}"))
    }

    /// A text.
    ///
    /// # Errors
    /// It is none, or an empty one.
    pub(super) fn text(&self) -> Result<&str> {
        match self.value.as_str() {
            Some("") => Err(self.error("an empty text means nothing here")),
            Some(text) => Ok(text),
            None => Err(self.is_no("a text in quotes")),
        }
    }

    /// One text, or a list of them.
    ///
    /// # Errors
    /// It is neither.
    pub(super) fn texts(&self) -> Result<Vec<String>> {
        let no_texts = || self.is_no("a text or a list of them");
        let texts = match &self.value {
            DeValue::Array(items) => items.iter().map(|item| item.get_ref().as_str()).collect(),
            one => vec![one.as_str()],
        };
        let owned = texts.into_iter().map(|text| text.map(str::to_owned));
        owned.collect::<Option<_>>().ok_or_else(no_texts)
    }

    /// A whole number.
    ///
    /// # Errors
    /// It is none, or negative.
    pub(super) fn number(&self) -> Result<u64> {
        let integer = self.value.as_integer();
        let digits =
            integer.and_then(|digits| u64::from_str_radix(digits.as_str(), digits.radix()).ok());
        digits.ok_or_else(|| self.is_no("a whole number"))
    }

    /// A number, or a text that `parse` understands.
    ///
    /// # Errors
    /// It is neither; of a text what `parse` says.
    pub(super) fn parsed<T>(
        &self,
        what: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T> {
        let number;
        let text = match &self.value {
            DeValue::String(text) => text,
            DeValue::Integer(_) => {
                number = self.number()?.to_string();
                number.as_str()
            }
            DeValue::Float(float) => float.as_str(),
            _ => return Err(self.is_no(what)),
        };
        parse(text).map_err(|error| self.error(error))
    }

    /// A table.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn table(self) -> Result<Keys<'d>> {
        let wrong = self.is_no("a table");
        match self.value {
            DeValue::Table(table) => Ok(Keys::new(self.document, self.name, self.at, table)),
            _ => Err(wrong),
        }
    }

    /// A list of tables.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn tables(self) -> Result<Vec<Keys<'d>>> {
        let wrong = self.is_no(&format!("a list of tables: write [[{}]]", self.name));
        let DeValue::Array(items) = self.value else {
            return Err(wrong);
        };
        let keys = items.into_iter().map(|item| {
            let at = item.span();
            match item.into_inner() {
                DeValue::Table(table) => {
                    Some(Keys::new(self.document, self.name.clone(), at, table))
                }
                _ => None,
            }
        });
        keys.collect::<Option<_>>().ok_or(wrong)
    }
}

/// The name that is most like `name`, if one is like it: most likely it was meant.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    /// As clap has it for its options.
    const LIKE: f64 = 0.7;
    let likeness = names.map(|other| (strsim::jaro(name, other), other));
    let like = likeness.filter(|&(likeness, _)| likeness > LIKE);
    like.max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}
