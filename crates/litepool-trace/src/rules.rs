//! The rules that a sequence of events obeys. Reader, writer and importers all ask here.

mod interning;
mod live;

use crate::error::Fault;
use crate::interned::{Frame, Module, Stack};
use crate::op::{Event, EventKind, Op, WordSize};

use interning::Interning;
use live::LiveSet;

/// What must be remembered of the events so far to judge the next one: a bit for each object among
/// 32,768 of which one is live, and a byte for each call stack.
#[derive(Debug)]
pub(crate) struct Rules {
    max_size: u64,
    live: LiveSet,
    /// The most live objects since [`Rules::at`] was called.
    peak: u64,
    objects: u32,
    interning: Interning,
    time: u64,
    /// Bytes of the file that were read or written so far: what may be kept in memory depends on
    /// it.
    file_bytes: u64,
}

/// Live objects that any file may have.
const LIVE_FREE: u64 = 1 << 20;
/// Live objects that a file may have besides for each of its bytes. Recordings have ten at the very
/// most; repetitive text that was compressed, some thousand.
const LIVE_PER_BYTE: u64 = 32;

impl Rules {
    pub(crate) fn new(word: WordSize) -> Self {
        Self {
            max_size: word.max_size(),
            live: LiveSet::default(),
            peak: 0,
            objects: 0,
            interning: Interning::default(),
            time: 0,
            file_bytes: 0,
        }
    }

    /// The program's word turned out to be this one.
    pub(crate) fn set_word(&mut self, word: WordSize) {
        self.max_size = word.max_size();
    }

    /// So many bytes of the file were read or written by now.
    pub(crate) fn at(&mut self, file_bytes: u64) {
        self.file_bytes = file_bytes;
        self.peak = self.live.len();
        self.interning.reset_peak();
    }

    /// Refuses more than the bytes that were read so far make believable. For readers: after each
    /// event and each announcement.
    pub(crate) fn limit(&self) -> Result<(), Fault> {
        let live = self.live.len();
        if live > most_live(self.file_bytes) {
            return Err(Fault::TooManyLive { live });
        }
        self.interning.limit(self.file_bytes)
    }

    /// Whether a reader that has read so many bytes accepts everything since the last
    /// [`Rules::at`].
    pub(crate) fn is_believable(&self, file_bytes: u64) -> bool {
        self.peak <= most_live(file_bytes) && self.interning.is_believable(file_bytes)
    }

    /// How many objects were allocated so far, which is the next object's number.
    pub(crate) fn objects(&self) -> u32 {
        self.objects
    }

    /// How many call stacks are known; they are numbered from 1.
    pub(crate) fn stacks(&self) -> u32 {
        self.interning.stacks()
    }

    /// Whether a thread has appeared.
    pub(crate) fn knows_thread(&self, thread: u32) -> bool {
        thread < self.interning.threads()
    }

    /// Whether a pool has appeared.
    pub(crate) fn knows_pool(&self, pool: u32) -> bool {
        pool < self.interning.pools()
    }

    /// The time of the last event.
    pub(crate) fn time(&self) -> u64 {
        self.time
    }

    /// An importer keeps so many bytes that are in no trace.
    pub(crate) fn keep(&mut self, bytes: u64) {
        self.interning.grow(bytes);
    }

    /// One more text that locations mention. Returns its number, from 1. O(1), as all that follow.
    pub(crate) fn add_text(&mut self, text: &str) -> Result<u32, Fault> {
        self.interning.add_text(text)
    }

    /// One more module. Returns its number, from 0.
    pub(crate) fn add_module(&mut self, module: &Module) -> Result<u32, Fault> {
        self.interning.add_module(module)
    }

    /// One more frame. Returns its number, from 0.
    pub(crate) fn add_frame(&mut self, frame: &Frame) -> Result<u32, Fault> {
        self.interning.add_frame(frame)
    }

