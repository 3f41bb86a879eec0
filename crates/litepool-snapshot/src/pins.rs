//! What pins the free space: the used blocks that stand between free ones, so that a request finds
//! no room although there is enough.
//!
//! ```text
//!    | free | a | b |   free   | c | free |        no free block is large enough
//!           |<- 2 blocks pin ->|                   without a and b there were one
//! ```
//!
//! Which blocks would have to be elsewhere is a question of consecutive blocks: whatever lies
//! beyond them does not help. So all sets that would do, and of which no smaller one would, are
//! windows that slide over the used blocks ([`Pins::windows`]). The sets of one call site or one
//! task are not consecutive; what the pool would be without each of them is found in one pass over
//! the blocks as well ([`Pins::without`]). Which of the windows is meant by "cheapest" is what
//! compacting collectors ask of a region before they evacuate it (D. Detlefs et al.,
//! "Garbage-First Garbage Collection", 2004): least to move for most room.
//!
//! - `chain.rs`: the used blocks of a pool, with nothing but free bytes between them
//! - `need.rs`: what a request takes: header, rounding, alignment
//! - `windows.rs`: the windows, and the cheapest of them
//! - `without.rs`: the pool without the blocks of one call site, one task

mod chain;
mod need;
#[cfg(test)]
mod tests;
mod windows;
mod without;

use std::ops::Range;

use thiserror::Error;

pub use need::Request;
pub use windows::Window;
pub use without::Without;

use crate::snapshot::{Block, BlockState, Snapshot};
use chain::{Chain, Pin};
use need::Need;

/// What stands between a request and its room, in the pool or the joined regions that could have
/// served it.
///
/// ```
/// use std::ptr::NonNull;
/// use litepool::{Heap, config::Pool256K};
/// use litepool_snapshot::memory_image::{MemoryImage, Segment};
/// use litepool_snapshot::pins::{Pins, Request, Room};
/// use litepool_snapshot::Snapshot;
///
/// let mut ram = [0_u64; 128];
/// // SAFETY: the array outlives the heap, which is not used after the RAM is read.
/// let mut heap = unsafe { Heap::<Pool256K>::from_raw(NonNull::from(&mut ram).cast(), 1024) }?;
/// // A pool full of blocks, of which every other one is freed.
/// let blocks: Vec<_> = std::iter::from_fn(|| heap.allocate(100).ok()).collect();
/// for block in blocks.into_iter().step_by(2) {
///     // SAFETY: a live block, of which nothing else knows.
///     unsafe { heap.free(block) }?;
/// }
/// let bytes = ram.iter().flat_map(|word| word.to_le_bytes()).collect();
/// let memory = MemoryImage::from_segments(vec![Segment { address: 0x2000_0000, bytes }])?;
/// let snapshot = Snapshot::of_dump(memory, None, vec!["ram.bin".into()])?;
///
/// let pins = Pins::of(&snapshot, 0, Request { size: 150, ..Request::default() })?;
/// assert_eq!(pins.room(), Room::Pinned);
/// // Without one of the used blocks there would be room.
/// assert_eq!(pins.cheapest(1)[0].blocks, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Pins<'s> {
    snapshot: &'s Snapshot,
    pools: Range<usize>,
    need: Need,
    chain: Chain,
    windows: Vec<Window>,
}

/// Whether there is room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Room {
    /// A free block would hold the request now. (With a bounded search, it may not be looked at.)
    There,
    /// All free blocks together would hold it, but no run of them does: used blocks are between.
    Pinned,
    /// All free blocks together are too small by so many bytes. So moving blocks does not help;
    /// some have to be freed.
    Full {
        /// Bytes that are missing, at least.
        missing: u64,
    },
    /// The pool without any block would be too small by so many bytes; 0 if it is only that no
    /// place in it has the alignment.
    TooSmall {
        /// Bytes that are missing, at least.
        missing: u64,
    },
}

/// Why what pins a pool can't be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum PinsError {
    /// The snapshot has no pool of this number.
    #[error("there is no pool {0} in this snapshot")]
    NoPool(usize),
    /// The snapshot is of a trace's moment, where nothing says which block stands beside which.
    #[error(
        "where the blocks stand is not known: a trace does not tell; replay it in a pool \
         (`--at failure --pool SIZE`)"
    )]
    NoAddresses,
    /// The pool's own configuration is not known, as of another heap's table.
    #[error(
        "what a block takes besides its payload is not known of this heap: it is not litepool's"
    )]
    NoConfiguration,
}

impl<'s> Pins<'s> {
    /// What stands in the way of `request` in the pool of this index, and in the regions that are
    /// joined with it.
    ///
    /// O(n) time and memory for n blocks.
    ///
    /// # Errors
    /// See [`PinsError`].
    pub fn of(snapshot: &'s Snapshot, pool: usize, request: Request) -> Result<Self, PinsError> {
        let of_pool = snapshot.pools.get(pool).ok_or(PinsError::NoPool(pool))?;
        let choices = of_pool.choices.ok_or(PinsError::NoConfiguration)?;
        let pools = joined(snapshot, pool);
        let need = Need::of(&request, choices);
        let chain = Chain::of(snapshot, &pools, request.resized)?;
        let windows = windows::all(&chain, &need);
        Ok(Self {
            snapshot,
            pools,
            need,
            chain,
            windows,
        })
    }

