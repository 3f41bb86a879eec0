//! What a heap is made of: a configuration is a type.

use core::marker::PhantomData;

use crate::event::Event;
use crate::fit::{Fit, Tlsf};
use crate::record::{Caller, Record};
use crate::slab::Slab;

/// The choices that make a heap, all of them at compile time.
///
/// Everything that is written into a pool follows from these choices and never from the processor, so a pool
/// made on one machine opens on any other with the same configuration.
///
/// ```
/// use litepool::{Check, Config, fit::Tlsf};
///
/// struct Sensors;
/// impl Config for Sensors {
///     type Index = u16;
///     type Fit = Tlsf;
///     type Record = ();
///     const GRANULE: usize = 4;
///     const CHECK: Check = Check::Links;
/// }
/// ```
pub trait Config: 'static {
    /// Width of the free-list links: `u16` for pools of up to 65,535 granules, `u32` for pools below 2 GiB.
    type Index: Index;

    /// How free blocks are remembered and which one is taken.
    type Fit: Fit;

    /// What a used block remembers: nothing (`()`), or its holder, its call sites, or both. See [`record`](crate::record).
    type Record: Record;

    /// The unit of sizes and the alignment of every payload, in bytes: 4 or 8. The pool itself stands on this
    /// boundary.
    ///
    /// The default is the processor's word. State it for a pool that is to travel between processors.
    const GRANULE: usize = size_of::<usize>();

    /// How much of the pool is proved before it is believed.
    const CHECK: Check = Check::Links;

    /// How many free blocks a request may look at beyond what bitmaps decide.
    ///
    /// [`Tlsf`] looks at up to four blocks of a request's own list in any case; then at this many of them if no other
    /// list has a block; then, for an aligned request, at this many free blocks of the pool.
    ///
    /// Unlimited by default: a request that some free block can hold is never refused. A bound gives hard real
    /// time, and may refuse a request that only one block deep in its own list, or one oddly placed block for an
    /// aligned request, could serve. [`BestFitLittle`](crate::fit::BestFitLittle) looks at so many free blocks and no
    /// more, the lowest ones; [`BestFit`](crate::fit::BestFit) needs no bound.
    const SEARCH_LIMIT: usize = usize::MAX;

    /// When a block that was given back is merged with its free neighbours: at once by default.
    const COALESCE: Coalesce = Coalesce::Immediate;

    /// Small objects in front of the Fit: none by default. See [`Slab`].
    const SLAB: Slab = Slab::OFF;

    /// The largest pool, in bytes; [`InitError::TooLarge`](crate::InitError::TooLarge) above it.
    ///
    /// Where no pool has more than 32,767 granules (128 KiB with granule 4), no block needs the longer header of large
    /// blocks, and there is no code for it. What a pool looks like does not depend on this.
    const MAX_SIZE: usize = usize::MAX;

    /// Is small code worth more than speed?
    ///
    /// If so, what all operations have in common is there once instead of where it is needed, and the short ways for
    /// common cases are left out. Every request is served as before, but perhaps from another
    /// block.
    const COMPACT: bool = false;

    /// Does an error say why?
    ///
    /// If not, exactly the same is refused, but every pointer with [`FreeError::NotABlock`](crate::FreeError::NotABlock), and
    /// [`AllocError::Exhausted`](crate::AllocError::Exhausted) has a `largest_free` of 0 (the
    /// [statistics](crate::Heap::stats) still tell it). For firmware that only asks whether: finding out why takes about
    /// 600 bytes of code.
    const EXPLAIN: bool = true;

    /// Can the pool be a region of several that are joined? See [`Regions`](crate::Regions).
    ///
    /// If so, its control block has 8 bytes more, which say which region it is.
    const JOINED: bool = false;

    /// Is [`Config::on_event`] called?
    const LISTENS: bool = false;

    /// For whom and from where a block is being allocated. Asked at every request of a
    /// configuration with a [`Config::Record`], before anything is taken, save those that say it
    /// themselves ([`Heap::allocate_for`](crate::Heap::allocate_for)). If it panics and that
    /// unwinds, nothing has happened.
    #[must_use]
    fn caller() -> Caller {
        Caller::NONE
    }

    /// Is told of everything that happens to a pool of this configuration, if [`Config::LISTENS`].
    ///
    /// A [`Pool`](crate::Pool) is locked meanwhile, so that the order is true. So this must be short, and must use no pool.
    ///
    /// It had better not panic. If it does and that unwinds, what is being told of has happened,
    /// and everything is whole: only a block that nobody has yet is given back, and a pool or a
    /// region that is being made is none. A block that has moved is where the event says.
    fn on_event(_event: &Event) {}
}

