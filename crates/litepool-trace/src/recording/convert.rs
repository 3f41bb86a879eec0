//! From a raw log to a trace.

use std::collections::HashMap;
use std::io::Write;

use super::error::RecordingError;
use super::heap::{Events, Heap};
use super::layout::{Kind, NO_ALIGNMENT, SLOT_BYTES, SLOTS_AT, Slot};
use super::modules::{Modules, Namer};
use super::slots::Slots;
use super::stacks::Stacks;
use super::texts::{Texts, text_of};
use crate::file::Writer;
use crate::interned::MAX_BUILD_ID;
use crate::op::{Event, EventKind};

/// What a raw log became.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// Operations written to the trace. Of a forked process: with those of its past in the other
    /// process.
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
    /// Call stacks.
    pub stacks: u32,
    /// Of a forked process: how many objects were live when it was forked.
    pub inherited: u64,
    /// Operations that could not be recorded because the log could not grow. The trace ends where
    /// that began.
    pub lost: u64,
    /// What stopped the log's growth, or 0: see [`stop_reason`](super::stop_reason).
    pub stopped: u32,
    /// Requests that the program's allocator refused.
    pub refused: u64,
    /// Slots that were never filled, because the program ended at that moment.
    pub torn: u64,
    /// Resizings that never ended, because the program ended at that moment. They are not in the
    /// trace.
    pub unfinished: u64,
    /// Frees of what was never allocated, as far as the log knows. The trace has them unless some
    /// allocations before were lost: then they mean nothing.
    pub unknown_frees: u64,
    /// Frees and resizings of what was freed already: faults of the program. They are not in the
    /// trace.
    pub double_frees: u64,
    /// How many operations there were before the first of these.
    pub first_double_free: Option<u64>,
    /// The trace's number of the stack of the first of these; 0 if it is unknown, or there is none.
    pub first_double_free_stack: u32,
    /// Objects whose memory turned up as another object without having been freed. The trace has a
    /// free for them.
    pub implied_frees: u64,
    /// The program and the libraries whose code was seen, by path.
    pub modules: Vec<String>,
}

/// Converts a line of logs, each forked from the one before, and each but the last up to the slot
/// of the fork.
pub(super) struct Converter<'w, W: Write> {
    writer: &'w mut Writer<W>,
    heap: Heap,
    modules: Modules<'w>,
    stacks: Stacks,
    /// The build id of the module that each thread tells of next.
    build_ids: HashMap<u32, Vec<u8>>,
    threads: HashMap<u32, u32>,
    summary: Summary,
    /// The start of the first log, in nanoseconds.
    start: u64,
    /// The time of the last event.
    now: u64,
}

impl<'w, W: Write> Converter<'w, W> {
    pub(super) fn new(writer: &'w mut Writer<W>, namer: &'w mut Namer<'w>, start: u64) -> Self {
        Self {
            writer,
            heap: Heap::default(),
            modules: Modules::new(namer),
            stacks: Stacks::default(),
            build_ids: HashMap::new(),
            threads: HashMap::new(),
            summary: Summary::default(),
            start,
            now: 0,
        }
    }

    /// Converts the slots of one log, at most as many as given. Tells how many bytes of it are
    /// done, now and then.
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

    /// At a fork: what is live now was inherited, and what was lost or torn until now was another
    /// process's. `is_partial`: not all of its operations were recorded.
    ///
    /// # Errors
    /// The trace can't be written.
    pub(super) fn fork(&mut self, is_partial: bool) -> Result<(), RecordingError> {
        self.summary = Summary {
            events: self.summary.events,
            inherited: self.heap.live(),
            first_double_free: self.summary.first_double_free,
            ..Summary::default()
        };
        self.stacks.fork();
        self.build_ids.clear();
        if is_partial {
            self.heap.is_partial = true;
            self.event(EventKind::Gap { lost: 0 }, 0, 0)?;
        }
        Ok(())
    }

