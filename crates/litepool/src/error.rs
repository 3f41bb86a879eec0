//! What can be wrong, in types.
//!
//! - `error/text.rs`: the same in words

mod text;

use crate::corruption::Corruption;
use crate::layout::{Choices, Unreadable};

/// Why memory could not become a pool. The memory is untouched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum InitError {
    /// The base does not stand on a granule boundary, or the size is not a whole number of
    /// granules.
    Misaligned,
    /// The memory can't hold the control block and one block.
    TooSmall,
    /// The memory is more than [`Config::MAX_SIZE`](crate::Config::MAX_SIZE), or 2 GiB and more.
    TooLarge,
    /// The memory would end behind the highest address: base and size add up to more than an
    /// address can be.
    BeyondAddressSpace,
    /// This [`Pool`](crate::Pool) is live, or being made live: only
    /// [`Pool::deinit`](crate::Pool::deinit) ends that.
    AlreadyInitialised,
    /// The memory touches that of another live [`Pool`](crate::Pool), and does not lie within one
    /// of its used blocks. A pool whose lock is not [shared](crate::lock::Lock::SHARED) can't hold
    /// another one at all.
    Overlap {
        /// The address at which the other pool begins.
        start: usize,
        /// Its bytes.
        size: usize,
    },
}

/// Why memory could not become a region. The memory is untouched, and so is what it should have
/// been joined with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RegionError {
    /// No region can have this base and size; or the memory touches another region, or one of
    /// another live [`Pool`](crate::Pool), in a used block or not.
    Memory(InitError),
    /// There are as many regions as there may be.
    TooMany,
    /// There is no region of this number.
    NoSuchRegion,
    /// See [`NotReady`]; [`Regions`](crate::Regions) always are.
    NotReady,
}

/// The [`Pool`](crate::Pool) is not initialised, or its heap is lent to what is calling it, with a
/// lock that its holder may take again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NotReady;

/// Why a [`Pool`](crate::Pool) stays live, or was not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DeinitError {
    /// See [`NotReady`]; or a region is being added.
    NotReady,
    /// Another live pool stands in one of its blocks.
    HoldsPool,
}

/// Why a [`Pool`](crate::Pool) did not pass its check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CheckError {
    /// See [`NotReady`].
    NotReady,
    /// It is corrupt.
    Corrupt(Corruption),
}

/// Why a pool that should be there could not be opened. The memory is untouched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AttachError {
    /// No pool can have this base and size.
    Memory(InitError),
    /// The memory does not begin with a pool.
    NotAPool,
    /// The pool was made by another version of the layout.
    Version {
        /// The version that the pool states.
        found: u8,
    },
    /// The pool was made by another configuration than the one that should open it.
    Configuration {
        /// What the pool states.
        found: Choices,
        /// What the configuration demands.
        expected: Choices,
    },
    /// The pool's slab has other classes than the configuration's.
    Classes,
    /// The pool has another size than the memory given: a dump cut short, or of something else.
    Size {
        /// Bytes that the pool states.
        found: usize,
        /// Bytes given.
        given: usize,
    },
    /// The first region was joined with others: so many regions in all, and not as many are given.
    Regions {
        /// How many there are.
        joined: usize,
        /// How many are given.
        given: usize,
    },
    /// More regions were joined than this type can hold.
    TooManyRegions {
        /// How many there are.
        joined: usize,
        /// How many it can hold.
        most: usize,
    },
    /// The region is none of those that the first one was joined with, or is not in its place. If
    /// one is exchanged for another, that may show only at a later one.
    NotJoined {
        /// Which of the regions given.
        region: usize,
    },
    /// It is a pool of this configuration and size, but corrupt.
    Corrupt(Corruption),
}

/// Why a request got no block. The heap is unchanged, save that one that was
/// [`AllocError::Exhausted`] is counted, and has had the slab's empty slabs freed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AllocError {
    /// A request for nothing.
    ZeroSize,
    /// The alignment is not a power of two.
    BadAlignment,
    /// No free block can hold it. [`Heap::shortage`](crate::Heap::shortage) tells what is free.
    Exhausted {
        /// Bytes asked for.
        request: usize,
    },
    /// The region that was asked for is none of [those there are](crate::Regions).
    NoSuchRegion,
    /// See [`NotReady`]; a [`Heap`](crate::Heap) always is.
    NotReady,
}

impl AllocError {
    /// Why a request that got no block was refused.
    #[inline]
    pub(crate) const fn of(size: usize, align: usize) -> Self {
        if size == 0 {
            Self::ZeroSize
        } else if !align.is_power_of_two() {
            Self::BadAlignment
        } else {
            Self::Exhausted { request: size }
        }
    }
}

/// Why a block can't be freed. The heap is unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FreeError {
    /// The pointer does not point into this pool's blocks.
    OutOfPool,
    /// The pointer is not on a granule boundary.
    Misaligned,
    /// No block begins here.
    NotABlock,
    /// The block is free already.
    AlreadyFree,
    /// The block's header and its neighbours contradict each other: something wrote outside its
    /// block.
    Corrupt(Corruption),
    /// A live [`Pool`](crate::Pool) stands in the block.
    HoldsPool,
    /// The pointer leads into another live [`Pool`](crate::Pool), which stands in a block of this
    /// one.
    InNestedPool,
    /// See [`NotReady`]; a [`Heap`](crate::Heap) always is.
    NotReady,
}

/// Why a block kept its size. The block and its contents are unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ResizeError {
    /// The pointer is not a block of this pool.
    Block(FreeError),
    /// There is no room for the new size.
    Alloc(AllocError),
    /// The block is one from an aligned request, which [`BestFitLittle`](crate::fit::BestFitLittle)
    /// does not resize. Allocate, copy and free instead.
    AlignedBlock,
}

/// Errors that are a kind of others, or mean one.
macro_rules! convert {
    ($($from:ident as $given:pat => $to:ident: $error:expr;)*) => { $(
        impl From<$from> for $to {
            #[inline]
            fn from($given: $from) -> Self {
                $error
            }
        }
    )* };
}

convert! {
    InitError as error => AttachError: Self::Memory(error);
    InitError as error => RegionError: Self::Memory(error);
    FreeError as error => ResizeError: Self::Block(error);
    AllocError as error => ResizeError: Self::Alloc(error);
    Corruption as error => CheckError: Self::Corrupt(error);
    NotReady as _ => AllocError: Self::NotReady;
    NotReady as _ => CheckError: Self::NotReady;
    NotReady as _ => DeinitError: Self::NotReady;
    NotReady as _ => FreeError: Self::NotReady;
    NotReady as _ => RegionError: Self::NotReady;
    NotReady as _ => ResizeError: Self::Block(FreeError::NotReady);
    Unreadable as error => AttachError: match error {
        Unreadable::NotAPool => Self::NotAPool,
        Unreadable::Version(found) => Self::Version { found },
    };
}
