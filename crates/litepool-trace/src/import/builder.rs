//! From addresses to events: what all importers do.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Notes;
use super::names::{Names, Site, Thread};
use crate::error::Fault;
use crate::interned::{Interned, MAX_BUILD_ID, MAX_DEPTH};
use crate::op::{Event, EventKind, Header, Op, WordSize};
use crate::rules::Rules;

/// How many freed keys are remembered, to tell a double free from a free of what was never
/// allocated.
const MOST_FREED: usize = 1 << 20;

/// Where and when something happened, in the terms of the text.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Circumstances<'a> {
    pub(super) thread: Thread<'a>,
    /// What [`Builder::stack`] returned, or 0.
    pub(super) stack: u32,
    /// What [`Builder::pool`] returned, or 0. Frees have none.
    pub(super) pool: u32,
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
    names: Names,
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
            names: Names::default(),
            events: VecDeque::new(),
            line: 0,
            read,
            objects: HashMap::new(),
            freed: HashSet::new(),
            narrow: true,
        }
    }

    /// What the events so far mention by number.
    pub(super) fn interned(&self) -> &Interned {
        &self.names.interned
    }

    /// The header, and what [`Builder::interned`] tells.
    pub(super) fn into_parts(self) -> (Header, Interned) {
        (self.header, self.names.interned)
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

    /// The call stack of these sites, the innermost first. Only the innermost
    /// [`MAX_DEPTH`] are kept.
    pub(super) fn stack(&mut self, sites: &[Site]) -> Result<u32, Fault> {
        let kept = &sites[..sites.len().min(MAX_DEPTH)];
        kept.iter().rev().try_fold(0, |parent, site| {
            self.names.stack(parent, site, &mut self.rules)
        })
    }

    /// The number of a frame that was not told before.
    pub(super) fn frame(&mut self, site: &Site) -> Result<u32, Fault> {
        self.names.new_frame(site, &mut self.rules)
    }

    /// The stack of a call in this frame that the stack `parent` called.
    pub(super) fn call(&mut self, parent: u32, frame: u32) -> Result<u32, Fault> {
        self.names.call(parent, frame, &mut self.rules)
    }

    /// The importer itself keeps so many more bytes of the text from now on.
    pub(super) fn keeps(&mut self, bytes: usize) -> Result<(), Fault> {
        self.rules.keep(bytes as u64);
        self.rules.limit()
    }

    /// The number of a pool; without a name, the default one.
    pub(super) fn pool(&mut self, name: &str) -> Result<u32, Fault> {
        self.names.pool(name, &mut self.rules)
    }

    /// The device says what it is.
    pub(super) fn describe(&mut self, word: WordSize, program: String, build_id: &[u8]) {
        self.rules.set_word(word);
        self.names.build_id = build_id[..build_id.len().min(MAX_BUILD_ID)].to_vec();
        self.header = Header { word, program };
    }

    /// The build id of the device's program; empty if it has not told.
    pub(super) fn build_id(&self) -> &[u8] {
        &self.names.build_id
    }

    /// The number of the pool at this address of a device.
    pub(super) fn pool_at(&mut self, address: u64) -> Result<u32, Fault> {
        self.names.pool_at(address, &mut self.rules)
    }

    /// What a pool is called.
    pub(super) fn name_pool(&mut self, pool: u32, name: &str) -> Result<(), Fault> {
        self.names.name_pool(pool, name, &mut self.rules)
    }

    /// Whether a thread of this number has appeared.
    pub(super) fn knows_task(&self, number: u64) -> bool {
        self.names.has_thread(number)
    }

    /// What the thread of this number is called, if it has appeared.
    pub(super) fn name_task(&mut self, number: u64, name: &str) -> Result<(), Fault> {
        if !self.names.has_thread(number) {
            return Ok(());
        }
        let thread = self.names.thread(Thread::Number(number), &mut self.rules)?;
        self.names.name_thread(thread, name, &mut self.rules)
    }

    /// So many events are missing (0: nobody knows how many). What was freed before may have been
    /// allocated in them.
    pub(super) fn gap(&mut self, lost: u64, at: Circumstances<'_>) -> Result<(), Fault> {
        self.freed.clear();
        self.push(EventKind::Gap { lost }, at)
    }

    /// A free of what was not allocated here.
    pub(super) fn foreign_free(&mut self, at: Circumstances<'_>) -> Result<(), Fault> {
        self.push(EventKind::ForeignFree, at)
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
        if self.names.has_thread(number) {
            self.push(EventKind::ThreadEnd, at)?;
            self.names.forget_thread(number);
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

    /// Whether an object of so many bytes can be in the program's memory.
    pub(super) fn sized(&self, size: u64) -> Result<(), Fault> {
        self.rules.sized(size)
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

    /// An object that is still live was freed unseen. Nothing, if none is.
    pub(super) fn evict(&mut self, key: u64, at: Circumstances<'_>) -> Result<(), Fault> {
        let was_live = self.end(key, at)?;
        self.notes.implied_frees += u64::from(was_live);
        Ok(())
    }

    /// An object ends with what it is in. Whether it was live.
    pub(super) fn end(&mut self, key: u64, at: Circumstances<'_>) -> Result<bool, Fault> {
        let Some(id) = self.objects.remove(&key) else {
            return Ok(false);
        };
        self.push(Op::Free { id }.into(), at)?;
        Ok(true)
    }

    fn push(&mut self, kind: EventKind, at: Circumstances<'_>) -> Result<(), Fault> {
        let has_pool = matches!(
            kind,
            EventKind::Refused { .. } | EventKind::Op(Op::Allocate { .. } | Op::Resize { .. })
        );
        let event = Event {
            kind,
            thread: self.names.thread(at.thread, &mut self.rules)?,
            stack: at.stack,
            pool: if has_pool { at.pool } else { 0 },
            time: at.time,
        };
        self.rules.accept(&event)?;
        self.rules.limit()?;
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
