//! `litepool import`: converts the text of another tool to a trace.

use std::fs;
use std::io::{self, IsTerminal};

use anyhow::{Context, Result, bail};
use litepool_trace::Trace;

use crate::YES;
use crate::args::Import;
use crate::configs::bits;
use crate::input;
use crate::units::{count, counted};

/// Converts, and says what came of it.
///
/// # Errors
/// The text can't be read, or the trace not written.
pub(crate) fn run(args: &Import) -> Result<u8> {
    let mut loaded = input::load(&args.from, args.format)?;
    let header = &mut loaded.trace.header;
    if let Some(word) = args.word {
        header.word = word.into();
    }
    if args.output.as_os_str() == "-" {
        to_standard_output(&loaded.trace)?;
        return Ok(YES);
    }
    loaded
        .trace
        .write(&args.output)
        .context("cannot write the trace")?;
    let length = fs::metadata(&args.output).map_or(0, |file| file.len());
    eprintln!(
        "Imported {}: {} of a {}-bit program.\nWrote {} ({} bytes).",
        loaded.name,
        counted(loaded.trace.events.len(), "operation"),
        bits(loaded.trace.header.word),
        args.output.display(),
        count(length)
    );
    Ok(YES)
}

fn to_standard_output(trace: &Trace) -> Result<()> {
    let out = io::stdout().lock();
    if out.is_terminal() {
        bail!(
            "a trace is not for a terminal; name a file, or pipe it: litepool import FROM -o - | litepool size -"
        );
    }
    trace
        .to_writer(out)
        .context("cannot write to standard output")
        .map(drop)
}