    /// The pools that were looked at: one, or the regions of one heap.
    #[must_use]
    pub fn pools(&self) -> Range<usize> {
        self.pools.clone()
    }

    /// Bytes of the block that the request takes: with its header, in whole granules.
    #[must_use]
    pub fn need(&self) -> u64 {
        self.need.bytes
    }

    /// Bytes in free blocks, headers included; of a block that is to be resized its own as well.
    #[must_use]
    pub fn free(&self) -> u64 {
        self.chain.free()
    }

    /// Bytes in used blocks, headers included; a slab counts as a whole.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.chain.pins.iter().map(Pin::bytes).sum()
    }

    /// How many blocks are used; of a slab each of its objects counts.
    #[must_use]
    pub fn used_blocks(&self) -> u64 {
        self.chain.pins.iter().map(|pin| pin.objects).sum()
    }

    /// The used blocks, in the order of their addresses; of slabs their used objects.
    pub fn all_used(&self) -> impl Iterator<Item = &'s Block> {
        let pins = self.chain.pins.iter();
        pins.flat_map(|pin| held(self.snapshot, pin.block))
    }

    /// The largest request that fits now, at the granule's alignment.
    #[must_use]
    pub fn largest_free(&self) -> u64 {
        self.need.largest_request(self.chain.largest_gap())
    }

    /// Whether there is room.
    #[must_use]
    pub fn room(&self) -> Room {
        let missing = |bytes: u64| self.need.bytes.saturating_sub(bytes);
        if self.chain.gaps().any(|gap| self.need.fits(&gap)) {
            Room::There
        } else if !self
            .chain
            .stretches
            .iter()
            .any(|s| self.need.fits(&s.range))
        {
            Room::TooSmall {
                missing: missing(self.chain.longest_stretch()),
            }
        } else if missing(self.free()) > 0 {
            Room::Full {
                missing: missing(self.free()),
            }
        } else {
            Room::Pinned
        }
    }

    /// The sets of consecutive used blocks without which there would be room, and of which no
    /// smaller one would do; in the order of their addresses, overlapping. At most one for each
    /// used block.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// The cheapest windows that [split free space](Pins::splits), at most so many, none of which
    /// has a block of another; the one with the fewest bytes in used blocks first. O(n) for each.
    #[must_use]
    pub fn cheapest(&self, most: usize) -> Vec<&Window> {
        windows::cheapest(&self.splitting(), most)
    }

    /// Of the windows that [split free space](Pins::splits) the one whose oldest block is the
    /// youngest: what will most likely be gone by itself, or came last and could come elsewhere.
    /// None if no window's ages are known. O(n).
    #[must_use]
    pub fn youngest(&self) -> Option<&Window> {
        windows::youngest(&self.splitting())
    }

    /// Likewise the one whose youngest block is the oldest: what has been there for longest, and
    /// could have been allocated before everything else. None if no window's ages are known. O(n).
    #[must_use]
    pub fn oldest(&self) -> Option<&Window> {
        windows::oldest(&self.splitting())
    }

    fn splitting(&self) -> Vec<&Window> {
        let windows = self.windows.iter();
        windows.filter(|window| self.splits(window.split)).collect()
    }

    /// Whether a run with so many bytes that are free already would serve the request for the
    /// greater part by these. Else it is the freed block that serves it, and any block of that size
    /// would do.
    #[must_use]
    pub fn splits(&self, split: u64) -> bool {
        split >= self.need.bytes - split.min(self.need.bytes)
    }

    /// The used blocks of a window, in the order of their addresses; of a slab its used objects.
    pub fn blocks<'a>(&'a self, window: &Window) -> impl Iterator<Item = &'s Block> + use<'a, 's> {
        let pins = &self.chain.pins[window.pins.clone()];
        pins.iter().flat_map(|pin| held(self.snapshot, pin.block))
    }
}

/// The pools that are regions of one heap with this one: they follow each other.
fn joined(snapshot: &Snapshot, pool: usize) -> Range<usize> {
    let pools = &snapshot.pools;
    let follows = |at: usize| pools[at].regions > 1 && pools[at].region > pools[at - 1].region;
    let mut range = pool..pool + 1;
    while range.start > 0 && follows(range.start) {
        range.start -= 1;
    }
    while range.end < pools.len() && follows(range.end) {
        range.end += 1;
    }
    range
}

/// The block of this index if it is a used one; of a slab the objects that are used.
fn held(snapshot: &Snapshot, index: usize) -> impl Iterator<Item = &Block> {
    let objects = snapshot.blocks[index + 1..]
        .iter()
        .take_while(|block| block.in_slab);
    let is_slab = snapshot.blocks[index].state == BlockState::Slab;
    let objects = objects.take(if is_slab { usize::MAX } else { 0 });
    std::iter::once(&snapshot.blocks[index])
        .chain(objects)
        .filter(|block| block.state == BlockState::Used)
}
