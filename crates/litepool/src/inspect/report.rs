//! What corruption looks like to somebody who has to find its cause.

use core::fmt;

use super::walk::{BlockInfo, State, Walk, record_offset};
use crate::block::Blocks;
use crate::corruption::{Broken, Corruption};
use crate::layout::Layout;
use crate::track::{self, OwnerWord};

/// Corruption, with the blocks beside it as far as they are known; made by
/// [`Heap::report`](crate::Heap::report). Its [`Display`](fmt::Display) is a few lines for a log.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::track::{Owners, Task};
/// use litepool::{Caller, Config, Heap, fit::Tlsf};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = Owners<8, 0>;
///     const MAX_SIZE: usize = 64 << 10;
/// }
///
/// let mut memory = [MaybeUninit::uninit(); 4096];
/// let mut heap = Heap::<Device>::new(&mut memory)?;
/// let block = heap.allocate_for(&Caller::task(3), 100, 1)?;
/// // SAFETY: the memory is ours, but the byte is not: task 3 writes one too many.
/// unsafe { block.add(heap.usable_size(block)?).write(0) };
/// let corruption = heap.check().expect_err("an overrun");
/// let report = heap.report(&corruption);
/// println!("{report}");
/// let owner = report.suspect.and_then(|block| block.owner).expect("a task");
/// assert_eq!(owner.task, Task::Id(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Report {
    /// Where it shows, and what did not hold.
    pub corruption: Corruption,
    /// The block at which it shows.
    pub block: Option<BlockInfo>,
    /// The block before: its owner is the first suspect.
    pub previous: Option<BlockInfo>,
    /// The used block that was most likely written beyond: the one at which the corruption shows
    /// if what is broken stands behind its payload, else the one before it. Its owner is as its
    /// record has it, even if that is corrupt: an overrun by a byte or two leaves the task's
    /// number.
    pub suspect: Option<BlockInfo>,
}

impl Report {
    /// What is known of the blocks at which `corruption` shows.
    pub(crate) fn of(blocks: &Blocks<Layout>, corruption: &Corruption) -> Self {
        let at = |offset| Walk::of(*blocks).find(|info| info.offset == offset);
        let (block, previous) = (at(corruption.block), at(corruption.previous));
        let is_behind_payload = matches!(corruption.broken, Broken::Record | Broken::Alignment);
        let (first, second) = match is_behind_payload {
            true => (block, previous),
            false => (previous, block),
        };
        let is_used = |info: &BlockInfo| info.state == State::Used;
        let mut suspect = first.filter(is_used).or(second.filter(is_used));
        if let Some(info) = &mut suspect {
            let word = record_offset(info).and_then(|record| track::owner_word(blocks, record));
            info.owner = word.map(OwnerWord::stated_owner);
        }
        Self {
            corruption: *corruption,
            block,
            previous,
            suspect,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.corruption)?;
        for (name, block) in [("the block", &self.block), ("before it", &self.previous)] {
            if let Some(block) = block {
                write!(f, "\n  {name}: ")?;
                write_block(f, block)?;
            }
        }
        Ok(())
    }
}

/// Writes a block in a line.
fn write_block(f: &mut fmt::Formatter<'_>, block: &BlockInfo) -> fmt::Result {
    let state = match block.state {
        State::Used => "used",
        State::Free => "free",
        State::Slab => "a slab",
        State::Gap => "a gap",
    };
    let BlockInfo { size, offset, .. } = block;
    write!(f, "{state}, {size} bytes at offset {offset}")?;
    if let Some(owner) = block.owner {
        write!(f, ", held by {owner}")?;
    }
    if let Some(allocation) = block.allocation {
        write!(f, ", allocation {} from", allocation.number)?;
        for site in allocation.sites.iter().filter(|&&site| site != 0) {
            write!(f, " {site:#x}")?;
        }
    }
    Ok(())
}
