//! What events mention by number: how much there is of it, and what it takes in a reader's memory.
//!
//! Each record of a file makes a reader keep at most [`PER_BYTE`] bytes for each byte that the
//! record takes before compression. So a writer can always obey: see
//! [`Rules::is_believable`](super::Rules::is_believable).

use crate::error::Fault;
use crate::interned::{Frame, MAX_BUILD_ID, MAX_DEPTH, MAX_LOCATIONS, Module, Stack};

/// Bytes that any file may make a reader keep.
const FREE: u64 = 32 << 20;
/// Bytes that a file may make a reader keep besides for each of its bytes. Recordings have some
/// ten at most.
const PER_BYTE: u64 = 64;

/// Generous estimates of what each takes in memory, in bytes; texts count besides.
const TEXT: u64 = 64;
const MODULE: u64 = 128;
const FRAME: u64 = 64;
const LOCATION: u64 = 64;
const STACK: u64 = 64;
const THREAD: u64 = 64;
const POOL: u64 = 64;

/// How much there is of everything that has a number.
#[derive(Debug)]
pub(super) struct Interning {
    texts: u32,
    modules: u32,
    frames: u32,
    /// The depth of each stack.
    depths: Vec<u8>,
    threads: u32,
    pools: u32,
    /// Bytes that all of it takes in memory.
    bytes: u64,
    /// The most there were since the last [`Interning::reset_peak`].
    peak: u64,
}

impl Default for Interning {
    fn default() -> Self {
        Self {
            texts: 0,
            modules: 0,
            frames: 0,
            depths: Vec::new(),
            threads: 0,
            // The default pool is always there.
            pools: 1,
            bytes: 0,
            peak: 0,
        }
    }
}

impl Interning {
    pub(super) fn reset_peak(&mut self) {
        self.peak = self.bytes;
    }

    pub(super) fn limit(&self, file_bytes: u64) -> Result<(), Fault> {
        if self.bytes > most(file_bytes) {
            return Err(Fault::TooMuchInterned);
        }
        Ok(())
    }

    pub(super) fn is_believable(&self, file_bytes: u64) -> bool {
        self.peak <= most(file_bytes)
    }

    pub(super) fn stacks(&self) -> u32 {
        // No more are added than 32 bits can number.
        self.depths.len() as u32
    }

    pub(super) fn threads(&self) -> u32 {
        self.threads
    }

    pub(super) fn pools(&self) -> u32 {
        self.pools
    }

    pub(super) fn add_text(&mut self, text: &str) -> Result<u32, Fault> {
        self.texts = next(self.texts)?;
        self.grow(TEXT + text.len() as u64);
        Ok(self.texts)
    }

    pub(super) fn add_module(&mut self, module: &Module) -> Result<u32, Fault> {
        let bytes = module.build_id.len();
        if bytes > MAX_BUILD_ID {
            return Err(Fault::LongBuildId { bytes });
        }
        let number = self.modules;
        self.modules = next(number)?;
        self.grow(MODULE + (module.path.len() + bytes) as u64);
        Ok(number)
    }

    pub(super) fn add_frame(&mut self, frame: &Frame) -> Result<u32, Fault> {
        if frame.module >= self.modules {
            return Err(Fault::UnknownModule {
                module: frame.module,
                known: self.modules,
            });
        }
        let locations = frame.locations.len();
        if locations > MAX_LOCATIONS {
            return Err(Fault::TooManyLocations { locations });
        }
        let number = self.frames;
        self.frames = next(number)?;
        self.grow(FRAME + LOCATION * locations as u64);
        Ok(number)
    }

    pub(super) fn add_stack(&mut self, stack: Stack) -> Result<u32, Fault> {
        if stack.frame >= self.frames {
            return Err(Fault::UnknownFrame {
                frame: stack.frame,
                known: self.frames,
            });
        }
        self.knows_stack(stack.parent)?;
        let parent = (stack.parent as usize).checked_sub(1);
        let depth = parent.map_or(0, |index| self.depths[index]) + 1;
        if usize::from(depth) > MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        let number = next(self.stacks())?;
        self.depths.push(depth);
        self.grow(STACK);
        Ok(number)
    }

    pub(super) fn knows_stack(&self, stack: u32) -> Result<(), Fault> {
        let known = self.stacks();
        if stack > known {
            return Err(Fault::UnknownStack { stack, known });
        }
        Ok(())
    }

    /// Whether a thread and a pool are known or the next ones.
    pub(super) fn may_see(&self, thread: u32, pool: u32) -> Result<(), Fault> {
        if thread > self.threads {
            return Err(Fault::UnknownThread {
                thread,
                next: self.threads,
            });
        }
        if pool > self.pools {
            return Err(Fault::UnknownPool {
                pool,
                next: self.pools,
            });
        }
        Ok(())
    }

    /// A thread appears that [`Interning::may_see`]. A number of `u32::MAX` can't be reached: each
    /// takes a record of its own to appear.
    pub(super) fn see_thread(&mut self, thread: u32) {
        if thread == self.threads {
            self.threads = thread.saturating_add(1);
            self.grow(THREAD);
        }
    }

    /// A pool appears, likewise.
    pub(super) fn see_pool(&mut self, pool: u32) {
        if pool == self.pools {
            self.pools = pool.saturating_add(1);
            self.grow(POOL);
        }
    }

    /// A name takes the place of another of so many bytes.
    pub(super) fn rename(&mut self, before: usize, name: &str) {
        self.bytes = self.bytes.saturating_sub(before as u64);
        self.grow(name.len() as u64);
    }

    pub(super) fn grow(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.peak = self.peak.max(self.bytes);
    }
}

/// What a file of which so many bytes were read may make a reader keep.
fn most(file_bytes: u64) -> u64 {
    PER_BYTE.saturating_mul(file_bytes).saturating_add(FREE)
}

fn next(number: u32) -> Result<u32, Fault> {
    number.checked_add(1).ok_or(Fault::TooMuchInterned)
}