/// How much of the pool is proved before it is believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// The caller is trusted: of a block to free or resize, only the address, the *used* flag and the size are looked
    /// at, not its neighbours.
    Off,
    /// Every free and every resize proves the block and both its neighbours, in constant time; of an object of the slab, that
    /// the chunk map knows its chunk and that its slot is taken. The control block and the heads of the lists are trusted,
    /// and so are the links of a free block that a request takes, and which of a chunk's slots are free.
    Links,
    /// Besides, nothing that a request takes is handed out before it is proved to be free, and no link is written through before
    /// what it leads to confirms it, still in constant time for each: a damaged pool gives errors, or hides free blocks and
    /// slots from requests until the damage is mended. Of the pools that were tried, with and without a slab, no single changed bit
    /// had a request, a free or a resize harm what others hold.
    ///
    /// A chunk of the slab has a seal for that, which confirms its class and which of its slots are free. It stands in bytes that
    /// nothing else needs, so the same pool opens with any level: [`Heap::attach`](crate::Heap::attach) makes the seals anew.
    Hardened,
    /// Besides, [`Heap::check`](crate::Heap::check) comes before every request and every free: time linear in the number of
    /// blocks, for the search of a culprit.
    Whole,
}

/// When a block that was given back is merged with its free neighbours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coalesce {
    /// At once. What is free is always as large as it can be, and no operation does another one's work: the choice for
    /// hard real time, and for pools that are small for what they hold.
    Immediate,
    /// A small block waits for the next request of its size as long as at least half of the pool is free and merged. Faster
    /// where programs ask again for what they gave back (on the recorded traces in 0.6 of the time), at about the same need of
    /// memory.
    ///
    /// A request that finds no other room, and a free that leaves less than half of the pool, merge all blocks that
    /// wait: their time is linear in the number of these.
    ///
    /// [`BestFitLittle`](crate::fit::BestFitLittle), which would gain nothing, merges at once all the same.
    Deferred,
}

/// The width of the free-list links in a pool. Implemented for `u16` and `u32`.
pub trait Index: sealed::Index {}

impl Index for u16 {}
impl Index for u32 {}

pub(crate) mod sealed {
    /// The crate's side of [`super::Index`].
    pub trait Index: Copy + 'static {
        /// Bytes of one link.
        const BYTES: usize;
        /// The most granules that a pool linked this way may have.
        const MAX_GRANULES: usize;
        /// A link is written, by its number of granules from the pool's base.
        fn from_granules(granules: u32) -> Self;
        /// A link is read.
        fn granules(self) -> u32;
    }

    impl Index for u16 {
        const BYTES: usize = 2;
        const MAX_GRANULES: usize = u16::MAX as usize;
        #[inline(always)]
        fn from_granules(granules: u32) -> Self {
            granules as u16
        }
        #[inline(always)]
        fn granules(self) -> u32 {
            u32::from(self)
        }
    }

    impl Index for u32 {
        const BYTES: usize = 4;
        /// Every offset and size stays below 2 GiB, so no sum of two of them leaves 32 bits.
        const MAX_GRANULES: usize = i32::MAX as usize / 4;
        #[inline(always)]
        fn from_granules(granules: u32) -> Self {
            granules
        }
        #[inline(always)]
        fn granules(self) -> u32 {
            self
        }
    }
}

