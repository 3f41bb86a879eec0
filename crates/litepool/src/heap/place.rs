//! Where in a hole an aligned or a large request stands.

use core::marker::PhantomData;

use crate::arena::Arena;
use crate::block::{Alignment, Block, Form, Header, SizeField};
use crate::config::Config;
use crate::error::AllocError;
use crate::fit::sealed::{Cut, Fit as _};

use super::carve::Hole;

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Request<C: Config> {
    /// Bytes, not 0.
    pub size: usize,
    /// A power of two.
    align: usize,
    config: PhantomData<fn() -> C>,
}

/// A used block inside a hole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placement {
    /// Granules of the hole before it.
    pub gap: u32,
    /// Granules it needs.
    pub need: u32,
    /// How it is laid out.
    pub form: Form,
}

impl<C: Config> Request<C> {
    const GRANULE: usize = Arena::<C>::GRANULE;
    const MIN: u32 = Arena::<C>::MIN;

    /// Up to so many bytes, every hole that is large enough can serve a request in the ordinary form: what is
    /// left of a large hole is a block of its own, so the used block never grows into the large form.
    pub const PLAIN_LIMIT: usize =
        (Header::LARGE - Self::MIN) as usize * Self::GRANULE - Form::Ordinary.overhead();

    /// Granules for a request of 1 to [`Self::PLAIN_LIMIT`] bytes.
    #[inline(always)]
    pub fn plain_need(size: usize) -> u32 {
        let granules = (size + (Form::Ordinary.overhead() + Self::GRANULE - 1)) / Self::GRANULE;
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
    pub fn new(size: usize, align: usize) -> Result<Self, AllocError> {
        if size == 0 {
            return Err(AllocError::ZeroSize);
        }
        if !align.is_power_of_two() {
            return Err(AllocError::BadAlignment);
        }
        Ok(Self {
            size,
            align,
            config: PhantomData,
        })
    }

    /// Does it ask for more than the granule's alignment?
    pub fn is_aligned(&self) -> bool {
        self.align > Self::GRANULE
    }

    /// What the block is to remember.
    pub fn alignment(&self) -> Alignment {
        if self.is_aligned() {
            Alignment::of(self.align)
        } else {
            Alignment::NONE
        }
    }

    /// Does `address` do?
    pub fn suits(&self, address: usize) -> bool {
        address & (self.align - 1) == 0
    }

    /// Granules that it needs in `form`; `None` if that form can't be so large.
    pub fn need(&self, form: Form) -> Option<u32> {
        if form == Form::Large && !Arena::<C>::HAS_LARGE {
            return None;
        }
        let overhead = form.overhead() + usize::from(self.is_aligned());
        let bytes = self.size.checked_add(overhead)?;
        let granules = u32::try_from(bytes.div_ceil(Self::GRANULE))
            .ok()?
            .max(Self::MIN);
        (form == Form::Large || granules < Header::LARGE).then_some(granules)
    }

    /// Granules of which any hole is large enough.
    fn sure_need(&self) -> Option<u32> {
        let padding = if self.is_aligned() {
            u32::try_from(self.align / Self::GRANULE)
                .ok()?
                .checked_add(Self::MIN - 1)?
        } else {
            0
        };
        self.need(Self::LONGEST)?.checked_add(padding)
    }

    /// Finds a free block that can serve, and where in it.
    pub fn find(&self, arena: Arena<C>) -> Option<(Block, Placement)> {
        let least = self.need(Form::Ordinary).or(self.need(Form::Large))?;
        self.find_sized(arena, least)
            .or_else(|| self.find_sized(arena, self.sure_need()?))
            .or_else(|| self.find_walking(arena))
    }

    /// Asks the index.
    fn find_sized(&self, arena: Arena<C>, size: u32) -> Option<(Block, Placement)> {
        if size > arena.end() - arena.first() {
            return None;
        }
        let block = C::Fit::find(arena, size)?;
        Some((block, self.place(arena, hole_at(arena, block))?))
    }

    /// Looks at every free block for the smallest that happens to be well placed. Nothing has proved the chain before,
    /// so the walk ends where it leads nowhere.
    fn find_walking(&self, arena: Arena<C>) -> Option<(Block, Placement)> {
        if !self.is_aligned() && self.need(Form::Ordinary).is_none() {
            // The index has decided it: every free block that is large enough can serve.
            return None;
        }
        let mut best: Option<(Hole, Placement)> = None;
        let mut block = Block(arena.first());
        let mut looks = 0;
        while looks < C::SEARCH_LIMIT
            && let Some(size) = arena.bounded_size(block)
        {
            let hole = hole_at(arena, block);
            if arena.header(block).is_indexed::<C>() {
                looks += 1;
                if best.is_none_or(|(best, _)| size < best.size)
                    && let Some(placement) = self.place(arena, hole)
                    && arena.is_sound(block, size)
                {
                    best = Some((hole, placement));
                }
            }
            block = block.after(size);
        }
        best.map(|(hole, placement)| (hole.start, placement))
    }

    /// Where in `hole` the request stands, if there is room.
    pub fn place(&self, arena: Arena<C>, hole: Hole) -> Option<Placement> {
        [Form::Ordinary, Form::Large].into_iter().find_map(|form| {
            let need = self.need(form)?;
            let gap = self.gap(arena, hole, form)?;
            let rest = hole.size.checked_sub(gap)?.checked_sub(need)?;
            let size = if rest < Self::MIN { need + rest } else { need };
            (form == Form::Large || size < Header::LARGE).then_some(Placement { gap, need, form })
        })
    }

    /// Granules before the first aligned place in `hole`.
    fn gap(&self, arena: Arena<C>, hole: Hole, form: Form) -> Option<u32> {
        let address = arena.base_address() + arena.payload(hole.start, form);
        let missing = address.wrapping_neg() & (self.align - 1);
        let step = u32::try_from(self.align / Self::GRANULE).ok()?;
        let mut gap = (missing / Self::GRANULE) as u32;
        while gap != 0 && gap < Self::MIN && !arena.can_absorb(hole.start, hole.previous, gap) {
            gap += step;
        }
        Some(gap)
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
        while gap != 0 && gap < Self::MIN && !self.can_absorb(cut.block, cut.header.previous(), gap)
        {
            gap += (align / Self::GRANULE) as u32;
        }
        (gap + need <= cut.size).then_some((cut, gap))
    }

    /// Can the block before `start`, of the size `previous`, take `gap` more granules and keep its form? It must be
    /// there, and used; and no chunk, which may stay for ever and is never freed by its holder.
    fn can_absorb(self, start: Block, previous: SizeField, gap: u32) -> bool {
        let size = previous.granules();
        if size < Self::MIN || size + gap >= Header::LARGE || size > start.0 - self.first() {
            return false;
        }
        let before = start.before(size);
        let header = self.header(before);
        header.is_used() && header.size() == previous && !self.is_chunk(before)
    }
}

/// The hole that `block` would leave.
fn hole_at<C: Config>(arena: Arena<C>, block: Block) -> Hole {
    let header = arena.header(block);
    Hole {
        start: block,
        size: arena.size_of(block, header),
        previous: header.previous(),
    }
}
