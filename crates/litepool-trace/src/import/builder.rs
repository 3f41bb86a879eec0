//! From addresses to events: what all importers do.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Notes;
use crate::error::Fault;
use crate::interned::{Frame, Interned, Module, Stack};
use crate::op::{Event, EventKind, Header, Op, WordSize};
use crate::rules::Rules;

/// How many freed keys are remembered, to tell a double free from a free of what was never
/// allocated.
const MOST_FREED: usize = 1 << 20;

/// Where and when something happened, in the terms of the text.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Circumstances<'a> {
    pub(super) thread: Thread<'a>,
    /// What [`Builder::site`] returned, or 0.
    pub(super) stack: u32,
    /// Microseconds since the start, or 0.
    pub(super) time: u64,
}

/// A return address, as a module's name and an offset in it.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) module: String,
    pub(super) offset: u64,
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

/// Makes events of what an importer understands. Objects are named by keys (addresses, or the
/// text's own ids) that may be used again after a free; null pointers are the importer's business.
#[derive(Debug)]
pub(super) struct Builder {
    rules: Rules,
    pub(super) header: Header,
    pub(super) notes: Notes,
    pub(super) interned: Interned,
    /// What was made and not yet taken.
    events: VecDeque<Event>,
    /// The line that the importer is at.
    line: u64,
    /// Bytes of the file that were read so far, compressed or not.
    read: Arc<AtomicU64>,
    /// The live objects' numbers.
    objects: HashMap<u64, u32>,
    /// Keys that were freed and not used again since.
    freed: HashSet<u64>,
    /// The numbers of threads, and how many there are.
    threads: HashMap<u64, u32>,
    named_threads: HashMap<String, u32>,
    thread_count: u32,
    /// The numbers of modules by their names, and of call sites as stacks of one frame.
    modules: HashMap<String, u32>,
    sites: HashMap<(u32, u64), u32>,
    /// Whether all keys and sizes fit into 32 bits.
    narrow: bool,
}

impl Builder {
    /// `read` counts the bytes of the file that were read.
    pub(super) fn new(read: Arc<AtomicU64>) -> Self {
        Self {
            rules: Rules::new(WordSize::Bits64),
            header: Header {
                word: WordSize::Bits64,
                program: String::new(),
            },
            notes: Notes::default(),
            interned: Interned::default(),
            events: VecDeque::new(),
            line: 0,
            read,
            objects: HashMap::new(),
            freed: HashSet::new(),
            threads: HashMap::new(),
            named_threads: HashMap::new(),
            thread_count: 0,
            modules: HashMap::new(),
            sites: HashMap::new(),
            narrow: true,
        }
    }

