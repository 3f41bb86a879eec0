//! What can be asked of a heap during a replay, and who asks.

use std::ptr::NonNull;

use litepool::{BlockInfo, Choices, Config, Heap, Image, Stats};
use litepool_trace::Op;

/// What can be asked of a heap, whatever its configuration.
pub trait View {
    /// The heap's figures.
    fn stats(&self) -> Stats;
    /// Checks the whole heap. What is wrong, in words.
    fn check(&self) -> Result<(), String>;
    /// What its configuration chose.
    fn choices(&self) -> Choices;
    /// Its blocks, in the order of their addresses.
    fn blocks(&self) -> Vec<BlockInfo>;
    /// Where an object stands, in bytes from the pool's base.
    fn offset_of(&self, object: NonNull<u8>) -> usize;
}

impl<C: Config> View for Heap<'_, C> {
    fn stats(&self) -> Stats {
        image(self).stats()
    }

    fn check(&self) -> Result<(), String> {
        image(self)
            .check()
            .map_err(|corruption| corruption.to_string())
    }

    fn choices(&self) -> Choices {
        *Heap::choices(self)
    }

    fn blocks(&self) -> Vec<BlockInfo> {
        image(self).blocks().collect()
    }

    fn offset_of(&self, object: NonNull<u8>) -> usize {
        let base = self
            .regions()
            .next()
            .map_or(0, |pool| pool.base.addr().get());
        object.addr().get().wrapping_sub(base)
    }
}

/// The heap as its bytes tell it. What only looks is compiled once for all configurations then, not
/// once for each, which would be a sixth of this crate's code.
pub(crate) fn image<'h, C: Config>(heap: &'h Heap<'_, C>) -> Image<'h> {
    let Some(region) = heap.regions().next() else {
        unreachable!("a heap has a region");
    };
    // SAFETY: the memory of the heap is a `Memory`'s, which is initialised, and the heap is borrowed:
    // nothing writes to it.
    match unsafe { Image::open(region.base, region.size) } {
        Ok(image) => image,
        Err(error) => unreachable!("a heap states what it is: {error}"),
    }
}

/// Looks on while a script runs.
///
/// ```
/// use std::ptr::NonNull;
/// use litepool_replay::{Memory, Observer, Part, Placement, View, configurations};
/// use litepool_trace::{Op, WordSize};
///
/// /// The most free blocks that there were.
/// struct MostPieces(usize);
/// impl Observer for MostPieces {
///     fn after(
///         &mut self, heap: &dyn View, _: usize, _: Op, _: Option<NonNull<u8>>,
///     ) -> Result<(), String> {
///         self.0 = self.0.max(heap.stats().free_blocks);
///         Ok(())
///     }
/// }
///
/// let mut part = Part::builder();
/// (0..9).for_each(|id| part.push(Op::Allocate { id, size: 100, align: 0 }));
/// (0..9).step_by(2).for_each(|id| part.push(Op::Free { id }));
/// let configuration = configurations(WordSize::Bits32).next().ok_or("none")?;
/// let mut memory = Memory::new(4096, Placement::like(0, 0))?;
/// let mut most = MostPieces(0);
/// part.finish().replay(&configuration, &mut memory, usize::MAX, Some(&mut most));
/// assert_eq!(most.0, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Observer {
    /// The operation with this number (from 0) was done; the object is now at `object`, gone if `None`.
    ///
    /// # Errors
    /// What is wrong ends the run.
    fn after(
        &mut self,
        _heap: &dyn View,
        _number: usize,
        _op: Op,
        _object: Option<NonNull<u8>>,
    ) -> Result<(), String> {
        Ok(())
    }

    /// The operation is about to be done to the object at `object`.
    ///
    /// # Errors
    /// What is wrong ends the run.
    fn before(&mut self, _op: Op, _object: NonNull<u8>) -> Result<(), String> {
        Ok(())
    }

    /// The heap has no memory for the next operation; these objects are live, and nothing has
    /// changed.
    fn failed(&mut self, _heap: &dyn View, _slots: &[Option<NonNull<u8>>]) {}

    /// All operations were done; these objects are still live.
    ///
    /// # Errors
    /// What is wrong becomes the outcome.
    fn end(&mut self, _heap: &dyn View, _slots: &[Option<NonNull<u8>>]) -> Result<(), String> {
        Ok(())
    }
}
