//! `litepool dump`: what the memory of a device says of its pools.
//!
//! - `facts.rs`: everything that is told; `configuration.rs`, `owners.rs`, `sites.rs`,
//!   `verdict.rs`: parts of it
//! - `text.rs`: the same for people; `map.rs`, `hex.rs`: pictures of memory; `style.rs`: colours

mod configuration;
mod facts;
mod hex;
mod map;
mod owners;
mod sites;
mod style;
mod text;
mod verdict;

use anyhow::Result;

use crate::args::Dump;
use crate::naming::Naming;
use crate::output::{print, print_json};
use crate::snapshot::{name_tasks, open_dump};
use crate::{NO, YES};

use facts::Report;
use style::Style;

/// Prints the report.
///
/// # Errors
/// The files can't be read, no pool is found, or standard output can't be written.
pub(crate) fn run(args: &Dump) -> Result<u8> {
    let mut snapshot = open_dump(&args.files, args.elf.as_deref())?;
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