/// The ready-made configuration: an algorithm, a link width and a granule, with [`Check::Links`] and no bound
/// on the search.
///
/// ```
/// use litepool::{config::Standard, fit::Tlsf};
/// type Device = Standard<Tlsf, u16, 4>;
/// ```
#[derive(Debug)]
pub struct Standard<F, I, const GRANULE: usize>(PhantomData<(F, I)>);

impl<F: Fit, I: Index, const GRANULE: usize> Config for Standard<F, I, GRANULE> {
    type Index = I;
    type Fit = F;
    type Record = ();
    const GRANULE: usize = GRANULE;
}

/// [`Standard`] with the least code ([`Config::COMPACT`], and no [`Config::EXPLAIN`]), for pools of up to `MAX_SIZE` bytes. Up to 128 KiB with granule 4,
/// the code for large blocks is saved as well.
///
/// ```
/// use litepool::{config::Compact, fit::BestFitLittle};
/// type Device = Compact<BestFitLittle, u16, 4, { 64 << 10 }>;
/// ```
#[derive(Debug)]
pub struct Compact<F, I, const GRANULE: usize, const MAX_SIZE: usize>(PhantomData<(F, I)>);

impl<F: Fit, I: Index, const GRANULE: usize, const MAX_SIZE: usize> Config
    for Compact<F, I, GRANULE, MAX_SIZE>
{
    type Index = I;
    type Fit = F;
    type Record = ();
    const GRANULE: usize = GRANULE;
    const MAX_SIZE: usize = MAX_SIZE;
    const COMPACT: bool = true;
    const EXPLAIN: bool = false;
}

/// [`Standard`] with a slab: one of those that [`Slabs`] lists.
///
/// ```
/// use litepool::{config::{Fast, WithSlab}, fit::Tlsf};
/// type Server = WithSlab<Tlsf, u32, 8, Fast>;
/// ```
#[derive(Debug)]
pub struct WithSlab<F, I, const GRANULE: usize, S>(PhantomData<(F, I, S)>);

impl<F: Fit, I: Index, const GRANULE: usize, S: Slabs> Config for WithSlab<F, I, GRANULE, S> {
    type Index = I;
    type Fit = F;
    type Record = ();
    const GRANULE: usize = GRANULE;
    const SLAB: Slab = S::SLAB;
}

/// Items of a configuration that are as another one has them.
macro_rules! as_in {
    ($other:ident: $($item:ident)*) => { $( as_in!(@$item $other); )* };
    (@Index $other:ident) => { type Index = $other::Index; };
    (@Fit $other:ident) => { type Fit = $other::Fit; };
    (@Record $other:ident) => { type Record = $other::Record; };
    (@GRANULE $other:ident) => { const GRANULE: usize = $other::GRANULE; };
    (@CHECK $other:ident) => { const CHECK: Check = $other::CHECK; };
    (@SEARCH_LIMIT $other:ident) => { const SEARCH_LIMIT: usize = $other::SEARCH_LIMIT; };
    (@COALESCE $other:ident) => { const COALESCE: Coalesce = $other::COALESCE; };
    (@SLAB $other:ident) => { const SLAB: Slab = $other::SLAB; };
    (@MAX_SIZE $other:ident) => { const MAX_SIZE: usize = $other::MAX_SIZE; };
    (@COMPACT $other:ident) => { const COMPACT: bool = $other::COMPACT; };
    (@EXPLAIN $other:ident) => { const EXPLAIN: bool = $other::EXPLAIN; };
    (@JOINED $other:ident) => { const JOINED: bool = $other::JOINED; };
    (@LISTENS $other:ident) => { const LISTENS: bool = $other::LISTENS; };
    (@caller $other:ident) => {
        fn caller() -> Caller {
            $other::caller()
        }
    };
    (@on_event $other:ident) => {
        fn on_event(event: &Event) {
            $other::on_event(event);
        }
    };
}

/// A configuration with [`Coalesce::Deferred`].
///
/// ```
/// use litepool::{config::{Deferred, Standard}, fit::BestFit};
/// type Server = Deferred<Standard<BestFit, u32, 8>>;
/// ```
#[derive(Debug)]
pub struct Deferred<C>(PhantomData<C>);

