//! Verifying a whole pool.
//!
//! Phase 1 proves the control block, phase 2 the chain of blocks and the slab's chunks in it, phase 3 the index of the
//! free ones and the quick lists, phase 4 the slab's rings, phase 5 the totals of records and the counters. Each phase builds on what the one before has proved, and nothing read from the pool is followed
//! before it is known to lead to a place inside.

mod report;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
mod steps;

use core::fmt;

use crate::arena::Arena;
use crate::block::{Block, Form, Header};
use crate::config::Config;
use crate::control::Counter;
use crate::fit::sealed::Fit as _;
use crate::heap::{Heap, payload_size};
use crate::quick::check::WaitingCensus;
use crate::record::check::RecordCensus;
use crate::slab::check::SlabCensus;

pub use report::Report;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
pub use steps::is_anchor;

/// Damage found in a pool: where, and what did not hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Corruption {
    /// Which of several [joined regions](crate::Regions) it is in, the first of which is 0.
    pub region: usize,
    /// The block at which it shows: the offset of its payload from the pool's base, 0 if it is no block's.
    pub block: usize,
    /// The block before, whose holder is the first suspect: the offset of its payload, 0 if there is none or it
    /// can't be told.
    pub previous: usize,
    /// What did not hold.
    pub broken: Broken,
}

/// What did not hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Broken {
    /// The control block's first words are not those of this pool.
    Identity,
    /// The block's size leads out of the pool or is none that a block can have.
    Size,
    /// The block's follower states another size for it.
    NextLink,
    /// The block before states another size for itself.
    PreviousLink,
    /// The two statements of a large block's size, or of its header, differ.
    LargeBlock,
    /// The alignment that an aligned block remembers is none.
    Alignment,
    /// Two free blocks stand side by side.
    NotMerged,
    /// The end block is not what it was made.
    EndBlock,
    /// The head of a free list leads to no free block of that list, or the head of a slab's ring to no chunk of that class.
    ListHead,
    /// The block's links do not agree with those of the blocks that they lead to; or, where free blocks are not
    /// linked, the block's seal is broken.
    ListLink,
    /// The free lists hold more or fewer blocks than the pool, or the slab's rings other chunks than those with a free slot.
    ListCount,
    /// A bitmap does not tell which lists have blocks.
    Bitmap,
    /// A counter is not what a count gives.
    Counter,
    /// A chunk of the slab is not what the chunk map says, or has slots that its class has not; or, with
    /// [`Check::Hardened`](crate::Check::Hardened), its seal does not confirm its class and which of its slots are free.
    Chunk,
    /// The chunk map has chunks that are none.
    ChunkMap,
    /// The record at the end of a used block, or of an object of the slab, is overwritten: most often its holder wrote beyond its payload.
    Record,
    /// What the joined regions say of each other does not agree, or their common peak can't be true.
    Regions,
}

impl Broken {
    /// The same in words.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Identity => "the control block is not this pool's",
            Self::Size => "the size is impossible",
            Self::NextLink => "the next block states another size for it",
            Self::PreviousLink => "the block before has another size than stated",
            Self::LargeBlock => "the statements of a large block differ",
            Self::Alignment => "the alignment it remembers is impossible",
            Self::NotMerged => "two free blocks side by side",
            Self::EndBlock => "the end block is overwritten",
            Self::ListHead => "a list head leads nowhere",
            Self::ListLink => "the free-list links disagree",
            Self::ListCount => {
                "free blocks or chunks are missing from the lists, or foreign in them"
            }
            Self::Bitmap => "a bitmap disagrees with the lists",
            Self::Counter => "a counter is wrong",
            Self::Chunk => "the slab's chunk is none",
            Self::ChunkMap => "the slab's map has chunks that are none",
            Self::Record => "the record behind its payload is overwritten",
            Self::Regions => "the joined regions do not agree",
        }
    }
}

