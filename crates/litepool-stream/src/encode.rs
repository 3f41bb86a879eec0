//! Messages to bytes, a frame at a time, into a buffer of the caller's.

use crate::message::{About, Event, Name, Task, VERSION};
use crate::{MAX_DEPTH, MAX_ENCODED, MAX_FRAME, cobs, crc, follows, frame_type, varint};

/// The largest alignment that readers know: at a larger one they would give up the frame.
const MAX_ALIGN_LOG2: u8 = 63;

/// Room for a frame.
#[derive(Clone, Debug)]
pub struct FrameBuffer([u8; MAX_ENCODED]);

impl Default for FrameBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl FrameBuffer {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; MAX_ENCODED])
    }

    /// All of it.
    #[cfg(feature = "recorder")]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Where the checksum begins at the latest; in front stand the first byte of the encoding and the
/// type.
const END: usize = 1 + MAX_FRAME - 4;

/// A frame that is being written. What has no room is left out, and [`FrameWriter::is_full`] says so.
#[derive(Debug)]
struct FrameWriter<'b> {
    buffer: &'b mut [u8; MAX_ENCODED],
    length: usize,
    is_full: bool,
}

impl<'b> FrameWriter<'b> {
    fn new(buffer: &'b mut FrameBuffer, kind: u8) -> Self {
        let buffer = &mut buffer.0;
        buffer[1] = kind;
        Self {
            buffer,
            length: 2,
            is_full: false,
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.length < END {
            self.buffer[self.length] = byte;
            self.length += 1;
        } else {
            self.is_full = true;
        }
    }

    fn number(&mut self, mut number: u64) {
        while number > u32::MAX.into() {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        // Most are that small, and most devices have words of 32 bits.
        let mut number = number as u32;
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// An address, as the difference to the last one of its sort.
    fn address(&mut self, last: &mut u64, address: u64) {
        self.number(varint::zigzag(address.wrapping_sub(*last) as i64));
        *last = address;
    }

    fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        text.iter().for_each(|&byte| self.byte(byte));
    }

    /// Checksum, encoding, and the zero at the end.
    fn finish(self) -> &'b [u8] {
        // The limits are kept already; the compiler does not know that.
        let body = self.length.clamp(1, END);
        let checksum = crc::crc32(&self.buffer[1..body]);
        let end = body + 4;
        self.buffer[body..end].copy_from_slice(&checksum.to_le_bytes());
        cobs::encode(&mut self.buffer[..end]);
        self.buffer[end] = 0;
        &self.buffer[..=end]
    }
}

impl About<'_> {
    /// As a frame for the wire. A title is cut off after 64 bytes, a build id after 32.
    pub fn write<'b>(&self, buffer: &'b mut FrameBuffer) -> &'b [u8] {
        let mut frame = FrameWriter::new(buffer, frame_type::ABOUT);
        frame.byte(VERSION);
        for number in [
            u64::from(self.word),
            self.boot,
            self.ticks_per_second,
            self.depth,
            self.ring,
            self.number,
            self.unlisted_pools,
            self.unlisted_tasks,
        ] {
            frame.number(number);
        }
        frame.text(up_to(self.title, 64));
        frame.text(self.build_id.get(..32).unwrap_or(self.build_id));
        frame.finish()
    }
}

/// The first bytes of a text, `most` at most, and no part of a character of UTF-8.
fn up_to(text: &[u8], most: usize) -> &[u8] {
    let mut end = text.len().min(most);
    while end > 0 && text.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// Writes a frame of names.
///
/// ```
/// use litepool_stream::{FrameBuffer, Name, NamesWriter, Task};
///
/// // So many tasks that they take several frames.
/// let (mut buffer, mut channel) = (FrameBuffer::new(), Vec::new());
/// let mut tasks = (0..20).map(Task::Number).peekable();
/// while tasks.peek().is_some() {
///     let mut writer = NamesWriter::new(&mut buffer);
///     // One for which there is no room is in the next frame.
///     while let Some(&task) = tasks.peek()
///         && writer.name(&Name::Task { task, name: b"a worker of the pool" })
///     {
///         tasks.next();
///     }
///     channel.extend_from_slice(writer.finish());
/// }
/// // Each frame ends with a 0, and has no other.
/// assert_eq!(channel.iter().filter(|&&byte| byte == 0).count(), 2);
/// ```
#[derive(Debug)]
pub struct NamesWriter<'b> {
    frame: FrameWriter<'b>,
}

impl<'b> NamesWriter<'b> {
    /// A frame without names.
    pub fn new(buffer: &'b mut FrameBuffer) -> Self {
        Self {
            frame: FrameWriter::new(buffer, frame_type::NAMES),
        }
    }

    /// Writes one, cut off after 48 bytes. False, and nothing is written, if the frame has no room for
    /// it, and then it has none for any other: a new one has.
    pub fn name(&mut self, name: &Name<'_>) -> bool {
        if self.frame.is_full {
            return false;
        }
        let start = self.frame.length;
        let text = match *name {
            Name::Pool {
                address,
                size,
                name,
            } => {
                self.frame.number(0);
                self.frame.number(address);
                self.frame.number(size);
                name
            }
            Name::Task { task, name } => {
                self.frame.number(1);
                self.frame.number(task.code());
                name
            }
        };
        self.frame.text(up_to(text, 48));
        if self.frame.is_full {
            self.frame.length = start;
        }
        !self.frame.is_full
    }

