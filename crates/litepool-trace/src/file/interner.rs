//! Which number each module, frame, stack and text has in the trace that is written.

use std::collections::HashMap;

use crate::interned::{Frame, Module, Stack};

/// The numbers that were given so far.
#[derive(Default, Debug)]
pub(super) struct Interner {
    texts: HashMap<Box<str>, u32>,
    modules: HashMap<Module, u32>,
    frames: HashMap<Frame, u32>,
    stacks: HashMap<Stack, u32>,
    threads: HashMap<u32, Box<str>>,
    pools: HashMap<u32, Box<str>>,
}

impl Interner {
    pub(super) fn text(&self, text: &str) -> Option<u32> {
        self.texts.get(text).copied()
    }

    pub(super) fn add_text(&mut self, text: &str, number: u32) {
        self.texts.insert(text.into(), number);
    }

    pub(super) fn module(&self, module: &Module) -> Option<u32> {
        self.modules.get(module).copied()
    }

    pub(super) fn add_module(&mut self, module: Module, number: u32) {
        self.modules.insert(module, number);
    }

    pub(super) fn frame(&self, frame: &Frame) -> Option<u32> {
        self.frames.get(frame).copied()
    }

    pub(super) fn add_frame(&mut self, frame: Frame, number: u32) {
        self.frames.insert(frame, number);
    }

    pub(super) fn stack(&self, stack: Stack) -> Option<u32> {
        self.stacks.get(&stack).copied()
    }

    pub(super) fn add_stack(&mut self, stack: Stack, number: u32) {
        self.stacks.insert(stack, number);
    }

    /// The name of a thread; empty if it has none.
    pub(super) fn thread_name(&self, thread: u32) -> &str {
        self.threads.get(&thread).map_or("", |name| name)
    }

    pub(super) fn name_thread(&mut self, thread: u32, name: &str) {
        self.threads.insert(thread, name.into());
    }

    /// The name of a pool, likewise.
    pub(super) fn pool_name(&self, pool: u32) -> &str {
        self.pools.get(&pool).map_or("", |name| name)
    }

    pub(super) fn name_pool(&mut self, pool: u32, name: &str) {
        self.pools.insert(pool, name.into());
    }
}
