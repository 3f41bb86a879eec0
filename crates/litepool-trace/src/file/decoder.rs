//! Bytes to records: the payload of a chunk after decompression.

use std::sync::Arc;

use super::columns::{Columns, Flaw};
use super::model::{Habit, Model, align_of};
use super::record::{
    ALLOCATE, ALLOCATE_HAS_POOL, COLUMNS, COLUMNS_V1, DISTANCES, EXTRA, FOREIGN_FREE, FRAME,
    FRAMES, FREE, GAP, HAS_ALIGN, HAS_DISTANCE, HAS_FRAME, HAS_LOCATIONS, HAS_MODULE, HAS_PARENT,
    HAS_SIZE, HAS_STACK, HAS_THREAD, HAS_TIME, KIND, MODULE, OFFSETS, OTHERS, PARENTS, POOL_NAME,
    REFUSED, REFUSED_HAS_POOL, REFUSED_RESIZE, RESIZE, RESIZE_HAS_POOL, SIZES, STACK, STACKS, TEXT,
    TEXTS, THREAD_END, THREAD_NAME, TIMES, is_announcement,
};
use crate::error::Fault;
use crate::interned::{Frame, Interned, Location, MAX_LOCATIONS, Module, Stack};
use crate::op::{Event, EventKind, Op};
use crate::rules::Rules;

const NO_SUCH_TAG: Flaw = Flaw::Coding("a tag that this version doesn't have");

/// Takes the payloads of a file's chunks apart.
#[derive(Debug)]
pub(super) struct Decoder {
    version: u16,
    columns: Columns,
    model: Model,
    /// What locations mention by number; text 0 is the empty one.
    texts: Vec<Arc<str>>,
    interned: Interned,
}

impl Decoder {
    /// For a file of this version.
    pub(super) fn new(version: u16) -> Self {
        Self {
            version,
            columns: Columns::default(),
            model: Model::new(version),
            texts: vec![Arc::default()],
            interned: Interned::default(),
        }
    }

    /// What was announced so far.
    pub(super) fn interned(&self) -> &Interned {
        &self.interned
    }

    pub(super) fn into_interned(self) -> Interned {
        self.interned
    }

    /// Begins a payload.
    pub(super) fn load(&mut self, payload: Vec<u8>) -> Result<(), Flaw> {
        let count = if self.version == 1 {
            COLUMNS_V1
        } else {
            COLUMNS
        };
        self.columns = Columns::load(payload, count)?;
        Ok(())
    }

    /// The next event, or `None` at the end of the payload. What is announced before it is taken in.
    pub(super) fn event(&mut self, rules: &mut Rules) -> Result<Option<Event>, Flaw> {
        while let Some(tag) = self.columns.tag() {
            let event = match tag {
                _ if tag & KIND != EXTRA => Some(self.operation(tag, rules)?),
                EXTRA if self.version == 1 => {
                    self.site(rules)?;
                    None
                }
                _ if self.version == 1 => return Err(NO_SUCH_TAG),
                _ if is_announcement(tag) => {
                    self.announcement(tag, rules)?;
                    None
                }
                _ => Some(self.extra(tag, rules)?),
            };
            if let Some(event) = &event {
                rules.accept(event)?;
            }
            rules.limit()?;
            if event.is_some() {
                return Ok(event);
            }
        }
        if !self.columns.is_empty() {
            return Err(Flaw::Coding("numbers that belong to no record"));
        }
        Ok(None)
    }

    /// What comes before the numbers of its own kind: the event with its circumstances (of any
    /// kind, in pool 0), and the habit of its stack.
    fn circumstances(&mut self, bits: u8, rules: &Rules) -> Result<(Event, Habit), Flaw> {
        let mut time = rules.time();
        if bits & HAS_TIME != 0 {
            time = time
                .checked_add(self.columns.number(TIMES)?)
                .ok_or(Flaw::Coding("a time that is too large"))?;
        }
        if bits & HAS_THREAD != 0 {
            self.model.thread = self.columns.number32(OTHERS)?;
        }
        let mut stack = self.model.expected_stack();
        if bits & HAS_STACK != 0 {
            stack = self.columns.number32(STACKS)?;
        }
        let Some(&mut habit) = self.model.enter(stack) else {
            return Err(Fault::UnknownStack {
                stack,
                known: rules.stacks(),
            }
            .into());
        };
        let event = Event {
            thread: self.model.thread,
            stack,
            time,
            ..Event::from(EventKind::ForeignFree)
        };
        Ok((event, habit))
    }

