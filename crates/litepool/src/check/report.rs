//! What damage looks like to somebody who has to find its cause.

use core::fmt;

use super::{Broken, Corruption};
use crate::config::Config;
use crate::heap::Heap;
use crate::record::{Holder, Task};
use crate::walk::{BlockInfo, State};

/// Damage, with the blocks beside it as far as they can be told; made by [`Heap::report`]. Its [`Display`](fmt::Display) is a few
/// lines for a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Report {
    /// Where it shows, and what did not hold.
    pub corruption: Corruption,
    /// The block at which it shows.
    pub block: Option<BlockInfo>,
    /// The block before: its holder is the first suspect.
    pub previous: Option<BlockInfo>,
    /// The used block that was most likely written beyond: the one at which the damage shows if what is broken stands behind its payload, else the one
    /// before it. Its holder is as its record has it, even if that is damaged: an overrun by a byte or two leaves the task's number.
    pub suspect: Option<BlockInfo>,
}

impl<C: Config> Heap<'_, C> {
    /// Tells what is known of the blocks at which damage shows: their sizes and, with a [record](crate::record), their holders and where they
    /// come from. What is damaged so far that it can't be told is left out.
    ///
    /// Constant time; for an object of the slab linear in the number of its chunk's slots.
    #[must_use]
    pub fn report(&self, corruption: &Corruption) -> Report {
        let info_at = |offset: usize| (offset != 0).then(|| self.block_near(offset)).flatten();
        let (block, previous) = (info_at(corruption.block), info_at(corruption.previous));
        let is_at_end = matches!(
            corruption.broken,
            Broken::NextLink | Broken::Record | Broken::Alignment
        );
        let (first, second) = if is_at_end {
            (block, previous)
        } else {
            (previous, block)
        };
        let is_used = |info: &BlockInfo| info.state == State::Used;
        let suspect = first.filter(is_used).or(second.filter(is_used));
        Report {
            corruption: *corruption,
            block,
            previous,
            suspect: suspect.map(|info| self.arena().with_likely_holder(info)),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.corruption)?;
        for (name, block) in [("the block", &self.block), ("before it", &self.previous)] {
            if let Some(block) = block {
                write!(f, "\n  {name}: {}", Line(block))?;
            }
        }
        Ok(())
    }
}

/// A block in a line.
struct Line<'b>(&'b BlockInfo);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let block = self.0;
        let state = match block.state {
            State::Used => "used",
            State::Free => "free",
            State::Chunk => "a chunk",
            State::Gap => "a gap",
        };
        write!(
            f,
            "{state}, {} bytes at offset {}",
            block.size, block.offset
        )?;
        if let Some(holder) = block.holder {
            write!(f, ", held by {holder}")?;
        }
        if let Some(origin) = block.origin {
            write!(f, ", allocation {} from", origin.number)?;
            for site in origin.sites.iter().filter(|&&site| site != 0) {
                write!(f, " {site:#x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "task {id}"),
            Self::Interrupt => f.write_str("an interrupt"),
            Self::None => f.write_str("no task"),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.task)?;
        match self.module {
            Some(module) => write!(f, " in module {module}"),
            None => Ok(()),
        }
    }
}
