//! Runs a script through a heap: the one loop behind searching, timing, observing and verifying.

use std::collections::HashMap;
use std::ptr::NonNull;

use litepool::{AllocError, Config, Heap, ResizeError, Stats};
use litepool_trace::Op;

use crate::memory::{LARGEST_ALIGNMENT, Memory};
use crate::outcome::{Failure, Outcome};
use crate::view::{Observer, View, image};

#[cfg(test)]
pub mod tests;

/// A script that is being run in a heap, of whatever configuration. It comes in pieces.
pub trait Run {
    /// Does the next operations.
    ///
    /// Whether anyone looks on is asked at each operation, not compiled in: a second copy of this
    /// loop, and of the heap in it, for each of the configurations would make up half of what the
    /// command takes to build.
    ///
    /// # Errors
    /// [`Outcome::Failed`] or [`Outcome::Broken`], which ends the run.
    fn play(&mut self, ops: &[Op], observer: Option<&mut dyn Observer>) -> Result<(), Outcome>;

    /// All operations were done. Asks the observer for its verdict.
    fn end(&mut self, observer: Option<&mut dyn Observer>) -> Outcome;

    /// The heap's figures now.
    fn stats(&self) -> Stats;
}

/// A run that was begun, or why there can be no pool of that configuration in that memory.
pub type Started<'m> = Result<Box<dyn Run + 'm>, String>;

/// Makes a new heap over `memory`, to run a script of so many slots in.
///
/// # Errors
/// See [`Started`].
pub fn start<C: Config>(memory: &mut Memory, slots: usize) -> Started<'_> {
    Ok(Box::new(Player::<C>::new(memory, slots)?))
}

struct Player<'m, C: Config> {
    heap: Heap<'m, C>,
    /// The live objects.
    slots: Vec<Option<NonNull<u8>>>,
    /// The alignment that the object in a slot was last requested with, where one was.
    aligned: HashMap<u32, u64>,
    /// Operations done so far.
    done: usize,
}

impl<C: Config> Run for Player<'_, C> {
    fn play(&mut self, ops: &[Op], mut observer: Option<&mut dyn Observer>) -> Result<(), Outcome> {
        for &op in ops {
            let number = self.done;
            match self.step(op, &mut observer) {
                Ok(object) => {
                    if let Some(observer) = &mut observer {
                        observer
                            .after(&self.heap, number, op, object)
                            .map_err(|wrong| Outcome::Broken(number + 1, wrong))?;
                    }
                }
                Err(Refusal::Request(message)) => {
                    if let Some(observer) = &mut observer {
                        observer.failed(&self.heap, &self.slots);
                    }
                    return Err(Outcome::Failed(Box::new(Failure {
                        operation: number + 1,
                        op,
                        align: self.alignment(op),
                        message,
                        stats: image(&self.heap).stats(),
                    })));
                }
                Err(Refusal::Fault(wrong)) => return Err(Outcome::Broken(number + 1, wrong)),
            }
            self.done += 1;
        }
        Ok(())
    }

    fn end(&mut self, observer: Option<&mut dyn Observer>) -> Outcome {
        match observer.map_or(Ok(()), |observer| observer.end(&self.heap, &self.slots)) {
            Ok(()) => Outcome::Completed,
            Err(wrong) => Outcome::Broken(self.done, wrong),
        }
    }

    fn stats(&self) -> Stats {
        image(&self.heap).stats()
    }
}

/// Why an operation was not done.
enum Refusal {
    /// The heap has no memory for it.
    Request(String),
    /// Something is wrong with the heap.
    Fault(String),
}

impl<'m, C: Config> Player<'m, C> {
    fn new(memory: &'m mut Memory, slots: usize) -> Result<Self, String> {
        Ok(Self {
            heap: Heap::new(memory.pool()).map_err(|error| error.to_string())?,
            slots: vec![None; slots],
            aligned: HashMap::new(),
            done: 0,
        })
    }

    /// What a request that was refused is to be aligned to.
    #[cold]
    fn alignment(&self, op: Op) -> u64 {
        let slot = match op {
            Op::Allocate { align, .. } => return align,
            Op::Resize { id, .. } | Op::Free { id } => id,
        };
        // Another object may have had that alignment in this slot.
        let object = self.slots[slot as usize].map(|object| self.heap.offset_of(object));
        match self.aligned.get(&slot) {
            Some(&align)
                if image(&self.heap)
                    .blocks()
                    .any(|info| info.aligned && Some(info.offset) == object) =>
            {
                align
            }
            _ => 0,
        }
    }

    /// Does one operation. Returns where its object is now.
    #[inline(always)]
    fn step(
        &mut self,
        op: Op,
        observer: &mut Option<&mut dyn Observer>,
    ) -> Result<Option<NonNull<u8>>, Refusal> {
        let Self {
            heap,
            slots,
            aligned,
            ..
        } = self;
        let slot = op.id() as usize;
        match op {
            Op::Allocate { size, align, .. } => {
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                let block = if align == 0 {
                    heap.allocate(size)
                } else {
                    aligned.insert(op.id(), align);
                    heap.allocate_aligned(size, servable(align))
                };
                slots[slot] = Some(block.map_err(|error| refused(heap, error))?);
            }
            Op::Resize { size, .. } => {
                let old = slots[slot].ok_or_else(not_live)?;
                look(observer, op, old)?;
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                // SAFETY: the block is live, from this heap, and nothing but `slots` refers to it.
                let block = match unsafe { heap.resize(old, size) } {
                    // SAFETY: the same.
                    Err(ResizeError::AlignedBlock) => unsafe {
                        let align = aligned.get(&op.id()).map_or(1, |&align| servable(align));
                        move_elsewhere(heap, old, size, align)
                    },
                    block => block,
                };
                slots[slot] = Some(block.map_err(|error| refused_resize(heap, error))?);
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
}

/// The alignment to ask the heap for: one that pools aren't placed by ([`LARGEST_ALIGNMENT`]) is
/// one that no pool here may serve by chance.
fn servable(align: u64) -> usize {
    match usize::try_from(align) {
        Ok(align) if align <= LARGEST_ALIGNMENT => align,
        _ => 1 << (usize::BITS - 1),
    }
}

/// Shows the object to who looks on, before it is resized or freed.
fn look(
    observer: &mut Option<&mut dyn Observer>,
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

/// What the heap said, and what it has instead.
#[cold]
fn refused<C: Config>(heap: &Heap<'_, C>, error: AllocError) -> Refusal {
    Refusal::Request(match error {
        AllocError::Exhausted { request } => heap.shortage(request).to_string(),
        error => error.to_string(),
    })
}

#[cold]
fn refused_resize<C: Config>(heap: &Heap<'_, C>, error: ResizeError) -> Refusal {
    match error {
        ResizeError::Alloc(error) => refused(heap, error),
        error => Refusal::Request(error.to_string()),
    }
}
