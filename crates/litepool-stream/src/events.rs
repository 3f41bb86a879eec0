//! The records of a frame of events.

use crate::message::{Error, Event, Task};
use crate::{MAX_DEPTH, follows, varint};

/// The events of a frame, one after the other. After an error there is nothing more.
///
/// ```
/// use litepool_stream::{Event, EventWriter, FrameBuffer, Message, Splitter, Task};
///
/// let mut buffer = FrameBuffer::new();
/// let mut writer = EventWriter::new(&mut buffer, 100, 5000);
/// writer.event(5000, Task::Interrupt, 0x2000_0000, &[], &Event::Lost { count: 7 });
/// writer.event(5007, Task::None, 0x2000_0000, &[], &Event::Freed { block: 0x2000_0100 });
///
/// let mut splitter = Splitter::new();
/// let Some(Ok(Message::Events(events))) = splitter.next(&mut writer.finish()) else { panic!() };
/// // Lost events count: what is missing between two frames is known from the numbers.
/// let told: Vec<_> = events.map(|record| record.unwrap()).collect();
/// assert_eq!((told[0].number, told[1].number, told[1].time), (100, 107, 5007));
/// ```
#[derive(Clone, Debug)]
pub struct Events<'a> {
    rest: &'a [u8],
    number: u64,
    time: u64,
    task: Task,
    pool: u64,
    block: u64,
    stack: Stack<'a>,
}

/// An event, and its circumstances.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// How many events happened before it, the lost ones included.
    pub number: u64,
    /// When, in ticks of the device's clock; never before the one before.
    pub time: u64,
    /// For whom.
    pub task: Task,
    /// The address of the pool; 0 for what concerns none.
    pub pool: u64,
    /// From where.
    pub stack: Stack<'a>,
    /// What happened.
    pub event: Event,
}

/// Return addresses, the innermost first.
#[derive(Clone, Debug, Default)]
pub struct Stack<'a> {
    bytes: &'a [u8],
    last: u64,
}

impl Iterator for Stack<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.last = address(&mut self.bytes, self.last)?;
        Some(self.last)
    }
}

/// An address, as the difference to another one.
fn address(bytes: &mut &[u8], last: u64) -> Option<u64> {
    Some(last.wrapping_add_signed(varint::unzigzag(varint::take(bytes)?)))
}

impl<'a> Events<'a> {
    pub(crate) fn new(mut payload: &'a [u8]) -> Option<Self> {
        Some(Self {
            number: varint::take(&mut payload)?,
            time: varint::take(&mut payload)?,
            rest: payload,
            task: Task::None,
            pool: 0,
            block: 0,
            stack: Stack::default(),
        })
    }

    /// How many events happened before the next one of this frame, the lost ones included.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// When the one before happened, in ticks; before the first one, when that happened.
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.time
    }

    /// The events that are left, as they stand on the wire: to tell a frame from another one.
    #[must_use]
    pub const fn encoded(&self) -> &'a [u8] {
        self.rest
    }

    fn record(&mut self) -> Option<Record<'a>> {
        let (&tag, rest) = self.rest.split_first()?;
        self.rest = rest;
        if tag & follows::TASK != 0 {
            self.task = Task::of_code(varint::take(&mut self.rest)?)?;
        }
        if tag & follows::POOL != 0 {
            self.pool = address(&mut self.rest, self.pool)?;
        }
        if tag & follows::TIME != 0 {
            self.time = self.time.checked_add(varint::take(&mut self.rest)?)?;
        }
        if tag & follows::STACK != 0 {
            self.stack = self.stack_behind()?;
        }
        let event = self.event(tag % 16)?;
        let number = self.number;
        self.number = number.checked_add(event.count())?;
        Some(Record {
            number,
            time: self.time,
            task: self.task,
            pool: self.pool,
            stack: self.stack.clone(),
            event,
        })
    }

    /// A stack, whose addresses are all there. Its first one is the difference to that of the stack
    /// before.
    fn stack_behind(&mut self) -> Option<Stack<'a>> {
        let count = varint::take(&mut self.rest)?;
        if count > MAX_DEPTH as u64 {
            return None;
        }
        let last = self.stack.clone().next().unwrap_or(self.stack.last);
        let start = self.rest;
        for _ in 0..count {
            varint::take(&mut self.rest)?;
        }
        let bytes = &start[..start.len() - self.rest.len()];
        Some(Stack { bytes, last })
    }

    fn event(&mut self, kind: u8) -> Option<Event> {
        Some(match kind {
            0 => Event::Allocated {
                block: self.block()?,
                size: self.size()?,
                align_log2: 0,
            },
            1 => Event::Allocated {
                block: self.block()?,
                size: self.size()?,
                align_log2: self.log2()?,
            },
            2 => Event::Freed {
                block: self.block()?,
            },
            3 => Event::Resized {
                from: self.block()?,
                to: self.block()?,
                size: self.size()?,
            },
            4 => Event::NotAllocated {
                size: self.size()?,
                align_log2: self.log2()?,
            },
            5 => Event::NotFreed {
                block: self.block()?,
            },
            6 => Event::NotResized {
                block: self.block()?,
                size: self.size()?,
            },
            7 => Event::Initialised { size: self.size()? },
            8 => Event::Deinitialised,
            9 => Event::TaskEnded {
                task: Task::of_code(varint::take(&mut self.rest)?)?,
            },
            10 => Event::Lost {
                count: varint::take(&mut self.rest)?,
            },
            _ => return None,
        })
    }

    fn block(&mut self) -> Option<u64> {
        self.block = address(&mut self.rest, self.block)?;
        Some(self.block)
    }

    fn size(&mut self) -> Option<u64> {
        varint::take(&mut self.rest)
    }

    fn log2(&mut self) -> Option<u8> {
        u8::try_from(varint::take(&mut self.rest)?)
            .ok()
            .filter(|&log2| log2 < 64)
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Result<Record<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let record = self.record();
        if record.is_none() {
            self.rest = &[];
        }
        Some(record.ok_or(Error::Malformed))
    }
}
