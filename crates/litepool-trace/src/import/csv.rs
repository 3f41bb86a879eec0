//! Comma-separated values.

use csv_core::ReadRecordResult;

use super::builder::{Builder, Circumstances};
use super::lines::{expected, number};
use super::names::{Site, Thread};
use super::{Steps, Text};
use crate::error::{Fault, TraceError};

/// The columns, in the order of the constants below.
const NAMES: [&str; 8] = [
    "op", "id", "size", "align", "thread", "site", "time", "pool",
];
const OP: usize = 0;
const ID: usize = 1;
const SIZE: usize = 2;
const ALIGN: usize = 3;
const THREAD: usize = 4;
const SITE: usize = 5;
const TIME: usize = 6;
const POOL: usize = 7;

const HEADER: &str = "column names out of op, id, size, align, thread, site, time, pool, each once, among them op and id";

/// Whether a text is the name of the column that every such file must have.
pub(super) fn is_op_column(name: &str) -> bool {
    name.eq_ignore_ascii_case(NAMES[OP])
}

/// Such a text. An id may be any number, an address too, and may be used again after a free.
#[derive(Default)]
pub(super) struct Csv {
    record: Record,
    /// Where each column is, once the header was read.
    columns: Option<Columns>,
}

#[derive(Clone, Copy)]
struct Columns {
    places: [Option<usize>; NAMES.len()],
    /// How many there are.
    count: usize,
}

impl Steps for Csv {
    fn step(&mut self, lines: &mut Text<'_>, builder: &mut Builder) -> Result<bool, TraceError> {
        let Self { record, columns } = self;
        let Some(line) = lines.next()? else {
            return match columns {
                Some(_) => Ok(false),
                None => Err(expected(1, HEADER, "the end of the file")),
            };
        };
        record.read(line);
        if !lines.is_utf8() {
            return Err(expected(lines.number(), "text in UTF-8", "other bytes"));
        }
        let Some(columns) = columns else {
            *columns = Some(header(record).ok_or_else(|| lines.expected(HEADER))?);
            return Ok(true);
        };
        if record.len() != columns.count {
            let found = format!("{} instead of {}", record.len(), columns.count);
            let what = "as many fields as column names";
            return Err(expected(lines.number(), what, &found));
        }
        builder.at_line(lines.number());
        perform(builder, &Row { record, columns }).map_err(|flaw| match flaw {
            Flaw::Expected(what, found) => expected(lines.number(), what, &found),
            Flaw::Fault(fault) => lines.fault(fault),
        })?;
        Ok(true)
    }
}

/// The fields of a line, without quotes and the blanks around them.
struct Record {
    /// Making one takes ten times as long as reading a line.
    reader: csv_core::Reader,
    text: String,
    /// Where each field ends.
    ends: Vec<usize>,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            // What is made otherwise can read nothing.
            reader: csv_core::Reader::new(),
            text: String::new(),
            ends: Vec::new(),
        }
    }
}

impl Record {
    /// Takes a line apart.
    fn read(&mut self, line: &str) {
        let reader = &mut self.reader;
        reader.reset();
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.resize(line.len(), 0);
        // A field for each comma, one more, and room to say that the record is complete.
        self.ends.clear();
        self.ends.resize(line.len() + 2, 0);
        let (result, _, written, ends) =
            reader.read_record(line.as_bytes(), &mut bytes, &mut self.ends);
        let (mut written, mut ends) = (written, ends);
        if result == ReadRecordResult::InputEmpty {
            let (_, _, more, last) =
                reader.read_record(&[], &mut bytes[written..], &mut self.ends[ends..]);
            (written, ends) = (written + more, ends + last);
        }
        bytes.truncate(written);
        self.ends.truncate(ends);
        self.text = String::from_utf8_lossy(&bytes).into_owned();
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, index: usize) -> Option<&str> {
        let to = *self.ends.get(index)?;
        let from = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(from..to).map(str::trim)
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

/// Where each column is. `None` if the header is not as [`HEADER`] says.
fn header(record: &Record) -> Option<Columns> {
    let mut places = [None; NAMES.len()];
    for (place, name) in record.fields().enumerate() {
        let column = NAMES
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))?;
        if places[column].replace(place).is_some() {
            return None;
        }
    }
    let count = record.len();
    places[OP]
        .and(places[ID])
        .map(|_| Columns { places, count })
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
    record: &'a Record,
    columns: &'a Columns,
}

impl Row<'_> {
    /// The text in a column; empty if there is none.
    fn text(&self, column: usize) -> &str {
        self.columns.places[column]
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

    fn circumstances(&self, builder: &mut Builder) -> Result<Circumstances<'_>, Flaw> {
        let thread = match self.text(THREAD) {
            "" => Thread::default(),
            text => number(text).map_or(Thread::Name(text), Thread::Number),
        };
        let stack = match self.text(SITE) {
            "" => 0,
            text => builder.stack(&sites(text).ok_or_else(|| {
                Flaw::Expected(
                    "a call site as MODULE+0xOFFSET or as an address, and perhaps its callers behind `;`",
                    text.to_owned(),
                )
            })?)?,
        };
        let pool = builder.pool(self.text(POOL))?;
        Ok(Circumstances {
            thread,
            stack,
            pool,
            time: self
                .number(TIME, "a time in microseconds")?
                .unwrap_or(builder.time()),
        })
    }
}

fn perform(builder: &mut Builder, row: &Row<'_>) -> Result<(), Flaw> {
    let at = row.circumstances(builder)?;
    let id = || row.demand(ID, "an id, as a number");
    let size = || row.demand(SIZE, "a size in bytes");
    let align = || Ok::<_, Flaw>(row.number(ALIGN, "an alignment in bytes")?.unwrap_or(0));
    match row.text(OP) {
        "allocate" | "malloc" => builder.allocate(id()?, size()?, align()?, at)?,
        "resize" | "realloc" => {
            let id = id()?;
            builder.resize(id, id, size()?, at)?;
        }
        "free" => builder.free(id()?, at)?,
        "refused" => {
            let resized = row.number(ID, "an id, as a number, or nothing")?;
            builder.refused(size()?, align()?, resized, at)?;
        }
        other => {
            return Err(Flaw::Expected(
                "the operation allocate, resize, free or refused",
                other.to_owned(),
            ));
        }
    }
    Ok(())
}

/// The places of a call stack, the innermost first.
fn sites(text: &str) -> Option<Vec<Site>> {
    text.split(';').map(|text| site(text.trim())).collect()
}

fn site(text: &str) -> Option<Site> {
    let (module, offset) = text.rsplit_once('+').unwrap_or(("", text));
    Some(Site {
        module: module.to_owned(),
        offset: number(offset)?,
        locations: Vec::new(),
    })
}

fn joined(record: &Record) -> String {
    record.fields().collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
