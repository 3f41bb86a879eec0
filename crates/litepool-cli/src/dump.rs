//! `litepool dump`: what the memory of a device says of its pools.
//!
//! - `open.rs`: the files are read, and the pools found
//! - `facts.rs`: everything that is told; `configuration.rs`, `owners.rs`, `sites.rs`,
//!   `verdict.rs`: parts of it
//! - `text.rs`: the same for people; `map.rs`, `hex.rs`: pictures of memory; `style.rs`: colours

mod configuration;
mod facts;
mod hex;
mod map;
mod open;
mod owners;
mod sites;
mod style;
mod text;
mod verdict;

use anyhow::Result;

use crate::args::Dump;
use crate::naming::Naming;
use crate::output::{print, print_json};
use crate::snapshot::name_tasks;
use crate::{NO, YES};

use facts::Report;
pub(crate) use open::open;
use style::Style;

/// Prints the report.
///
/// # Errors
/// The files can't be read, no pool is found, or standard output can't be written.
pub(crate) fn run(args: &Dump) -> Result<u8> {
    let mut snapshot = open(&args.files, args.elf.as_deref())?;
    name_tasks(&mut snapshot, &args.tasks);
    let mut naming = Naming::new(&snapshot, args.elf.as_deref())?;
    let report = Report::new(&snapshot, &mut naming, args.request);
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text(&snapshot, args.sites, Style::of_output()))?;
    }
    Ok(if report.is_corrupt() { NO } else { YES })
}

/// The text wrapped behind `head`, its further lines below the first one's text.
fn hanging(head: &str, text: &str, width: usize) -> String {
    let columns = head.chars().count();
    let text = wrapped(text, width.saturating_sub(columns).max(20));
    let indent = format!("\n{}", " ".repeat(columns));
    format!("{head}{}\n", text.trim_end().replace('\n', &indent))
}

/// The text in lines of `width` columns at most, broken at blanks; with a line end.
fn wrapped(text: &str, width: usize) -> String {
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
