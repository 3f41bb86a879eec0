//! Where everything stands after the last operation.

use std::ptr::NonNull;

use super::at_failure::Placed;
use crate::view::{Observer, View};

/// Keeps the blocks of the heap after the last operation of a run, if it comes that far.
///
/// ```
/// use litepool_replay::{AtEnd, Memory, Part, Placement, configurations};
/// use litepool_trace::{Op, WordSize};
///
/// let mut part = Part::builder();
/// (0..2).for_each(|id| part.push(Op::Allocate { id, size: 100, align: 0 }));
/// part.push(Op::Free { id: 0 });
/// let part = part.finish();
/// let configuration = configurations(WordSize::Bits32).next().ok_or("none")?;
/// let mut memory = Memory::new(4096, Placement::like(0, 0))?;
/// let mut at_end = AtEnd::default();
/// part.replay(&configuration, &mut memory, usize::MAX, Some(&mut at_end));
/// // In the order of their addresses: free, the object in slot 1, free.
/// let slots = at_end.finish().ok_or("it failed")?.blocks.into_iter().map(|(_, slot)| slot);
/// assert!(slots.eq([None, Some(1), None]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct AtEnd(Option<Placed>);

impl AtEnd {
    /// The blocks; none if the run did not come that far.
    #[must_use]
    pub fn finish(self) -> Option<Placed> {
        self.0
    }
}

impl Observer for AtEnd {
    fn end(&mut self, heap: &dyn View, slots: &[Option<NonNull<u8>>]) -> Result<(), String> {
        self.0 = Some(Placed::new(heap, slots));
        Ok(())
    }
}
