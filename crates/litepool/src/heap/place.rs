//! Where in a hole an aligned or a large request stands.

use core::marker::PhantomData;

use crate::arena::Arena;
use crate::block::{Alignment, Block, Form, Header};
use crate::config::Config;
use crate::fit::sealed::{Cut, Fit as _};
use crate::fit::{Fit, FreeBlocks};

use super::carve::Hole;

/// What is asked for.
pub struct Request<C: Config> {
    /// Bytes, not 0; of more than any pool has, not all.
    pub size: usize,
    /// A power of two.
    pub align: usize,
    config: PhantomData<fn() -> C>,
}

/// Where in a hole a request stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placement {
    /// Granules of the hole before it.
    pub gap: u32,
    /// How it is laid out.
    pub form: Form,
}

impl Placement {
    /// Where its payload stands.
    #[inline(always)]
    pub fn payload<C: Config>(self, arena: Arena<C>, hole: Hole) -> usize {
        arena.payload(hole.start.after(self.gap), self.form.possible::<C>())
    }
}

impl<C: Config> Request<C> {
    const GRANULE: usize = Arena::<C>::GRANULE;
    const MIN: u32 = Arena::<C>::MIN;

    /// More bytes than any pool has. With all that is added to them, they are still a number.
    const NEVER: usize = i32::MAX as usize;

    /// Up to so many bytes, every hole that is large enough can serve a request in the ordinary form: what is
    /// left of a large hole is a block of its own, so the used block never grows into the large form.
    pub const PLAIN_LIMIT: usize =
        (Header::LARGE - Self::MIN) as usize * Self::GRANULE - Form::Ordinary.overhead::<C>();

    /// Granules for a request of 1 to [`Self::PLAIN_LIMIT`] bytes.
    #[inline(always)]
    pub fn plain_need(size: usize) -> u32 {
        let granules =
            (size + (Form::Ordinary.overhead::<C>() + Self::GRANULE - 1)) / Self::GRANULE;
        (granules as u32).max(Self::MIN)
    }

    /// The form that needs the most.
    const LONGEST: Form = if Arena::<C>::HAS_LARGE {
        Form::Large
    } else {
        Form::Ordinary
    };

    /// Up to this alignment, in bytes, a request takes the short way.
    pub const PLAIN_ALIGN: usize = 1 << 12;

    /// A request, if it makes sense.
    #[inline(always)]
    pub fn new(size: usize, align: usize) -> Option<Self> {
        (size != 0 && align.is_power_of_two()).then_some(Self {
            size: size.min(Self::NEVER),
            align,
            config: PhantomData,
        })
    }

    /// Does it ask for more than the granule's alignment?
    #[inline(always)]
    pub fn is_aligned(&self) -> bool {
        self.align > Self::GRANULE
    }

    /// What the block is to remember.
    #[inline(always)]
    pub fn alignment(&self) -> Alignment {
        if self.is_aligned() {
            Alignment::of(self.align)
        } else {
            Alignment::NONE
        }
    }

    /// Granules that it needs in `form`.
    #[inline(always)]
    pub fn need(&self, form: Form) -> u32 {
        let overhead = form.overhead::<C>() + Self::GRANULE - 1;
        let granules =
            ((self.size + usize::from(self.is_aligned()) + overhead) / Self::GRANULE) as u32;
        // Where a byte needs as much as the smallest block has, there is nothing to compare.
        if (1 + overhead) / Self::GRANULE >= Self::MIN as usize {
            granules
        } else {
            granules.max(Self::MIN)
        }
    }

    /// Does `address` do?
    #[inline]
    pub fn suits(&self, address: usize) -> bool {
        address & (self.align - 1) == 0
    }

    /// Granules from one aligned place to the next.
    #[inline(always)]
    fn step(&self) -> usize {
        self.align / Self::GRANULE
    }

    /// Finds a free block that can serve.
    #[inline]
    pub fn find(&self, arena: &Arena<C>) -> Option<Block> {
        let ordinary = self.need(Form::Ordinary);
        let is_large = Arena::<C>::HAS_LARGE && ordinary >= Header::LARGE;
        let least = if is_large {
            self.need(Form::Large)
        } else {
            ordinary
        };
        // Above the limit an ordinary block may be what just fits, and a large one not.
        let is_at_limit =
            Arena::<C>::HAS_LARGE && !is_large && ordinary > Header::LARGE - Self::MIN;
        if !self.is_aligned() && !is_at_limit {
            // The index decides it: every free block that is large enough can serve.
            return Self::ask_index(arena, least as usize);
        }
        // Where there is no index, asking for a size is a walk itself.
        if <C::Fit as Fit>::LINKS_BLOCKS || C::SEARCH_LIMIT != usize::MAX {
            // Any hole of so many granules is large enough.
            let sure = self.need(Self::LONGEST) as usize + self.step() + Self::MIN as usize - 1;
            for size in [least as usize, sure] {
                if let Some(block) = Self::ask_index(arena, size)
                    && self.place(arena, Hole::at(*arena, block)).is_some()
                {
                    return Some(block);
                }
            }
        }
        self.find_walking(arena)
    }

