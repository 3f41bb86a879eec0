//! The rules that a sequence of events obeys. Reader, writer and importers all ask here.

mod live;

use crate::error::Fault;
use crate::op::{Event, Op, WordSize};

use live::LiveSet;

/// What must be remembered of the events so far to judge the next one: a bit for each object among
/// 32,768 of which one is live.
#[derive(Debug)]
pub(crate) struct Rules {
    max_size: u64,
    live: LiveSet,
    /// The most live objects since [`Rules::at`] was called.
    peak: u64,
    objects: u32,
    threads: u32,
    sites: u32,
    /// Bytes that the sites take in memory, by a generous estimate.
    site_bytes: u64,
    time: u64,
    /// Bytes of the file that were read or written so far: what may be kept in memory depends on
    /// it.
    file_bytes: u64,
}

/// Bytes of a call site in memory, without the name of its module, which each site has for itself.
const SITE: u64 = 64;
/// Bytes of call sites that any file may have.
const SITES_FREE: u64 = 32 << 20;
/// Bytes of call sites that a file may have besides for each of its bytes. Recordings have less
/// than one.
const SITES_PER_BYTE: u64 = 64;

/// Live objects that any file may have.
const LIVE_FREE: u64 = 1 << 20;
/// Live objects that a file may have besides for each of its bytes. Recordings have ten at the very
/// most; repetitive text that was compressed, some thousand.
const LIVE_PER_BYTE: u64 = 32;

impl Rules {
    pub(crate) fn new(word: WordSize) -> Self {
        Self {
            max_size: word.max_size(),
            live: LiveSet::default(),
            peak: 0,
            objects: 0,
            threads: 0,
            sites: 0,
            site_bytes: 0,
            time: 0,
            file_bytes: 0,
        }
    }

    /// So many bytes of the file were read or written by now.
    pub(crate) fn at(&mut self, file_bytes: u64) {
        self.file_bytes = file_bytes;
        self.peak = self.live.len();
    }

    /// Refuses more live objects than the bytes that were read so far make believable. For readers:
    /// after each event.
    pub(crate) fn limit_live(&self) -> Result<(), Fault> {
        let live = self.live.len();
        if live > most_live(self.file_bytes) {
            return Err(Fault::TooManyLive { live });
        }
        Ok(())
    }

    /// Whether a reader that has read so many bytes accepts all events since the last
    /// [`Rules::at`].
    pub(crate) fn is_believable(&self, file_bytes: u64) -> bool {
        self.peak <= most_live(file_bytes)
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
        let bytes = self.site_bytes.saturating_add(SITE + module.len() as u64);
        let most = SITES_FREE.saturating_add(SITES_PER_BYTE.saturating_mul(self.file_bytes));
        let sites = self.sites.checked_add(1).filter(|_| bytes <= most);
        self.sites = sites.ok_or(Fault::TooManySites)?;
        self.site_bytes = bytes;
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
                self.known(id)?;
                if !self.live.contains(id) {
                    return Err(Fault::Dead { id });
                }
            }
            Op::Free { id } => {
                self.known(id)?;
                if !self.live.remove(id) {
                    return Err(Fault::DoubleFree { id: id.into() });
                }
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
        self.live.push(id);
        self.peak = self.peak.max(self.live.len());
        Ok(())
    }

    fn known(&self, id: u32) -> Result<(), Fault> {
        if id >= self.objects {
            return Err(Fault::Unknown { id: id.into() });
        }
        Ok(())
    }
}

/// The most live objects of a file of which so many bytes were read.
fn most_live(file_bytes: u64) -> u64 {
    LIVE_PER_BYTE
        .saturating_mul(file_bytes)
        .saturating_add(LIVE_FREE)
}

#[cfg(test)]
mod tests;
