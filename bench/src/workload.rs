//! A trace in the form that is replayed: 16 bytes for each operation, and what it asks of memory.

mod collect;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use litepool_trace::{Op, Script, Trace, WordSize};
use serde::{Deserialize, Serialize};

pub use collect::collect;

/// One operation. Slots number the live objects; alignment 0 is the allocator's default.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// A new object.
    Allocate {
        /// Where its pointer goes.
        slot: u32,
        /// Bytes, not 0.
        size: u32,
        /// A power of two, or 0.
        align: u32,
    },
    /// A live object gets another size.
    Resize {
        /// Where its pointer is.
        slot: u32,
        /// Bytes, not 0.
        size: u32,
    },
    /// A live object ends.
    Free {
        /// Where its pointer is.
        slot: u32,
    },
}

/// What kind of work it is: means are taken over programs only, and over each kind of them alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A real program.
    Recorded,
    /// A real program that was recorded when litepool was finished: nobody looked at it while choosing anything.
    Untuned,
    /// Random numbers.
    Synthetic,
}

/// What is known about a workload, for tables.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// Name in tables.
    pub name: String,
    /// Recorded or synthetic.
    pub origin: Origin,
    /// Word size in bits of the recorded program.
    pub word: u32,
    /// Number of operations.
    pub operations: usize,
    /// Largest number of requested bytes live at a time.
    pub live_peak: usize,
    /// Largest number of objects live at a time.
    pub live_objects: usize,
}

/// A trace, ready for replay.
#[derive(Clone, PartialEq, Debug)]
pub struct Workload {
    /// What is known about it.
    pub summary: Summary,
    /// Number of slots.
    pub slots: usize,
    /// So many of the first operations are not timed: they bring the heap into the state that is looked at.
    pub warmup: usize,
    /// The operations in order.
    pub steps: Vec<Step>,
}

impl Workload {
    /// Takes a script over.
    ///
    /// # Errors
    /// A request is larger than 4 GiB.
    pub fn new(name: &str, origin: Origin, word: WordSize, script: &Script) -> Result<Self> {
        let steps = script.ops.iter().map(step).collect::<Result<Vec<_>>>()?;
        let summary = Summary {
            name: name.to_owned(),
            origin,
            word: word.bytes() * 8,
            operations: steps.len(),
            live_peak: live_peak(&steps, script.slots),
            live_objects: script.slots,
        };
        Ok(Self {
            summary,
            slots: script.slots,
            warmup: 0,
            steps,
        })
    }

    /// Reads a trace file; its name is the file's without the extension.
    ///
    /// # Errors
    /// The file is no trace, or holds no operation.
    pub fn read(path: &Path, origin: Origin) -> Result<Self> {
        let trace = Trace::read(path)?;
        let name = path
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let workload = Self::new(&name, origin, trace.header.word, &Script::from(&trace))
            .with_context(|| path.display().to_string())?;
        ensure!(
            workload.summary.live_peak > 0,
            "{}: a trace without an allocation",
            path.display()
        );
        Ok(workload)
    }

    /// The name in tables.
    pub fn name(&self) -> &str {
        &self.summary.name
    }

    /// Largest number of requested bytes live at a time.
    pub fn live_peak(&self) -> usize {
        self.summary.live_peak
    }
}

fn step(op: &Op) -> Result<Step> {
    let bytes = |n: u64| {
        u32::try_from(n)
            .with_context(|| format!("a request of {n} bytes is too large for the bench"))
    };
    Ok(match *op {
        Op::Allocate { id, size, align } => Step::Allocate {
            slot: id,
            size: bytes(size)?,
            align: bytes(align)?,
        },
        Op::Resize { id, size } => Step::Resize {
            slot: id,
            size: bytes(size)?,
        },
        Op::Free { id } => Step::Free { slot: id },
    })
}

/// Largest sum of requested bytes. A resize counts as if it happened in place.
fn live_peak(steps: &[Step], slots: usize) -> usize {
    let mut sizes = vec![0usize; slots];
    let (mut live, mut peak) = (0, 0);
    for step in steps {
        let (slot, size) = match *step {
            Step::Allocate { slot, size, .. } | Step::Resize { slot, size } => {
                (slot, size as usize)
            }
            Step::Free { slot } => (slot, 0),
        };
        let old = std::mem::replace(&mut sizes[slot as usize], size);
        live = live - old + size;
        peak = peak.max(live);
    }
    peak
}

#[cfg(test)]
mod tests;
