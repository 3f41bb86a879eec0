//! The device's half: events of heaps go into a ring in RAM, and come out as frames for a channel.
//!
//! - `pack.rs`: an event as words; `ring.rs`: words in RAM
//! - `tables.rs`: what pools and tasks are called
//! - `reader.rs`: words to frames

mod device;
mod pack;
mod reader;
mod ring;
mod tables;

#[cfg(test)]
mod tests;

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, Ordering};

use critical_section::CriticalSection;
use litepool::event::{Event, What};

pub use device::Device;

use crate::{MAX_DEPTH, Task};
use pack::Packed;
use reader::Reader;
use ring::{Ring, Space};
use tables::Tables;

/// Takes down what happens to heaps, for a desk: a ring in RAM between those who use the heaps and
/// the one who sends what happened over a channel.
///
/// - `D`: what the device tells of itself.
/// - `WORDS`: how many words of RAM the ring has, 64 at least. An allocation takes three of them, a free
///   two, one more each with a clock, and one for each return address.
/// - `DEPTH`: how many return addresses of each event are kept, [`MAX_DEPTH`] at most.
/// - `POOLS`, `TASKS`: of how many pools and tasks it keeps the names, for a desk that comes late.
///
/// **Recording never waits** for a reader: if the ring is full, events are counted, and as soon as
/// there is room a record says how many were lost. It takes one `critical-section`, of constant
/// length, so it may be done by any task, interrupt handler or processor. There is no start: what
/// happens before anybody reads waits in the ring, as much as it holds.
///
/// **Reading** is one's work at a time, and is done outside of critical sections but for a few words.
/// It may be interrupted anywhere. While one reads, another reader gets nothing.
///
/// Neither uses a heap, so both may be done with a heap's lock held. Several recorders know nothing of
/// each other: each has its own numbers and needs its own channel.
///
/// A heap notifies its configuration of everything that happens, and that records it:
///
/// ```
/// use litepool::{Config, Pool, event::Event, fit::Tlsf};
/// # /*
/// use litepool::lock::CriticalSection;
/// # */
/// # type CriticalSection = litepool::lock::Spin;
/// use litepool_stream::{Device, Recorder};
///
/// struct Board;
/// impl Device for Board {}
///
/// /// 512 words of RAM, four return addresses of each event.
/// static RECORDER: Recorder<Board, 512, 4> = Recorder::new();
///
/// struct Recorded;
/// impl Config for Recorded {
///     type Fit = Tlsf;
///     type Record = ();
///     fn on_event(event: &Event) {
///         RECORDER.record(event);
///     }
/// }
///
/// static HEAP: Pool<Recorded, CriticalSection> = Pool::new();
/// # fn send(_: &[u8]) {}
///
/// /// When there is nothing else to do.
/// fn idle() {
///     let mut bytes = [0; 64];
///     loop {
///         match RECORDER.read(&mut bytes) {
///             0 => break,
///             length => send(&bytes[..length]),
///         }
///     }
/// }
/// # idle();
/// ```
pub struct Recorder<
    D,
    const WORDS: usize,
    const DEPTH: usize,
    const POOLS: usize = 8,
    const TASKS: usize = 16,
> {
    ring: Ring<WORDS>,
    /// Used within a critical section only.
    producer: UnsafeCell<Producer<POOLS, TASKS>>,
    /// Used by the one who set `is_read`.
    reader: UnsafeCell<Reader>,
    is_read: AtomicBool,
    device: PhantomData<fn() -> D>,
}

struct Producer<const POOLS: usize, const TASKS: usize> {
    /// Events since the last record for which there was no room.
    lost: u32,
    /// The pool of the last record.
    pool: usize,
    space: Space,
    tables: Tables<POOLS, TASKS>,
}

// SAFETY: each part says who uses it.
unsafe impl<D, const WORDS: usize, const DEPTH: usize, const POOLS: usize, const TASKS: usize> Sync
    for Recorder<D, WORDS, DEPTH, POOLS, TASKS>
{
}

