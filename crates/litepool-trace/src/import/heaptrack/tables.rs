//! What heaptrack's lines mention by number: strings, instructions, call stacks, allocation infos.

use std::sync::Arc;

use crate::error::Fault;
use crate::import::builder::Builder;
use crate::import::names::Site;
use crate::interned::{Location, MAX_DEPTH, MAX_LOCATIONS};

/// A number that a table has none for.
const NONE: u32 = u32::MAX;
/// Keys of objects that there never were.
const FOREIGN: u64 = 1 << 63;

/// The hexadecimal numbers of a line.
pub(super) struct Numbers<'l> {
    words: std::str::Split<'l, char>,
    /// Whether a word was no number.
    is_wrong: bool,
}

impl<'l> Numbers<'l> {
    pub(super) fn of(text: &'l str) -> Self {
        Self {
            words: text.split(' '),
            is_wrong: false,
        }
    }

    /// The number of a line that has no other.
    pub(super) fn only(&mut self) -> Option<u64> {
        let number = self.next()?;
        self.is_over().then_some(number)
    }

    /// Whether the line has no more words, and all were numbers.
    pub(super) fn is_over(&mut self) -> bool {
        self.words.next().is_none() && !self.is_wrong
    }
}

impl Iterator for Numbers<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let word = self.words.next()?;
        let is_number = !word.is_empty()
            && word
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(word, 16).ok().filter(|_| is_number);
        self.is_wrong |= number.is_none();
        number
    }
}

/// What was told so far. Strings, instructions and stacks are numbered from 1: 0 is none.
#[derive(Default)]
pub(super) struct Tables {
    strings: Vec<Arc<str>>,
    instructions: Vec<Instruction>,
    stacks: Vec<Stack>,
    infos: Vec<Info>,
    objects: u64,
}

/// Its frame in the trace, or what becomes that when a stack has it.
enum Instruction {
    Told(Box<Site>),
    Known(u32),
}

#[derive(Clone, Copy)]
struct Stack {
    instruction: u32,
    parent: u32,
    /// Its number in the trace, once something was allocated there.
    known: u32,
}

/// What can be allocated, and those objects of it that are live, by their keys.
struct Info {
    size: u64,
    stack: u32,
    live: Vec<u64>,
}

/// An object that begins to live.
pub(super) struct Object {
    pub(super) key: u64,
    pub(super) size: u64,
    /// Its stack in the trace.
    pub(super) stack: u32,
}

impl Tables {
    pub(super) fn add_string(&mut self, text: &str, builder: &mut Builder) -> Result<(), Fault> {
        builder.keeps(entry::<Arc<str>>() + 16 + text.len())?;
        self.strings.push(text.into());
        Ok(())
    }

    /// `i ADDRESS MODULE [FUNCTION [FILE LINE]]…`; `false`: it is not that.
    pub(super) fn add_instruction(
        &mut self,
        numbers: &mut Numbers,
        builder: &mut Builder,
    ) -> Result<bool, Fault> {
        let (Some(offset), Some(module)) = (numbers.next(), numbers.next()) else {
            return Ok(false);
        };
        let Some(module) = self.string(module) else {
            return Ok(false);
        };
        let mut locations = Vec::new();
        while let Some(function) = numbers.next() {
            let (file, line) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
            let (Some(function), Some(file)) = (self.string(function), self.string(file)) else {
                return Ok(false);
            };
            // The innermost ones, and the function whose code it is.
            if locations.len() == MAX_LOCATIONS {
                locations.pop();
            }
            locations.push(Location {
                function,
                file,
                line: u32::try_from(line).unwrap_or(0),
            });
        }
        if !numbers.is_over() {
            return Ok(false);
        }
        let site = Site {
            // The address is none in the file: that is not to be looked for there.
            module: match (&locations[..], module.rsplit_once('/')) {
                ([], Some((_, name))) => name.to_owned(),
                _ => module.to_string(),
            },
            offset,
            locations,
        };
        let bytes = site.module.len() + size_of_val(&site.locations[..]);
        builder.keeps(entry::<Instruction>() + size_of::<Site>() + bytes)?;
        self.instructions.push(Instruction::Told(Box::new(site)));
        Ok(true)
    }

