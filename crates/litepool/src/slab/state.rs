//! What the slab has in the control block: its classes, by which a reader without the
//! configuration's type opens it, the list heads, and the map.
//!
//! ```text
//!    0  overhead   granules of slabs that are no objects
//!    4  in blocks  granules of used blocks, slabs among them
//!    8  classes    a word each
//!    …  heads      a link each: the first slab of the partial list, or 0
//!    …  counts     a link each: how many slabs the class has
//!
//!    …  map        at the end of the control block, downwards: a byte for each place, which is 0
//!                  or the class's number and one
//! ```

use super::{Class, Slabs};
use crate::block::{Block, Blocks};
use crate::layout::{Field, SLAB_STATE, SLAB_WORDS, Shape};
use crate::memory::WORD;

/// Where the words of the classes begin.
const CLASSES: usize = SLAB_STATE + SLAB_WORDS * WORD;

impl<S: Shape> Slabs<'_, S> {
    /// States the classes in a pool whose state is zero.
    pub fn write_classes(blocks: &Blocks<S>, classes: &[Class]) {
        for (number, class) in classes.iter().enumerate() {
            blocks.memory().store(CLASSES + number * WORD, class.word());
        }
    }

    /// The class `number`, as the pool states it; none if it states no such class.
    pub fn read_class(blocks: &Blocks<S>, number: usize) -> Option<Class> {
        if number >= usize::from(blocks.layout().choices.slab.classes) {
            return None;
        }
        Class::of_word(blocks.memory().load(CLASSES + number * WORD))
    }

    /// Where a link of this class stands, in the first or the second row.
    #[inline(always)]
    fn link_offset(&self, row: usize) -> usize {
        let layout = self.blocks.layout();
        let classes = usize::from(layout.choices.slab.classes);
        CLASSES + classes * WORD + (row * classes + self.number) * layout.link
    }

    /// The first slab of the list; none if no slab of the class has a free slot.
    #[inline(always)]
    pub fn head(&self) -> Block {
        Block(self.blocks.link(self.link_offset(0)))
    }

    /// Sets the first slab of the list.
    #[inline(always)]
    pub(super) fn set_head(&self, slab: Block) {
        self.blocks.set_link(self.link_offset(0), slab.0);
    }

    /// How many slabs the class has.
    pub fn count(&self) -> u32 {
        self.blocks.link(self.link_offset(1))
    }

    /// Counts a slab of `size` granules that comes, or that goes: `change` is 1 or -1.
    pub(super) fn count_slab(&self, size: u32, change: i32) {
        let (blocks, count) = (self.blocks, self.count());
        blocks.set_link(self.link_offset(1), count.wrapping_add_signed(change));
        let overhead = size.wrapping_sub(self.object_granules());
        for (field, granules) in [(Field::InBlocks, size), (Field::Overhead, overhead)] {
            let change = change.wrapping_mul(granules as i32);
            blocks.set_field(field, blocks.field(field).wrapping_add_signed(change));
        }
    }

    /// Where the byte of the map stands for the place that covers `offset`.
    #[inline(always)]
    fn map_offset(blocks: &Blocks<S>, offset: usize) -> usize {
        let place = offset >> blocks.layout().choices.slab.place_shift;
        blocks.offset(blocks.first()) - WORD - 1 - place
    }

    /// What the map says of `offset`: the number of a class, or one beyond any class.
    #[inline(always)]
    pub fn number_at(blocks: &Blocks<S>, offset: usize) -> usize {
        let byte = blocks.memory().load_byte(Self::map_offset(blocks, offset));
        usize::from(byte).wrapping_sub(1)
    }

    /// Sets in the map what stands at every place that the slab covers.
    pub(super) fn mark(&self, slab: usize, is_slab: bool) {
        let byte = if is_slab { self.number as u8 + 1 } else { 0 };
        let step = 1 << self.blocks.layout().choices.slab.place_shift;
        for place in (slab..slab + self.class.bytes as usize).step_by(step) {
            let offset = Self::map_offset(self.blocks, place);
            self.blocks.memory().store_byte(offset, byte);
        }
    }

    /// Granules of a slab.
    pub fn granules(&self) -> u32 {
        self.class.bytes >> self.blocks.layout().granule_shift
    }

    /// Granules of the objects of a slab.
    pub fn object_granules(&self) -> u32 {
        (self.class.slots * self.class.size) >> self.blocks.layout().granule_shift
    }
}
