//! `litepool leaks`: which blocks are leaks, and how sure that is.

mod facts;
mod find;
mod text;
mod why;

use anyhow::Result;
use litepool_snapshot::LeakVerdict;
use serde::Serialize;

use crate::args::{LeakBy, Leaks};
use crate::output::{print, print_json};
use crate::snapshot::OriginFacts;
use crate::{NO, YES};

use facts::LeakFacts;
use find::Found;
pub(crate) use find::reachability;
use why::Why;

/// How many leaks are shown as text.
const MOST: usize = 10;

/// The report. Sizes in bytes.
#[derive(Serialize, Debug)]
struct Report {
    origin: OriginFacts,
    /// Blocks and bytes that are there, and match.
    blocks: u64,
    bytes: u64,
    /// Operations that the recording lost at its end.
    lost: Option<u64>,
    /// How often it lost some before.
    gaps: u64,
    /// Whether so much was lost in them that growth can't be judged.
    is_growth_hidden: bool,
    /// Rows in all, of which so many are listed.
    found: u64,
    leaks: Vec<LeakFacts>,
    /// What makes the answer less than sure, what could not be named, and why.
    notes: Vec<String>,
}

/// Prints the report.
///
/// # Errors
/// There is no snapshot, or standard output can't be written.
pub(crate) fn run(args: &Leaks) -> Result<u8> {
    let mut found = find::leaks(&args.input)?;
    if let Some(address) = args.why {
        let why = Why::new(&mut found, address)?;
        if args.json {
            print_json(&why)?;
        } else {
            print(&why.text())?;
        }
        return Ok(if why.is_leak() { NO } else { YES });
    }
    let report = Report::new(found, args);
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text())?;
    }
    // The surest are listed first.
    let is_sure = report.leaks.first().is_some_and(|leak| leak.is_sure);
    Ok(if is_sure { NO } else { YES })
}

impl Report {
    fn new(mut found: Found, args: &Leaks) -> Self {
        let (leaks, naming) = (&found.leaks, &mut found.naming);
        let groups = leaks.grouped(|block| {
            if !args.filter.matches(&leaks.snapshot, naming, block) {
                return None;
            }
            Some(match args.by {
                LeakBy::Stack => (block.stack, None),
                LeakBy::Site => {
                    let stack = naming.stack(&leaks.snapshot.interned, block.stack);
                    (0, stack.site().cloned())
                }
            })
        });
        let most = match (args.top, args.json) {
            (Some(0), _) | (None, true) => usize::MAX,
            (top, _) => top.unwrap_or(MOST),
        };
        let bytes = groups.iter().map(|leak| leak.bytes);
        Self {
            origin: OriginFacts::new(&found.leaks.snapshot),
            blocks: groups.iter().map(|leak| leak.blocks.len() as u64).sum(),
            bytes: bytes.fold(0, u64::saturating_add),
            lost: found.lost,
            gaps: found.leaks.gaps,
            is_growth_hidden: found.leaks.is_growth_hidden,
            found: groups.len() as u64,
            leaks: groups
                .iter()
                .take(most)
                .map(|leak| LeakFacts::new(leak, &mut found))
                .collect(),
            notes: found
                .remarks
                .iter()
                .cloned()
                .chain(found.naming.notes())
                .collect(),
        }
    }
}

/// What leads to a block, with the doubt that there is.
pub(crate) fn path_text(path: &str, left_over: bool) -> String {
    let doubt = if left_over {
        " (perhaps left over)"
    } else {
        ""
    };
    format!("{path}{doubt}")
}

/// A verdict in two words at most.
fn in_words(verdict: LeakVerdict) -> &'static str {
    match verdict {
        LeakVerdict::NotFreed => "not freed",
        LeakVerdict::Flat => "flat",
        LeakVerdict::Creeping => "creeping",
        LeakVerdict::TaskGone => "task gone",
        LeakVerdict::Growing => "growing",
        LeakVerdict::Unreachable => "unreachable",
    }
}
