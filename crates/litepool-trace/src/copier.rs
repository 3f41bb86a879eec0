//! From one trace to another, with all that the events mention.

use std::io::Write;

use crate::error::TraceError;
use crate::file::Writer;
use crate::interned::{Frame, Interned};
use crate::op::Event;

/// Copies events to a [`Writer`], and before them what they mention by number, which may get other
/// numbers: what was listed twice becomes one.
///
/// ```
/// use litepool_trace::{Copier, Importer, Op, Trace, Writer};
///
/// let csv = "op,id,size,thread\nallocate,1,24,main\nfree,1,,main\n";
/// let mut importer = Importer::from_reader(csv.as_bytes(), None)?;
/// let mut writer = Writer::new(Vec::new(), importer.header())?;
/// let mut copier = Copier::new();
/// while let Some(event) = importer.next() {
///     copier.event(&event?, importer.interned(), &mut writer)?;
/// }
/// copier.finish(importer.interned(), &mut writer)?;
/// let trace = Trace::from_reader(&writer.finish()?[..])?;
/// assert_eq!(trace.interned.thread_name(0), Some("main"));
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct Copier {
    /// The new number of each module, of each frame, and of each stack but stack 0.
    modules: Vec<u32>,
    frames: Vec<u32>,
    stacks: Vec<u32>,
    /// How many threads and pools have their names already: names that come late or change are
    /// written in the end.
    threads: u32,
    pools: u32,
}

impl Copier {
    /// Begins with nothing copied.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes an event, and before it what it mentions and none before it did. Numbers that
    /// `interned` doesn't know are left as they are. O(1), and for each new thing once.
    ///
    /// # Errors
    /// Those of the [`Writer`].
    pub fn event<W: Write>(
        &mut self,
        event: &Event,
        interned: &Interned,
        writer: &mut Writer<W>,
    ) -> Result<(), TraceError> {
        self.stacks(event.stack as usize, interned, writer)?;
        for thread in self.threads..=event.thread {
            let Some(name) = interned.threads.get(thread as usize) else {
                break;
            };
            // One without a name appears in the event itself.
            if thread < event.thread || !name.is_empty() {
                writer.name_thread(thread, name)?;
            }
            self.threads = thread + 1;
        }
        for pool in self.pools..=event.pool {
            let Some(name) = interned.pools.get(pool as usize) else {
                break;
            };
            if pool < event.pool || !name.is_empty() {
                writer.name_pool(pool, name)?;
            }
            self.pools = pool + 1;
        }
        let stack = self.stack(event.stack);
        writer.event(&Event { stack, ..*event })
    }

    /// Writes what no event mentions, and the names that came late or have changed since. Needed
    /// once, after the last event.
    ///
    /// # Errors
    /// Those of the [`Writer`].
    pub fn finish<W: Write>(
        mut self,
        interned: &Interned,
        writer: &mut Writer<W>,
    ) -> Result<(), TraceError> {
        self.stacks(usize::MAX, interned, writer)?;
        self.frames(usize::MAX, interned, writer)?;
        self.modules(usize::MAX, interned, writer)?;
        for (thread, name) in (0..).zip(&interned.threads) {
            writer.name_thread(thread, name)?;
        }
        for (pool, name) in (0..).zip(&interned.pools) {
            writer.name_pool(pool, name)?;
        }
        Ok(())
    }

    /// Announces so many stacks in all, if there are so many, and the frames that they need.
    fn stacks<W: Write>(
        &mut self,
        count: usize,
        interned: &Interned,
        writer: &mut Writer<W>,
    ) -> Result<(), TraceError> {
        for stack in missing(&interned.stacks, self.stacks.len(), count) {
            self.frames(stack.frame as usize + 1, interned, writer)?;
            let parent = self.stack(stack.parent);
            let frame = new_number(&self.frames, stack.frame);
            self.stacks.push(writer.stack(parent, frame)?);
        }
        Ok(())
    }

    /// Announces so many frames, likewise.
    fn frames<W: Write>(
        &mut self,
        count: usize,
        interned: &Interned,
        writer: &mut Writer<W>,
    ) -> Result<(), TraceError> {
        for frame in missing(&interned.frames, self.frames.len(), count) {
            self.modules(frame.module as usize + 1, interned, writer)?;
            let module = new_number(&self.modules, frame.module);
            let number = if module == frame.module {
                writer.frame(frame)?
            } else {
                writer.frame(&Frame {
                    module,
                    ..frame.clone()
                })?
            };
            self.frames.push(number);
        }
        Ok(())
    }

    /// Announces so many modules, likewise.
    fn modules<W: Write>(
        &mut self,
        count: usize,
        interned: &Interned,
        writer: &mut Writer<W>,
    ) -> Result<(), TraceError> {
        for module in missing(&interned.modules, self.modules.len(), count) {
            self.modules.push(writer.module(module)?);
        }
        Ok(())
    }

    /// The new number of a stack.
    fn stack(&self, stack: u32) -> u32 {
        let number = |stack: u32| self.stacks.get((stack as usize).checked_sub(1)?);
        number(stack).copied().unwrap_or(stack)
    }
}

/// What is not copied yet of the first `count`.
fn missing<T>(all: &[T], copied: usize, count: usize) -> &[T] {
    all.get(copied..count.min(all.len())).unwrap_or_default()
}

fn new_number(numbers: &[u32], number: u32) -> u32 {
    numbers.get(number as usize).copied().unwrap_or(number)
}

#[cfg(test)]
mod tests;