    /// The frame, for the wire.
    #[must_use]
    pub fn finish(self) -> &'b [u8] {
        self.frame.finish()
    }
}

/// What stood in the record before.
#[derive(Clone, Copy, Debug)]
struct Before {
    time: u64,
    task: Task,
    pool: u64,
    block: u64,
    /// The first `depth` are the stack, the innermost first; 0 stands for what was never there.
    stack: [u64; MAX_DEPTH],
    depth: usize,
}

/// Writes a frame of events.
///
/// ```
/// use litepool_stream::{Event, EventWriter, FrameBuffer, Task};
///
/// let mut buffer = FrameBuffer::new();
/// // 100 events happened before, and the first one of this frame at tick 5000.
/// let mut writer = EventWriter::new(&mut buffer, 100, 5000);
/// let allocated = Event::Allocated { block: 0x2000_0100, size: 40, align_log2: 0 };
/// assert!(writer.event(5000, Task::Number(3), 0x2000_0000, &[0x801], &allocated));
/// let freed = Event::Freed { block: 0x2000_0100 };
/// assert!(writer.event(5007, Task::Number(3), 0x2000_0000, &[0x801], &freed));
/// // Of the second one there is little to say: same task, pool and call stack.
/// assert!(writer.finish().len() < 40);
/// ```
#[derive(Debug)]
pub struct EventWriter<'b> {
    frame: FrameWriter<'b>,
    before: Before,
}

impl<'b> EventWriter<'b> {
    /// A frame without events. `number` of them happened before the first one of it, the lost ones
    /// included, which happened at `time`.
    pub fn new(buffer: &'b mut FrameBuffer, number: u64, time: u64) -> Self {
        let mut frame = FrameWriter::new(buffer, frame_type::EVENTS);
        frame.number(number);
        frame.number(time);
        Self {
            frame,
            before: Before {
                time,
                task: Task::None,
                pool: 0,
                block: 0,
                stack: [0; MAX_DEPTH],
                depth: 0,
            },
        }
    }

    /// Writes one, of which [`MAX_DEPTH`] return addresses are kept. False, and nothing is written, if
    /// the frame has no room for it, and then it has none for any other: a new one has. A `time` before
    /// the last one counts as that, an `align_log2` above 63 as 63.
    pub fn event(
        &mut self,
        time: u64,
        task: Task,
        pool: u64,
        stack: &[u64],
        event: &Event,
    ) -> bool {
        if self.frame.is_full {
            return false;
        }
        let start = self.frame.length;
        let stack = stack.get(..MAX_DEPTH).unwrap_or(stack);
        self.circumstances(event.kind(), time, task, pool, stack);
        self.numbers(event);
        if self.frame.is_full {
            self.frame.length = start;
        }
        !self.frame.is_full
    }

    /// The frame, for the wire.
    #[must_use]
    pub fn finish(self) -> &'b [u8] {
        self.frame.finish()
    }

    fn circumstances(&mut self, kind: u8, time: u64, task: Task, pool: u64, stack: &[u64]) {
        let Self { frame, before } = self;
        let elapsed = time.saturating_sub(before.time);
        let same_stack =
            before.depth == stack.len() && stack.iter().zip(&before.stack).all(|(a, b)| a == b);
        let mut tag = kind;
        for (bit, follows) in [
            (follows::TASK, task != before.task),
            (follows::POOL, pool != before.pool),
            (follows::TIME, elapsed != 0),
            (follows::STACK, !same_stack),
        ] {
            tag |= if follows { bit } else { 0 };
        }
        frame.byte(tag);
        if task != before.task {
            frame.number(task.code());
            before.task = task;
        }
        if pool != before.pool {
            frame.address(&mut before.pool, pool);
        }
        if elapsed != 0 {
            frame.number(elapsed);
            before.time = time;
        }
        if !same_stack {
            frame.number(stack.len() as u64);
            let mut last = before.stack[0];
            for (&address, kept) in stack.iter().zip(&mut before.stack) {
                frame.address(&mut last, address);
                *kept = address;
            }
            before.depth = stack.len();
        }
    }

    fn numbers(&mut self, event: &Event) {
        let Self { frame, before } = self;
        match *event {
            Event::Allocated {
                block,
                size,
                align_log2,
            } => {
                frame.address(&mut before.block, block);
                frame.number(size);
                if align_log2 != 0 {
                    frame.byte(align_log2.min(MAX_ALIGN_LOG2));
                }
            }
            Event::Freed { block } | Event::NotFreed { block } => {
                frame.address(&mut before.block, block);
            }
            Event::Resized { from, to, size } => {
                frame.address(&mut before.block, from);
                frame.address(&mut before.block, to);
                frame.number(size);
            }
            Event::NotAllocated { size, align_log2 } => {
                frame.number(size);
                frame.byte(align_log2.min(MAX_ALIGN_LOG2));
            }
            Event::NotResized { block, size } => {
                frame.address(&mut before.block, block);
                frame.number(size);
            }
            Event::Initialised { size } => frame.number(size),
            Event::Deinitialised => {}
            Event::TaskEnded { task } => frame.number(task.code()),
            Event::Lost { count } => frame.number(count),
        }
    }
}
