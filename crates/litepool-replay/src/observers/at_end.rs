//! Where everything stands after the last operation.

use std::ptr::NonNull;

use super::at_failure::Placed;
use crate::engine::{Observer, View};

/// Keeps the blocks of the heap after the last operation of a run, if it comes that far.
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