    /// One more call stack. Returns its number, from 1.
    pub(crate) fn add_stack(&mut self, stack: Stack) -> Result<u32, Fault> {
        self.interning.add_stack(stack)
    }

    /// A thread gets a name. `before`: bytes of the name that it had.
    pub(crate) fn name_thread(
        &mut self,
        thread: u32,
        name: &str,
        before: usize,
    ) -> Result<(), Fault> {
        self.interning.may_see(thread, 0)?;
        self.interning.see_thread(thread);
        self.interning.rename(before, name);
        Ok(())
    }

    /// A pool gets a name, likewise.
    pub(crate) fn name_pool(&mut self, pool: u32, name: &str, before: usize) -> Result<(), Fault> {
        self.interning.may_see(0, pool)?;
        self.interning.see_pool(pool);
        self.interning.rename(before, name);
        Ok(())
    }

    /// Judges the next event and, if it is good, takes it into account. O(1), amortised.
    pub(crate) fn accept(&mut self, event: &Event) -> Result<(), Fault> {
        self.interning.may_see(event.thread, event.pool)?;
        self.interning.knows_stack(event.stack)?;
        if event.time < self.time {
            return Err(Fault::TimeReversed {
                time: event.time,
                previous: self.time,
            });
        }
        match event.kind {
            EventKind::Op(Op::Allocate { id, size, align }) => {
                self.sized(size)?;
                aligned(align)?;
                self.allocate(id)?;
            }
            EventKind::Op(Op::Resize { size: 0, .. }) => return Err(Fault::ResizeToZero),
            EventKind::Op(Op::Resize { id, size }) => {
                self.sized(size)?;
                self.is_live(id)?;
            }
            EventKind::Refused { align, resized, .. } => {
                aligned(align)?;
                resized.map_or(Ok(()), |id| self.is_live(id))?;
            }
            _ if event.pool != 0 => return Err(Fault::StrayPool { pool: event.pool }),
            EventKind::Op(Op::Free { id }) => {
                self.known(id)?;
                if !self.live.remove(id) {
                    return Err(Fault::DoubleFree { id: id.into() });
                }
            }
            EventKind::ForeignFree | EventKind::ThreadEnd | EventKind::Gap { .. } => {}
        }
        self.time = event.time;
        self.interning.see_thread(event.thread);
        self.interning.see_pool(event.pool);
        Ok(())
    }

    /// Whether an object of so many bytes can be in the program's memory.
    pub(crate) fn sized(&self, size: u64) -> Result<(), Fault> {
        if size > self.max_size {
            Err(Fault::TooLarge { size })
        } else {
            Ok(())
        }
    }

    fn allocate(&mut self, id: u32) -> Result<(), Fault> {
        if id != self.objects {
            return Err(Fault::NotNext {
                id,
                next: self.objects,
            });
        }
        self.objects = id.checked_add(1).ok_or(Fault::TooManyObjects)?;
        self.live.push(id);
        self.peak = self.peak.max(self.live.len());
        Ok(())
    }

    fn known(&self, id: u32) -> Result<(), Fault> {
        if id >= self.objects {
            return Err(Fault::Unknown { id: id.into() });
        }
        Ok(())
    }

    fn is_live(&self, id: u32) -> Result<(), Fault> {
        self.known(id)?;
        if self.live.contains(id) {
            Ok(())
        } else {
            Err(Fault::Dead { id })
        }
    }
}

fn aligned(align: u64) -> Result<(), Fault> {
    if align == 0 || align.is_power_of_two() {
        Ok(())
    } else {
        Err(Fault::BadAlignment { align })
    }
}

/// The most live objects of a file of which so many bytes were read.
fn most_live(file_bytes: u64) -> u64 {
    LIVE_PER_BYTE
        .saturating_mul(file_bytes)
        .saturating_add(LIVE_FREE)
}

#[cfg(test)]
mod tests;
