//! Words to frames.

use super::pack::{self, Unpacked};
use super::{Device, Recorder};
use crate::{About, Event, EventWriter, FrameBuffer, NamesWriter, Task};

/// After so many frames of events the device is described again.
const REPEATED: u8 = 32;

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// The zero that ends what stood on the channel before.
    Zero,
    /// What the device is.
    About,
    /// The names from this one on.
    Names(usize),
    /// Events, in so many frames until the device is described again.
    Events(u8),
}

/// What the one who reads has to know.
#[derive(Debug)]
pub struct Reader {
    next: Next,
    /// Events that were told, the lost ones included.
    number: u64,
    /// The clock, without an end.
    time: u64,
    /// The pool of the last record that was told.
    pool: usize,
    /// Lost events that are to be told before any other.
    lost: u32,
    frame: FrameBuffer,
    length: usize,
    /// How much of the frame was copied.
    copied: usize,
}

impl Reader {
    pub const fn new() -> Self {
        Self {
            next: Next::Zero,
            number: 0,
            time: 0,
            pool: 0,
            lost: 0,
            frame: FrameBuffer::new(),
            length: 0,
            copied: 0,
        }
    }

    pub fn has_bytes(&self) -> bool {
        self.copied < self.length
    }

    /// Copies as much of the frame as there is room for.
    pub fn copy_to(&mut self, buffer: &mut [u8]) -> usize {
        let rest = self.frame.bytes().get(self.copied..self.length);
        let length = rest.map_or(0, |rest| {
            for (to, &byte) in buffer.iter_mut().zip(rest) {
                *to = byte;
            }
            rest.len().min(buffer.len())
        });
        self.copied += length;
        length
    }

    pub fn announce(&mut self) {
        if !matches!(self.next, Next::Zero) {
            self.next = Next::About;
        }
    }

    /// A frame that tells of lost events.
    fn lost_events(&mut self) {
        let mut writer = EventWriter::new(&mut self.frame, self.number, self.time);
        let count = self.lost.into();
        writer.event(self.time, Task::None, 0, &[], &Event::Lost { count });
        let length = writer.finish().len();
        self.made(length, |reader| {
            reader.number += count;
            reader.lost = 0;
        });
    }

    /// A frame of so many bytes is ready, and `told` notes what it tells: both at once, so that a
    /// reader that takes over sends all of it, and tells nothing twice.
    fn made(&mut self, length: usize, told: impl FnOnce(&mut Self)) {
        critical_section::with(|_| {
            (self.length, self.copied) = (length, 0);
            told(self);
        });
    }
}

