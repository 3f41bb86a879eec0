//! From a raw log to a trace.

use std::collections::HashMap;
use std::io::Write;

use super::error::RecordingError;
use super::heap::{Heap, Ops};
use super::layout::{Kind, NO_ALIGNMENT, SLOT_BYTES, SLOTS_AT, Slot};
use super::modules::Modules;
use super::slots::Slots;
use super::texts::Texts;
use crate::file::Writer;
use crate::op::Event;

/// What a raw log became.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// Operations written to the trace. Of a forked process: with those of its past in the other process.
    pub events: u64,
    /// Objects that were allocated.
    pub objects: u64,
    /// Objects that were live at the end.
    pub live: u64,
    /// The most requested bytes that were live at a time.
    pub peak: u64,
    /// Microseconds from the start of the recording to the last operation.
    pub duration: u64,
    /// Threads that used the heap.
    pub threads: u32,
    /// Call sites.
    pub sites: u32,
    /// Of a forked process: how many objects were live when it was forked.
    pub inherited: u64,
    /// Operations that could not be recorded because the log could not grow. The trace ends where that began.
    pub lost: u64,
    /// What stopped the log's growth, or 0: see [`stop_reason`](super::stop_reason).
    pub stopped: u32,
    /// Requests that the program's allocator refused. They are not in the trace.
    pub refused: u64,
    /// Slots that were never filled, because the program ended at that moment.
    pub torn: u64,
    /// Resizings that never ended, because the program ended at that moment. They are not in the trace.
    pub unfinished: u64,
    /// Frees of what was never allocated, as far as the log knows. They are not in the trace.
    pub unknown_frees: u64,
    /// Frees and resizings of what was freed already: faults of the program. They are not in the
    /// trace.
    pub double_frees: u64,
    /// How many operations there were before the first of these.
    pub first_double_free: Option<u64>,
    /// Objects whose memory turned up as another object without having been freed. The trace has a free for them.
    pub implied_frees: u64,
    /// The program and the libraries whose code was seen, by path.
    pub modules: Vec<String>,
}

/// Converts a line of logs, each forked from the one before, and each but the last up to the slot of the fork.
pub(super) struct Converter<'w, W: Write> {
    writer: &'w mut Writer<W>,
    heap: Heap,
    modules: Modules,
    threads: HashMap<u32, u32>,
    summary: Summary,
    /// The start of the first log, in nanoseconds.
    start: u64,
    /// The time of the last event.
    now: u64,
}

impl<'w, W: Write> Converter<'w, W> {
    pub(super) fn new(writer: &'w mut Writer<W>, start: u64) -> Self {
        let (heap, modules, threads) = (Heap::default(), Modules::default(), HashMap::new());
        Self {
            writer,
            heap,
            modules,
            threads,
            summary: Summary::default(),
            start,
            now: 0,
        }
    }

    /// Converts the slots of one log, at most as many as given. Tells how many bytes of it are done, now and then.
    pub(super) fn take(
        &mut self,
        slots: &mut Slots,
        most: u64,
        mut progress: impl FnMut(u64),
    ) -> Result<(), RecordingError> {
        let mut texts = Texts::default();
        // Slots without contents: torn if one with contents follows.
        let mut empty = 0;
        for index in 0..most {
            if index % 65_536 == 0 {
                progress(slots.offset() - SLOTS_AT);
            }
            let at = slots.offset();
            match slots.next()? {
                None => break,
                Some(None) => empty += 1,
                Some(Some(slot)) => {
                    self.summary.torn += std::mem::take(&mut empty);
                    self.slot(slot, &mut texts, slots, at)?;
                }
            }
        }
        progress(slots.offset() - SLOTS_AT);
        self.summary.unfinished = self.heap.settle();
        Ok(())
    }

    /// At a fork: what is live now was inherited, and what was lost or torn until now was another process's.
    pub(super) fn fork(&mut self) {
        self.summary = Summary {
            events: self.summary.events,
            inherited: self.heap.live(),
            first_double_free: self.summary.first_double_free,
            ..Summary::default()
        };
    }

    /// The end of the line.
    pub(super) fn finish(self) -> Summary {
        Summary {
            objects: self.heap.objects(),
            live: self.heap.live(),
            peak: self.heap.peak,
            duration: self.now,
            threads: u32::try_from(self.threads.len()).unwrap_or(u32::MAX),
            sites: self.modules.count(),
            unknown_frees: self.heap.unknown_frees,
            double_frees: self.heap.double_frees,
            implied_frees: self.heap.implied_frees,
            modules: self.modules.into_paths(),
            ..self.summary
        }
    }

    fn slot(
        &mut self,
        slot: Slot,
        texts: &mut Texts,
        slots: &Slots,
        at: u64,
    ) -> Result<(), RecordingError> {
        let [a, b, c, time] = slot.words;
        let too_many = |_| RecordingError::TooManyObjects {
            path: slots.path().into(),
            offset: at,
        };
        let ops = match slot.kind {
            Kind::Allocate => {
                let align = match slot.detail {
                    NO_ALIGNMENT => 0,
                    log2 => 1_u64.checked_shl(u32::from(log2)).ok_or_else(|| {
                        RecordingError::Damaged {
                            path: slots.path().into(),
                            offset: at,
                            what: "an alignment of more than 2^63",
                        }
                    })?,
                };
                self.heap.allocate(a, b, align, c).map_err(too_many)?
            }
            Kind::Free => self.heap.free(a, c),
            Kind::ResizeBegin => {
                self.heap.resize_begins(slot.thread, a, c);
                return Ok(());
            }
            Kind::ResizeEnd => self
                .heap
                .resize_ends(slot.thread, a, b, c)
                .map_err(too_many)?,
            Kind::Module | Kind::Command | Kind::Parent | Kind::Text => {
                if let Some((
                    Slot {
                        kind: Kind::Module,
                        words: [first, bytes, base, _],
                        ..
                    },
                    module,
                )) = texts.take(slot)
                {
                    self.modules.map(first, bytes, base, &module);
                }
                return Ok(());
            }
        };
        if self.heap.double_frees > 0 && self.summary.first_double_free.is_none() {
            self.summary.first_double_free = Some(self.summary.events);
        }
        self.write(ops, slot.thread, time)
    }

    fn write(&mut self, ops: Ops, thread: u32, time: u64) -> Result<(), RecordingError> {
        // Slots are claimed a moment after their time was taken, or before: the trace's clock never goes back.
        self.now = self.now.max(time.saturating_sub(self.start) / 1_000);
        for (op, site) in ops.into_iter().flatten() {
            let new = u32::try_from(self.threads.len()).unwrap_or(u32::MAX);
            let thread = *self.threads.entry(thread).or_insert(new);
            let stack = self.modules.site(site, self.writer)?;
            self.writer.event(&Event {
                thread,
                stack,
                time: self.now,
                ..Event::from(op)
            })?;
            self.summary.events += 1;
        }
        Ok(())
    }

    /// Takes over the counters of the last log's header.
    pub(super) fn counted(&mut self, lost: u64, stopped: u32, refused: u64) {
        (
            self.summary.lost,
            self.summary.stopped,
            self.summary.refused,
        ) = (lost, stopped, refused);
    }
}

/// How many slots a log of so many bytes can have.
pub(super) const fn slots_in(bytes: u64) -> u64 {
    bytes / SLOT_BYTES
}
