//! What can be wrong, in types.

use core::fmt;

use crate::check::Corruption;

/// Why memory could not become a pool. The memory is untouched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum InitError {
    /// The base does not stand on a granule boundary, or the size is not a whole number of granules.
    Misaligned,
    /// The memory can't hold the control block and one block.
    TooSmall,
    /// The memory is more than the links can address: 65,535 granules with 16-bit links, less than 2 GiB with 32-bit
    /// ones.
    TooLarge,
    /// The memory would end behind the highest address: base and size add up to more than an
    /// address can be.
    BeyondAddressSpace,
    /// This [`Pool`](crate::Pool) is live, or being made live: only [`Pool::deinit`](crate::Pool::deinit) ends that.
    AlreadyInitialised,
    /// The memory touches that of another live [`Pool`](crate::Pool), and does not lie within one of its used blocks. A pool whose
    /// lock is not [shared](crate::lock::Lock::SHARED) can't hold another one at all.
    Overlap {
        /// The address at which the other pool begins.
        start: usize,
        /// Its bytes.
        size: usize,
    },
}

/// Why memory could not become a region. The memory is untouched, and so is what it should have been joined with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RegionError {
    /// The base does not stand on a granule boundary, or the size is not a whole number of granules.
    Misaligned,
    /// The memory can't hold a control block and one block.
    TooSmall,
    /// The memory is more than the links can address, as [`InitError::TooLarge`].
    TooLarge,
    /// The memory would end behind the highest address, as [`InitError::BeyondAddressSpace`].
    BeyondAddressSpace,
    /// The memory touches another region, or one of another live [`Pool`](crate::Pool), in a used block or not.
    Overlap {
        /// The address at which the other region begins.
        start: usize,
        /// Its bytes.
        size: usize,
    },
    /// There are as many regions as there may be.
    TooMany,
    /// There is no region of this number.
    NoSuchRegion,
    /// See [`NotReady`]; [`Regions`](crate::Regions) always are.
    NotReady,
}

/// The [`Pool`](crate::Pool) is not initialised, or it is in the middle of a walk that called what is being refused.
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
    /// It is damaged.
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
    /// The pool has another link width, granule or algorithm than the configuration that should open it, or one has a slab
    /// or defers merging and the other does not.
    Configuration {
        /// What the pool states: version, link width, granule, fit (and 128 if there is a slab, 64 if small blocks may
        /// wait to be merged, 32 if it can be one of several joined regions, 16 if used blocks have a record).
        found: [u8; 4],
        /// What the configuration demands.
        expected: [u8; 4],
    },
    /// The pool's slab has other classes or chunks than the configuration's, or expands where that does not.
    Slab {
        /// What the pool states: classes, flags, a hash over the classes' sizes.
        found: u32,
        /// What the configuration demands.
        expected: u32,
    },
    /// The pool's used blocks have other records than the configuration's, or its tables other rows.
    Record {
        /// What the pool states: call sites and flags, modules, tasks.
        found: u32,
        /// What the configuration demands.
        expected: u32,
    },
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
    /// The region is none of those that the first one was joined with, or is not in its place. If one is exchanged for another,
    /// that may show only at a later one.
    NotJoined {
        /// Which of the regions given.
        region: usize,
    },
    /// It is a pool of this configuration and size, but damaged.
    Corrupt(Corruption),
}

