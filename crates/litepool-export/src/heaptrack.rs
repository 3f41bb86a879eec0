//! What heaptrack's interpreter writes, and `heaptrack_gui` and `heaptrack_print` read.
//!
//! Lines of a letter and hexadecimal numbers. Everything is numbered from 1 in the order of its
//! lines, but for allocation infos, which are numbered from 0.
//!
//! ```text
//!   v 10100 1                          heaptrack 1.1.0, version 1 of the format
//!   X COMMAND
//!   s TEXT                             a string
//!   i ADDRESS MODULE [FUNCTION FILE LINE]…   an instruction: further triples are the functions
//!                                      that it was inlined into
//!   t INSTRUCTION PARENT               a call stack; parent 0: none
//!   a SIZE STACK                       what can be allocated
//!   + INFO     - INFO                  allocated, freed
//!   c MILLISECONDS
//! ```
//!
//! Source: heaptrack's `heaptrack_interpret.cpp` and `accumulatedtracedata.cpp`. Versions 2 and 3
//! say nothing more, and older programs don't read them. A `realloc` is a free and an allocation,
//! in that order, as it is where heaptrack records it: the block is from then on that of who
//! resized it. There is nothing for requests that were refused, for pools and for who did it: who
//! did it can be a function at the root of the stack.

use std::collections::hash_map::Entry;
use std::io::{self, Write};
use std::rc::Rc;

use litepool_snapshot::{Call, Place, printable};
use litepool_trace::{Event, Interned, Op};
use rustc_hash::FxHashMap;

use crate::{About, Export, Names, Options};

/// The number of the version of heaptrack, and that of the version of its format.
const VERSIONS: &str = "10100 1";

/// Writes that.
pub(crate) struct Heaptrack<'a> {
    out: &'a mut dyn Write,
    has_task_root: bool,
    milliseconds: u64,
    strings: FxHashMap<String, u32>,
    /// By the frame's number. Instructions that are tasks count, too.
    instructions: FxHashMap<u32, u32>,
    instructions_written: u32,
    /// The stacks that have a task at their root, by the task; the task's own is that of stack 0.
    stacks: FxHashMap<(u32, u32), u32>,
    stacks_written: u32,
    infos: FxHashMap<(u64, u32), u32>,
    infos_written: u32,
    /// The info and the stack of each live object.
    live: FxHashMap<u32, (u32, u32)>,
}

/// Infos that are remembered. Those beyond are written again, which viewers add up.
const MOST_INFOS: usize = 1 << 20;

impl<'a> Heaptrack<'a> {
    pub(crate) fn new(
        out: &'a mut dyn Write,
        about: About<'_>,
        options: Options,
    ) -> io::Result<Self> {
        writeln!(out, "v {VERSIONS}")?;
        writeln!(out, "X {}", printable(about.program))?;
        Ok(Self {
            out,
            has_task_root: options.task_root,
            milliseconds: 0,
            strings: FxHashMap::default(),
            instructions: FxHashMap::default(),
            instructions_written: 0,
            stacks: FxHashMap::default(),
            stacks_written: 0,
            infos: FxHashMap::default(),
            infos_written: 0,
            live: FxHashMap::default(),
        })
    }

    fn allocate(&mut self, id: u32, size: u64, stack: u32) -> io::Result<()> {
        let info = match self.infos.get(&(size, stack)) {
            Some(&known) => known,
            None => self.info(size, stack)?,
        };
        self.live.insert(id, (info, stack));
        writeln!(self.out, "+ {info:x}")
    }

    fn info(&mut self, size: u64, stack: u32) -> io::Result<u32> {
        if self.infos.len() == MOST_INFOS {
            self.infos.clear();
        }
        let number = self.infos_written;
        self.infos_written += 1;
        self.infos.insert((size, stack), number);
        writeln!(self.out, "a {size:x} {stack:x}")?;
        Ok(number)
    }

    /// The stack that the object was allocated from, if it was live.
    fn free(&mut self, id: u32) -> io::Result<Option<u32>> {
        let Some((info, stack)) = self.live.remove(&id) else {
            return Ok(None);
        };
        writeln!(self.out, "- {info:x}")?;
        Ok(Some(stack))
    }