    fn operation(&mut self, tag: u8, rules: &Rules) -> Result<Event, Flaw> {
        let (mut event, mut habit) = self.circumstances(tag, rules)?;
        let has_pool = self.version > 1;
        let op = match tag & KIND {
            ALLOCATE if has_pool || tag & ALLOCATE_HAS_POOL == 0 => {
                self.size(tag, &mut habit)?;
                let align = self.align(tag, &mut habit)?;
                event.pool = self.pool(tag & ALLOCATE_HAS_POOL, &mut habit)?;
                Op::Allocate {
                    id: rules.objects(),
                    size: habit.size,
                    align,
                }
            }
            FREE if tag & (HAS_SIZE | HAS_ALIGN) == 0 => Op::Free {
                id: self.old_object(tag, &mut habit, rules)?,
            },
            RESIZE if has_pool || tag & RESIZE_HAS_POOL == 0 => {
                self.size(tag, &mut habit)?;
                let id = self.old_object(tag, &mut habit, rules)?;
                event.pool = self.pool(tag & RESIZE_HAS_POOL, &mut habit)?;
                Op::Resize {
                    id,
                    size: habit.size,
                }
            }
            _ => return Err(NO_SUCH_TAG),
        };
        self.model.learn(habit);
        event.kind = op.into();
        Ok(event)
    }

    /// An event that is no operation.
    fn extra(&mut self, tag: u8, rules: &Rules) -> Result<Event, Flaw> {
        let bits = self.columns.tag().ok_or(Flaw::Coding("a tag is cut off"))?;
        let (mut event, mut habit) = self.circumstances(bits, rules)?;
        let is_plain = bits & !(HAS_STACK | HAS_TIME | HAS_THREAD) == 0;
        event.kind = match tag {
            REFUSED => {
                self.size(bits, &mut habit)?;
                let align = self.align(bits, &mut habit)?;
                let resized = match bits & REFUSED_RESIZE {
                    0 if bits & HAS_DISTANCE != 0 => return Err(NO_SUCH_TAG),
                    0 => None,
                    _ => Some(self.old_object(bits, &mut habit, rules)?),
                };
                event.pool = self.pool(bits & REFUSED_HAS_POOL, &mut habit)?;
                EventKind::Refused {
                    size: habit.size,
                    align,
                    resized,
                }
            }
            FOREIGN_FREE if is_plain => EventKind::ForeignFree,
            THREAD_END if is_plain => EventKind::ThreadEnd,
            GAP if is_plain => EventKind::Gap {
                lost: self.columns.number(OTHERS)?,
            },
            _ => return Err(NO_SUCH_TAG),
        };
        self.model.learn(habit);
        Ok(event)
    }

    fn size(&mut self, bits: u8, habit: &mut Habit) -> Result<(), Flaw> {
        if bits & HAS_SIZE != 0 {
            habit.size = self.columns.number(SIZES)?;
        }
        Ok(())
    }

    fn align(&mut self, bits: u8, habit: &mut Habit) -> Result<u64, Flaw> {
        if bits & HAS_ALIGN != 0 {
            habit.align = u8::try_from(self.columns.number(OTHERS)?).unwrap_or(u8::MAX);
        }
        align_of(habit.align).ok_or(Flaw::Coding("an alignment above 2^63"))
    }

    fn pool(&mut self, bit: u8, habit: &mut Habit) -> Result<u32, Flaw> {
        if bit != 0 {
            habit.pool = self.columns.number32(OTHERS)?;
        }
        Ok(habit.pool)
    }

    fn old_object(&mut self, bits: u8, habit: &mut Habit, rules: &Rules) -> Result<u32, Flaw> {
        if bits & HAS_DISTANCE != 0 {
            habit.distance = self.columns.number32(DISTANCES)?;
        }
        let newest = i64::from(rules.objects()) - 1;
        let old = newest - i64::from(habit.distance);
        Ok(u32::try_from(old).map_err(|_| Fault::Unknown { id: old })?)
    }

