//! What the commands that replay have in common: a trace, the device, the configurations.

mod before;
mod owners;

use anyhow::{Context, Result, bail};
use litepool_replay::{Circumstances, Configuration, Part, PartBuilder, Placement, bits};
use litepool_trace::{Event, Interned, Op, Profile, Profiler, Slots, WordSize};

use crate::args::{Device, Input};
use crate::configs;
use crate::input::{self, Reading, Source};
use crate::output::TraceFacts;
use crate::units::{count, counted};

pub(crate) use before::Before;
pub(crate) use owners::AllocationSites;

/// Operations that are kept in memory where a trace is read piece by piece: 6 MiB.
pub(crate) const PIECE: usize = 1 << 18;

/// A trace made ready to be replayed for a device.
pub(crate) struct Job {
    pub(crate) facts: TraceFacts,
    /// What the whole trace asks of any heap.
    pub(crate) profile: Profile,
    /// The word size that the trace was recorded with.
    pub(crate) recorded: WordSize,
    pub(crate) word: WordSize,
    pub(crate) placement: Placement,
    pub(crate) configurations: Vec<Configuration>,
    /// How many objects are live at most.
    pub(crate) slots: usize,
    source: Source,
    /// All operations, with slots for objects; if they were not too many to keep.
    whole: Option<Part>,
    /// The call stack that allocated each object; if that was to be kept.
    stacks: Vec<u32>,
}

impl Job {
    /// Reads the trace and settles the device. At most `keep` operations are kept in memory: if
    /// there are more, none is.
    ///
    /// # Errors
    /// An unreadable or empty trace, an unknown configuration, a base that no pool can have.
    pub(crate) fn prepare(input: &Input, device: &Device, keep: usize) -> Result<Self> {
        Self::read(input, device, keep, |_| ())
    }

    /// Reads the trace and settles the device. All operations are kept in memory, and who allocated
    /// each object: 8 bytes for each operation, 4 for each object.
    ///
    /// # Errors
    /// As [`Job::prepare`].
    pub(crate) fn with_owners(input: &Input, device: &Device) -> Result<Self> {
        Self::with_few_owners(input, device, usize::MAX)
    }

    /// The same, if there are at most so many operations; if there are more, none is kept.
    ///
    /// # Errors
    /// As [`Job::prepare`].
    pub(crate) fn with_few_owners(input: &Input, device: &Device, keep: usize) -> Result<Self> {
        let mut stacks = Vec::new();
        let job = Self::read(input, device, keep, |event| {
            if let Some(Op::Allocate { .. }) = event.op() {
                stacks.push(event.stack);
            }
        })?;
        if job.whole.is_none() {
            stacks = Vec::new();
        }
        Ok(Self { stacks, ..job })
    }

    /// Reads the trace and settles the device. All operations are kept in memory; under which
    /// circumstances they were recorded, too, if they are not more than `keep`.
    ///
    /// # Errors
    /// As [`Job::prepare`].
    pub(crate) fn with_circumstances(
        input: &Input,
        device: &Device,
        keep: usize,
    ) -> Result<(Self, Option<Circumstances>)> {
        let mut circumstances = Some(Circumstances::default());
        let job = Self::read(input, device, usize::MAX, |event| {
            if circumstances
                .as_ref()
                .is_some_and(|kept| kept.len() == keep)
            {
                circumstances = None;
            }
            if let Some(circumstances) = &mut circumstances {
                circumstances.push(event.thread, event.stack, event.time);
            }
        })?;
        Ok((job, circumstances))
    }

    /// Reads the trace; shows each event that is an operation to be replayed to `see`.
    fn read(
        input: &Input,
        device: &Device,
        keep: usize,
        mut see: impl FnMut(&Event),
    ) -> Result<Self> {
        let (mut profiler, mut slots) = (Profiler::new(), Slots::new());
        let mut whole = Some(Part::builder());
        let how = Reading {
            format: input.format,
            again: true,
            ..Reading::default()
        };
        let source = input::read(&input.file, how, |event| {
            profiler.event(event);
            let Some(op) = event.op().and_then(|op| slots.op(op)) else {
                return Ok(());
            };
            see(event);
            if whole.as_ref().is_some_and(|whole| whole.len() == keep) {
                whole = None;
            }
            if let Some(whole) = &mut whole {
                whole.push(op);
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
                    "--base-modulo {} is {} off: the pool of a {}-bit device stands on a multiple of {} bytes",
                    count(device.base_modulo),
                    counted(off, "byte"),
                    bits(word),
                    configuration.granule
                );
            }
        }
        Ok(Self {
            facts: TraceFacts::new(&source.name, &source.header, &profile),
            profile,
            recorded,
            word,
            placement,
            configurations,
            slots: slots.len(),
            source,
            whole: whole.map(PartBuilder::finish),
            stacks: Vec::new(),
        })
    }

    /// All operations, if they were not too many to keep.
    ///
    /// # Errors
    /// They were.
    pub(crate) fn whole(&self) -> Result<&Part> {
        self.whole
            .as_ref()
            .with_context(|| format!("{}: the trace was not kept", self.source.name))
    }

    /// All operations, if they were not too many to keep, and nothing else of the job.
    pub(crate) fn into_whole(self) -> Option<Part> {
        self.whole
    }

    /// Shows the operations to `see`, piece after piece, until it says `false`.
    ///
    /// # Errors
    /// The trace can't be read any more.
    pub(crate) fn pieces(&self, mut see: impl FnMut(&[Op]) -> bool) -> Result<()> {
        if let Some(whole) = &self.whole {
            whole.ops.pieces(usize::MAX, PIECE, &mut see);
            return Ok(());
        }
        let mut slots = Slots::new();
        let mut piece = Vec::with_capacity(PIECE);
        let mut wanted = true;
        self.source.again(|event, _| {
            if let Some(op) = event.op().and_then(|op| slots.op(op)) {
                piece.push(op);
            }
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
    /// `false`. Returns all that they mention.
    ///
    /// # Errors
    /// The trace can't be read any more; and what `see` says.
    pub(crate) fn events(
        &self,
        see: impl FnMut(&Event, &Interned) -> Result<bool>,
    ) -> Result<Interned> {
        self.source.again(see)
    }
}
