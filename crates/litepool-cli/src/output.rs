//! What all reports share: tables, lines, JSON, and getting them to standard output.

mod file;

use std::fmt::Display;
use std::io::{self, Write};

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use litepool_replay::bits;
use litepool_snapshot::is_printable;
use litepool_trace::{Header, Profile, WordSize};
use serde::Serialize;

use crate::units::{count, counted};
pub(crate) use file::{NewFile, append_file, ensure_apart, is_same_file, write_file};

/// Says something on standard error, on one line.
pub(crate) fn note(text: impl Display) {
    say(format_args!(
        "litepool: {}",
        one_line(&text.to_string(), 1000)
    ));
}

/// Says something on standard error, on lines of its own. Where nobody hears it, as on a terminal that is
/// gone or a disk that is full, the work goes on: `eprintln!` would end the command there.
pub(crate) fn say(text: impl Display) {
    let mut text = text.to_string();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    drop(io::stderr().lock().write_all(text.as_bytes()));
}

/// What every report says about its trace.
#[derive(Serialize, Clone, Debug)]
pub(crate) struct TraceFacts {
    /// Where it was read from.
    pub(crate) file: String,
    /// The recorded command line, or the imported file.
    pub(crate) program: String,
    /// Bits of the recorded program's word.
    pub(crate) word: u32,
    /// Operations in all.
    pub(crate) operations: u64,
    /// The most requested bytes that were live at a time.
    pub(crate) live_peak: u64,
}

impl TraceFacts {
    pub(crate) fn new(file: &str, header: &Header, profile: &Profile) -> Self {
        Self {
            file: file.to_owned(),
            program: header.program.clone(),
            word: bits(header.word),
            operations: profile.operations,
            live_peak: profile.peak_bytes,
        }
    }

    /// The report's first line.
    pub(crate) fn title(&self) -> String {
        let operations = counted(self.operations, "operation");
        format!(
            "{}: {operations}, live peak {} bytes",
            self.file,
            count(self.live_peak)
        )
    }
}

/// Bytes as a multiple of the live peak. `None` if nothing was ever live.
pub(crate) fn ratio(bytes: usize, live_peak: u64) -> Option<f64> {
    (live_peak > 0).then(|| bytes as f64 / live_peak as f64)
}

/// Such a ratio in a table.
pub(crate) fn ratio_text(ratio: Option<f64>) -> String {
    ratio.map_or("-".into(), |ratio| format!("{ratio:.3}"))
}

/// What to say of the objects' sizes when a trace is replayed for a device of this word size.
pub(crate) fn word_note(recorded: WordSize, device: WordSize) -> Option<String> {
    if recorded == device {
        return (device == WordSize::Bits32).then(|| {
            "Recorded with 32 bits: the objects have the sizes that they have on a device of\n\
             32 bits."
                .into()
        });
    }
    let effect = if device == WordSize::Bits32 {
        "smaller. For true sizes record the program built with -m32"
    } else {
        "larger"
    };
    Some(format!(
        "Recorded with {} bits, replayed with {}: headers, links and rounding are the\n\
         device's. The objects keep their recorded sizes; on the device those that hold\n\
         pointers would be {effect}.",
        bits(recorded),
        bits(device),
    ))
}

/// A table without lines: a head (none if all its cells are blank), then rows; the first column to the left, the
/// others to the right.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(head);
    for (index, column) in table.column_iter_mut().enumerate() {
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
        column.set_padding((if index == 0 { 2 } else { 1 }, 1));
    }
    table
}

/// Where the columns stand, from the first one on.
pub(crate) fn align(table: &mut Table, alignments: &[CellAlignment]) {
    for (column, alignment) in table.column_iter_mut().zip(alignments) {
        column.set_cell_alignment(*alignment);
    }
}

/// The table's lines, without the blanks behind them and a blank head.
pub(crate) fn lines(table: &Table) -> String {
    let lines = table.lines().map(|line| line.trim_end().to_owned() + "\n");
    lines.skip_while(|line| line == "\n").collect()
}

/// A text of a stranger on one line of a report: nothing but printable characters, clipped to `width` characters.
pub(crate) fn one_line(text: &str, width: usize) -> String {
    let mut characters = text.chars().map(|c| if is_printable(c) { c } else { ' ' });
    let mut line: String = characters.by_ref().take(width).collect();
    if characters.next().is_some() {
        line.pop();
        line.push('…');
    }
    line
}

/// The text wrapped behind `head`, its further lines below the first one's text.
pub(crate) fn hanging(head: &str, text: &str, width: usize) -> String {
    let columns = head.chars().count();
    let text = wrapped(text, width.saturating_sub(columns).max(20));
    let indent = format!("\n{}", " ".repeat(columns));
    format!("{head}{}\n", text.trim_end().replace('\n', &indent))
}

/// The text in lines of `width` columns at most, broken at blanks; with a line end.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::new();
    for line in text.split('\n') {
        let mut length = 0;
        for word in line.split(' ') {
            let columns = word.chars().count();
            if length > 0 && length + 1 + columns > width {
                lines.push('\n');
                length = 0;
            } else if length > 0 {
                lines.push(' ');
                length += 1;
            }
            lines += word;
            length += columns;
        }
        lines.push('\n');
    }
    lines
}

/// The last `most` characters of a name that is too long.
pub(crate) fn clipped(name: &str, most: usize) -> String {
    match name.chars().count().checked_sub(most) {
        None | Some(0) => name.to_owned(),
        Some(over) => std::iter::once('…')
            .chain(name.chars().skip(over + 1))
            .collect(),
    }
}

/// Prints a report. A reader that has seen enough (`| head`) is no error.
///
/// # Errors
/// Standard output can't be written.
pub(crate) fn print(report: &str) -> Result<()> {
    print_bytes(report.as_bytes())
}

/// Writes bytes to standard output. Whoever reads them may stop whenever it has enough.
///
/// # Errors
/// Standard output can't be written.
pub(crate) fn print_bytes(report: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(report).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// Prints a report as JSON.
///
/// # Errors
/// Standard output can't be written.
pub(crate) fn print_json(report: &impl Serialize) -> Result<()> {
    let mut text =
        serde_json::to_string_pretty(report).context("cannot make JSON of the report")?;
    text.push('\n');
    print(&text)
}