    fn announcement(&mut self, tag: u8, rules: &mut Rules) -> Result<(), Flaw> {
        match tag {
            TEXT => {
                let text = self.columns.text(TEXTS)?;
                rules.add_text(text)?;
                self.texts.push(text.into());
            }
            MODULE => {
                let module = Module {
                    path: self.columns.text(TEXTS)?.to_owned(),
                    build_id: self.columns.bytes(TEXTS)?.to_owned(),
                };
                rules.add_module(&module)?;
                self.interned.modules.push(module);
            }
            THREAD_NAME => {
                let thread = self.columns.number32(OTHERS)?;
                let name = self.columns.text(TEXTS)?;
                let names = &mut self.interned.threads;
                rules.name_thread(thread, name, length(names, thread))?;
                rename(names, thread, name);
            }
            POOL_NAME => {
                let pool = self.columns.number32(OTHERS)?;
                let name = self.columns.text(TEXTS)?;
                let names = &mut self.interned.pools;
                rules.name_pool(pool, name, length(names, pool))?;
                rename(names, pool, name);
            }
            _ if tag & !(HAS_PARENT | HAS_FRAME) == STACK => {
                let stack = self.stack(tag)?;
                self.add_stack(stack, rules)?;
            }
            _ if tag & !(HAS_MODULE | HAS_LOCATIONS) == FRAME => {
                let frame = self.frame(tag)?;
                self.add_frame(frame, rules)?;
            }
            _ => return Err(NO_SUCH_TAG),
        }
        Ok(())
    }

    fn stack(&mut self, tag: u8) -> Result<Stack, Flaw> {
        let mut parent = self.model.stacks();
        if tag & HAS_PARENT != 0 {
            let back = self.columns.number32(PARENTS)?;
            parent = parent
                .checked_sub(back)
                .ok_or(Flaw::Coding("a stack whose parent is before the first"))?;
        }
        let mut frame = self.model.expected_frame(parent);
        if tag & HAS_FRAME != 0 {
            frame = self.columns.number32(FRAMES)?;
        }
        Ok(Stack { frame, parent })
    }

    fn frame(&mut self, tag: u8) -> Result<Frame, Flaw> {
        if tag & HAS_MODULE != 0 {
            self.model.module = self.columns.number32(FRAMES)?;
        }
        let mut frame = Frame {
            module: self.model.module,
            offset: self.columns.number(OFFSETS)?,
            locations: Vec::new(),
        };
        if tag & HAS_LOCATIONS != 0 {
            let count = self.columns.number32(TEXTS)? as usize;
            if count > MAX_LOCATIONS {
                return Err(Fault::TooManyLocations { locations: count }.into());
            }
            frame.locations.reserve_exact(count);
            for _ in 0..count {
                let location = self.location()?;
                frame.locations.push(location);
            }
        }
        Ok(frame)
    }

    fn location(&mut self) -> Result<Location, Flaw> {
        Ok(Location {
            function: self.text()?,
            file: self.text()?,
            line: self.columns.number32(TEXTS)?,
        })
    }

    fn text(&mut self) -> Result<Arc<str>, Flaw> {
        let number = self.columns.number32(TEXTS)? as usize;
        let text = self.texts.get(number).cloned();
        text.ok_or(Flaw::Coding("a text that was not announced"))
    }

    /// An announcement of version 1: a module and an offset, which become a stack of one frame.
    fn site(&mut self, rules: &mut Rules) -> Result<(), Flaw> {
        let module = self.columns.number32(OTHERS)?;
        if module as usize == self.interned.modules.len() {
            let module = Module {
                path: self.columns.text(OTHERS)?.to_owned(),
                build_id: Vec::new(),
            };
            rules.add_module(&module)?;
            self.interned.modules.push(module);
        }
        let frame = Frame {
            module,
            offset: self.columns.number(OTHERS)?,
            locations: Vec::new(),
        };
        self.add_frame(frame, rules)?;
        let stack = Stack {
            frame: self.model.frames() - 1,
            parent: 0,
        };
        self.add_stack(stack, rules)
    }

    fn add_frame(&mut self, frame: Frame, rules: &mut Rules) -> Result<(), Flaw> {
        rules.add_frame(&frame)?;
        self.interned.frames.push(frame);
        self.model.add_frame();
        Ok(())
    }

    fn add_stack(&mut self, stack: Stack, rules: &mut Rules) -> Result<(), Flaw> {
        rules.add_stack(stack)?;
        self.interned.stacks.push(stack);
        self.model.add_stack(stack);
        Ok(())
    }
}

/// Bytes of the name that this number has.
fn length(names: &[String], number: u32) -> usize {
    names.get(number as usize).map_or(0, String::len)
}

/// Gives this number a name. The rules know that it is no larger than that of the last one.
fn rename(names: &mut Vec<String>, number: u32, name: &str) {
    let index = number as usize;
    if index >= names.len() {
        names.resize(index + 1, String::new());
    }
    names[index] = name.to_owned();
}

#[cfg(test)]
mod tests;
