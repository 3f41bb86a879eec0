//! Comma-separated values.

use std::io::Read;

use csv::{Position, ReaderBuilder, StringRecord, Trim};

use super::builder::{Builder, Circumstances};
use super::lines::{expected, number};
use super::{Format, Import};
use crate::error::{Fault, TraceError};
use crate::op::Site;

/// The columns, in the order of the constants below.
const NAMES: [&str; 7] = ["op", "id", "size", "align", "thread", "site", "time"];
const OP: usize = 0;
const ID: usize = 1;
const SIZE: usize = 2;
const ALIGN: usize = 3;
const THREAD: usize = 4;
const SITE: usize = 5;
const TIME: usize = 6;

const HEADER: &str =
    "column names out of op, id, size, align, thread, site, time, each once, among them op and id";

/// Whether a text is the name of the column that every such file must have.
pub(super) fn is_op_column(name: &str) -> bool {
    name.eq_ignore_ascii_case(NAMES[OP])
}

/// Reads such a text. An id may be any number, an address too, and may be used again after a free.
pub(super) fn import(input: impl Read) -> Result<Import, TraceError> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(input);
    let header = reader.headers().map_err(explain)?;
    let columns = columns(header).ok_or_else(|| expected(1, HEADER, &joined(header)))?;
    let mut builder = Builder::new(Format::Csv);
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(explain)? {
        let line = record.position().map_or(0, Position::line);
        perform(
            &mut builder,
            &Row {
                record: &record,
                columns: &columns,
            },
        )
        .map_err(|flaw| match flaw {
            Flaw::Expected(what, found) => expected(line, what, &found),
            Flaw::Fault(fault) => TraceError::LineFault { line, fault },
        })?;
    }
    Ok(builder.finish(false))
}

/// Where each column is. `None` if the header is not as [`HEADER`] says.
fn columns(header: &StringRecord) -> Option<[Option<usize>; NAMES.len()]> {
    let mut columns = [None; NAMES.len()];
    for (place, name) in header.iter().enumerate() {
        let name = name.trim_start_matches('\u{feff}');
        let column = NAMES
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))?;
        if columns[column].replace(place).is_some() {
            return None;
        }
    }
    columns[OP].and(columns[ID]).map(|_| columns)
}

enum Flaw {
    Expected(&'static str, String),
    Fault(Fault),
}

impl From<Fault> for Flaw {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

struct Row<'a> {
    record: &'a StringRecord,
    columns: &'a [Option<usize>; NAMES.len()],
}

impl Row<'_> {
    /// The text in a column; empty if there is none.
    fn text(&self, column: usize) -> &str {
        self.columns[column]
            .and_then(|place| self.record.get(place))
            .unwrap_or_default()
    }

    /// The number in a column, or `None` if there is none.
    fn number(&self, column: usize, what: &'static str) -> Result<Option<u64>, Flaw> {
        match self.text(column) {
            "" => Ok(None),
            text => number(text)
                .map(Some)
                .ok_or_else(|| Flaw::Expected(what, text.to_owned())),
        }
    }

    fn demand(&self, column: usize, what: &'static str) -> Result<u64, Flaw> {
        self.number(column, what)?
            .ok_or_else(|| Flaw::Expected(what, joined(self.record)))
    }

    fn circumstances(&self, builder: &mut Builder) -> Result<Circumstances, Flaw> {
        let site = match self.text(SITE) {
            "" => 0,
            text => builder.site(site(text).ok_or_else(|| {
                Flaw::Expected(
                    "a call site as MODULE+0xOFFSET or as an address",
                    text.to_owned(),
                )
            })?)?,
        };
        Ok(Circumstances {
            thread: self.number(THREAD, "a number for the thread")?.unwrap_or(0),
            site,
            time: self
                .number(TIME, "a time in microseconds")?
                .unwrap_or(builder.time()),
        })
    }
}

fn perform(builder: &mut Builder, row: &Row<'_>) -> Result<(), Flaw> {
    let at = row.circumstances(builder)?;
    let id = row.demand(ID, "an id, as a number")?;
    match row.text(OP) {
        "allocate" | "malloc" => {
            let size = row.demand(SIZE, "a size in bytes")?;
            let align = row.number(ALIGN, "an alignment in bytes")?.unwrap_or(0);
            builder.allocate(id, size, align, at)?;
        }
        "resize" | "realloc" => builder.resize(id, id, row.demand(SIZE, "a size in bytes")?, at)?,
        "free" => builder.free(id, at)?,
        other => {
            return Err(Flaw::Expected(
                "the operation allocate, resize or free",
                other.to_owned(),
            ));
        }
    }
    Ok(())
}

fn site(text: &str) -> Option<Site> {
    let (module, offset) = text.rsplit_once('+').unwrap_or(("", text));
    Some(Site {
        module: module.to_owned(),
        offset: number(offset)?,
    })
}

fn joined(record: &StringRecord) -> String {
    record.iter().collect::<Vec<_>>().join(",")
}

fn explain(error: csv::Error) -> TraceError {
    let (line, offset) = error
        .position()
        .map_or((1, 0), |position| (position.line(), position.byte()));
    match error.into_kind() {
        csv::ErrorKind::Io(source) => TraceError::Io { offset, source },
        csv::ErrorKind::Utf8 { .. } => expected(line, "text in UTF-8", "other bytes"),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => expected(
            line,
            "as many fields as column names",
            &format!("{len} instead of {expected_len}"),
        ),
        other => expected(line, "comma-separated values", &format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests;
