//! What a text calls modules, call sites, threads and pools, and their numbers in the trace.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::error::Fault;
use crate::interned::{Frame, Interned, Location, Module, Stack};
use crate::rules::Rules;

/// A return address, as a module's name and an offset in it.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) module: String,
    pub(super) offset: u64,
    /// Where that is in the sources, if the text says so: the innermost inlined function first.
    pub(super) locations: Vec<Location>,
}

/// What a text calls a thread.
#[derive(Clone, Copy, Debug)]
pub(super) enum Thread<'a> {
    /// Any number that tells threads apart.
    Number(u64),
    /// A name that tells them apart, and is kept.
    Name(&'a str),
}

impl Default for Thread<'_> {
    fn default() -> Self {
        Self::Number(0)
    }
}

/// The numbers that were given so far. Each is O(1).
#[derive(Default, Debug)]
pub(super) struct Names {
    pub(super) interned: Interned,
    modules: HashMap<String, u32>,
    texts: HashSet<Arc<str>>,
    frames: HashMap<(u32, u64), u32>,
    stacks: HashMap<Stack, u32>,
    threads: HashMap<u64, u32>,
    named_threads: HashMap<String, u32>,
    thread_count: u32,
    pools: HashMap<String, u32>,
    /// Of a device, whose pools are told apart by address.
    pools_at: HashMap<u64, u32>,
    /// Of the program of a device, if it has told.
    pub(super) build_id: Vec<u8>,
}

impl Names {
    /// The stack of a call from this site that the stack `parent` called.
    pub(super) fn stack(
        &mut self,
        parent: u32,
        site: &Site,
        rules: &mut Rules,
    ) -> Result<u32, Fault> {
        let module = self.module(&site.module, rules)?;
        let frame = match self.frames.get(&(module, site.offset)) {
            // What is known of the sources is what the text said first.
            Some(&number) => number,
            None => self.new_frame(site, rules)?,
        };
        self.call(parent, frame, rules)
    }

    /// The stack of a call in this frame that the stack `parent` called.
    pub(super) fn call(
        &mut self,
        parent: u32,
        frame: u32,
        rules: &mut Rules,
    ) -> Result<u32, Fault> {
        let stack = Stack { frame, parent };
        if let Some(&number) = self.stacks.get(&stack) {
            return Ok(number);
        }
        let number = rules.add_stack(stack)?;
        rules.limit()?;
        self.interned.stacks.push(stack);
        self.stacks.insert(stack, number);
        Ok(number)
    }

    /// The number of a frame that is not known yet, or of which more is known now.
    pub(super) fn new_frame(&mut self, site: &Site, rules: &mut Rules) -> Result<u32, Fault> {
        let module = self.module(&site.module, rules)?;
        let mut locations = Vec::with_capacity(site.locations.len());
        for location in &site.locations {
            locations.push(Location {
                function: self.text(&location.function, rules)?,
                file: self.text(&location.file, rules)?,
                line: location.line,
            });
        }
        let frame = Frame {
            module,
            offset: site.offset,
            locations,
        };
        let number = rules.add_frame(&frame)?;
        rules.limit()?;
        self.interned.frames.push(frame);
        self.frames.insert((module, site.offset), number);
        Ok(number)
    }

    /// The same text, in memory once.
    fn text(&mut self, text: &Arc<str>, rules: &mut Rules) -> Result<Arc<str>, Fault> {
        if let Some(known) = self.texts.get(text) {
            return Ok(Arc::clone(known));
        }
        rules.add_text(text)?;
        rules.limit()?;
        self.texts.insert(Arc::clone(text));
        Ok(Arc::clone(text))
    }

    fn module(&mut self, path: &str, rules: &mut Rules) -> Result<u32, Fault> {
        if let Some(&number) = self.modules.get(path) {
            return Ok(number);
        }
        let module = Module {
            path: path.to_owned(),
            build_id: self.build_id.clone(),
        };
        let number = rules.add_module(&module)?;
        self.interned.modules.push(module);
        self.modules.insert(path.to_owned(), number);
        Ok(number)
    }

    /// The number of a thread.
    pub(super) fn thread(&mut self, thread: Thread<'_>, rules: &mut Rules) -> Result<u32, Fault> {
        let known = match thread {
            Thread::Number(number) => self.threads.get(&number),
            Thread::Name(name) => self.named_threads.get(name),
        };
        if let Some(&known) = known {
            return Ok(known);
        }
        let next = self.thread_count;
        match thread {
            Thread::Number(number) => {
                self.threads.insert(number, next);
            }
            Thread::Name(name) => {
                rules.name_thread(next, name, 0)?;
                self.named_threads.insert(name.to_owned(), next);
                self.interned.threads.resize(next as usize, String::new());
                self.interned.threads.push(name.to_owned());
            }
        }
        self.thread_count += 1;
        Ok(next)
    }

    /// Whether a thread with this number is known.
    pub(super) fn has_thread(&self, number: u64) -> bool {
        self.threads.contains_key(&number)
    }

    /// A thread with this number is another one from now on.
    pub(super) fn forget_thread(&mut self, number: u64) {
        self.threads.remove(&number);
    }

    /// The number of a pool; without a name, the default one.
    pub(super) fn pool(&mut self, name: &str, rules: &mut Rules) -> Result<u32, Fault> {
        if name.is_empty() {
            return Ok(0);
        }
        if let Some(&number) = self.pools.get(name) {
            return Ok(number);
        }
        let next = self.new_pool(name, rules)?;
        self.pools.insert(name.to_owned(), next);
        Ok(next)
    }

    /// The number of the pool at this address of a device. It is called by its address until
    /// [`Names::name_pool`] knows better.
    pub(super) fn pool_at(&mut self, address: u64, rules: &mut Rules) -> Result<u32, Fault> {
        if let Some(&number) = self.pools_at.get(&address) {
            return Ok(number);
        }
        let next = self.new_pool(&format!("pool {address:#x}"), rules)?;
        self.pools_at.insert(address, next);
        Ok(next)
    }

    /// The next pool.
    fn new_pool(&mut self, name: &str, rules: &mut Rules) -> Result<u32, Fault> {
        // The default pool has no name.
        let next = (self.pools.len() + self.pools_at.len()) as u32 + 1;
        rules.name_pool(next, name, 0)?;
        self.interned.pools.resize(next as usize, String::new());
        self.interned.pools.push(name.to_owned());
        Ok(next)
    }

    /// Another name for a pool that has a number.
    pub(super) fn name_pool(
        &mut self,
        pool: u32,
        name: &str,
        rules: &mut Rules,
    ) -> Result<(), Fault> {
        match self.interned.pools.get_mut(pool as usize) {
            Some(old) if old != name => {
                rules.name_pool(pool, name, old.len())?;
                name.clone_into(old);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Another name for a thread that has a number.
    pub(super) fn name_thread(
        &mut self,
        thread: u32,
        name: &str,
        rules: &mut Rules,
    ) -> Result<(), Fault> {
        let names = &mut self.interned.threads;
        if names.len() <= thread as usize {
            names.resize(thread as usize + 1, String::new());
        }
        let old = &mut names[thread as usize];
        if old != name {
            rules.name_thread(thread, name, old.len())?;
            name.clone_into(old);
        }
        Ok(())
    }
}
