//! Runs a script through a heap: the one loop behind searching, timing, observing and verifying.

use std::ptr::NonNull;

use litepool::{Config, Heap, ResizeError, Stats};
use litepool_trace::{Op, Script};
use serde::Serialize;

use crate::memory::Memory;

#[cfg(test)]
mod tests;

/// How a replay ended.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Outcome {
    /// Every operation was done.
    Completed,
    /// The pool could not be made: the reason.
    NoPool(String),
    /// The heap could not serve a request.
    Failed(Failure),
    /// The heap did what it must not do: at this operation, this was found. A fault in litepool.
    Broken(usize, String),
}

/// A request that failed, and the heap as it was then.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Failure {
    /// The number of the operation, from 1.
    pub(crate) operation: usize,
    /// The request.
    pub(crate) op: Op,
    /// What the heap said.
    pub(crate) message: String,
    /// The heap's figures at that moment.
    pub(crate) stats: Stats,
}

impl Failure {
    /// Bytes that were requested.
    pub(crate) fn request(&self) -> u64 {
        match self.op {
            Op::Allocate { size, .. } | Op::Resize { size, .. } => size,
            Op::Free { .. } => 0,
        }
    }

    /// Why it failed.
    pub(crate) fn cause(&self) -> Cause {
        let in_blocks = self.stats.free.saturating_sub(self.stats.free_in_chunks);
        let room = in_blocks.saturating_sub(HEADER) as u64;
        if self.stats.largest_free as u64 >= self.request() {
            Cause::Alignment
        } else if self.stats.free_blocks > 1 && room >= self.request() {
            Cause::Fragmented
        } else {
            Cause::Full
        }
    }
}

/// Bytes of a block's header.
const HEADER: usize = 4;

/// Why a request failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cause {
    /// All free blocks together are too small.
    Full,
    /// All free blocks together would have held it, but none of them does.
    Fragmented,
    /// A block would have held it, but not at this alignment.
    Alignment,
}

/// Looks on while a script runs.
pub(crate) trait Observer<C: Config> {
    /// The operation with this number (from 0) was done; the object is now at `object`, gone if `None`.
    ///
    /// # Errors
    /// What is wrong ends the run.
    fn after(
        &mut self,
        heap: &Heap<'_, C>,
        number: usize,
        op: Op,
        object: Option<NonNull<u8>>,
    ) -> Result<(), String>;

    /// The operation is about to be done to the object at `object`.
    ///
    /// # Errors
    /// What is wrong ends the run.
    fn before(&mut self, _op: Op, _object: NonNull<u8>) -> Result<(), String> {
        Ok(())
    }

    /// All operations were done; these objects are still live.
    ///
    /// # Errors
    /// What is wrong becomes the outcome.
    fn end(&mut self, _slots: &[Option<NonNull<u8>>]) -> Result<(), String> {
        Ok(())
    }
}

/// Runs `script` in a new heap over `memory`. `slots` is the table of live objects, kept between runs.
///
/// Whether anyone looks on is asked at each operation, not compiled in: a second copy of this loop, and of the heap in
/// it, for each of the configurations would make up half of what the command takes to build.
pub(crate) fn run<C: Config>(
    script: &Script,
    memory: &mut Memory,
    slots: &mut Vec<Option<NonNull<u8>>>,
    mut observer: Option<&mut dyn Observer<C>>,
) -> Outcome {
    let mut heap = match Heap::<C>::new(memory.pool()) {
        Ok(heap) => heap,
        Err(error) => return Outcome::NoPool(error.to_string()),
    };
    slots.clear();
    slots.resize(script.slots, None);
    for (number, &op) in script.ops.iter().enumerate() {
        match step(&mut heap, op, &script.ops[..number], slots, &mut observer) {
            Ok(object) => {
                if let Some(observer) = &mut observer
                    && let Err(wrong) = observer.after(&heap, number, op, object)
                {
                    return Outcome::Broken(number + 1, wrong);
                }
            }
            Err(Refusal::Request(message)) => {
                let stats = heap.stats();
                return Outcome::Failed(Failure {
                    operation: number + 1,
                    op,
                    message,
                    stats,
                });
            }
            Err(Refusal::Fault(wrong)) => return Outcome::Broken(number + 1, wrong),
        }
    }
    match observer.map_or(Ok(()), |observer| observer.end(slots)) {
        Ok(()) => Outcome::Completed,
        Err(wrong) => Outcome::Broken(script.ops.len(), wrong),
    }
}

