//! Getting a trace from a file or from standard input.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context, Error, Result, bail};
use litepool_trace::{Format, Import, Trace, TraceError};

use crate::units::counted;

/// A trace, and what to call it in a report.
pub(crate) struct Loaded {
    pub(crate) name: String,
    pub(crate) trace: Trace,
}

/// Reads a trace of any format from `path`, or from standard input for `-`. What an importer had to leave out is
/// told on standard error.
///
/// # Errors
/// There is no trace. The error says what to do.
pub(crate) fn load(path: &Path, format: Option<Format>) -> Result<Loaded> {
    let (name, import) = if path.as_os_str() == "-" {
        (
            "standard input".to_owned(),
            Import::from_reader(io::stdin().lock(), format),
        )
    } else {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
        if file.metadata().is_ok_and(|file| file.is_dir()) {
            bail!(
                "{name} is a directory; give a trace file, such as `litepool record -o FILE` makes"
            );
        }
        (name, Import::from_reader(file, format))
    };
    let import = import.map_err(|error| advise(&name, error))?;
    for line in left_out(&import) {
        eprintln!("litepool: {name}: {line}");
    }
    let mut trace = import.trace;
    if trace.header.program.is_empty() {
        trace.header.program.clone_from(&name);
    }
    Ok(Loaded { name, trace })
}

/// The error, and what the user can do about it.
fn advise(name: &str, error: TraceError) -> Error {
    let advice = match error {
        TraceError::Io { .. } => return Error::new(error).context(format!("cannot read {name}")),
        TraceError::Version { .. } => {
            "record the program again, or use the litepool that wrote the file"
        }
        TraceError::Truncated { offset: 0, .. } => "the file is empty: did the recording fail?",
        TraceError::Truncated { .. } => "copy it again, or record the program again",
        TraceError::Damaged { .. } | TraceError::Invalid { .. } => {
            "the file can't be trusted: copy it again (as binary), or record the program again"
        }
        TraceError::Foreign { .. } | TraceError::Unrecognised => {
            "if it is text of a known tool, name its --format: malloc-lab, memory-replay, mtrace, csv"
        }
        TraceError::Line { .. } | TraceError::LineFault { .. } => {
            "mend the line, or name another --format: malloc-lab, memory-replay, mtrace, csv"
        }
        _ => return Error::new(error).context(name.to_owned()),
    };
    Error::msg(format!("{name}: {error}\n  {advice}"))
}

/// What is not in the trace, or was made up, one line for each kind.
fn left_out(import: &Import) -> impl Iterator<Item = String> {
    [
        (
            import.notes.skipped_frees,
            "free",
            "of unknown objects left out",
        ),
        (
            import.notes.adopted_resizes,
            "resize",
            "of unknown objects taken for allocations",
        ),
        (
            import.notes.implied_frees,
            "missing free",
            "added: the address was used again",
        ),
        (import.notes.failed_requests, "failed request", "left out"),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, noun, what)| format!("{} {what}", counted(number, noun)))
}