    #[inline]
    fn ask_index(arena: &Arena<C>, size: usize) -> Option<Block> {
        if size > (arena.end() - arena.first()) as usize {
            return None;
        }
        C::Fit::find(*arena, size as u32)
    }

    /// Looks at every free block for the smallest that happens to be well placed. Nothing has proved the chain before,
    /// so the walk ends where it leads nowhere.
    fn find_walking(&self, arena: &Arena<C>) -> Option<Block> {
        let mut best = Block::NONE;
        let mut best_size = u32::MAX;
        for (block, size) in FreeBlocks::of(arena) {
            if size < best_size
                && self.place(arena, Hole { start: block, size }).is_some()
                && arena.is_sound(block, size)
            {
                (best, best_size) = (block, size);
            }
        }
        best.is_some().then_some(best)
    }

    /// Where in `hole` the request stands, if there is room.
    #[inline(always)]
    pub fn place(&self, arena: &Arena<C>, hole: Hole) -> Option<Placement> {
        if Arena::<C>::HAS_LARGE {
            self.place_in_some_form(arena, hole)
        } else {
            self.place_as(arena, hole, Form::Ordinary)
        }
    }

    #[inline(never)]
    fn place_in_some_form(&self, arena: &Arena<C>, hole: Hole) -> Option<Placement> {
        let ordinary = self.place_as(arena, hole, Form::Ordinary);
        if ordinary.is_some() {
            return ordinary;
        }
        self.place_as(arena, hole, Form::Large)
    }

    /// Where in `hole` the request stands in the given form.
    #[inline(always)]
    pub fn place_as(&self, arena: &Arena<C>, hole: Hole, form: Form) -> Option<Placement> {
        let form = form.possible::<C>();
        let gap = self.gap_before(arena, hole, form)?;
        Some(Placement { gap, form })
    }

    /// Granules of `hole` before the request in the given form, if there is room.
    #[inline]
    fn gap_before(&self, arena: &Arena<C>, hole: Hole, form: Form) -> Option<u32> {
        let form = form.possible::<C>();
        let address = arena.base_address() + arena.payload(hole.start, form);
        let missing = address.wrapping_neg() & (self.align - 1);
        let mut gap = missing / Self::GRANULE;
        if gap != 0 && gap < Self::MIN as usize && !arena.can_absorb(hole.start, gap as u32) {
            // One step is enough: it is at least two granules. Only a record makes the smallest block longer than one more.
            gap += self.step();
            while Arena::<C>::HAS_RECORD && gap < Self::MIN as usize {
                gap += self.step();
            }
        }
        let need = self.need(form);
        if gap + need as usize > hole.size as usize {
            return None;
        }
        let gap = gap as u32;
        let room = hole.size - gap;
        let size = if room - need < Self::MIN { room } else { need };
        (!Arena::<C>::HAS_LARGE || form == Form::Large || size < Header::LARGE).then_some(gap)
    }
}

/// Granules of which any free block is large enough for `need` granules on a multiple of `align` bytes, which is modest.
#[inline(always)]
pub fn padded<C: Config>(need: u32, align: usize) -> u32 {
    need + (align / Arena::<C>::GRANULE) as u32 + Arena::<C>::MIN - 1
}

impl<C: Config> Arena<C> {
    /// A free block that the index offers for `wanted` granules, if `need` granules on a multiple of `align` bytes fit
    /// into it; and the granules before them. What [`Request::find`] does, for the ordinary form alone. `base` is what the
    /// pool's base counts as: its address, or 0 if offsets are to be multiples.
    #[inline(always)]
    pub fn find_placed(
        self,
        wanted: u32,
        need: u32,
        align: usize,
        base: usize,
    ) -> Option<(Cut, u32)> {
        let cut = Cut::of(self, C::Fit::find(self, wanted)?);
        let address = base + self.offset(cut.block);
        let mut gap = ((address.wrapping_neg() & (align - 1)) / Self::GRANULE) as u32;
        while gap != 0 && gap < Self::MIN && !self.can_absorb(cut.block, gap) {
            gap += (align / Self::GRANULE) as u32;
        }
        (gap + need <= cut.size).then_some((cut, gap))
    }

    /// Can the block before `start` take `gap` more granules and keep its form? It must be there, and used; and no chunk,
    /// which may stay for ever and is never freed by its holder.
    fn can_absorb(self, start: Block, gap: u32) -> bool {
        let stated = self.header(start).previous();
        let size = stated.granules();
        if size < Self::MIN || size + gap >= Header::LARGE || size > start.0 - self.first() {
            return false;
        }
        let before = start.before(size);
        let header = self.header(before);
        header.is_used()
            && header.size() == stated
            && !self.is_chunk(before)
            && self.has_sound_record(before, size)
    }
}
