//! Requests for more than the granule's alignment: a cold step beside the others.
//!
//! ```text
//!   |               free               |
//!   | gap, free |  used  |  remainder  |      the gap is nothing, or a block of its own
//! ```
//!
//! Where the gap would be too small for a block, the used one stands as many steps further on as
//! it takes. So nothing of it belongs to a neighbour, and what a request costs does not depend on
//! where it stands.

use core::ptr::NonNull;

use super::{Region, Stamp};
use crate::block::{Block, EXPONENT};
use crate::config::Config;
use crate::fit::sealed::Fit as _;
use crate::fit::{Free, pending};

/// Where something is to stand.
#[derive(Clone, Copy)]
pub(crate) struct Boundary {
    /// Granules from one place to the next.
    step: u32,
    /// Granules from the last place before the pool's base to the base.
    base: u32,
}

impl Boundary {
    /// Multiples of `step` granules from the pool's base.
    pub fn of_offsets(step: u32) -> Self {
        Self { step, base: 0 }
    }

    /// Granules that have to be left out before `start`: none, or a block's.
    pub fn gap(self, start: Block, min: u32) -> u32 {
        let place = self.base.wrapping_add(start.0);
        let gap = place.wrapping_neg() & (self.step - 1);
        if gap == 0 || gap >= min {
            gap
        } else {
            gap + ((min - gap + self.step - 1) & !(self.step - 1))
        }
    }
}

/// A free block, and the granules in it before what is to stand on a boundary.
#[derive(Clone, Copy)]
struct Place {
    free: Free,
    gap: u32,
}

impl<C: Config> Region<'_, C> {
    /// Allocates on a multiple of `align` bytes: an object of the slab, where that has such, else a
    /// block.
    #[inline(never)]
    pub(super) fn take_aligned(
        &mut self,
        size: usize,
        align: usize,
        stamp: Stamp<C>,
    ) -> Option<NonNull<u8>> {
        if self.granules_for(size).is_none() || !align.is_power_of_two() {
            return None;
        }
        self.take_aligned_object(size, align, stamp)
            .or_else(|| self.take_aligned_block(size, align, stamp))
            .or_else(|| {
                if !self.trim() {
                    return None;
                }
                self.take_aligned_block(size, align, stamp)
            })
    }

    /// Allocates a block on a multiple of `align` bytes, which it remembers with `stamp`.
    fn take_aligned_block(
        &mut self,
        size: usize,
        align: usize,
        stamp: Stamp<C>,
    ) -> Option<NonNull<u8>> {
        // The block also remembers its alignment.
        let need = self.granules_for(size + EXPONENT)?;
        let (block, size) = self.split_off(need, self.boundary(align)?)?;
        let exponent = Some(align.trailing_zeros() as u8);
        Some(self.begin_use_aligned(block, size, exponent, stamp))
    }

    /// The same as [`Region::begin_use`] for a block that may have to remember an alignment.
    #[inline(never)]
    pub(super) fn begin_use_aligned(
        &mut self,
        block: Block,
        size: u32,
        exponent: Option<u8>,
        stamp: Stamp<C>,
    ) -> NonNull<u8> {
        if let Some(exponent) = exponent {
            self.blocks.align(block, size, exponent);
        }
        self.begin_use(block, size, stamp)
    }

    /// Addresses that are multiples of `align`, a power of two above the granule; nothing if the
    /// pool can't have one.
    pub(super) fn boundary(&self, align: usize) -> Option<Boundary> {
        let memory = self.blocks.memory();
        let before = memory.address() & (align - 1);
        // Where no multiple lies inside, there is nothing to look for.
        if align - before > memory.size() as usize && before != 0 {
            return None;
        }
        // No pool has 2 GiB, so none has two multiples of that: the one is that of `align`.
        let step = align.min(1 << 31);
        let shift = self.blocks.layout().granule_shift;
        Some(Boundary {
            step: (step >> shift) as u32,
            base: ((memory.address() & (step - 1)) >> shift) as u32,
        })
    }

    /// Makes a used block of `need` granules on the boundary; gives it and its size. It is counted
    /// only as no free one.
    pub(super) fn split_off(&mut self, need: u32, boundary: Boundary) -> Option<(Block, u32)> {
        let Place { free, gap } = self.place(need, boundary)?;
        self.remove(free).then(|| self.occupy(free, gap, need))
    }

    /// Makes of a room that is in no list, and whose follower knows it to be free, a used block
    /// `gap` granules behind its start, and free ones before and behind; gives it and its size.
    pub(super) fn occupy(&mut self, room: Free, gap: u32, need: u32) -> (Block, u32) {
        let blocks = &self.blocks;
        let block = room.block.after(gap);
        let split = blocks.divide(room.size - gap, need);
        let next = block.after(split.size);
        blocks.make_used(block, split.size);
        if split.remainder == 0 {
            blocks.end_used(next);
        } else {
            blocks.make_free(next, split.remainder);
        }
        if gap != 0 {
            blocks.make_free(room.block, gap);
            blocks.end_free(block);
        }
        for (block, size) in [(room.block, gap), (next, split.remainder)] {
            if size != 0 {
                self.put_back(Free { block, size });
            }
        }
        (block, split.size)
    }

    /// A free block that has room on the boundary. The index is asked for one that is large enough
    /// wherever it stands, after one that would do if it is well placed; but never for more than a
    /// pool has, for which it knows no list.
    fn place(&self, need: u32, boundary: Boundary) -> Option<Place> {
        let surely = need + boundary.step + self.blocks.min() - 1;
        for wanted in [need, surely] {
            if wanted > self.blocks.capacity() {
                break;
            }
            let free = pending::find::<C::Fit, _>(&self.blocks, wanted);
            if let Some(place) = self.place_in(free, need, boundary) {
                return Some(place);
            }
        }
        if C::Fit::IS_BOUNDED {
            return None;
        }
        self.place_by_walk(need, boundary)
    }

    /// Where in `free` the granules stand, if there is room.
    fn place_in(&self, free: Free, need: u32, boundary: Boundary) -> Option<Place> {
        let gap = boundary.gap(free.block, self.blocks.min());
        let has_room = u64::from(gap) + u64::from(need) <= u64::from(free.size);
        has_room.then_some(Place { free, gap })
    }

    /// Looks at every free block for the smallest one that is well placed. Nothing has proved the
    /// chain before, so the walk ends where it leads nowhere.
    fn place_by_walk(&self, need: u32, boundary: Boundary) -> Option<Place> {
        self.blocks
            .free_blocks()
            .map(|(block, size)| Free { block, size })
            .filter_map(|free| self.place_in(free, need, boundary))
            .min_by_key(|place| place.free.size)
    }
}
