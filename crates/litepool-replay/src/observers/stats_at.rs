//! The pool's figures at certain moments.

use std::ptr::NonNull;

use litepool::Stats;
use litepool_trace::Op;

use crate::engine::{Observer, View};

/// Takes the pool's figures after certain operations.
pub struct StatsAt {
    /// How many operations were done at each moment, ascending, from 1.
    moments: Vec<u64>,
    taken: Vec<Stats>,
}

impl StatsAt {
    /// For these moments, as numbers of operations that are done by then, in ascending order.
    #[must_use]
    pub fn new(moments: Vec<u64>) -> Self {
        Self {
            moments,
            taken: Vec::new(),
        }
    }

    /// The figures of each moment that the run came to.
    #[must_use]
    pub fn finish(self) -> Vec<Stats> {
        self.taken
    }
}

impl Observer for StatsAt {
    fn after(
        &mut self,
        heap: &dyn View,
        number: usize,
        _: Op,
        _: Option<NonNull<u8>>,
    ) -> Result<(), String> {
        if self.moments.get(self.taken.len()) == Some(&(number as u64 + 1)) {
            self.taken.push(heap.stats());
        }
        Ok(())
    }
}
