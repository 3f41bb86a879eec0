//! Which bytes of a call stack count, for formats that show one number.

use std::cmp::Reverse;

use litepool_snapshot::{ContextProfile, ContextProfiler};

/// Which bytes of a call stack count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Bytes {
    /// Those live at the trace's live peak: `peak`.
    Peak,
    /// Those live at its end: `end`.
    End,
    /// All that were allocated, growth by resizing included: `total`.
    Total,
}

impl Bytes {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::Peak, Self::End, Self::Total];

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Peak => "peak",
            Self::End => "end",
            Self::Total => "total",
        }
    }

    /// These bytes of a context.
    fn of(self, profile: &ContextProfile) -> u64 {
        match self {
            Self::Peak => profile.at_peak.bytes,
            Self::End => profile.live.bytes,
            Self::Total => profile.total.bytes,
        }
    }

    /// The call stacks that have some of these bytes, each once, with how many: the largest first.
    /// Contexts have to differ in their stacks alone. O(n log n).
    pub(crate) fn by_stack(self, profiler: &ContextProfiler) -> Vec<(u64, u32)> {
        let contexts = profiler.contexts();
        let weights = contexts.map(|(context, profile)| (self.of(&profile), context.stack));
        let mut weights: Vec<_> = weights.filter(|&(bytes, _)| bytes > 0).collect();
        weights.sort_unstable_by_key(|&(bytes, stack)| (Reverse(bytes), stack));
        weights
    }
}
