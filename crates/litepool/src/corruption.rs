//! Corruption: where it shows, and what did not hold.

use core::fmt;

/// Corruption of a pool: where it shows, and what did not hold.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{FreeError, Heap, config::Pool256K};
///
/// let mut memory = [MaybeUninit::uninit(); 2048];
/// let mut heap = Heap::<Pool256K>::new(&mut memory)?;
/// let block = heap.allocate(100)?;
/// let next = heap.allocate(100)?;
/// // SAFETY: the memory is ours, but the word is not: it is the next block's header.
/// unsafe { block.add(heap.usable_size(block)?).cast::<u32>().write(0) };
/// let found = heap.check().expect_err("an overrun");
/// println!("{found}");
/// // SAFETY: the block is ours and nothing refers to it any more.
/// let refused = unsafe { heap.free(next) };
/// assert!(matches!(refused, Err(FreeError::Corrupt(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Corruption {
    /// Which of several [joined regions](crate::Regions) it is in, the first of which is 0.
    pub region: usize,
    /// The block at which it shows: the offset of its payload from the pool's base, 0 if it is no
    /// block's.
    pub block: usize,
    /// The block before, whose owner is the first suspect: the offset of its payload, 0 if there
    /// is none or it is not known.
    pub previous: usize,
    /// What did not hold.
    pub broken: Broken,
}

/// An enum of what did not hold, and the same in words.
macro_rules! broken {
    ($($(#[$doc:meta])* $kind:ident => $text:literal,)*) => {
        /// What did not hold.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Broken {
            $($(#[$doc])* $kind,)*
        }

        impl Broken {
            /// The same in words.
            #[must_use]
            pub const fn describe(self) -> &'static str {
                match self {
                    $(Self::$kind => $text,)*
                }
            }
        }
    };
}

broken! {
    /// The control block's first words are not those of this pool.
    Identity => "the control block is not this pool's",
    /// The block's size leads out of the pool or is none that a block can have.
    Size => "the size is impossible",
    /// The block's seal does not say where the block ends.
    Seal => "the header is overwritten: its seal does not fit",
    /// The alignment that a used block remembers, behind its payload, is overwritten: most often
    /// its owner wrote beyond its payload.
    Alignment => "the alignment behind its payload is overwritten",
    /// The block's header says of the block before it what that is not: free, or not free.
    PreviousFree => "it says of the block before what that is not",
    /// The last word of a free block does not repeat its size.
    Footer => "its last word does not repeat its size",
    /// Two free blocks stand side by side.
    NotMerged => "two free blocks side by side",
    /// The end block is not what it was made.
    EndBlock => "the end block is overwritten",
    /// The head of a free list leads to no free block of that list, or that of a slab's list to no
    /// slab of that class.
    ListHead => "a list head leads nowhere",
    /// The block's links do not agree with those of the blocks that they lead to.
    ListLink => "the free-list links disagree",
    /// The free lists have more or fewer blocks than the pool, or the slab's lists other slabs
    /// than those with a free slot.
    ListCount => "free blocks or slabs are missing from the lists, or foreign in them",
    /// The pending block is no free block.
    Pending => "the pending block is no free block",
    /// A bitmap does not say which lists have blocks.
    Bitmap => "a bitmap disagrees with the lists",
    /// A counter is not what a count gives.
    Counter => "a counter is wrong",
    /// A slab is not what the slab map says, or has slots that its class has not; or its check
    /// words do not confirm its class and which of its slots are free.
    Slab => "the slab is none",
    /// The slab map has slabs that are none.
    SlabMap => "the slab map has slabs that are none",
    /// The record at the end of a used block, or of an object of the slab, is overwritten: most
    /// often its owner wrote beyond its payload.
    Record => "the record behind its payload is overwritten",
    /// What the joined regions say of each other does not agree, or their common peak can't be
    /// true.
    Regions => "the joined regions do not agree",
}

impl Corruption {
    /// Corruption of the control block or the index.
    #[cold]
    pub(crate) fn of_pool(broken: Broken) -> Self {
        Self {
            region: 0,
            block: 0,
            previous: 0,
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
