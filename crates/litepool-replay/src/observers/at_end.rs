//! Where everything stands after the last operation.

use std::ptr::NonNull;

use litepool::{BlockInfo, Choices};
use litepool_trace::Op;

use super::at_failure::Placed;
use crate::engine::{Observer, View};

/// Keeps the blocks of the heap after a given operation, which is the last of the run.
pub struct AtEnd {
    operations: usize,
    heap: Option<(Choices, Vec<BlockInfo>, usize)>,
    placed: Option<Placed>,
}

impl AtEnd {
    /// For a run of so many operations.
    #[must_use]
    pub fn new(operations: usize) -> Self {
        Self {
            operations,
            heap: None,
            placed: None,
        }
    }

    /// The blocks; none if the run did not come that far.
    #[must_use]
    pub fn finish(self) -> Option<Placed> {
        self.placed
    }
}

impl Observer for AtEnd {
    fn after(
        &mut self,
        heap: &dyn View,
        number: usize,
        _: Op,
        _: Option<NonNull<u8>>,
    ) -> Result<(), String> {
        if number + 1 == self.operations {
            let any = NonNull::<u8>::dangling();
            let base = any.addr().get().wrapping_sub(heap.offset_of(any));
            self.heap = Some((heap.choices(), heap.blocks(), base));
        }
        Ok(())
    }

    fn end(&mut self, slots: &[Option<NonNull<u8>>]) -> Result<(), String> {
        self.placed = self.heap.take().map(|(choices, blocks, base)| {
            let offset = |object: NonNull<u8>| object.addr().get().wrapping_sub(base);
            Placed::new(choices, blocks, slots, offset)
        });
        Ok(())
    }
}