impl Corruption {
    /// Damage to the control block or the index.
    #[cold]
    pub(crate) fn of_pool(broken: Broken) -> Self {
        Self {
            region: 0,
            block: 0,
            previous: 0,
            broken,
        }
    }

    /// Damage that shows at `block`.
    #[inline(always)]
    pub(crate) fn of_block<C: Config>(arena: Arena<C>, block: Block, broken: Broken) -> Self {
        Self {
            region: 0,
            block: arena.offset(block),
            previous: arena
                .bounded_previous(block)
                .map_or(0, |previous| arena.offset(previous)),
            broken,
        }
    }

    /// The same, in a region of several.
    pub(crate) fn in_region(self, region: usize) -> Self {
        Self { region, ..self }
    }
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.broken.describe();
        if self.block == 0 {
            write!(f, "corrupt pool: {what}")?;
        } else {
            write!(f, "corrupt block at offset {}: {what}", self.block)?;
        }
        if self.previous != 0 {
            write!(f, "; the block before it is at {}", self.previous)?;
        }
        if self.region != 0 {
            write!(f, "; in region {}", self.region)?;
        }
        Ok(())
    }
}

impl core::error::Error for Corruption {}

/// Blocks, by their number and by a sum that tells which ones they are. The lists must hold just the free blocks of the chain: one
/// that looks like them in somebody's payload, in place of a true one, changes the sum.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Gathering {
    /// How many.
    pub count: u32,
    places: u64,
}

impl Gathering {
    /// One more.
    pub fn add(&mut self, block: Block) {
        self.count += 1;
        self.places = self.places.wrapping_add(mixed(block.0));
    }
}

/// A number for each number, far from all others and from their sums, so that sums of them do not meet by chance (the finaliser of splitmix64, by G. Steele, D. Lea,
/// C. Flood, 2014).
pub fn mixed(place: u32) -> u64 {
    let mut mixed = u64::from(place).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// What the chain adds up to.
#[derive(Default)]
struct Census {
    used: u32,
    used_blocks: u32,
    free: Gathering,
    waiting: WaitingCensus,
    slab: SlabCensus,
    records: RecordCensus,
}

impl<C: Config> Heap<'_, C> {
    /// Is the control block still that of this pool? The first thing that [`Heap::check`] proves. Constant time.
    #[must_use]
    pub fn has_identity(&self) -> bool {
        self.arena().identity() == self.arena().expected_identity()
    }

    /// Verifies everything: the control block, every block, every list, every counter. It survives any damage.
    ///
    /// Time is linear in the number of blocks, and with a slab in the pool's size (a byte for each place of a chunk).
    ///
    /// # Errors
    ///
    /// The first damage found, with the block at which it shows and the one before it.
    pub fn check(&self) -> Result<(), Corruption> {
        check(self.arena())
    }
}

/// [`Heap::check`] without a heap.
pub fn check<C: Config>(arena: Arena<C>) -> Result<(), Corruption> {
    check_as(arena, SlabCensus::default())
}

/// [`check`] of a pool that is being opened, and may have been in use with a lower [`Check`](crate::Check).
pub fn check_opened<C: Config>(arena: Arena<C>) -> Result<(), Corruption> {
    check_as(arena, SlabCensus::unsealed())
}

fn check_as<C: Config>(arena: Arena<C>, slab: SlabCensus) -> Result<(), Corruption> {
    let mut census = check_chain(arena, slab)?;
    C::Fit::check(arena, census.free)?;
    census.waiting.finish(arena)?;
    census.used += census.slab.object_granules;
    census.used_blocks += census.slab.objects;
    census.slab.finish(arena)?;
    census.records.finish(arena)?;
    let counters = arena.counter(Counter::Used) == census.used
        && arena.counter(Counter::UsedBlocks) == census.used_blocks
        && arena.counter(Counter::FreeBlocks) == census.free.count + census.waiting.blocks.count
        && (census.used..=arena.end() - arena.first()).contains(&arena.counter(Counter::Peak));
    if counters {
        Ok(())
    } else {
        Err(Corruption::of_pool(Broken::Counter))
    }
}

