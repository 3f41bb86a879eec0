//! Records to bytes: the payload of a chunk before compression.

use super::model::{Model, align_code};
use super::record::{
    ALLOCATE, ALLOCATE_HAS_POOL, COLUMNS, DISTANCES, FOREIGN_FREE, FRAME, FRAMES, FREE, GAP,
    HAS_ALIGN, HAS_DISTANCE, HAS_FRAME, HAS_LOCATIONS, HAS_MODULE, HAS_PARENT, HAS_SIZE, HAS_STACK,
    HAS_THREAD, HAS_TIME, MODULE, OFFSETS, OTHERS, PARENTS, POOL_NAME, REFUSED, REFUSED_HAS_POOL,
    REFUSED_RESIZE, RESIZE, RESIZE_HAS_POOL, SIZES, STACK, STACKS, TAGS, TEXT, TEXTS, THREAD_END,
    THREAD_NAME, TIMES,
};
use super::{VERSION, clip, varint};
use crate::interned::{Frame, Module, Stack};
use crate::op::{Event, EventKind, Op};
use crate::rules::Rules;

/// Builds the payload of a chunk. `rules` have always accepted what is appended, and all before it.
#[derive(Debug)]
pub(super) struct Encoder {
    columns: [Vec<u8>; COLUMNS],
    model: Model,
}

/// The numbers of one event: those that are not as expected go to their columns, and set a bit.
struct Fields<'c> {
    columns: &'c mut [Vec<u8>; COLUMNS],
    bits: u8,
}

