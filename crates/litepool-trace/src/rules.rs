//! The rules that a sequence of events obeys. Reader, writer and importers all ask here.

use crate::error::Fault;
use crate::op::{Event, Op, WordSize};

/// What must be remembered of the events so far to judge the next one: one bit per object.
#[derive(Debug)]
pub(crate) struct Rules {
    max_size: u64,
    /// Bit n is set if object n is live.
    live: Vec<u64>,
    objects: u32,
    threads: u32,
    sites: u32,
    /// Bytes of the names of the modules of all sites.
    names: usize,
    time: u64,
}

/// Most bytes of the names of the modules of all sites. A name is stored once in a file, but each site has it in
/// memory, so a small file could fill any memory without this limit.
const MAX_NAMES: usize = 256 << 20;

impl Rules {
    pub(crate) fn new(word: WordSize) -> Self {
        Self {
            max_size: word.max_size(),
            live: Vec::new(),
            objects: 0,
            threads: 0,
            sites: 0,
            names: 0,
            time: 0,
        }
    }

    /// How many objects were allocated so far, which is the next object's number.
    pub(crate) fn objects(&self) -> u32 {
        self.objects
    }

    /// How many call sites are known; they are numbered from 1.
    pub(crate) fn sites(&self) -> u32 {
        self.sites
    }

    /// The time of the last event.
    pub(crate) fn time(&self) -> u64 {
        self.time
    }

    /// Announces one more call site and returns its number. O(1).
    pub(crate) fn add_site(&mut self, module: &str) -> Result<u32, Fault> {
        let names = self.names.saturating_add(module.len());
        let sites = self.sites.checked_add(1).filter(|_| names <= MAX_NAMES);
        self.sites = sites.ok_or(Fault::TooManySites)?;
        self.names = names;
        Ok(self.sites)
    }

    /// Judges the next event and, if it is good, takes it into account. O(1), amortised.
    pub(crate) fn accept(&mut self, event: &Event) -> Result<(), Fault> {
        let Event {
            op,
            thread,
            site,
            time,
        } = *event;
        if thread > self.threads {
            return Err(Fault::UnknownThread {
                thread,
                next: self.threads,
            });
        }
        if site > self.sites {
            return Err(Fault::UnknownSite {
                site,
                known: self.sites,
            });
        }
        if time < self.time {
            return Err(Fault::TimeReversed {
                time,
                previous: self.time,
            });
        }
        match op {
            Op::Allocate { id, size, align } => {
                self.sized(size)?;
                if align != 0 && !align.is_power_of_two() {
                    return Err(Fault::BadAlignment { align });
                }
                self.allocate(id)?;
            }
            Op::Resize { size: 0, .. } => return Err(Fault::ResizeToZero),
            Op::Resize { id, size } => {
                self.sized(size)?;
                self.find(id)?;
            }
            Op::Free { id } => {
                let (word, bit) = self.find(id)?;
                self.live[word] &= !bit;
            }
        }
        self.time = time;
        // A thread number of u32::MAX can't be reached: each one takes an event of its own to appear.
        self.threads = self.threads.max(thread.saturating_add(1));
        Ok(())
    }

    fn sized(&self, size: u64) -> Result<(), Fault> {
        if size > self.max_size {
            Err(Fault::TooLarge { size })
        } else {
            Ok(())
        }
    }

    fn allocate(&mut self, id: u32) -> Result<(), Fault> {
        if id != self.objects {
            return Err(Fault::NotNext {
                id,
                next: self.objects,
            });
        }
        self.objects = id.checked_add(1).ok_or(Fault::TooManyObjects)?;
        let (word, bit) = place(id);
        if word == self.live.len() {
            self.live.push(0);
        }
        self.live[word] |= bit;
        Ok(())
    }

    /// The place of a live object in the bitmap.
    fn find(&self, id: u32) -> Result<(usize, u64), Fault> {
        if id >= self.objects {
            return Err(Fault::Unknown { id: id.into() });
        }
        let (word, bit) = place(id);
        if self.live[word] & bit == 0 {
            Err(Fault::Dead { id })
        } else {
            Ok((word, bit))
        }
    }
}

fn place(id: u32) -> (usize, u64) {
    (id as usize / 64, 1 << (id % 64))
}

#[cfg(test)]
mod tests;
