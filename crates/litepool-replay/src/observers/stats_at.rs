//! The pool's figures at certain moments.

use std::ptr::NonNull;

use litepool::Stats;
use litepool_trace::Op;

use crate::view::{Observer, View};

/// Takes the pool's figures after certain operations.
///
/// ```
/// use litepool_replay::{Memory, Part, Placement, StatsAt, configurations};
/// use litepool_trace::{Op, WordSize};
///
/// let mut part = Part::builder();
/// (0..20).for_each(|id| part.push(Op::Allocate { id, size: 100, align: 0 }));
/// let part = part.finish();
/// let configuration = configurations(WordSize::Bits32).next().ok_or("none")?;
/// let mut memory = Memory::new(4096, Placement::like(0, 0))?;
/// let mut stats_at = StatsAt::new(vec![5, 20]);
/// part.replay(&configuration, &mut memory, usize::MAX, Some(&mut stats_at));
/// let used: Vec<usize> = stats_at.finish().iter().map(|stats| stats.used).collect();
/// assert_eq!(used, [520, 2080]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