impl<C: Config> Config for Deferred<C> {
    const COALESCE: Coalesce = Coalesce::Deferred;
    as_in!(C: Index Fit Record GRANULE CHECK SEARCH_LIMIT SLAB MAX_SIZE COMPACT EXPLAIN JOINED LISTENS caller on_event);
}

/// A configuration with [`Check::Hardened`].
///
/// ```
/// use litepool::{config::{Hardened, Standard}, fit::Tlsf};
/// type Exposed = Hardened<Standard<Tlsf, u32, 4>>;
/// ```
#[derive(Debug)]
pub struct Hardened<C>(PhantomData<C>);

impl<C: Config> Config for Hardened<C> {
    const CHECK: Check = Check::Hardened;
    as_in!(C: Index Fit Record GRANULE SEARCH_LIMIT COALESCE SLAB MAX_SIZE COMPACT EXPLAIN JOINED LISTENS caller on_event);
}

/// A configuration whose pools can be joined: [`Config::JOINED`], for [`Regions`](crate::Regions) of more than one.
///
/// ```
/// use litepool::{config::{Joined, Standard}, fit::Tlsf};
/// type Device = Joined<Standard<Tlsf, u32, 4>>;
/// ```
#[derive(Debug)]
pub struct Joined<C>(PhantomData<C>);

impl<C: Config> Config for Joined<C> {
    const JOINED: bool = true;
    as_in!(C: Index Fit Record GRANULE CHECK SEARCH_LIMIT COALESCE SLAB MAX_SIZE COMPACT EXPLAIN LISTENS caller on_event);
}

/// A configuration whose used blocks have a [record](crate::record). To tell who is calling takes a configuration of your own
/// ([`Config::caller`]), or [`Heap::allocate_for`](crate::Heap::allocate_for).
///
/// ```
/// use litepool::{config::{Pool32, WithRecord}, record::Owner};
/// type Device = WithRecord<Pool32, Owner<32, 8>>;
/// ```
#[derive(Debug)]
pub struct WithRecord<C, R>(PhantomData<(C, R)>);

impl<C: Config, R: Record> Config for WithRecord<C, R> {
    type Record = R;
    as_in!(C: Index Fit GRANULE CHECK SEARCH_LIMIT COALESCE SLAB MAX_SIZE COMPACT EXPLAIN JOINED LISTENS caller on_event);
}

/// A slab as a type, for [`WithSlab`].
pub trait Slabs: 'static {
    /// The slab.
    const SLAB: Slab;
}

/// [`Slab::FIXED`].
#[derive(Debug)]
pub struct Fixed;

impl Slabs for Fixed {
    const SLAB: Slab = Slab::FIXED;
}

/// [`Slab::EXPANDING`].
#[derive(Debug)]
pub struct Expanding;

impl Slabs for Expanding {
    const SLAB: Slab = Slab::EXPANDING;
}

/// [`Slab::LEAN`].
#[derive(Debug)]
pub struct Lean;

impl Slabs for Lean {
    const SLAB: Slab = Slab::LEAN;
}

/// [`Slab::FAST`].
#[derive(Debug)]
pub struct Fast;

impl Slabs for Fast {
    const SLAB: Slab = Slab::FAST;
}

/// For pools of up to 256 KiB on 32-bit devices: 16-bit links, blocks of 8 bytes and more.
pub type Pool256K = Standard<Tlsf, u16, 4>;

/// For pools of up to 64 KiB on the smallest devices: as [`Pool256K`], with small code.
pub type Pool64K = Compact<Tlsf, u16, 4, { 64 << 10 }>;

/// For larger pools on 32-bit devices: 32-bit links, blocks of 12 bytes and more.
pub type Pool32 = Standard<Tlsf, u32, 4>;

/// For 64-bit machines: payloads on 8-byte boundaries, blocks of 16 bytes and more, the smaller of which may wait to be
/// merged.
pub type Pool64 = Deferred<Standard<Tlsf, u32, 8>>;
