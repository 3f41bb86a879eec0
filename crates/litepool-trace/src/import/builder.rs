//! From addresses to a trace: what all importers do.

use std::collections::HashMap;

use super::{Format, Import};
use crate::error::Fault;
use crate::op::{Event, Header, Op, Site, WordSize};
use crate::rules::Rules;
use crate::trace::Trace;

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

/// Gathers a trace. Objects are named by keys (addresses, or the text's own ids) that may be used again after a
/// free; null pointers are the importer's business.
#[derive(Debug)]
pub(super) struct Builder {
    rules: Rules,
    import: Import,
    /// The live objects' numbers.
    objects: HashMap<u64, u32>,
    threads: HashMap<u64, u32>,
    sites: HashMap<Site, u32>,
    /// Whether all keys and sizes fit into 32 bits.
    narrow: bool,
}

impl Builder {
    pub(super) fn new(format: Format) -> Self {
        let header = Header {
            word: WordSize::Bits64,
            program: String::new(),
        };
        let trace = Trace {
            header,
            events: Vec::new(),
            sites: Vec::new(),
        };
        Self {
            rules: Rules::new(WordSize::Bits64),
            import: Import {
                format,
                ..Import::complete(trace)
            },
            objects: HashMap::new(),
            threads: HashMap::new(),
            sites: HashMap::new(),
            narrow: true,
        }
    }

    /// The number of a call site.
    pub(super) fn site(&mut self, site: Site) -> Result<u32, Fault> {
        if let Some(&number) = self.sites.get(&site) {
            return Ok(number);
        }
        let number = self.rules.add_site(&site.module)?;
        self.import.trace.sites.push(site.clone());
        self.sites.insert(site, number);
        Ok(number)
    }

    /// Whether an object is live.
    pub(super) fn is_live(&self, key: u64) -> bool {
        self.objects.contains_key(&key)
    }

    /// The time of the last event, in microseconds.
    pub(super) fn time(&self) -> u64 {
        self.rules.time()
    }

    /// A request that was refused.
    pub(super) fn failed(&mut self) {
        self.import.failed_requests += 1;
    }

    /// A new object. If there is one with this key already, its free was lost: it is added.
    pub(super) fn allocate(
        &mut self,
        key: u64,
        size: u64,
        align: u64,
        at: Circumstances,
    ) -> Result<(), Fault> {
        self.evict(key, at)?;
        let id = self.rules.objects();
        self.push(Op::Allocate { id, size, align }, at)?;
        self.note(key, size);
        self.objects.insert(key, id);
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
            self.import.adopted_resizes += 1;
            return self.allocate(new, size, 0, at);
        };
        if old != new {
            self.evict(new, at)?;
        }
        self.push(Op::Resize { id, size }, at)?;
        self.note(new, size);
        self.objects.remove(&old);
        self.objects.insert(new, id);
        Ok(())
    }

    /// An object ends. If it is not known, that is counted.
    pub(super) fn free(&mut self, key: u64, at: Circumstances) -> Result<(), Fault> {
        match self.objects.remove(&key) {
            Some(id) => self.push(Op::Free { id }, at),
            None => {
                self.import.skipped_frees += 1;
                Ok(())
            }
        }
    }

    /// The trace. `addresses`: whether the keys were addresses, so that they tell the word size.
    pub(super) fn finish(mut self, addresses: bool) -> Import {
        if addresses && self.narrow && !self.import.trace.events.is_empty() {
            self.import.trace.header.word = WordSize::Bits32;
        }
        self.import
    }

    fn evict(&mut self, key: u64, at: Circumstances) -> Result<(), Fault> {
        if let Some(id) = self.objects.remove(&key) {
            self.import.implied_frees += 1;
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
        self.import.trace.events.push(event);
        Ok(())
    }

    fn note(&mut self, key: u64, size: u64) {
        self.narrow &= key.max(size) <= u32::MAX.into();
    }
}
