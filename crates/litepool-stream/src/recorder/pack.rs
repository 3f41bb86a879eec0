//! An event as words of the ring.
//!
//! ```text
//! header: kind 4 bits | a pool follows 1 | log2 of the alignment 6 | depth of the stack 5 | task 16
//!         lost events: kind 4 bits | how many
//! pool, if it is another one than in the record before
//! one to three numbers of the kind's
//! ticks, if the device has a clock
//! stack
//! ```

use litepool::event::{Event as Happened, What};

use crate::{Event, Task};

/// Instead of a record: the next one is at the ring's beginning.
pub const WRAP: usize = 15;
/// The most events that a record of lost ones tells.
pub const MOST_LOST: u32 = (1 << 28) - 1;

pub const POOL_FOLLOWS: usize = 1 << 4;
const LOG2: u32 = 5;
pub const DEPTH: u32 = 11;
const TASK: u32 = 16;
const KIND: usize = 15;
const LOST: usize = 10;

/// What an event has besides its circumstances.
#[derive(Clone, Copy)]
pub struct Packed {
    /// Kind and alignment.
    pub header: usize,
    pub numbers: [usize; 3],
    /// How many of them there are.
    pub count: usize,
}

/// Of how many numbers a kind is.
const fn numbers_of(kind: usize) -> Option<usize> {
    match kind {
        0 | 6 => Some(2),
        2 | 4 | 5 | 7 | 9 => Some(1),
        3 => Some(3),
        8 => Some(0),
        _ => None,
    }
}

impl Packed {
    #[inline(always)]
    const fn new(kind: usize, numbers: [usize; 3]) -> Self {
        let count = match numbers_of(kind) {
            Some(count) => count,
            None => 0,
        };
        Self {
            header: kind,
            numbers,
            count,
        }
    }

    #[inline(always)]
    const fn aligned(self, align: usize) -> Self {
        Self {
            // Most have none, and not every processor counts zeros.
            header: match align {
                0 | 1 => self.header,
                _ => self.header | (align.trailing_zeros() as usize) << LOG2,
            },
            ..self
        }
    }

    /// An event of a heap; `None` for one that this version does not know.
    #[inline(always)]
    pub fn of(event: &Happened) -> Option<Self> {
        Some(match event.what {
            What::Allocated {
                pointer,
                size,
                align,
            } => Self::new(0, [pointer.addr().get(), size, 0]).aligned(align),
            What::Freed { pointer } => Self::new(2, [pointer.addr().get(), 0, 0]),
            What::Resized { from, to, size } => {
                Self::new(3, [from.addr().get(), to.addr().get(), size])
            }
            What::NotAllocated { size, align } => Self::new(4, [size, 0, 0]).aligned(align),
            What::NotFreed { pointer } => Self::new(5, [pointer.addr().get(), 0, 0]),
            What::NotResized { pointer, size } => Self::new(6, [pointer.addr().get(), size, 0]),
            What::Initialised { size } => Self::new(7, [size, 0, 0]),
            What::Deinitialised => Self::new(8, [0; 3]),
            _ => return None,
        })
    }

    pub fn task_ended(task: Task) -> Self {
        Self::new(9, [short(task), 0, 0])
    }
}

/// Lost events, at most `MOST_LOST`.
pub const fn lost(count: u32) -> usize {
    LOST | (count as usize) << 4
}

/// A task in 16 bits, for a header.
#[inline(always)]
pub const fn task(task: Task) -> usize {
    short(task) << TASK
}

#[inline(always)]
const fn short(task: Task) -> usize {
    match task {
        Task::None => 0,
        Task::Interrupt => 1,
        Task::Number(number) if number < 0xFFFD => number as usize + 2,
        Task::Number(_) => 0xFFFF,
    }
}

const fn long(task: usize) -> Task {
    match task & 0xFFFF {
        0 => Task::None,
        1 => Task::Interrupt,
        number => Task::Number(number as u32 - 2),
    }
}

/// A record, read.
pub struct Unpacked<'w> {
    pub event: Event,
    pub task: Task,
    /// `None`: as in the record before.
    pub pool: Option<usize>,
    /// `None` if the record has none.
    pub ticks: Option<u32>,
    pub stack: &'w [usize],
    /// Words that it takes.
    pub length: usize,
}

/// Reads the record at the front of `words`. `None` if there is none: the ring's memory has been
/// overwritten.
#[inline(always)]
pub fn unpack(words: &[usize], has_clock: bool) -> Option<Unpacked<'_>> {
    let mut rest = words;
    let header = take(&mut rest)?;
    if header & KIND == LOST {
        let count = (header as u32 >> 4).into();
        return Some(Unpacked {
            event: Event::Lost { count },
            task: Task::None,
            pool: None,
            ticks: None,
            stack: &[],
            length: 1,
        });
    }
    let pool = match header & POOL_FOLLOWS {
        0 => None,
        _ => Some(take(&mut rest)?),
    };
    let kind = header & KIND;
    let mut numbers = [0; 3];
    for number in numbers.iter_mut().take(numbers_of(kind)?) {
        *number = take(&mut rest)?;
    }
    let ticks = match has_clock {
        true => Some(take(&mut rest)? as u32),
        false => None,
    };
    let (stack, rest) = rest.split_at_checked(header >> DEPTH & 31)?;
    Some(Unpacked {
        event: event(kind, header >> LOG2 & 63, numbers)?,
        task: long(header >> TASK),
        pool,
        ticks,
        stack,
        length: words.len() - rest.len(),
    })
}

fn take(words: &mut &[usize]) -> Option<usize> {
    let (&word, rest) = words.split_first()?;
    *words = rest;
    Some(word)
}

fn event(kind: usize, log2: usize, numbers: [usize; 3]) -> Option<Event> {
    let [first, second, third] = numbers.map(|number| number as u64);
    let align_log2 = log2 as u8;
    Some(match kind {
        0 => Event::Allocated {
            block: first,
            size: second,
            align_log2,
        },
        2 => Event::Freed { block: first },
        3 => Event::Resized {
            from: first,
            to: second,
            size: third,
        },
        4 => Event::NotAllocated {
            size: first,
            align_log2,
        },
        5 => Event::NotFreed { block: first },
        6 => Event::NotResized {
            block: first,
            size: second,
        },
        7 => Event::Initialised { size: first },
        8 => Event::Deinitialised,
        9 => Event::TaskEnded {
            task: long(numbers[0]),
        },
        _ => return None,
    })
}
