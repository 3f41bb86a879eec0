//! Call stacks as texts: those that read alike are one.

use std::rc::Rc;

use litepool_snapshot::{Call, Context, ContextProfiler};
use litepool_trace::{Event, Interned, MAX_DEPTH, Op};
use rustc_hash::FxHashMap;

use crate::Names;

/// How a format words its frames.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// A call, and the offset of its return address in its module.
    pub(crate) call: fn(&Call, u64) -> String,
    /// The name of a task, where it stands at the root of a stack.
    pub(crate) task: fn(&str) -> String,
    /// In place of a call stack that is not known.
    pub(crate) unknown: &'static str,
    /// In place of the callers of a stack that is too long.
    pub(crate) more: &'static str,
}

/// Frames of a stack that are told: the innermost ones. A recorder takes 64, and each of them may
/// be a few that were inlined; but a file that somebody made to do harm has 64 of these as well.
const MOST_FRAMES: usize = 256;

/// The numbers of frames and of stacks of them, given as they are asked for, both from 0.
#[derive(Debug)]
pub(crate) struct Stacks {
    style: Style,
    has_task_root: bool,
    texts: Vec<String>,
    by_text: FxHashMap<String, u32>,
    /// By the number of the trace's frame.
    by_frame: FxHashMap<u32, Rc<[u32]>>,
    stacks: Vec<Rc<[u32]>>,
    by_frames: FxHashMap<Rc<[u32]>, u32>,
    /// By the task, where it makes a difference, and the number of the trace's stack.
    known: FxHashMap<(u32, u32), u32>,
}

impl Stacks {
    /// Begins without any. `has_task_root`: whether stacks of different tasks differ.
    pub(crate) fn new(style: Style, has_task_root: bool) -> Self {
        Self {
            style,
            has_task_root,
            texts: Vec::new(),
            by_text: FxHashMap::default(),
            by_frame: FxHashMap::default(),
            stacks: Vec::new(),
            by_frames: FxHashMap::default(),
            known: FxHashMap::default(),
        }
    }

    /// The number of an event's stack. The first question takes the time of naming it, later ones
    /// O(1).
    pub(crate) fn of(&mut self, event: &Event, interned: &Interned, names: &mut Names) -> u32 {
        let task = if self.has_task_root { event.thread } else { 0 };
        let key = (task, event.stack);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let mut frames = Vec::new();
        for frame in frames_of(interned, event.stack) {
            frames.extend_from_slice(&self.frame(frame, interned, names));
        }
        if frames.len() > MOST_FRAMES {
            frames.truncate(MOST_FRAMES);
            frames.push(self.text(self.style.more.into()));
        }
        if frames.is_empty() {
            frames.push(self.text(self.style.unknown.into()));
        }
        if self.has_task_root {
            frames.push(self.text((self.style.task)(&names.thread(task))));
        }
        let next = self.stacks.len() as u32;
        let frames: Rc<[u32]> = frames.into();
        let number = *self.by_frames.entry(Rc::clone(&frames)).or_insert(next);
        if number == next {
            self.stacks.push(frames);
        }
        self.known.insert(key, number);
        number
    }

    /// Counts an event, of which an object that is allocated belongs to its stack: contexts differ
    /// in the numbers of these stacks alone.
    pub(crate) fn count(
        &mut self,
        event: &Event,
        profiler: &mut ContextProfiler,
        interned: &Interned,
        names: &mut Names,
    ) {
        let stack = match event.op() {
            Some(Op::Allocate { .. }) => self.of(event, interned, names),
            _ => 0,
        };
        let context = Context {
            stack,
            ..Context::default()
        };
        profiler.event_in(event, context);
    }

    /// The frames of a stack, the innermost first: one at least.
    pub(crate) fn frames(&self, stack: u32) -> &[u32] {
        self.stacks.get(stack as usize).map_or(&[], |frames| frames)
    }

    /// All frames as texts, by their numbers.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    fn frame(&mut self, frame: u32, interned: &Interned, names: &mut Names) -> Rc<[u32]> {
        if let Some(known) = self.by_frame.get(&frame) {
            return Rc::clone(known);
        }
        let offset = interned.frames.get(frame as usize);
        let offset = offset.map_or(0, |frame| frame.offset);
        let calls = names.frame(interned, frame);
        let texts = calls.iter().map(|call| (self.style.call)(call, offset));
        let texts: Vec<String> = texts.collect();
        let numbers: Rc<[u32]> = texts.into_iter().map(|text| self.text(text)).collect();
        self.by_frame.insert(frame, Rc::clone(&numbers));
        numbers
    }

    fn text(&mut self, text: String) -> u32 {
        if let Some(&known) = self.by_text.get(&text) {
            return known;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.clone());
        self.by_text.insert(text, number);
        number
    }
}

/// The numbers of the frames of a trace's stack, the innermost first.
pub(crate) fn frames_of(interned: &Interned, stack: u32) -> impl Iterator<Item = u32> + '_ {
    let entry = |stack: u32| interned.stacks.get((stack as usize).checked_sub(1)?);
    let stacks = std::iter::successors(entry(stack), move |stack| entry(stack.parent));
    stacks.map(|stack| stack.frame).take(MAX_DEPTH)
}
