//! From addresses to events: what all importers do.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Notes;
use crate::error::Fault;
use crate::op::{Event, Header, Op, Site, WordSize};
use crate::rules::Rules;

/// How many freed keys are remembered, to tell a double free from a free of what was never
/// allocated.
const MOST_FREED: usize = 1 << 20;

/// Where and when something happened, in the terms of the text.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Circumstances {
    /// Any number that tells threads apart.
    pub(super) thread: u64,
    /// What [`Builder::site`] returned, or 0.
    pub(super) site: u32,
    /// Microseconds since the start, or 0.
    pub(super) time: u64,
}

/// Makes events of what an importer understands. Objects are named by keys (addresses, or the
/// text's own ids) that may be used again after a free; null pointers are the importer's business.
#[derive(Debug)]
pub(super) struct Builder {
    rules: Rules,
    pub(super) header: Header,
    pub(super) notes: Notes,
    pub(super) sites: Vec<Site>,
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
    threads: HashMap<u64, u32>,
    site_numbers: HashMap<Site, u32>,
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
            sites: Vec::new(),
            events: VecDeque::new(),
            line: 0,
            read,
            objects: HashMap::new(),
            freed: HashSet::new(),
            threads: HashMap::new(),
            site_numbers: HashMap::new(),
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

    /// The number of a call site.
    pub(super) fn site(&mut self, site: Site) -> Result<u32, Fault> {
        if let Some(&number) = self.site_numbers.get(&site) {
            return Ok(number);
        }
        let number = self.rules.add_site(&site.module)?;
        self.sites.push(site.clone());
        self.site_numbers.insert(site, number);
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

    /// A request that was refused.
    pub(super) fn failed(&mut self) {
        self.notes.failed_requests += 1;
    }

    /// A new object. If there is one with this key already, its free was lost: it is added. An
    /// alignment that is no power of two becomes the next one, as in glibc and bionic.
    pub(super) fn allocate(
        &mut self,
        key: u64,
        size: u64,
        align: u64,
        at: Circumstances,
    ) -> Result<(), Fault> {
        self.evict(key, at)?;
        let id = self.rules.objects();
        let rounded = match align {
            0 => 0,
            _ => align
                .checked_next_power_of_two()
                .ok_or(Fault::BadAlignment { align })?,
        };
        self.notes.rounded_alignments += u64::from(rounded != align);
        let align = rounded;
        self.push(Op::Allocate { id, size, align }, at)?;
        self.take_key(key, id, size);
        Ok(())
    }

    /// An object gets another size, and perhaps another key. Zero bytes: it ends.
    pub(super) fn resize(
        &mut self,
        old: u64,
        new: u64,
        size: u64,
        at: Circumstances,
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
        self.push(Op::Resize { id, size }, at)?;
        self.give_key(old);
        self.take_key(new, id, size);
        Ok(())
    }

    /// An object ends. If it is not known, or has ended already, that is counted.
    pub(super) fn free(&mut self, key: u64, at: Circumstances) -> Result<(), Fault> {
        match self.give_key(key) {
            Some(id) => self.push(Op::Free { id }, at),
            None if self.was_freed(key) => {
                self.notes.double_frees += 1;
                self.notes.first_double_free.get_or_insert(self.line);
                Ok(())
            }
            None => {
                self.notes.skipped_frees += 1;
                Ok(())
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

    fn evict(&mut self, key: u64, at: Circumstances) -> Result<(), Fault> {
        if let Some(id) = self.objects.remove(&key) {
            self.notes.implied_frees += 1;
            self.push(Op::Free { id }, at)?;
        }
        Ok(())
    }

    fn push(&mut self, op: Op, at: Circumstances) -> Result<(), Fault> {
        let next = self.threads.len() as u32;
        let thread = *self.threads.entry(at.thread).or_insert(next);
        let event = Event {
            op,
            thread,
            site: at.site,
            time: at.time,
        };
        self.rules.accept(&event)?;
        self.rules.limit_live()?;
        self.events.push_back(event);
        Ok(())
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
