//! What a request takes of a pool.

use std::ops::Range;

use litepool::Choices;

/// A request for which a heap has no room.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Request {
    /// Bytes that were requested.
    pub size: u64,
    /// The alignment that was requested, a power of two; 0 and 1: the pool's own.
    pub align: u64,
    /// The address of the payload of the block that was to be resized. It is not in its own way:
    /// it grows into what is free beside it.
    pub resized: Option<u64>,
}

/// What a request takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// Bytes of its block.
    pub(super) bytes: u64,
    align: u64,
    /// Bytes of the smallest block.
    least: u64,
    choices: Choices,
}

impl Need {
    /// In pools that chose so.
    pub(super) fn of(request: &Request, choices: Choices) -> Self {
        let bounded = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let align = request.align.max(choices.granule as u64);
        let align = align.checked_next_power_of_two().unwrap_or(1 << 63);
        let size = bounded(request.size);
        Self {
            bytes: choices.block_size(size, bounded(align)) as u64,
            align,
            least: choices.block_size(1, 1) as u64,
            choices,
        }
    }

    /// Would a free run hold the request, whose first payload could stand at its start? As the
    /// heap's own search has it (`heap/aligned.rs`): what has to be left out before an aligned
    /// block is a block, too.
    pub(super) fn fits(&self, run: &Range<u64>) -> bool {
        let gap = run.start.wrapping_neg() & (self.align - 1);
        let gap = if gap == 0 || gap >= self.least {
            gap
        } else {
            let more = (self.least - gap).checked_next_multiple_of(self.align);
            gap.saturating_add(more.unwrap_or(u64::MAX))
        };
        gap.saturating_add(self.bytes) <= run.end - run.start
    }

    /// The largest request that a free block of so many bytes holds, at the granule's alignment.
    pub(super) fn largest_request(&self, bytes: u64) -> u64 {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.choices.largest_request(bytes) as u64
    }
}