/// Why an operation was not done.
enum Refusal {
    /// The heap has no memory for it.
    Request(String),
    /// Something is wrong with the heap.
    Fault(String),
}

/// Does one operation, after those of the `history`. Returns where its object is now.
#[inline(always)]
fn step<C: Config>(
    heap: &mut Heap<'_, C>,
    op: Op,
    history: &[Op],
    slots: &mut [Option<NonNull<u8>>],
    observer: &mut Option<&mut dyn Observer<C>>,
) -> Result<Option<NonNull<u8>>, Refusal> {
    let slot = op.id() as usize;
    match op {
        Op::Allocate { size, align, .. } => {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let block = if align == 0 {
                heap.allocate(size)
            } else {
                heap.allocate_aligned(size, usize::try_from(align).unwrap_or(usize::MAX))
            };
            slots[slot] = Some(block.map_err(|error| Refusal::Request(error.to_string()))?);
        }
        Op::Resize { size, .. } => {
            let old = slots[slot].ok_or_else(not_live)?;
            look(observer, op, old)?;
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            // SAFETY: the block is live, from this heap, and nothing but `slots` refers to it.
            let block = match unsafe { heap.resize(old, size) } {
                // SAFETY: the same.
                Err(ResizeError::AlignedBlock) => unsafe {
                    move_elsewhere(heap, old, size, alignment(op.id(), history))
                },
                block => block,
            };
            slots[slot] = Some(block.map_err(refused_resize)?);
        }
        Op::Free { .. } => {
            let block = slots[slot].take().ok_or_else(not_live)?;
            look(observer, op, block)?;
            // SAFETY: the block is live, from this heap, and nothing refers to it any more.
            unsafe { heap.free(block) }.map_err(|error| Refusal::Fault(error.to_string()))?;
        }
    }
    Ok(slots[slot])
}

/// Shows the object to who looks on, before it is resized or freed.
fn look<C: Config>(
    observer: &mut Option<&mut dyn Observer<C>>,
    op: Op,
    object: NonNull<u8>,
) -> Result<(), Refusal> {
    match observer {
        Some(observer) => observer.before(op, object).map_err(Refusal::Fault),
        None => Ok(()),
    }
}

#[cold]
fn not_live() -> Refusal {
    Refusal::Fault("the script uses an object that is not live".into())
}

/// Resizes by allocating, copying and freeing, as programs must where the heap does not resize aligned blocks.
///
/// # Safety
/// As [`Heap::resize`].
#[cold]
unsafe fn move_elsewhere<C: Config>(
    heap: &mut Heap<'_, C>,
    old: NonNull<u8>,
    size: usize,
    align: usize,
) -> Result<NonNull<u8>, ResizeError> {
    let usable = heap.usable_size(old)?;
    let new = heap.allocate_aligned(size, align)?;
    // SAFETY: two live blocks; both have so many bytes.
    unsafe { old.copy_to_nonoverlapping(new, usable.min(size)) };
    // SAFETY: the caller's promise.
    unsafe { heap.free(old) }?;
    Ok(new)
}

/// The alignment that the live object in slot `id` was allocated with.
fn alignment(id: u32, history: &[Op]) -> usize {
    let allocated_with = |op: &Op| match *op {
        Op::Allocate {
            id: slot, align, ..
        } if slot == id => Some(align),
        _ => None,
    };
    let align = history.iter().rev().find_map(allocated_with);
    align
        .and_then(|align| usize::try_from(align).ok())
        .unwrap_or(1)
}

#[cold]
fn refused_resize(error: ResizeError) -> Refusal {
    Refusal::Request(error.to_string())
}