    /// The end of the line.
    pub(super) fn finish(self) -> Summary {
        Summary {
            objects: self.heap.objects(),
            live: self.heap.live(),
            peak: self.heap.peak,
            duration: self.now,
            threads: u32::try_from(self.threads.len()).unwrap_or(u32::MAX),
            stacks: self.stacks.count(),
            first_double_free_stack: self
                .heap
                .double_free_stack
                .map_or(0, |stack| self.stacks.number(stack)),
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
        let events = match slot.kind {
            Kind::Allocate => {
                let align = alignment(slot, slots, at)?;
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
            Kind::Refused => {
                let kind = EventKind::Refused {
                    size: b,
                    align: alignment(slot, slots, at)?,
                    resized: None,
                };
                [Some((kind, c)), None, None]
            }
            Kind::ThreadEnd => [Some((EventKind::ThreadEnd, 0)), None, None],
            Kind::ThreadName => {
                let name = text_of(&[a, b]);
                let thread = self.thread(slot.thread);
                return Ok(self.writer.name_thread(thread, &name)?);
            }
            Kind::Stack => {
                return Ok(self.stacks.take(slot, &mut self.modules, self.writer)?);
            }
            Kind::Module | Kind::BuildId | Kind::Command | Kind::Parent | Kind::Text => {
                if let Some((begun, text)) = texts.take(slot) {
                    self.text(begun, text);
                }
                return Ok(());
            }
        };
        if self.heap.double_frees > 0 && self.summary.first_double_free.is_none() {
            self.summary.first_double_free = Some(self.summary.events);
        }
        self.write(events, slot.thread, time)
    }

    /// Takes a text that is whole, and what it belongs to.
    fn text(&mut self, begun: Slot, text: Vec<u8>) {
        match begun.kind {
            Kind::BuildId if text.len() <= MAX_BUILD_ID => {
                self.build_ids.insert(begun.thread, text);
            }
            Kind::Module => {
                let build_id = self.build_ids.remove(&begun.thread).unwrap_or_default();
                let [first, bytes, base, _] = begun.words;
                self.modules.map(first, bytes, base, &text, build_id);
            }
            _ => {}
        }
    }

    fn write(&mut self, events: Events, thread: u32, time: u64) -> Result<(), RecordingError> {
        // Slots are claimed a moment after their time was taken, or before: the trace's clock never
        // goes back.
        self.now = self.now.max(time.saturating_sub(self.start) / 1_000);
        for (kind, stack) in events.into_iter().flatten() {
            let thread = self.thread(thread);
            let stack = self.stacks.number(stack);
            self.event(kind, thread, stack)?;
        }
        Ok(())
    }

    fn event(&mut self, kind: EventKind, thread: u32, stack: u32) -> Result<(), RecordingError> {
        let time = self.now;
        self.writer.event(&Event {
            thread,
            stack,
            time,
            ..Event::from(kind)
        })?;
        match kind {
            EventKind::Op(_) => self.summary.events += 1,
            EventKind::Refused { .. } => self.summary.refused += 1,
            _ => {}
        }
        Ok(())
    }

    /// The trace's number of a thread.
    fn thread(&mut self, thread: u32) -> u32 {
        let new = u32::try_from(self.threads.len()).unwrap_or(u32::MAX);
        *self.threads.entry(thread).or_insert(new)
    }

    /// Takes over the counters of the last log's header.
    pub(super) fn counted(&mut self, lost: u64, stopped: u32) {
        (self.summary.lost, self.summary.stopped) = (lost, stopped);
    }
}

/// The alignment of an allocation or a request.
fn alignment(slot: Slot, slots: &Slots, at: u64) -> Result<u64, RecordingError> {
    match slot.detail {
        NO_ALIGNMENT => Ok(0),
        log2 => 1_u64
            .checked_shl(u32::from(log2))
            .ok_or_else(|| RecordingError::Damaged {
                path: slots.path().into(),
                offset: at,
                what: "an alignment of more than 2^63",
            }),
    }
}

/// How many slots a log of so many bytes can have.
pub(super) const fn slots_in(bytes: u64) -> u64 {
    bytes / SLOT_BYTES
}
