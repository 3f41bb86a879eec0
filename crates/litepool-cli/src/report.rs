//! `litepool report`: one page that shows a heap, of a trace, a dump, or two of them.
//!
//! - `trace.rs`: a trace is replayed, and what is kept of it named; `replayed.rs`: the replay itself
//! - `failure.rs`, `leaks.rs`: why a request failed, and what was not freed
//! - `names.rs`: names for what a trace or a dump mentions by number

mod failure;
mod leaks;
mod names;
mod replayed;
mod trace;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use litepool_report::model::Page;

use crate::YES;
use crate::args::Report;
use crate::output::write_file;

/// Writes the page.
///
/// # Errors
/// The input can't be read, or the page can't be written.
pub(crate) fn run(args: &Report) -> Result<u8> {
    let html = page(args)?;
    if args.output.as_os_str() == "-" {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(&html).and_then(|()| out.flush());
        written.context("cannot write to standard output")?;
    } else {
        write_file(&args.output, &html)?;
    }
    Ok(YES)
}

/// Bytes that a page has at most.
const LARGEST: usize = 9_500_000;

/// The page, with less detail where it would be too large.
fn page(args: &Report) -> Result<Vec<u8>> {
    let mut thrift = 1;
    loop {
        let mut report = litepool_report::Report {
            page: Page {
                generator: format!("litepool {}", env!("CARGO_PKG_VERSION")),
                ..Page::default()
            },
            ..litepool_report::Report::default()
        };
        for file in &args.files {
            let source = trace::source(Path::new(file), args, thrift, &mut report.blob)?;
            report.page.sources.push(source);
        }
        let html = report.html().context("cannot make the page")?;
        if html.len() <= LARGEST || thrift == 64 {
            return Ok(html);
        }
        thrift *= 2;
    }
}
