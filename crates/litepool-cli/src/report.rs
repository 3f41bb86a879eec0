//! `litepool report`: one page that shows a heap, of a trace, a dump, or two of them.
//!
//! - `trace.rs`: a trace is replayed, and what is kept of it named; `replayed.rs`: the replay itself
//! - `dump.rs`: a dump, or a table that a device printed
//! - `diff.rs`, `divergence.rs`: two inputs compared
//! - `failure.rs`, `leaks.rs`: why a request failed, and what was not freed
//! - `pictures.rs`: timeline and map for documents, as SVG
//! - `names.rs`: names for what a trace or a dump mentions by number

mod diff;
mod divergence;
mod dump;
mod failure;
mod leaks;
mod names;
mod pictures;
mod replayed;
mod trace;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use litepool_report::Blob;
use litepool_report::model::Source;

use crate::YES;
use crate::args::Report;
use crate::output::{ensure_apart, print_bytes, write_file};
use crate::snapshot::{Kind, kind};
use dump::Dumped;
use trace::Traced;

/// Writes the page, the pictures, or both.
///
/// # Errors
/// The input can't be read, or the output can't be written.
pub(crate) fn run(args: &Report) -> Result<u8> {
    let inputs = inputs(args)?;
    if let Some(output) = &args.output {
        for input in &inputs {
            ensure_apart(output, input.paths()?.iter().map(PathBuf::as_path))?;
        }
        ensure_apart(output, args.elf.iter().map(PathBuf::as_path))?;
    }
    let mut opened = open(inputs, args)?;
    if let Some(output) = &args.output {
        let is_one = matches!(&args.config[..], [] | [_]) && args.config != ["all"];
        ensure!(
            is_one,
            "a page shows one configuration; --svg without -o shows several"
        );
        write_page(&page(&mut opened, args)?, output)?;
    }
    if let Some(directory) = &args.svg {
        pictures::write(&mut opened, args, directory)?;
    }
    Ok(YES)
}

fn write_page(html: &[u8], output: &Path) -> Result<()> {
    if output.as_os_str() == "-" {
        print_bytes(html)?;
    } else {
        write_file(output, html)?;
    }
    Ok(())
}

/// Bytes that a page has at most.
const LARGEST: usize = 9_500_000;
/// How often the detail is halved at most.
const LEAST_DETAIL: u32 = 64;

/// An input, as it was read.
enum Opened {
    Trace(Box<Traced>),
    Dump(Box<Dumped>),
}

impl Opened {
    fn open(input: Kind, elf: Option<&Path>, args: &Report) -> Result<Self> {
        Ok(match input {
            Kind::Trace(path) => Self::Trace(Box::new(Traced::open(&path, elf, args)?)),
            Kind::Dump(files) => Self::Dump(Box::new(Dumped::open(&files, elf, args)?)),
        })
    }

    fn source(&mut self, thrift: u32, blob: &mut Blob) -> Result<Source> {
        match self {
            Self::Trace(trace) => trace.source(thrift, blob),
            Self::Dump(dump) => dump.source(thrift, blob),
        }
    }
}

/// What the inputs are.
fn inputs(args: &Report) -> Result<Vec<Kind>> {
    let inputs = args.files.iter().map(|argument| input(argument, args));
    inputs.collect()
}

/// Reads the inputs.
fn open(inputs: Vec<Kind>, args: &Report) -> Result<Vec<Opened>> {
    let is_stdin = |input: &Kind| matches!(input, Kind::Trace(path) if path.as_os_str() == "-");
    if inputs.len() > 1 && inputs.iter().any(is_stdin) {
        bail!("of two inputs each is read more than once: give them as files");
    }
    let mut opened = Vec::new();
    for (index, input) in inputs.into_iter().enumerate() {
        // The last one that was given is that of the inputs to come.
        let elf = args.elf.get(index).or(args.elf.last());
        opened.push(Opened::open(input, elf.map(PathBuf::as_path), args)?);
    }
    Ok(opened)
}

/// The page, with less detail where it would be too large.
fn page(opened: &mut [Opened], args: &Report) -> Result<Vec<u8>> {
    let mut thrift = 1;
    loop {
        let mut report = litepool_report::Report::default();
        report.page.generator = format!("litepool {}", env!("CARGO_PKG_VERSION"));
        for input in &mut *opened {
            let source = input.source(thrift, &mut report.blob)?;
            report.page.sources.push(source);
        }
        report.page.diff = diff::diff(opened, args, &mut report.page.sources)?;
        let html = report.html().context("cannot make the page")?;
        if html.len() <= LARGEST || thrift == LEAST_DETAIL {
            return Ok(html);
        }
        thrift *= 2;
    }
}

/// What an argument means: a trace, or the files of a dump, separated by commas.
fn input(argument: &OsStr, args: &Report) -> Result<Kind> {
    if Path::new(argument).exists() {
        return kind(&[argument.to_owned()], args.format);
    }
    let files = argument.to_string_lossy();
    let files: Vec<OsString> = files.split(',').map(OsString::from).collect();
    kind(&files, args.format)
}
