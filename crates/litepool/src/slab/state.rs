//! What the slab keeps in the control block: a description of itself, counters, the heads of its rings, the chunk map.
//!
//! ```text
//!    0  descriptor       classes, whether it expands, whether it keeps spares, a hash over the classes
//!    4  seal             a hash over the number of chunks that each class began with
//!    8  chunks
//!   12  their granules
//!   16  their overhead   granules that are no objects
//!   20  objects in use   their granules
//!   24  spares           a bit for each class that may have a spare chunk; only if the slab keeps them
//!    …  links            a row of heads, a row of chunk counts, a row of initial chunk counts: one of each for a class
//! ```

use super::classes::{Class, TABLE_LENGTH};
use crate::arena::{Arena, WORD};
use crate::block::Block;
use crate::config::{Config, sealed::Index as _};
use crate::control::SLAB_STATE;

/// Words of the slab's state that are no class's: what the slab is, and counters.
const DESCRIPTOR: usize = SLAB_STATE;
pub const INITIAL_SEAL: usize = SLAB_STATE + WORD;
const SPARES: usize = SLAB_STATE + 6 * WORD;

/// The counters of a slab: in the control block, by their place.
#[derive(Clone, Copy)]
#[repr(usize)]
pub enum SlabCounter {
    /// How many chunks there are.
    Chunks = SLAB_STATE + 2 * WORD,
    /// Granules in their blocks.
    ChunkGranules = SLAB_STATE + 3 * WORD,
    /// Granules of these that are no objects.
    ChunkOverhead = SLAB_STATE + 4 * WORD,
    /// Granules in objects that are in use.
    ObjectGranules = SLAB_STATE + 5 * WORD,
}

/// A byte of the chunk map: which class's chunk covers a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag(pub u8);

impl Tag {
    /// No chunk.
    pub const NONE: Self = Self(0);

    /// Of a chunk of this class.
    pub fn of(class: usize) -> Self {
        Self(class as u8 + 1)
    }

    /// Is there a chunk?
    #[inline(always)]
    pub fn is_some(self) -> bool {
        self.0 != 0
    }

    /// The class's number, if there is a chunk; else a number beyond any class.
    #[inline(always)]
    pub fn class(self) -> usize {
        usize::from(self.0).wrapping_sub(1)
    }
}

/// Where everything stands.
impl<C: Config> Arena<C> {
    /// Is there a slab?
    pub const HAS_SLAB: bool = {
        assert!(
            !C::SLAB.is_on() || C::SLAB.largest_object() > Self::RECORD,
            "no object of the slab has room for a record"
        );
        C::SLAB.is_on()
    };
    /// May a chunk's slots need two words?
    pub const IS_WIDE: bool = C::SLAB.is_wide();
    /// The class of each size; see [`Slab::step_of`](super::Slab).
    pub const CLASS_TABLE: [u8; TABLE_LENGTH] = C::SLAB.table();
    /// The step of the chunk map, as a shift.
    pub const PLACE_SHIFT: u32 = C::SLAB.smallest_chunk().ilog2();

    /// Where the classes' links begin.
    const CLASS_STATE: usize = SPARES + 2 * WORD * C::SLAB.keeps_spare as usize;

    /// Bytes of the slab's state, in whole words.
    pub const SLAB_BYTES: usize = if Self::HAS_SLAB {
        Self::CLASS_STATE - SLAB_STATE
            + (3 * C::SLAB.classes.len() * C::Index::BYTES).next_multiple_of(WORD)
    } else {
        0
    };

    /// What the slab is: the number of its classes, what it does, and a hash over its classes.
    pub const SLAB_DESCRIPTOR: u32 = {
        let mut hash = Hash::new();
        let mut class = 0;
        while class < C::SLAB.classes.len() {
            hash = hash
                .with(C::SLAB.classes[class].size)
                .with(C::SLAB.classes[class].chunk);
            class += 1;
        }
        hash.0 & 0xFFFF_0000
            | (C::SLAB.keeps_spare as u32) << 9
            | (C::SLAB.expands as u32) << 8
            | C::SLAB.classes.len() as u32
    };

    /// Bytes of the chunk map in a pool of `granules`.
    pub fn map_bytes(granules: u32) -> usize {
        if Self::HAS_SLAB {
            ((granules as usize * Self::GRANULE) >> Self::PLACE_SHIFT) + 1
        } else {
            0
        }
    }

    /// The byte of the map for the place that `offset` lies in. The map stands below the first header and grows down.
    #[inline(always)]
    pub fn map_offset(self, offset: usize) -> usize {
        self.first() as usize * Self::GRANULE - WORD - 1 - (offset >> Self::PLACE_SHIFT)
    }

    /// What the map says of `offset`.
    #[inline(always)]
    pub fn tag_at(self, offset: usize) -> Tag {
        Tag(self.load_byte(self.map_offset(offset)))
    }

    /// Is the block `block` a chunk?
    #[inline]
    pub fn is_chunk(self, block: Block) -> bool {
        Self::HAS_SLAB && self.tag_at(self.offset(block)).is_some()
    }