impl Fields<'_> {
    /// A number, and what is expected of the next one.
    fn put<T: Copy + PartialEq + Into<u64>>(
        &mut self,
        value: T,
        expected: &mut T,
        bit: u8,
        column: usize,
    ) {
        if value != *expected {
            *expected = value;
            self.bits |= bit;
            varint::put(&mut self.columns[column], value.into());
        }
    }
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self {
            columns: Default::default(),
            model: Model::new(VERSION),
        }
    }

    /// Bytes gathered since the last [`Encoder::flush`].
    pub(super) fn len(&self) -> usize {
        self.columns.iter().map(Vec::len).sum()
    }

    /// Appends an event. `elapsed` is the time since the event before, in microseconds.
    pub(super) fn event(&mut self, event: &Event, rules: &Rules, elapsed: u64) {
        let Self { columns, model } = self;
        let mut fields = Fields { columns, bits: 0 };
        fields.put(elapsed, &mut 0, HAS_TIME, TIMES);
        fields.put(event.thread, &mut model.thread, HAS_THREAD, OTHERS);
        let mut expected = model.expected_stack();
        fields.put(event.stack, &mut expected, HAS_STACK, STACKS);
        let Some(habit) = model.enter(event.stack) else {
            unreachable!("the rules accept no stack that the model doesn't know")
        };
        let distance = |id| rules.objects() - 1 - id;
        let kind = match event.kind {
            EventKind::Op(Op::Allocate { size, align, .. }) => {
                fields.put(size, &mut habit.size, HAS_SIZE, SIZES);
                fields.put(align_code(align), &mut habit.align, HAS_ALIGN, OTHERS);
                fields.put(event.pool, &mut habit.pool, ALLOCATE_HAS_POOL, OTHERS);
                ALLOCATE
            }
            EventKind::Op(Op::Free { id }) => {
                fields.put(distance(id), &mut habit.distance, HAS_DISTANCE, DISTANCES);
                FREE
            }
            EventKind::Op(Op::Resize { id, size }) => {
                fields.put(size, &mut habit.size, HAS_SIZE, SIZES);
                fields.put(distance(id), &mut habit.distance, HAS_DISTANCE, DISTANCES);
                fields.put(event.pool, &mut habit.pool, RESIZE_HAS_POOL, OTHERS);
                RESIZE
            }
            EventKind::Refused {
                size,
                align,
                resized,
            } => {
                fields.put(size, &mut habit.size, HAS_SIZE, SIZES);
                fields.put(align_code(align), &mut habit.align, HAS_ALIGN, OTHERS);
                if let Some(id) = resized {
                    fields.bits |= REFUSED_RESIZE;
                    fields.put(distance(id), &mut habit.distance, HAS_DISTANCE, DISTANCES);
                }
                fields.put(event.pool, &mut habit.pool, REFUSED_HAS_POOL, OTHERS);
                REFUSED
            }
            EventKind::ForeignFree => FOREIGN_FREE,
            EventKind::ThreadEnd => THREAD_END,
            EventKind::Gap { lost } => {
                varint::put(&mut fields.columns[OTHERS], lost);
                GAP
            }
        };
        let bits = fields.bits;
        if let EventKind::Op(_) = event.kind {
            self.columns[TAGS].push(kind | bits);
        } else {
            self.columns[TAGS].extend([kind, bits]);
        }
    }

    /// Appends a text, the next of those that locations mention.
    pub(super) fn text(&mut self, text: &str) {
        self.tag(TEXT);
        self.bytes(clip(text).as_bytes());
    }

    /// Appends a module, the next one.
    pub(super) fn module(&mut self, module: &Module) {
        self.tag(MODULE);
        self.bytes(clip(&module.path).as_bytes());
        self.bytes(&module.build_id);
    }

    /// Appends a frame, the next one. `texts` are the numbers of the functions and files of its
    /// locations.
    pub(super) fn frame(&mut self, frame: &Frame, texts: &[(u32, u32)]) {
        let mut tag = FRAME;
        if frame.module != self.model.module {
            tag |= HAS_MODULE;
            self.number(FRAMES, frame.module.into());
            self.model.module = frame.module;
        }
        self.number(OFFSETS, frame.offset);
        if !texts.is_empty() {
            tag |= HAS_LOCATIONS;
            self.number(TEXTS, texts.len() as u64);
        }
        for (location, &(function, file)) in frame.locations.iter().zip(texts) {
            self.number(TEXTS, function.into());
            self.number(TEXTS, file.into());
            self.number(TEXTS, location.line.into());
        }
        self.tag(tag);
        self.model.add_frame();
    }

    /// Appends a call stack, the next one.
    pub(super) fn stack(&mut self, stack: Stack) {
        let mut tag = STACK;
        let parent = self.model.stacks() - stack.parent;
        if parent != 0 {
            tag |= HAS_PARENT;
            self.number(PARENTS, parent.into());
        }
        if stack.frame != self.model.expected_frame(stack.parent) {
            tag |= HAS_FRAME;
            self.number(FRAMES, stack.frame.into());
        }
        self.tag(tag);
        self.model.add_stack(stack);
    }

    /// Appends the name of a thread.
    pub(super) fn thread_name(&mut self, thread: u32, name: &str) {
        self.name(THREAD_NAME, thread, name);
    }

    /// Appends the name of a pool.
    pub(super) fn pool_name(&mut self, pool: u32, name: &str) {
        self.name(POOL_NAME, pool, name);
    }

    fn name(&mut self, tag: u8, number: u32, name: &str) {
        self.tag(tag);
        self.number(OTHERS, number.into());
        self.bytes(clip(name).as_bytes());
    }

    fn tag(&mut self, tag: u8) {
        self.columns[TAGS].push(tag);
    }

    fn number(&mut self, column: usize, value: u64) {
        varint::put(&mut self.columns[column], value);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(TEXTS, bytes.len() as u64);
        self.columns[TEXTS].extend_from_slice(bytes);
    }

    /// Moves the gathered bytes to `payload`, whose old content is lost.
    pub(super) fn flush(&mut self, payload: &mut Vec<u8>) {
        payload.clear();
        for column in &self.columns {
            varint::put(payload, column.len() as u64);
        }
        for column in &mut self.columns {
            payload.append(column);
        }
    }
}
