//! What a device sends of its heap's events (`docs/stream-format.md`), as the events of a trace.
//!
//! - `sequence.rs`: what is missing, what came twice, where the device was reset
//! - `clock.rs`: from ticks to microseconds; `blocks.rs`: where the live blocks are
//! - `events.rs`: from records to events; `happening.rs`: what comes of it
//! - `reception.rs`: how much came, and how much did not

mod blocks;
mod clock;
mod events;
mod happening;
mod reception;
mod sequence;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use litepool_stream::{About, Error, Message, Name, Splitter, Task};

use super::Notes;
use super::builder::{Builder, Circumstances};
use super::names::{Site, Thread};
use crate::error::Fault;
use crate::interned::{Interned, Location};
use crate::op::{Header, WordSize};

use blocks::Blocks;
use clock::Clock;
pub use happening::Happening;
pub use reception::{Loss, Reception};
use sequence::{Arrival, Sequence};

/// How many bytes are held back until the device has said what it is: of a recording that begins in
/// the middle, more than comes between two such frames.
const MOST_HELD: usize = 1 << 20;

/// How many names of tasks are kept for those that did nothing yet.
const MOST_NAMES: usize = 4096;

/// Finds the places in the sources of a return address in the program of a build id.
type Namer = Box<dyn FnMut(&[u8], u64) -> Vec<Location>>;

/// Makes events of the bytes that come from a device, in whatever pieces they come.
///
/// Nothing that the bytes hold is an error, and none makes it panic: what is no frame is passed over
/// and counted in [`Receiver::reception`]. Events that are missing become gaps. When a device was
/// reset, what was live is freed. Memory is that of the live objects and of what has a number, as in
/// an [`Importer`](super::Importer).
///
/// ```
/// use litepool_stream::{About, Event, EventWriter, FrameBuffer, Task};
/// use litepool_trace::{Happening, Op, Receiver};
///
/// // What a device sends: what it is, and that it allocated a block.
/// let mut buffer = FrameBuffer::new();
/// let about = About { word: 4, title: b"sensor", ..About::default() };
/// let mut channel = about.write(&mut buffer).to_vec();
/// let mut writer = EventWriter::new(&mut buffer, 0, 0);
/// let allocated = Event::Allocated { block: 0x2000_0100, size: 40, align_log2: 0 };
/// writer.event(0, Task::Number(3), 0, &[], &allocated);
/// channel.extend_from_slice(writer.finish());
///
/// let mut receiver = Receiver::new();
/// receiver.feed(&channel);
/// assert_eq!(receiver.header().program, "sensor");
/// let Some(Happening::Event { event, address }) = receiver.next_happening() else { panic!() };
/// assert_eq!(event.op(), Some(Op::Allocate { id: 0, size: 40, align: 0 }));
/// assert_eq!(address, Some(0x2000_0100));
/// ```
pub struct Receiver {
    splitter: Splitter,
    /// What came before the device said what it is.
    held: Option<Vec<u8>>,
    bytes: Arc<AtomicU64>,
    sequence: Sequence,
    clock: Clock,
    builder: Builder,
    blocks: Blocks,
    /// The stacks that have a number.
    stacks: HashMap<Box<[u64]>, u32>,
    /// The return addresses in them.
    frames: HashSet<u64>,
    namer: Option<Namer>,
    task_names: HashMap<u64, String>,
    /// The pools of which something was told: number in the trace, address, size.
    pools: HashMap<u64, (u32, u64)>,
    happenings: VecDeque<Happening>,
    reception: Reception,
    /// Events before the recording for which there is no gap yet.
    before: u64,
    /// The task of the last event.
    task: Task,
    /// Scratch, to reuse its memory.
    stack: Vec<u64>,
}

