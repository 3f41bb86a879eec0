//! Which work there is.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use litepool_trace::WordSize;

use super::{Origin, Workload};
use crate::churn::Churn;

/// The directory, in that of the traces, with those that nothing was tuned on.
const UNTUNED: &str = "untuned";

/// The recorded traces in the order of their names, those that nothing was tuned on, the synthetic work. Of all these, those
/// whose names contain one of `parts`, if there are any.
///
/// # Errors
/// A trace can't be read, or none is named so.
pub fn collect(traces: &Path, parts: &[String]) -> Result<Vec<Workload>> {
    let mut works = Vec::new();
    if traces.is_dir() {
        works.extend(recorded(traces, Origin::Recorded)?);
        let untuned = traces.join(UNTUNED);
        if untuned.is_dir() {
            works.extend(recorded(&untuned, Origin::Untuned)?);
        }
    } else {
        eprintln!(
            "{}: no such directory, so synthetic work only",
            traces.display()
        );
    }
    for (name, churn) in [("churn-small", Churn::SMALL), ("churn-wide", Churn::WIDE)] {
        works.push(Workload::new(
            name,
            Origin::Synthetic,
            WordSize::Bits64,
            &churn.script(),
        )?);
    }
    works.retain(|work| {
        parts.is_empty() || parts.iter().any(|part| work.name().contains(part.as_str()))
    });
    ensure!(!works.is_empty(), "no trace is named so");
    Ok(works)
}

/// The traces of a directory, in the order of their names.
fn recorded(directory: &Path, origin: Origin) -> Result<Vec<Workload>> {
    let entries = fs::read_dir(directory).with_context(|| directory.display().to_string())?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "lpt"));
    paths.sort();
    paths
        .iter()
        .map(|path| Workload::read(path, origin))
        .collect()
}

#[cfg(test)]
mod tests;