    /// The next event that was made.
    pub(super) fn take(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether anything was made of the text.
    pub(super) fn has_begun(&self) -> bool {
        self.rules.objects() > 0
    }

    /// The importer is at this line now.
    pub(super) fn at_line(&mut self, line: u64) {
        self.line = line;
        self.rules.at(self.read.load(Ordering::Relaxed));
    }

    /// The number of a call site, as a stack of one frame.
    pub(super) fn site(&mut self, site: &Site) -> Result<u32, Fault> {
        let module = self.module(&site.module)?;
        if let Some(&number) = self.sites.get(&(module, site.offset)) {
            return Ok(number);
        }
        let frame = Frame {
            module,
            offset: site.offset,
            locations: Vec::new(),
        };
        let number = self.rules.add_frame(&frame)?;
        let stack = Stack {
            frame: number,
            parent: 0,
        };
        let number = self.rules.add_stack(stack)?;
        self.rules.limit()?;
        self.interned.frames.push(frame);
        self.interned.stacks.push(stack);
        self.sites.insert((module, site.offset), number);
        Ok(number)
    }

    fn module(&mut self, path: &str) -> Result<u32, Fault> {
        if let Some(&number) = self.modules.get(path) {
            return Ok(number);
        }
        let module = Module {
            path: path.to_owned(),
            build_id: Vec::new(),
        };
        let number = self.rules.add_module(&module)?;
        self.interned.modules.push(module);
        self.modules.insert(path.to_owned(), number);
        Ok(number)
    }

    /// Whether an object is live.
    pub(super) fn is_live(&self, key: u64) -> bool {
        self.objects.contains_key(&key)
    }

    /// Whether an object was live, and no other took its key since.
    pub(super) fn was_freed(&self, key: u64) -> bool {
        self.freed.contains(&key)
    }

    /// The time of the last event, in microseconds.
    pub(super) fn time(&self) -> u64 {
        self.rules.time()
    }

    /// A request that was refused: of a new object, or of another size for the object with the key
    /// `resized`, if that is known.
    pub(super) fn refused(
        &mut self,
        size: u64,
        align: u64,
        resized: Option<u64>,
        at: Circumstances<'_>,
    ) -> Result<(), Fault> {
        self.notes.failed_requests += 1;
        // One that can't be rounded may be why.
        let align = match align {
            0 => 0,
            _ => align.checked_next_power_of_two().unwrap_or(0),
        };
        let resized = resized.and_then(|key| self.objects.get(&key)).copied();
        self.push(
            EventKind::Refused {
                size,
                align,
                resized,
            },
            at,
        )
    }

    /// A thread has ended. Its number in the text may come back as that of another one.
    pub(super) fn thread_ends(&mut self, at: Circumstances<'_>) -> Result<(), Fault> {
        let Thread::Number(number) = at.thread else {
            return Ok(());
        };
        if self.threads.contains_key(&number) {
            self.push(EventKind::ThreadEnd, at)?;
            self.threads.remove(&number);
        }
        Ok(())
    }

    /// An alignment that is no power of two becomes the next one, as in glibc and bionic.
    fn rounded(&mut self, align: u64) -> Result<u64, Fault> {
        let rounded = match align {
            0 => 0,
            _ => align
                .checked_next_power_of_two()
                .ok_or(Fault::BadAlignment { align })?,
        };
        self.notes.rounded_alignments += u64::from(rounded != align);
        Ok(rounded)
    }

    /// A new object. If there is one with this key already, its free was lost: it is added.
    pub(super) fn allocate(
        &mut self,
        key: u64,
        size: u64,
        align: u64,
        at: Circumstances<'_>,
    ) -> Result<(), Fault> {
        self.evict(key, at)?;
        let id = self.rules.objects();
        let align = self.rounded(align)?;
        self.push(Op::Allocate { id, size, align }.into(), at)?;
        self.take_key(key, id, size);
        Ok(())
    }

    /// An object gets another size, and perhaps another key. Zero bytes: it ends.
    pub(super) fn resize(
        &mut self,
        old: u64,
        new: u64,
        size: u64,
        at: Circumstances<'_>,
    ) -> Result<(), Fault> {
        if size == 0 {
            return self.free(old, at);
        }
        let Some(&id) = self.objects.get(&old) else {
            self.notes.adopted_resizes += 1;
            return self.allocate(new, size, 0, at);
        };
        if old != new {
            self.evict(new, at)?;
        }
        self.push(Op::Resize { id, size }.into(), at)?;
        self.give_key(old);
        self.take_key(new, id, size);
        Ok(())
    }

    /// An object ends. If it has ended already, that is counted.
    pub(super) fn free(&mut self, key: u64, at: Circumstances<'_>) -> Result<(), Fault> {
        match self.give_key(key) {
            Some(id) => self.push(Op::Free { id }.into(), at),
            None if self.was_freed(key) => {
                self.notes.double_frees += 1;
                self.notes.first_double_free.get_or_insert(self.line);
                Ok(())
            }
            None => {
                self.notes.foreign_frees += 1;
                self.push(EventKind::ForeignFree, at)
            }
        }
    }

    /// The text is at its end. `addresses`: whether the keys were addresses, so that they tell the
    /// word size.
    pub(super) fn finish(&mut self, addresses: bool) {
        if addresses && self.narrow && self.rules.objects() > 0 {
            self.header.word = WordSize::Bits32;
        }
    }

    fn evict(&mut self, key: u64, at: Circumstances<'_>) -> Result<(), Fault> {
        if let Some(id) = self.objects.remove(&key) {
            self.notes.implied_frees += 1;
            self.push(Op::Free { id }.into(), at)?;
        }
        Ok(())
    }

    fn push(&mut self, kind: EventKind, at: Circumstances<'_>) -> Result<(), Fault> {
        let event = Event {
            thread: self.thread(at.thread)?,
            stack: at.stack,
            time: at.time,
            ..Event::from(kind)
        };
        self.rules.accept(&event)?;
        self.rules.limit()?;
        self.events.push_back(event);
        Ok(())
    }

    /// The number of a thread.
    fn thread(&mut self, thread: Thread<'_>) -> Result<u32, Fault> {
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
                self.rules.name_thread(next, name, 0)?;
                self.named_threads.insert(name.to_owned(), next);
                self.interned.threads.resize(next as usize, String::new());
                self.interned.threads.push(name.to_owned());
            }
        }
        self.thread_count += 1;
        Ok(next)
    }

    /// The key names this object now.
    fn take_key(&mut self, key: u64, id: u32, size: u64) {
        self.narrow &= key.max(size) <= u32::MAX.into();
        self.freed.remove(&key);
        self.objects.insert(key, id);
    }

    /// The key names no object any more. Which one it named.
    fn give_key(&mut self, key: u64) -> Option<u32> {
        let id = self.objects.remove(&key)?;
        if self.freed.len() == MOST_FREED {
            self.freed.clear();
        }
        self.freed.insert(key);
        Some(id)
    }
}