/// Why a request got no block. The heap is unchanged, save that one that was [`AllocError::Exhausted`] is counted, and has had
/// the slab's spare chunks given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AllocError {
    /// A request for nothing.
    ZeroSize,
    /// The alignment is not a power of two.
    BadAlignment,
    /// No free block can hold it. If `free` would have been enough and `largest_free` is not, the free memory is
    /// fragmented; an aligned request may need more than its size.
    Exhausted {
        /// Bytes asked for.
        request: usize,
        /// Bytes in free blocks, headers included. Free slots of a slab do not count.
        free: usize,
        /// The largest request that would have succeeded now, in bytes, with the granule's alignment. 0 without
        /// [`Config::EXPLAIN`](crate::Config::EXPLAIN).
        largest_free: usize,
    },
    /// The pool is damaged. Asked only with [`Check::Whole`](crate::Check::Whole); else a request that damage hides the
    /// free blocks from is [`AllocError::Exhausted`].
    Corrupt(Corruption),
    /// The region that was asked for is none of [those there are](crate::Regions).
    NoSuchRegion,
    /// See [`NotReady`]; a [`Heap`](crate::Heap) always is.
    NotReady,
}

/// Why a pointer can't be given back. The heap is unchanged. Without [`Config::EXPLAIN`](crate::Config::EXPLAIN), it is always
/// [`FreeError::NotABlock`].
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
    /// The block's header and its neighbours contradict each other: something wrote outside its block.
    Corrupt(Corruption),
    /// A live [`Pool`](crate::Pool) stands in the block.
    HoldsPool,
    /// The pointer leads into another live [`Pool`](crate::Pool), which stands in a block of this one.
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
    /// The block is one from an aligned request, which [`BestFitLittle`](crate::fit::BestFitLittle) does not resize.
    /// Allocate, copy and free instead.
    AlignedBlock,
}

impl From<FreeError> for ResizeError {
    #[inline]
    fn from(error: FreeError) -> Self {
        Self::Block(error)
    }
}

impl From<AllocError> for ResizeError {
    #[inline]
    fn from(error: AllocError) -> Self {
        Self::Alloc(error)
    }
}

impl From<InitError> for AttachError {
    #[inline]
    fn from(error: InitError) -> Self {
        Self::Memory(error)
    }
}

impl From<InitError> for RegionError {
    #[inline]
    fn from(error: InitError) -> Self {
        match error {
            InitError::Misaligned => Self::Misaligned,
            InitError::TooSmall => Self::TooSmall,
            InitError::TooLarge => Self::TooLarge,
            InitError::BeyondAddressSpace => Self::BeyondAddressSpace,
            InitError::AlreadyInitialised => Self::NotReady,
            InitError::Overlap { start, size } => Self::Overlap { start, size },
        }
    }
}

impl From<NotReady> for RegionError {
    #[inline]
    fn from(NotReady: NotReady) -> Self {
        Self::NotReady
    }
}

impl From<NotReady> for AllocError {
    #[inline]
    fn from(NotReady: NotReady) -> Self {
        Self::NotReady
    }
}

impl From<NotReady> for FreeError {
    #[inline]
    fn from(NotReady: NotReady) -> Self {
        Self::NotReady
    }
}

impl From<NotReady> for ResizeError {
    #[inline]
    fn from(NotReady: NotReady) -> Self {
        Self::Block(FreeError::NotReady)
    }
}

impl From<NotReady> for CheckError {
    #[inline]
    fn from(NotReady: NotReady) -> Self {
        Self::NotReady
    }
}

impl From<Corruption> for CheckError {
    #[inline]
    fn from(corruption: Corruption) -> Self {
        Self::Corrupt(corruption)
    }
}

impl From<NotReady> for DeinitError {
    #[inline]
    fn from(NotReady: NotReady) -> Self {
        Self::NotReady
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Misaligned => "the pool's base or size is not a multiple of the granule",
            Self::TooSmall => "the memory is too small for a pool",
            Self::TooLarge => "the memory is larger than the configuration's links can address",
            Self::BeyondAddressSpace => "the memory ends behind the highest address",
            Self::AlreadyInitialised => "the pool is live already",
            Self::Overlap { start, size } => {
                return write!(
                    f,
                    "the memory touches the live pool of {size} bytes at {start:#x}, and is not within one of its used blocks"
                );
            }
        })
    }
}

