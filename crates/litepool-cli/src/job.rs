//! What `replay` and `size` have in common: a trace, the device, the configurations.

use anyhow::{Result, bail};
use litepool_trace::{Op, Profile, Script, Trace, WordSize};

use crate::args::{Device, Input};
use crate::configs::{self, Configuration, bits};
use crate::input;
use crate::memory::Placement;
use crate::output::TraceFacts;

/// A trace made ready to be replayed for a device.
pub(crate) struct Job {
    pub(crate) trace: Trace,
    pub(crate) facts: TraceFacts,
    pub(crate) script: Script,
    pub(crate) word: WordSize,
    pub(crate) placement: Placement,
    pub(crate) configurations: Vec<&'static Configuration>,
}

impl Job {
    /// Reads the trace and settles the device.
    ///
    /// # Errors
    /// An unreadable trace, an unknown configuration, a base that no pool can have.
    pub(crate) fn prepare(input: &Input, device: &Device) -> Result<Self> {
        let loaded = input::load(&input.file, input.format)?;
        let (name, trace) = (loaded.name, loaded.trace);
        let word = device.word.map_or(trace.header.word, WordSize::from);
        let configurations = configs::select(word, &device.config)?;
        let script = Script::from(&trace);
        let placement = Placement::like(device.base_modulo, largest_alignment(&script));
        for configuration in &configurations {
            let off = placement.misalignment(configuration.granule);
            if off != 0 {
                bail!(
                    "--base-modulo {} is {off} bytes off: the pool of a {}-bit device stands on a multiple of {} bytes",
                    device.base_modulo,
                    bits(word),
                    configuration.granule
                );
            }
        }
        let facts = TraceFacts::new(&name, &trace, &Profile::of(&trace));
        Ok(Self {
            trace,
            facts,
            script,
            word,
            placement,
            configurations,
        })
    }
}

/// The largest alignment that is requested; 0 if none is.
fn largest_alignment(script: &Script) -> u64 {
    let alignment = |op: &Op| match *op {
        Op::Allocate { align, .. } => align,
        _ => 0,
    };
    script.ops.iter().map(alignment).max().unwrap_or(0)
}
