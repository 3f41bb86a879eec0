//! What can be wrong, in types.
//!
//! - `error/text.rs`: the same in words

mod text;

use crate::corruption::Corruption;
use crate::layout::{Choices, Unreadable};

/// Why memory could not become a pool. The memory is untouched.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Heap, InitError, config::Pool256K};
///
/// let mut memory = [MaybeUninit::uninit(); 32];
/// let refused = Heap::<Pool256K>::new(&mut memory);
/// assert_eq!(refused.err(), Some(InitError::TooSmall));
/// ```
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
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Heap, RegionError, config::Pool256K};
///
/// let mut on_chip = [MaybeUninit::uninit(); 2048];
/// let mut external = [MaybeUninit::uninit(); 8192];
/// let mut heap = Heap::<Pool256K>::new(&mut on_chip)?;
/// // A `Heap` is one region alone; more are `Regions`.
/// assert_eq!(heap.add_region(&mut external), Err(RegionError::TooMany));
/// # Ok::<(), litepool::InitError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RegionError {
    /// No region can have this base and size; or the memory touches another region, or one of
    /// another live [`Pool`](crate::Pool), in a used block or not.
    Memory(InitError),
    /// There are as many regions as the heap's type allows: one, and its `MORE`.
    TooMany,
    /// There is no region of this number.
    NoSuchRegion,
    /// See [`NotReady`]; [`Regions`](crate::Regions) always are.
    NotReady,
}

/// The [`Pool`](crate::Pool) is not initialised; or it is called from within its own
/// [`Pool::lock`](crate::Pool::lock) or a walk, with a lock that its holder may take again.
///
/// ```
/// use litepool::{AllocError, NotReady, Pool, config::Pool64};
///
/// static POOL: Pool<Pool64> = Pool::new();
///
/// // Nobody has given it memory yet.
/// assert_eq!(POOL.stats(), Err(NotReady));
/// assert_eq!(POOL.allocate(100), Err(AllocError::NotReady));
/// ```
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
///
/// ```
/// use core::ptr::NonNull;
/// use litepool::{AttachError, Heap, Image, config::{Pool256K, Pool32}};
///
/// let mut words = [0u32; 512];
/// let base = NonNull::from(&mut words).cast();
/// // SAFETY: the words are ours, and one at a time uses them.
/// unsafe {
///     Heap::<Pool256K>::from_raw(base, 2048)?;
///     // Another configuration than that of the pool.
///     let refused = Heap::<Pool32>::attach(base, 2048);
///     assert!(matches!(refused, Err(AttachError::Configuration { .. })));
///     // A dump that was cut short.
///     let refused = Image::open(base, 1024);
///     assert!(matches!(refused, Err(AttachError::Size { found: 2048, given: 1024 })));
/// }
/// # Ok::<(), litepool::InitError>(())
/// ```
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
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{AllocError, Heap, config::Pool256K};
///
/// let mut memory = [MaybeUninit::uninit(); 2048];
/// let mut heap = Heap::<Pool256K>::new(&mut memory)?;
/// assert_eq!(heap.allocate(0), Err(AllocError::ZeroSize));
/// assert_eq!(heap.allocate_aligned(100, 3), Err(AllocError::BadAlignment));
/// assert_eq!(heap.allocate(4000), Err(AllocError::Exhausted { request: 4000 }));
/// println!("{}", heap.shortage(4000));
/// # Ok::<(), litepool::InitError>(())
/// ```
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
///
/// ```
/// use core::{mem::MaybeUninit, ptr::NonNull};
/// use litepool::{FreeError, Heap, config::Pool256K};
///
/// let mut memory = [MaybeUninit::uninit(); 2048];
/// let mut heap = Heap::<Pool256K>::new(&mut memory)?;
/// let block = heap.allocate(100)?;
/// let mut elsewhere = 0u32;
/// // SAFETY: the block is ours and nothing refers to it any more; all else is refused.
/// unsafe {
///     heap.free(block)?;
///     assert_eq!(heap.free(block), Err(FreeError::AlreadyFree));
///     assert_eq!(heap.free(NonNull::from(&mut elsewhere).cast()), Err(FreeError::OutOfPool));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{AllocError, Heap, ResizeError, config::Pool256K};
///
/// let mut memory = [MaybeUninit::uninit(); 2048];
/// let mut heap = Heap::<Pool256K>::new(&mut memory)?;
/// let block = heap.allocate(100)?;
/// // SAFETY: the block is ours; it stays the same, as this is refused.
/// let refused = unsafe { heap.resize(block, 4000) };
/// let error = AllocError::Exhausted { request: 4000 };
/// assert_eq!(refused, Err(ResizeError::Alloc(error)));
/// assert!(heap.usable_size(block)? >= 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
