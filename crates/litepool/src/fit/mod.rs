//! How free blocks are remembered and which one is taken.
//!
//! The chain of blocks (`block.rs`) splits and merges by itself. A [`Fit`] is only an index over the free ones:
//! it inserts, removes and finds, and keeps its state in the pool, behind the control block.

mod best;
mod little;
mod tlsf;

pub use best::BestFit;
pub use little::BestFitLittle;
pub(crate) use little::FreeBlocks;
pub use tlsf::Tlsf;

/// An algorithm. Implemented by the types of this module.
pub trait Fit: sealed::Fit {
    /// Are free blocks linked with each other? If not, a request looks at every block, and only a free block's seal
    /// tells it from a damaged one.
    const LINKS_BLOCKS: bool = true;

    /// Can a block from an aligned request be resized? If not, the answer is
    /// [`ResizeError::AlignedBlock`](crate::ResizeError::AlignedBlock).
    const RESIZES_ALIGNED: bool = true;
}

impl Fit for Tlsf {}

impl Fit for BestFit {}

impl Fit for BestFitLittle {
    const LINKS_BLOCKS: bool = false;
    const RESIZES_ALIGNED: bool = false;
}

pub(crate) mod sealed {
    use crate::arena::Arena;
    use crate::block::{Block, Header};
    use crate::check::{Corruption, Gathering};
    use crate::config::Config;

    /// A free block that is about to be cut.
    #[derive(Clone, Copy)]
    pub struct Cut {
        /// The block.
        pub block: Block,
        /// Its header.
        pub header: Header,
        /// Its granules.
        pub size: u32,
    }

    impl Cut {
        /// As `block` stands in the pool.
        #[inline(always)]
        pub fn of<C: Config>(arena: Arena<C>, block: Block) -> Self {
            let header = arena.header(block);
            Self {
                block,
                header,
                size: arena.size_of(block, header),
            }
        }
    }

    /// The crate's side of [`super::Fit`].
    pub trait Fit: 'static {
        /// Tells the algorithms apart in a dump.
        const ID: u8;

        /// Bytes of state that a pool of `granules` carries.
        fn state_bytes<C: Config>(granules: u32) -> usize;

        /// The state of a pool without free blocks.
        fn clear<C: Config>(arena: Arena<C>);

        /// Remembers `block`, which is free and has `size` granules. Its payload is the index's from now on: only
        /// its header and a large block's sizes may be written later.
        fn insert<C: Config>(arena: Arena<C>, block: Block, size: u32);

        /// Forgets `block`, which was inserted with `size` granules.
        fn remove<C: Config>(arena: Arena<C>, block: Block, size: u32);

        /// Remembers a free block instead of the `old` one, which it replaces, overlaps or is: a block that was cut
        /// or has grown. Cheaper than removing and inserting where the block's class stays the same.
        #[inline(always)]
        fn replace<C: Config>(arena: Arena<C>, old: Block, old_size: u32, new: Block, size: u32) {
            Self::remove(arena, old, old_size);
            Self::insert(arena, new, size);
        }

        /// A free block of at least `size` granules; it stays remembered.
        fn find<C: Config>(arena: Arena<C>, size: u32) -> Option<Block>;

        /// Finds a free block for `need` granules and forgets it; where what is behind them is enough for a block of its
        /// own, that is remembered instead. Cheaper than the three steps where the search knows the block's class.
        #[inline(always)]
        fn cut<C: Config>(arena: Arena<C>, need: u32) -> Option<Cut> {
            let cut = Cut::of(arena, Self::find(arena, need)?);
            let rest = cut.size - need;
            if rest < Arena::<C>::MIN {
                Self::remove(arena, cut.block, cut.size);
            } else {
                Self::replace(arena, cut.block, cut.size, cut.block.after(need), rest);
            }
            Some(cut)
        }

        /// Granules of the largest free block, 0 if there is none. Of a list whose blocks differ in size, it looks at the first
        /// `looks` of them.
        fn largest<C: Config>(arena: Arena<C>, looks: usize) -> u32;

        /// Granules of the smallest free block, likewise.
        fn smallest<C: Config>(arena: Arena<C>, looks: usize) -> u32;

        /// Proves that the index holds exactly the `free` blocks of the chain. The chain has been proved before; nothing of the
        /// index has.
        fn check<C: Config>(arena: Arena<C>, free: Gathering) -> Result<(), Corruption>;

        /// Does the index know `block`, a free block of the chain, as one of `size` granules? Whatever stands in the
        /// block's links, nothing outside the pool is read. If it says yes, `remove` may follow them.
        fn knows<C: Config>(arena: Arena<C>, block: Block, size: u32) -> bool;
    }
}