    /// `t INSTRUCTION PARENT`, likewise.
    pub(super) fn add_stack(
        &mut self,
        numbers: &mut Numbers,
        builder: &mut Builder,
    ) -> Result<bool, Fault> {
        let (instruction, parent) = (numbers.next(), numbers.next());
        let instruction = instruction.and_then(|number| among(number, self.instructions.len()));
        let parent = parent.and_then(|number| among(number, self.stacks.len()));
        let (Some(instruction), Some(parent), true) = (instruction, parent, numbers.is_over())
        else {
            return Ok(false);
        };
        builder.keeps(entry::<Stack>())?;
        // One without an instruction is its parent: a long row of those would be followed again and
        // again.
        let same = match (instruction, parent.checked_sub(1)) {
            (0, Some(index)) => self.stacks[index as usize],
            _ => Stack {
                instruction,
                parent,
                known: NONE,
            },
        };
        self.stacks.push(same);
        Ok(true)
    }

    /// `a SIZE STACK`, likewise.
    pub(super) fn add_info(
        &mut self,
        numbers: &mut Numbers,
        builder: &mut Builder,
    ) -> Result<bool, Fault> {
        let (size, stack) = (numbers.next(), numbers.next());
        let stack = stack.and_then(|number| among(number, self.stacks.len()));
        let (Some(size), Some(stack), true) = (size, stack, numbers.is_over()) else {
            return Ok(false);
        };
        builder.keeps(entry::<Info>())?;
        self.infos.push(Info {
            size,
            stack,
            live: Vec::new(),
        });
        Ok(true)
    }

    /// One more object of this info. `None`: there is no such info. O(1), and for each new stack
    /// its depth, of which [`MAX_DEPTH`] frames count.
    pub(super) fn begin(
        &mut self,
        info: u64,
        builder: &mut Builder,
    ) -> Result<Option<Object>, Fault> {
        let info = usize::try_from(info).ok();
        let Some(info) = info.and_then(|info| self.infos.get_mut(info)) else {
            return Ok(None);
        };
        let key = self.objects;
        self.objects += 1;
        info.live.push(key);
        let (size, stack) = (info.size, info.stack);
        let stack = self.stack(stack, builder)?;
        Ok(Some(Object { key, size, stack }))
    }

    /// The last object of this info that is live, or the key of none.
    pub(super) fn end(&mut self, info: u64) -> Option<u64> {
        let known = self.infos.get_mut(usize::try_from(info).ok()?)?;
        let key = known.live.pop().unwrap_or(FOREIGN | info);
        if known.live.len() < known.live.capacity() / 4 {
            known.live.shrink_to(known.live.len() * 2);
        }
        Some(key)
    }

    /// The number in the trace of a stack: of its innermost [`MAX_DEPTH`] frames.
    fn stack(&mut self, stack: u32, builder: &mut Builder) -> Result<u32, Fault> {
        let mut frames = Vec::new();
        let mut next = stack;
        while let Some(index) = next.checked_sub(1) {
            let Stack {
                instruction,
                parent,
                known,
            } = self.stacks[index as usize];
            if known != NONE && frames.is_empty() {
                return Ok(known);
            }
            if let Some(instruction) = instruction.checked_sub(1) {
                frames.push(self.frame(instruction, builder)?);
            }
            if frames.len() == MAX_DEPTH {
                break;
            }
            next = parent;
        }
        let mut frames = frames.into_iter().rev();
        let number = frames.try_fold(0, |parent, frame| builder.call(parent, frame))?;
        if let Some(index) = stack.checked_sub(1) {
            self.stacks[index as usize].known = number;
        }
        Ok(number)
    }

    /// The number of an instruction's frame in the trace.
    fn frame(&mut self, instruction: u32, builder: &mut Builder) -> Result<u32, Fault> {
        let instruction = &mut self.instructions[instruction as usize];
        let frame = match instruction {
            Instruction::Known(frame) => return Ok(*frame),
            Instruction::Told(site) => builder.frame(site)?,
        };
        *instruction = Instruction::Known(frame);
        Ok(frame)
    }

    /// The string of a number; of 0, the empty one.
    fn string(&self, number: u64) -> Option<Arc<str>> {
        match among(number, self.strings.len())?.checked_sub(1) {
            None => Some("".into()),
            Some(index) => self.strings.get(index as usize).cloned(),
        }
    }
}

/// What an entry of a table takes: a vector that grows has room for up to twice as many.
const fn entry<T>() -> usize {
    2 * size_of::<T>()
}

/// A number from 0 to `count`.
fn among(number: u64, count: usize) -> Option<u32> {
    u32::try_from(number)
        .ok()
        .filter(|&number| number as usize <= count)
}