    #[inline(always)]
    fn link_offset(row: usize, class: usize) -> usize {
        Self::CLASS_STATE + (row * C::SLAB.classes.len() + class) * C::Index::BYTES
    }

    /// The head of a class's ring; none if no chunk of the class has a free slot.
    #[inline(always)]
    pub fn head_chunk(self, class: usize) -> Block {
        Block(self.load_link(Self::link_offset(0, class)))
    }

    /// Sets the head of a class's ring.
    #[inline(always)]
    pub fn set_head_chunk(self, class: usize, chunk: Block) {
        self.store_link(Self::link_offset(0, class), chunk.0);
    }

    /// How many chunks a class has.
    #[inline]
    pub fn chunk_count(self, class: usize) -> u32 {
        self.load_link(Self::link_offset(1, class))
    }

    /// Sets the number of a class's chunks.
    #[inline]
    pub fn set_chunk_count(self, class: usize, count: u32) {
        self.store_link(Self::link_offset(1, class), count);
    }

    /// How many chunks a class had at the start, and keeps.
    #[inline]
    pub fn initial_chunks(self, class: usize) -> u32 {
        self.load_link(Self::link_offset(2, class))
    }

    /// A bit for each class that may have a spare chunk: set where one is kept, cleared where it was looked for. So a request
    /// that finds no room does not look at every class.
    pub fn spare_classes(self) -> u64 {
        u64::from(self.load(SPARES)) | u64::from(self.load(SPARES + WORD)) << u32::BITS
    }

    /// Sets the bits of [`Arena::spare_classes`].
    pub fn set_spare_classes(self, classes: u64) {
        self.store(SPARES, classes as u32);
        self.store(SPARES + WORD, (classes >> u32::BITS) as u32);
    }

    /// A counter's value.
    #[inline(always)]
    pub fn slab_counter(self, counter: SlabCounter) -> u32 {
        if Self::HAS_SLAB {
            self.load(counter as usize)
        } else {
            0
        }
    }

    /// Adds to a counter.
    #[inline(always)]
    pub fn add(self, counter: SlabCounter, change: u32) {
        self.store(
            counter as usize,
            self.slab_counter(counter).wrapping_add(change),
        );
    }

    /// Takes from a counter.
    #[inline(always)]
    pub fn subtract(self, counter: SlabCounter, change: u32) {
        self.add(counter, change.wrapping_neg());
    }

    /// What the number of initial chunks of each class is checked against.
    pub fn initial_seal(self) -> u32 {
        (0..C::SLAB.classes.len())
            .fold(Hash::new(), |hash, class| {
                hash.with(self.initial_chunks(class))
            })
            .0
    }

    /// Makes the slab's state, and takes `bytes` of chunks for each class. If all of them are more than half of the pool,
    /// none is taken: a pool so small works without.
    pub fn initialise_slab(self, bytes: &dyn Fn(usize) -> usize) {
        if !Self::HAS_SLAB {
            return;
        }
        self.store(DESCRIPTOR, Self::SLAB_DESCRIPTOR);
        let chunks_of = |class: usize, layout: &Class| {
            if Self::serves(layout) {
                layout.chunks_for(bytes(class))
            } else {
                0
            }
        };
        let all = C::SLAB
            .classes
            .iter()
            .enumerate()
            .fold(0_usize, |sum, (class, layout)| {
                sum.saturating_add(chunks_of(class, layout).saturating_mul(layout.chunk as usize))
            });
        for (class, layout) in C::SLAB.classes.iter().enumerate() {
            let wanted = if all <= self.size() / 2 {
                chunks_of(class, layout)
            } else {
                0
            };
            for _ in 0..wanted {
                // The last ones may not find a place on their boundary.
                if self.take_chunk(class, layout).is_none() {
                    break;
                }
            }
            self.store_link(Self::link_offset(2, class), self.chunk_count(class));
        }
        self.store(INITIAL_SEAL, self.initial_seal());
    }

    /// The state of a slab without chunks.
    pub fn clear_slab(self) {
        if !Self::HAS_SLAB {
            return;
        }
        for offset in (SLAB_STATE..SLAB_STATE + Self::SLAB_BYTES).step_by(WORD) {
            self.store(offset, 0);
        }
        for place in 0..Self::map_bytes(self.end()) {
            self.store_byte(self.map_offset(place << Self::PLACE_SHIFT), 0);
        }
    }

    /// Is this pool's slab of this configuration?
    pub fn states_slab(self) -> bool {
        !Self::HAS_SLAB || self.load(DESCRIPTOR) == Self::SLAB_DESCRIPTOR
    }

    /// What the pool states of its slab.
    pub fn stated_slab(self) -> u32 {
        self.load(DESCRIPTOR)
    }
}

/// Fowler, Noll, Vo, over words.
#[derive(Clone, Copy)]
struct Hash(u32);

impl Hash {
    const fn new() -> Self {
        Self(0x811C_9DC5)
    }

    const fn with(self, word: u32) -> Self {
        Self((self.0 ^ word).wrapping_mul(0x0100_0193))
    }
}
