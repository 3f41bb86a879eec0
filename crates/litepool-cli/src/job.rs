//! What `replay` and `size` have in common: a trace, the device, the configurations.

mod before;

use anyhow::{Result, bail};
use litepool_trace::{Event, Interned, Op, Profiler, Slots, WordSize};

use crate::args::{Device, Input};
use crate::configs;
use crate::input::{self, Reading, Source};
use crate::output::TraceFacts;
use litepool_replay::Placement;
use litepool_replay::{Configuration, bits};

pub(crate) use before::Before;
use litepool_replay::PackedOps;

/// Operations that are kept in memory where a trace is read piece by piece: 6 MiB.
pub(crate) const PIECE: usize = 1 << 18;

/// Operations that are unpacked at a time where they are only played: they stay in the cache.
const SMALL_PIECE: usize = 2048;

/// A trace made ready to be replayed for a device.
pub(crate) struct Job {
    pub(crate) facts: TraceFacts,
    /// The word size that the trace was recorded with.
    pub(crate) recorded: WordSize,
    pub(crate) word: WordSize,
    pub(crate) placement: Placement,
    pub(crate) configurations: Vec<Configuration>,
    /// The number of the operation, from 1, after which most bytes are live.
    pub(crate) peak_at: u64,
    /// How many objects are live at most.
    pub(crate) slots: usize,
    source: Source,
    /// All operations, with slots for objects; if they were not too many to keep.
    ops: Option<PackedOps>,
}

impl Job {
    /// Reads the trace and settles the device. At most `keep` operations are kept in memory: if
    /// there are more, none is.
    ///
    /// # Errors
    /// An unreadable or empty trace, an unknown configuration, a base that no pool can have.
    pub(crate) fn prepare(input: &Input, device: &Device, keep: usize) -> Result<Self> {
        let (mut profiler, mut slots) = (Profiler::new(), Slots::new());
        let mut ops = Some(PackedOps::default());
        let how = Reading {
            format: input.format,
            again: true,
            ..Reading::default()
        };
        let source = input::read(&input.file, how, |event| {
            profiler.event(event);
            let Some(op) = event.op() else {
                return Ok(());
            };
            let op = slots.op(op);
            if ops.as_ref().is_some_and(|ops| ops.len() == keep) {
                ops = None;
            }
            if let (Some(ops), Some(op)) = (&mut ops, op) {
                ops.push(op);
            }
            Ok(())
        })?;
        let profile = profiler.finish();
        let recorded = source.header.word;
        let word = device.word.map_or(recorded, WordSize::from);
        let configurations = configs::select(word, device)?;
        if profile.operations == 0 {
            bail!(
                "{}: the trace has no operations, so there is nothing to replay; was the right program recorded?",
                source.name
            );
        }
        let placement = Placement::like(device.base_modulo, profile.largest_alignment);
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
        Ok(Self {
            facts: TraceFacts::new(&source.name, &source.header, &profile),
            recorded,
            word,
            placement,
            configurations,
            peak_at: profile.peak_at + 1,
            slots: slots.len(),
            source,
            ops,
        })
    }

    /// Shows the operations that were to be kept to `see`, up to that with the number `until`,
    /// piece after piece, until it says `false`. None is shown if they were too many to keep.
    pub(crate) fn kept(&self, until: usize, see: impl FnMut(&[Op]) -> bool) {
        self.unpacked(until, SMALL_PIECE, see);
    }

    fn unpacked(&self, until: usize, piece: usize, mut see: impl FnMut(&[Op]) -> bool) {
        let Some(packed) = &self.ops else { return };
        let end = until.min(packed.len());
        let mut ops = Vec::with_capacity(piece.min(end));
        let mut at = 0;
        while at < end {
            let next = end.min(at + piece);
            packed.unpack(at..next, &mut ops);
            if !see(&ops) {
                return;
            }
            at = next;
        }
    }

    /// Shows the operations to `see`, piece after piece, until it says `false`.
    ///
    /// # Errors
    /// The trace can't be read any more.
    pub(crate) fn pieces(&self, mut see: impl FnMut(&[Op]) -> bool) -> Result<()> {
        if self.ops.is_some() {
            self.unpacked(usize::MAX, PIECE, see);
            return Ok(());
        }
        let mut slots = Slots::new();
        let mut piece = Vec::with_capacity(PIECE);
        let mut wanted = true;
        self.source.again(|event, _| {
            piece.extend(event.op().and_then(|op| slots.op(op)));
            if piece.len() == PIECE {
                wanted = see(&piece);
                piece.clear();
            }
            Ok(wanted)
        })?;
        if wanted && !piece.is_empty() {
            see(&piece);
        }
        Ok(())
    }

    /// Shows all events again to `see`, with what the events so far mention by number, until it says
    /// `false`.
    ///
    /// # Errors
    /// The trace can't be read any more; and what `see` says.
    pub(crate) fn events(&self, see: impl FnMut(&Event, &Interned) -> Result<bool>) -> Result<()> {
        self.source.again(see).map(|_| ())
    }
}