    fn time(&mut self, time: u64) -> io::Result<()> {
        let milliseconds = time / 1000;
        if milliseconds > self.milliseconds {
            self.milliseconds = milliseconds;
            writeln!(self.out, "c {milliseconds:x}")?;
        }
        Ok(())
    }

    /// The number of an event's call stack, 0: it has none. Stacks are trees: whoever calls is
    /// written before.
    fn stack(&mut self, event: &Event, interned: &Interned, names: &mut Names) -> io::Result<u32> {
        let (task, mut number) = if self.has_task_root {
            (event.thread, self.task(event.thread, names)?)
        } else {
            (0, 0)
        };
        let mut missing = Vec::new();
        let mut stack = event.stack;
        while let Some(entry) = (stack as usize)
            .checked_sub(1)
            .and_then(|index| interned.stacks.get(index))
        {
            if let Some(&known) = self.stacks.get(&(task, stack)) {
                number = known;
                break;
            }
            missing.push((stack, entry.frame));
            stack = entry.parent;
        }
        for (stack, frame) in missing.into_iter().rev() {
            let instruction = self.instruction(frame, interned, names)?;
            number = self.write_stack(instruction, number)?;
            self.stacks.insert((task, stack), number);
        }
        Ok(number)
    }

    /// The number of the stack that is the task alone.
    fn task(&mut self, task: u32, names: &Names) -> io::Result<u32> {
        if let Some(&known) = self.stacks.get(&(task, 0)) {
            return Ok(known);
        }
        let name = self.string(&names.thread(task))?;
        self.instructions_written += 1;
        writeln!(self.out, "i 1 0 {name:x}")?;
        let number = self.write_stack(self.instructions_written, 0)?;
        self.stacks.insert((task, 0), number);
        Ok(number)
    }

    fn write_stack(&mut self, instruction: u32, parent: u32) -> io::Result<u32> {
        self.stacks_written += 1;
        writeln!(self.out, "t {instruction:x} {parent:x}")?;
        Ok(self.stacks_written)
    }

    fn instruction(
        &mut self,
        frame: u32,
        interned: &Interned,
        names: &mut Names,
    ) -> io::Result<u32> {
        if let Some(&known) = self.instructions.get(&frame) {
            return Ok(known);
        }
        let calls: Rc<[Call]> = names.frame(interned, frame);
        let module = calls.first().map_or("", |call| &call.module);
        let mut line = format!("{:x}", self.string(module)?);
        for call in calls.iter() {
            let Place::Function {
                function,
                file,
                line: number,
            } = &call.place
            else {
                break;
            };
            let (function, file) = (self.string(function)?, self.string(file)?);
            line += &format!(" {function:x} {file:x} {number:x}");
        }
        let offset = interned.frames.get(frame as usize);
        let offset = offset.map_or(0, |frame| frame.offset);
        writeln!(self.out, "i {offset:x} {line}")?;
        self.instructions_written += 1;
        self.instructions.insert(frame, self.instructions_written);
        Ok(self.instructions_written)
    }

    /// The number of a text; 0: it is empty.
    fn string(&mut self, text: &str) -> io::Result<u32> {
        let text = printable(text);
        if text.is_empty() {
            return Ok(0);
        }
        let next = self.strings.len() as u32 + 1;
        match self.strings.entry(text) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(new) => {
                writeln!(self.out, "s {}", new.key())?;
                new.insert(next);
                Ok(next)
            }
        }
    }
}

impl Export for Heaptrack<'_> {
    fn event(&mut self, event: &Event, interned: &Interned, names: &mut Names) -> io::Result<()> {
        self.time(event.time)?;
        match event.op() {
            None => {}
            Some(Op::Allocate { id, size, .. }) => {
                let stack = self.stack(event, interned, names)?;
                self.allocate(id, size, stack)?;
            }
            Some(Op::Resize { id, size }) => {
                let mut stack = self.stack(event, interned, names)?;
                let before = self.free(id)?;
                if event.stack == 0 {
                    stack = before.unwrap_or(stack);
                }
                self.allocate(id, size, stack)?;
            }
            Some(Op::Free { id }) => {
                self.free(id)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, _: &Interned, _: &mut Names) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