impl fmt::Display for RegionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Misaligned => "the region's base or size is not a multiple of the granule",
            Self::TooSmall => "the memory is too small for a region",
            Self::TooLarge => "the memory is larger than the configuration's links can address",
            Self::BeyondAddressSpace => "the memory ends behind the highest address",
            Self::Overlap { start, size } => {
                return write!(
                    f,
                    "the memory touches the region of {size} bytes at {start:#x}"
                );
            }
            Self::TooMany => "there are as many regions as there may be",
            Self::NoSuchRegion => "there is no region of this number",
            Self::NotReady => return NotReady.fmt(f),
        })
    }
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool is not initialised, or in the middle of a walk")
    }
}

impl fmt::Display for DeinitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReady => NotReady.fmt(f),
            Self::HoldsPool => f.write_str("another live pool stands in a block of the pool"),
        }
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReady => NotReady.fmt(f),
            Self::Corrupt(corruption) => corruption.fmt(f),
        }
    }
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(error) => error.fmt(f),
            Self::NotAPool => f.write_str("there is no pool in this memory"),
            Self::Version { found } => write!(f, "the pool has layout version {found}"),
            Self::Configuration { found, expected } => write!(
                f,
                "the pool was made with version, link width, granule and fit {found:?}, not {expected:?}"
            ),
            Self::Record { found, expected } => write!(
                f,
                "the pool's blocks have records {found:#010x}, expected {expected:#010x}"
            ),
            Self::Slab { found, expected } => write!(
                f,
                "the pool has the slab {found:#010x}, not {expected:#010x}"
            ),
            Self::Size { found, given } => {
                write!(f, "the pool has {found} bytes, the memory {given}")
            }
            Self::Regions { joined, given } => {
                write!(f, "{joined} regions are joined, {given} are given")
            }
            Self::TooManyRegions { joined, most } => {
                write!(
                    f,
                    "{joined} regions are joined, no more than {most} can be opened"
                )
            }
            Self::NotJoined { region } => {
                write!(
                    f,
                    "region {region} is not the one that the first was joined with"
                )
            }
            Self::Corrupt(corruption) => corruption.fmt(f),
        }
    }
}

impl fmt::Display for AllocError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroSize => f.write_str("a request for 0 bytes"),
            Self::BadAlignment => f.write_str("the alignment is not a power of two"),
            Self::Exhausted {
                request,
                free,
                largest_free,
            } => write!(
                f,
                "no room for {request} bytes: {free} are free, the largest request that fits is {largest_free}"
            ),
            Self::Corrupt(corruption) => corruption.fmt(f),
            Self::NoSuchRegion => RegionError::NoSuchRegion.fmt(f),
            Self::NotReady => NotReady.fmt(f),
        }
    }
}

impl fmt::Display for FreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfPool => f.write_str("the pointer is outside the pool"),
            Self::Misaligned => f.write_str("the pointer is not on a granule boundary"),
            Self::NotABlock => f.write_str("no block begins at the pointer"),
            Self::AlreadyFree => f.write_str("the block is free already"),
            Self::Corrupt(corruption) => corruption.fmt(f),
            Self::HoldsPool => f.write_str("a live pool stands in the block"),
            Self::InNestedPool => {
                f.write_str("the pointer leads into a live pool in a block of this one")
            }
            Self::NotReady => NotReady.fmt(f),
        }
    }
}

impl fmt::Display for ResizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(error) => error.fmt(f),
            Self::Alloc(error) => error.fmt(f),
            Self::AlignedBlock => {
                f.write_str("the algorithm does not resize blocks from aligned requests")
            }
        }
    }
}

impl core::error::Error for InitError {}
impl core::error::Error for RegionError {}
impl core::error::Error for NotReady {}
impl core::error::Error for DeinitError {}
impl core::error::Error for CheckError {}
impl core::error::Error for AttachError {}
impl core::error::Error for AllocError {}
impl core::error::Error for FreeError {}
impl core::error::Error for ResizeError {}