impl<D: Device, const WORDS: usize, const DEPTH: usize, const POOLS: usize, const TASKS: usize>
    Recorder<D, WORDS, DEPTH, POOLS, TASKS>
{
    /// Makes the next frame, if there is anything to be told.
    pub fn make_frame(&self, reader: &mut Reader) {
        loop {
            match reader.next {
                Next::Zero => {
                    // The frame was not used yet.
                    return reader.made(1, |reader| reader.next = Next::About);
                }
                Next::About => return self.about(reader),
                Next::Names(from) => {
                    if self.names(reader, from) {
                        return;
                    }
                    reader.next = Next::Events(REPEATED);
                }
                Next::Events(0) => reader.next = Next::About,
                Next::Events(left) => {
                    if self.has_new_names() {
                        reader.next = Next::Names(0);
                        continue;
                    }
                    if self.events(reader) {
                        reader.next = Next::Events(left - 1);
                    }
                    return;
                }
            }
        }
    }

    fn about(&self, reader: &mut Reader) {
        let (unlisted_pools, unlisted_tasks) = critical_section::with(|section| {
            let tables = &mut self.producer(section).tables;
            tables.is_changed = false;
            (tables.unlisted_pools, tables.unlisted_tasks)
        });
        let about = About {
            word: size_of::<usize>() as u8,
            boot: D::boot().into(),
            ticks_per_second: match D::HAS_CLOCK {
                true => D::ticks_per_second().into(),
                false => 0,
            },
            depth: DEPTH as u64,
            ring: (WORDS * size_of::<usize>()) as u64,
            number: reader.number,
            unlisted_pools: unlisted_pools.into(),
            unlisted_tasks: unlisted_tasks.into(),
            title: D::title(),
            build_id: D::build_id(),
        };
        let length = about.write(&mut reader.frame).len();
        reader.made(length, |reader| reader.next = Next::Names(0));
    }

    fn has_new_names(&self) -> bool {
        critical_section::with(|section| {
            core::mem::take(&mut self.producer(section).tables.is_changed)
        })
    }

    /// A frame of names from this one on. False if there are none.
    fn names(&self, reader: &mut Reader, mut from: usize) -> bool {
        let mut writer = NamesWriter::new(&mut reader.frame);
        let mut is_empty = true;
        let name_at =
            |index| critical_section::with(|section| self.producer(section).tables.name(index));
        while let Some((index, name)) = name_at(from)
            && writer.name(&name)
        {
            is_empty = false;
            from = index + 1;
        }
        if is_empty {
            return false;
        }
        let length = writer.finish().len();
        reader.made(length, |reader| reader.next = Next::Names(from));
        true
    }

    /// A frame of events. False if there are none.
    fn events(&self, reader: &mut Reader) -> bool {
        if reader.lost == 0 {
            self.look_at_empty_ring(reader);
        }
        if reader.lost != 0 {
            reader.lost_events();
            return true;
        }
        let ring = &self.ring;
        let mut told = Told {
            until: ring.oldest(),
            number: reader.number,
            time: reader.time,
            pool: reader.pool,
        };
        // It begins with the first record, whose time it tells.
        let (mut unused, mut writer) = (Some(&mut reader.frame), None);
        let mut is_overwritten = false;
        // SAFETY: this is the one who reads, and it releases at the end.
        'frame: while let Some((mut start, mut words)) = unsafe { ring.records(told.until) } {
            loop {
                let Some(record) = pack::unpack(words, D::HAS_CLOCK) else {
                    is_overwritten = true;
                    break 'frame;
                };
                if let Some(frame) = unused.take() {
                    writer = Some(EventWriter::new(frame, told.number, told.at(&record)));
                }
                if !writer
                    .as_mut()
                    .is_some_and(|writer| told.tell::<DEPTH>(&record, writer))
                {
                    break 'frame;
                }
                start += record.length;
                words = words.get(record.length..).unwrap_or(&[]);
                told.until = start;
                if words.first().is_none_or(|&word| word == pack::WRAP) {
                    break;
                }
            }
        }
        let Some(writer) = writer else {
            // Not by asking whether the ring is empty: a record may have come since.
            if is_overwritten {
                self.ring_is_overwritten(reader);
            }
            return is_overwritten;
        };
        let length = writer.finish().len();
        reader.made(length, |reader| {
            reader.number = told.number;
            reader.time = told.time;
            reader.pool = told.pool;
            ring.release(told.until);
        });
        true
    }

    /// Where there is nothing to read, lost events are told all the same, and the clock goes on.
    fn look_at_empty_ring(&self, reader: &mut Reader) {
        critical_section::with(|section| {
            if self.ring.is_empty() {
                if D::HAS_CLOCK {
                    reader.time = later(reader.time, D::ticks());
                }
                reader.lost = core::mem::take(&mut self.producer(section).lost);
            }
        });
    }

    /// Something else has written into the ring's memory: what is in it is lost, however much it was.
    fn ring_is_overwritten(&self, reader: &mut Reader) {
        critical_section::with(|section| {
            self.ring.release(self.ring.newest());
            // No pool's: so the next record tells its own.
            self.producer(section).pool = usize::MAX;
        });
        reader.lost = 1;
        reader.lost_events();
    }
}

/// The clock without an end, at `ticks`.
fn later(time: u64, ticks: u32) -> u64 {
    time + u64::from(ticks.wrapping_sub(time as u32))
}

/// How far a frame has come.
struct Told {
    until: usize,
    number: u64,
    time: u64,
    pool: usize,
}

impl Told {
    /// When a record's event happened.
    fn at(&self, record: &Unpacked<'_>) -> u64 {
        record
            .ticks
            .map_or(self.time, |ticks| later(self.time, ticks))
    }

    /// Writes a record into the frame. False if it has no room.
    #[inline(always)]
    fn tell<const DEPTH: usize>(
        &mut self,
        record: &Unpacked<'_>,
        writer: &mut EventWriter<'_>,
    ) -> bool {
        let time = self.at(record);
        let pool = record.pool.unwrap_or(self.pool);
        let mut stack = [0; DEPTH];
        for (to, &address) in stack.iter_mut().zip(record.stack) {
            *to = address as u64;
        }
        let stack = stack.get(..record.stack.len()).unwrap_or(&stack);
        // Lost events belong to no pool, and a task's end neither.
        if !writer.event(time, record.task, pool as u64, stack, &record.event) {
            return false;
        }
        self.number += record.event.count();
        self.time = time;
        self.pool = pool;
        true
    }
}