/// Proves that the control block is this pool's, and that nothing is said to stand before the first block.
fn check_start<C: Config>(arena: Arena<C>) -> Result<Block, Corruption> {
    if arena.identity() != arena.expected_identity() {
        return Err(Corruption::of_pool(Broken::Identity));
    }
    let first = Block(arena.first());
    if arena.header(first).previous().granules() != 0 {
        return Err(Corruption::of_block(arena, first, Broken::PreviousLink));
    }
    Ok(first)
}

fn check_chain<C: Config>(arena: Arena<C>, slab: SlabCensus) -> Result<Census, Corruption> {
    let mut census = Census {
        slab,
        ..Census::default()
    };
    let mut block = check_start(arena)?;
    let mut after_free = false;
    while block.0 != arena.end() {
        block = block.after(check_block(arena, block, &mut census, &mut after_free)?);
    }
    check_end(arena)?;
    Ok(census)
}

/// Proves `block`, adds it to the `census`, and gives its size. `after_free` tells of the block before, and then of this one.
fn check_block<C: Config>(
    arena: Arena<C>,
    block: Block,
    census: &mut Census,
    after_free: &mut bool,
) -> Result<u32, Corruption> {
    let size = check_links(arena, block)?;
    if arena.header(block).is_used() {
        if arena.is_chunk(block) {
            census.slab.add(arena, block, size, &mut census.records)?;
        } else {
            census.used += size;
            census.used_blocks += 1;
            census.records.add_block(arena, block, size)?;
        }
        *after_free = false;
    } else if arena.header(block).is_waiting() {
        census.waiting.add(block, size);
        *after_free = false;
    } else {
        if *after_free {
            return Err(Corruption::of_block(arena, block, Broken::NotMerged));
        }
        *after_free = true;
        if !C::Fit::knows(arena, block, size) {
            return Err(Corruption::of_block(arena, block, Broken::ListLink));
        }
        census.free.add(block);
    }
    Ok(size)
}

/// Proves the end block.
fn check_end<C: Config>(arena: Arena<C>) -> Result<(), Corruption> {
    let block = Block(arena.end());
    let end = arena.header(block);
    if !end.is_used() || end.is_aligned() || end.size().granules() != 0 {
        return Err(Corruption::of_block(arena, block, Broken::EndBlock));
    }
    Ok(())
}

/// Proves the size of `block` and that its follower agrees; gives the size.
fn check_links<C: Config>(arena: Arena<C>, block: Block) -> Result<u32, Corruption> {
    match arena.broken_link(block) {
        Some(broken) => Err(Corruption::of_block(arena, block, broken)),
        None => Ok(arena.size_of(block, arena.header(block))),
    }
}

impl<C: Config> Arena<C> {
    /// What does not hold of the size of `block`, or of what its follower states of it.
    #[inline(never)]
    pub fn broken_link(&self, block: Block) -> Option<Broken> {
        let header = self.header(block);
        let Some(size) = self.bounded_size(block) else {
            return Some(Broken::Size);
        };
        let follower = self.header(block.after(size));
        if follower.previous() != header.size() {
            return Some(Broken::NextLink);
        }
        let form = Form::of::<C>(header);
        if form == Form::Large && !self.large_statements_agree(block, header, size) {
            return Some(Broken::LargeBlock);
        }
        // A free block has no form but the one its size demands, and no holder who asked for an alignment.
        let form_fits = form == Form::Ordinary || header.is_used() || size >= Header::LARGE;
        if !form_fits || (header.is_waiting() && !Self::may_wait(size)) {
            return Some(Broken::Size);
        }
        if header.is_used() && payload_size::<C>(header, size) == 0 {
            return Some(Broken::Size);
        }
        let possible = !header.is_used()
            || !header.is_aligned()
            || self.alignment(block, header, size).is_possible::<C>();
        (!possible).then_some(Broken::Alignment)
    }
}