impl Receiver {
    /// Begins with a channel of which nothing was read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::counting(Arc::default())
    }

    /// The same, where somebody else counts the bytes.
    pub(super) fn counting(bytes: Arc<AtomicU64>) -> Self {
        Self {
            splitter: Splitter::new(),
            held: Some(Vec::new()),
            builder: Builder::new(Arc::clone(&bytes)),
            bytes,
            sequence: Sequence::default(),
            clock: Clock::default(),
            blocks: Blocks::default(),
            stacks: HashMap::new(),
            frames: HashSet::new(),
            namer: None,
            task_names: HashMap::new(),
            pools: HashMap::new(),
            happenings: VecDeque::new(),
            reception: Reception::default(),
            before: 0,
            task: Task::None,
            stack: Vec::new(),
        }
    }

    /// The same, with someone who finds the places in the sources of a return address, the innermost
    /// inlined function first, in the program of that build id (empty: the device has not told). Asked
    /// once for each address.
    #[must_use]
    pub fn with_namer(mut self, namer: impl FnMut(&[u8], u64) -> Vec<Location> + 'static) -> Self {
        self.namer = Some(Box::new(namer));
        self
    }

    /// Takes what came next. Linear in its length, but for O(log n) for each event with n live
    /// objects.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.take_bytes(bytes);
    }

    /// The same, of bytes that are counted already.
    pub(super) fn take_bytes(&mut self, bytes: &[u8]) {
        self.reception.bytes += bytes.len() as u64;
        let Some(held) = &mut self.held else {
            return self.read(bytes);
        };
        held.extend_from_slice(bytes);
        let mut rest = bytes;
        let mut knows = held.len() > MOST_HELD;
        while let Some(message) = self.splitter.next(&mut rest) {
            knows |= matches!(message, Ok(Message::About(_)));
        }
        if knows {
            self.release();
        }
    }

    /// The channel has ended.
    pub fn finish(&mut self) {
        if self.held.is_some() {
            self.release();
        }
        if self.splitter.pending() > 0 {
            self.reception.cut = true;
        }
        if self.reception.word.is_none() {
            self.builder.finish(true);
        }
    }

    /// What came of it next; `None` until more bytes come.
    pub fn next_happening(&mut self) -> Option<Happening> {
        self.happenings.pop_front()
    }

    /// Where the events come from, once the device has said so: none comes before.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.builder.header
    }

    /// What the events so far mention by number. Names that come late take the place of others.
    #[must_use]
    pub fn interned(&self) -> &Interned {
        self.builder.interned()
    }

    /// How much came so far, and how much did not.
    #[must_use]
    pub fn reception(&self) -> &Reception {
        &self.reception
    }

    /// What could not be taken over as it stood.
    #[must_use]
    pub fn notes(&self) -> Notes {
        Notes {
            reception: Some(self.reception),
            ..self.builder.notes
        }
    }

    /// The header, and what [`Receiver::interned`] tells.
    #[must_use]
    pub fn into_parts(self) -> (Header, Interned) {
        self.builder.into_parts()
    }

    /// Reads what was held back.
    fn release(&mut self) {
        let held = self.held.take().unwrap_or_default();
        self.splitter = Splitter::new();
        self.begin_with(&held);
        self.read(&held);
    }

    /// Takes over what the first frame that says it says of the device: the events before it count
    /// in the same ticks and words.
    fn begin_with(&mut self, held: &[u8]) {
        let mut splitter = Splitter::new();
        let mut rest = held;
        while let Some(message) = splitter.next(&mut rest) {
            if let Ok(Message::About(about)) = message {
                return self.describe(&about);
            }
        }
    }

    fn read(&mut self, mut bytes: &[u8]) {
        // The frame that was read is borrowed from it.
        let mut splitter = std::mem::take(&mut self.splitter);
        while let Some(message) = splitter.next(&mut bytes) {
            self.reception.frames += 1;
            self.builder.at_line(self.reception.frames);
            match message {
                Ok(Message::About(about)) => self.about(&about),
                Ok(Message::Names(names)) => {
                    for name in names {
                        match name {
                            Ok(name) => self.name(&name),
                            Err(_) => self.reception.damaged += 1,
                        }
                    }
                }
                Ok(Message::Events(events)) => self.events(events),
                Err(error) => self.unreadable(error),
            }
        }
        self.splitter = splitter;
    }

    fn unreadable(&mut self, error: Error) {
        self.reception.frames -= 1;
        match error {
            Error::NotAFrame => self.reception.foreign += 1,
            Error::Version(version) => self.reception.version = Some(version),
            Error::Unknown(_) => self.reception.unknown += 1,
            _ => self.reception.damaged += 1,
        }
    }

    fn about(&mut self, about: &About<'_>) {
        let arrival = self.sequence.about(about.boot, about.number);
        match arrival {
            // The gap belongs to the first task that appears.
            Arrival::First { before } if before > 0 => {
                self.count_lost(before, Loss::Before);
                self.before = before;
            }
            arrival => self.arrive(arrival),
        }
        if arrival != Arrival::Stale {
            self.describe(about);
        }
    }

    fn describe(&mut self, about: &About<'_>) {
        self.clock.set_rate(about.ticks_per_second);
        let word = match about.word {
            4 => WordSize::Bits32,
            _ => WordSize::Bits64,
        };
        let title = String::from_utf8_lossy(about.title).into_owned();
        self.builder.describe(word, title, about.build_id);
        let reception = &mut self.reception;
        reception.word = Some(word);
        reception.has_clock = about.ticks_per_second > 0;
        reception.depth = about.depth;
        reception.ring = about.ring;
        reception.unlisted_pools = about.unlisted_pools;
        reception.unlisted_tasks = about.unlisted_tasks;
    }

    fn name(&mut self, name: &Name<'_>) {
        match *name {
            Name::Pool {
                address,
                size,
                name,
            } => {
                let name = String::from_utf8_lossy(name);
                let done = self.pool(address, size).and_then(|pool| {
                    if name.is_empty() {
                        return Ok(());
                    }
                    self.builder.name_pool(pool, &name)
                });
                self.accept(done);
            }
            Name::Task { task, name } => {
                let name = String::from_utf8_lossy(name).into_owned();
                let done = self.builder.name_task(code(task), &name);
                self.accept(done);
                if self.task_names.len() < MOST_NAMES || self.task_names.contains_key(&code(task)) {
                    self.task_names.insert(code(task), name);
                }
            }
        }
    }

    /// The number of the pool at this address; 0 for the default one. Its size, if that is known.
    fn pool(&mut self, address: u64, size: u64) -> Result<u32, Fault> {
        if address == 0 {
            return Ok(0);
        }
        let known = self.pools.get(&address).copied();
        let pool = match known {
            Some((pool, _)) => pool,
            None => self.builder.pool_at(address)?,
        };
        let before = known.map(|(_, size)| size);
        if before.is_none() || size > 0 && before != Some(size) {
            self.pools.insert(address, (pool, size));
            self.happenings.push_back(Happening::Pool {
                pool,
                address,
                size,
            });
        }
        Ok(pool)
    }
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver")
            .field("reception", &self.reception)
            .finish_non_exhaustive()
    }
}

/// Whether these bytes begin with a frame of a device, or hold several. One in the middle is not
/// enough: it may stand in the memory of a device, of which this is a dump.
pub(super) fn is_device(mut beginning: &[u8]) -> bool {
    let mut splitter = Splitter::new();
    let mut frames = 0;
    let mut pieces = 0;
    while let Some(message) = splitter.next(&mut beginning) {
        pieces += 1;
        frames += u32::from(message.is_ok());
        if frames > 0 && (pieces == 1 || frames > 1) {
            return true;
        }
    }
    false
}

/// A number that tells tasks and what is none apart.
const fn code(task: Task) -> u64 {
    match task {
        Task::None => 0,
        Task::Interrupt => 1,
        Task::Number(number) => number as u64 + 2,
    }
}

#[cfg(test)]
mod tests;