impl<D: Device, const WORDS: usize, const DEPTH: usize, const POOLS: usize, const TASKS: usize>
    Default for Recorder<D, WORDS, DEPTH, POOLS, TASKS>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Device, const WORDS: usize, const DEPTH: usize, const POOLS: usize, const TASKS: usize>
    Recorder<D, WORDS, DEPTH, POOLS, TASKS>
{
    /// A recorder of which nothing has been read.
    #[must_use]
    pub const fn new() -> Self {
        const {
            assert!(WORDS >= 64, "Recorder: WORDS is 64 at least");
            assert!(DEPTH <= MAX_DEPTH, "Recorder: DEPTH is 16 at most");
        }
        Self {
            ring: Ring::new(),
            producer: UnsafeCell::new(Producer {
                lost: 0,
                pool: 0,
                space: Space::new(),
                tables: Tables::new(),
            }),
            reader: UnsafeCell::new(Reader::new()),
            is_read: AtomicBool::new(false),
            device: PhantomData,
        }
    }

    /// Takes down an event. For [`Config::on_event`](litepool::Config::on_event), with the heap's lock
    /// held, so that the order is true. Constant time, but that pools are noted in a table as they come
    /// and go.
    #[inline(never)]
    pub fn record(&self, event: &Event) {
        if let Some(packed) = Packed::of(event) {
            let mut stack = [0; DEPTH];
            let depth = match DEPTH {
                0 => 0,
                _ => D::callers(&mut stack).min(DEPTH),
            };
            self.append(event.pool, packed, &stack, depth);
            if matches!(event.what, What::Initialised { .. } | What::Deinitialised) {
                self.note(|tables| tables.note(event));
            }
        }
    }

    /// Takes down that a task has ended, whoever ended it: what it still has is nobody's now. Its name
    /// is forgotten.
    pub fn task_ended(&self, number: u32) {
        let task = Task::Number(number);
        self.append(0, Packed::task_ended(task), &[0; DEPTH], 0);
        self.note(|tables| tables.forget_task(task));
    }

    /// Says what the pool at `address` is called; 48 bytes of it.
    pub fn name_pool<N: AsRef<[u8]> + ?Sized>(&self, address: usize, name: &'static N) {
        // Not within the section: what is foreign may come here again.
        let name = name.as_ref();
        self.note(|tables| tables.name_pool(address, name));
    }

    /// Says what a task is called; 48 bytes of it.
    pub fn name_task<N: AsRef<[u8]> + ?Sized>(&self, number: u32, name: &'static N) {
        let name = name.as_ref();
        self.note(|tables| tables.name_task(Task::Number(number), name));
    }

    fn note(&self, work: impl FnOnce(&mut Tables<POOLS, TASKS>)) {
        critical_section::with(|section| work(&mut self.producer(section).tables));
    }

    #[allow(
        clippy::mut_from_ref,
        reason = "a critical section has one user at a time"
    )]
    fn producer<'s>(&'s self, _: CriticalSection<'s>) -> &'s mut Producer<POOLS, TASKS> {
        // SAFETY: nobody else is in a critical section, and no caller keeps it while it calls what may
        // come here again.
        unsafe { &mut *self.producer.get() }
    }

    /// The words of the longest record, and of one that tells of lost events in front of it.
    const LONGEST: usize = 1 + 2 + 3 + 1 + DEPTH;

    /// Copies an event's words into the ring, or counts it.
    #[inline(always)]
    fn append(&self, pool: usize, packed: Packed, stack: &[usize; DEPTH], depth: usize) {
        critical_section::with(|section| {
            let mut header = packed.header | pack::task(D::task()) | depth << pack::DEPTH;
            let ticks = if D::HAS_CLOCK { D::ticks() } else { 0 };
            let producer = self.producer(section);
            if !producer.space.has_room(Self::LONGEST) && !self.make_room(producer) {
                return;
            }
            // SAFETY: there is room for the longest record, and so for what is written behind the end of
            // a shorter one, too: without asking how long it is. All words up to `next` were written.
            unsafe {
                let first = self.ring.at(producer.space.head);
                let mut next = first.add(1);
                if pool != producer.pool {
                    producer.pool = pool;
                    header |= pack::POOL_FOLLOWS;
                    next.write(pool);
                    next = next.add(1);
                }
                first.write(header);
                for (index, &number) in packed.numbers.iter().enumerate() {
                    next.add(index).write(number);
                }
                next = next.add(packed.count);
                if D::HAS_CLOCK {
                    next.write(ticks as usize);
                    next = next.add(1);
                }
                for (index, &address) in stack.iter().enumerate() {
                    next.add(index).write(address);
                }
                let length = next.add(depth).offset_from_unsigned(first);
                self.ring.publish(&mut producer.space, length);
            }
        });
    }

    /// Makes sure that the longest record has room, and tells of lost events in front of it; or counts one.
    #[cold]
    #[inline(never)]
    fn make_room(&self, producer: &mut Producer<POOLS, TASKS>) -> bool {
        // SAFETY: within a critical section, where there is no other producer. Where there is room the
        // first word is one of the ring.
        unsafe {
            let has_room = self.ring.find_room(&mut producer.space, Self::LONGEST);
            if !has_room {
                producer.lost = pack::MOST_LOST.min(producer.lost + 1);
            } else if producer.lost != 0 {
                self.ring
                    .at(producer.space.head)
                    .write(pack::lost(producer.lost));
                producer.lost = 0;
                self.ring.publish(&mut producer.space, 1);
            }
            has_room
        }
    }

    /// Copies what the channel gets next into `buffer`, and says how many bytes that is: a frame, or as
    /// much of one as there is room for; 0 if there is nothing, or another one reads. Call it again
    /// until it says so.
    ///
    /// Some hundred instructions for each event, and less than 1 KiB of stack on a 32-bit device. Nobody
    /// is kept waiting meanwhile.
    pub fn read(&self, buffer: &mut [u8]) -> usize {
        let Some(reading) = Reading::begin(&self.is_read) else {
            return 0;
        };
        // SAFETY: nobody else reads until `reading` ends.
        let reader = unsafe { &mut *self.reader.get() };
        if !reader.has_bytes() {
            self.make_frame(reader);
        }
        let length = reader.copy_to(buffer);
        drop(reading);
        length
    }

    /// Tells again what the device is and what pools and tasks are called, before any further event:
    /// for a desk that has come just now. It is told after every 32 frames of events in any case.
    /// Nothing if another one reads.
    pub fn announce(&self) {
        if let Some(_reading) = Reading::begin(&self.is_read) {
            // SAFETY: nobody else reads.
            unsafe { (*self.reader.get()).announce() };
        }
    }

    /// Lets another one read from now on, in the panic handler, say: who was reading is never going to
    /// go on. Nothing is lost by that: what was copied for a reader that did not come back is copied
    /// again.
    ///
    /// # Safety
    ///
    /// No other task, handler or processor is within [`Recorder::read`] or [`Recorder::announce`], or
    /// returns to it.
    pub unsafe fn take_over(&self) {
        self.is_read.store(false, Ordering::Release);
    }
}

/// The right to read, until this is dropped.
struct Reading<'r>(&'r AtomicBool);

impl<'r> Reading<'r> {
    /// `None` if another one has it. By load and store, which every processor has.
    fn begin(is_read: &'r AtomicBool) -> Option<Self> {
        critical_section::with(|_| {
            let is_free = !is_read.load(Ordering::Acquire);
            is_free.then(|| {
                is_read.store(true, Ordering::Relaxed);
                Self(is_read)
            })
        })
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
