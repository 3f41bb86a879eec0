//! What a heap is made of: a configuration is a type.

use core::marker::PhantomData;

use crate::event::Event;
use crate::fit::{Fit, Tlsf};
use crate::layout::{Choices, Layout, Shape, SlabLayout};
use crate::slab::Slab;
use crate::track::{Caller, Record};

/// The choices that make a heap, all of them at compile time.
///
/// Everything that is written into a pool follows from them and never from the processor, and a
/// pool names them in its first words: so it opens on any other machine of the same byte order.
///
/// ```
/// use litepool::{Config, fit::BestFit, track::Owners};
///
/// struct Sensors;
/// impl Config for Sensors {
///     type Fit = BestFit;
///     type Record = Owners<32, 0>;
///     const MAX_SIZE: usize = 64 << 10;
///     const GRANULE: usize = 4;
/// }
/// ```
pub trait Config: 'static {
    /// How free blocks are found.
    type Fit: Fit;

    /// What a used block remembers: nothing (`()`), its owner, its call sites, or both. See
    /// [`track`](crate::track).
    type Record: Record;

    /// The largest pool, in bytes; [`InitError::TooLarge`](crate::InitError::TooLarge) above it.
    ///
    /// It decides how wide links are (16 bits up to 65,536 granules, else 32), and how many bits
    /// a header has for its seal: `29 - log2(MAX_SIZE / GRANULE)`. With 13 of them, up to 256 KiB
    /// with granule 4, one write of a wrong header in 8,192 passes for a right one; with 7, up to
    /// 16 MiB, one in 128; in a pool of 2 GiB all do. See the design page for what that is worth.
    const MAX_SIZE: usize = 16 << 20;

    /// The unit of sizes and the alignment of every payload, in bytes: 4 or 8. The pool itself
    /// stands on this boundary.
    ///
    /// The default is the processor's word. State it for a pool that is to travel between
    /// processors.
    const GRANULE: usize = size_of::<usize>();

    /// How much of the pool is proved before it is believed.
    const CHECK: Check = Check::Hardened;

    /// Small objects in front of the Fit: none by default. See [`Slab`].
    const SLAB: Slab = Slab::OFF;

    /// How many [regions](crate::Regions) the heap can have, at most 127. Above 1, a control
    /// block has 8 bytes more, which say which region it is.
    const REGIONS: usize = 1;

    /// For whom and from where a block is being allocated. Asked at every request of a
    /// configuration with a [`Config::Record`], before anything is taken, save those that say it
    /// themselves ([`Heap::allocate_for`](crate::Heap::allocate_for)). A [`Pool`](crate::Pool) is
    /// locked meanwhile, so this must use no pool. If it panics and that unwinds, nothing has
    /// happened.
    ///
    /// ```
    /// use core::sync::atomic::{AtomicU16, Ordering::Relaxed};
    /// use litepool::{Caller, Config, fit::Tlsf, track::Owners};
    ///
    /// /// The scheduler's: which task runs.
    /// static RUNNING: AtomicU16 = AtomicU16::new(0);
    ///
    /// struct Device;
    /// impl Config for Device {
    ///     type Fit = Tlsf;
    ///     type Record = Owners<8, 0>;
    ///     fn caller() -> Caller {
    ///         Caller::task(RUNNING.load(Relaxed))
    ///     }
    /// }
    /// ```
    #[must_use]
    #[inline(always)]
    fn caller() -> Caller {
        Caller::NONE
    }

    /// Is notified of everything that happens to a pool of this configuration. The crate
    /// `litepool-stream` has a recorder for devices, which sends it to a desk.
    ///
    /// A [`Pool`](crate::Pool) is locked meanwhile, so that the order is true. So this must be
    /// short, and must use no pool.
    ///
    /// It had better not panic. If it does and that unwinds, what the event says has happened,
    /// and everything is whole: only a block that nobody has yet is freed, and a pool or a region
    /// that is being made is none. A block that has moved is where the event says.
    #[inline(always)]
    fn on_event(_event: &Event) {}
}

/// For pools of up to `SIZE` bytes, with all else as [`Config`] has it: [`Tlsf`], no record,
/// [`Check::Hardened`], the processor's word for a granule. The seal is as long as that size
/// allows, and links have 16 bits as long as they suffice.
///
/// ```
/// use litepool::{Pool, config::UpTo};
///
/// static POOL: Pool<UpTo<{ 96 << 10 }>> = Pool::new();
/// ```
#[derive(Debug)]
pub struct UpTo<const SIZE: usize>;

impl<const SIZE: usize> Config for UpTo<SIZE> {
    type Fit = Tlsf;
    type Record = ();
    const MAX_SIZE: usize = SIZE;
}

/// How much of the pool is proved before it is believed. What a pool looks like does not depend on
/// it.
///
/// ```
/// use litepool::{Check, Config, fit::Tlsf};
///
/// /// For memory that only trusted code writes to: requests are served faster.
/// struct Trusted;
/// impl Config for Trusted {
///     type Fit = Tlsf;
///     type Record = ();
///     const CHECK: Check = Check::Links;
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// Every free and every reallocation proves the block, its neighbours, and each link that it
    /// is about to overwrite, in constant time. What a request takes from a list is believed.
    Links,
    /// Nothing is believed: besides, whatever a request takes is proved to be a free block, and a
    /// bitmap, a list's head, the pending block only lead to what the pool has. A corrupt pool
    /// gives errors, or hides free blocks from requests until the pool is repaired. Of the pools
    /// that were tried no single changed bit had an operation harm what others have.
    Hardened,
}

/// The layout of a configuration, known at compile time.
pub(crate) struct ShapeOf<C>(PhantomData<fn() -> C>);

impl<C> ShapeOf<C> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<C> Clone for ShapeOf<C> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for ShapeOf<C> {}

impl<C: Config> Shape for ShapeOf<C> {
    #[inline(always)]
    fn layout(&self) -> &Layout {
        const { &layout_of::<C>() }
    }
}

/// Where everything stands in the pools of a configuration.
pub(crate) const fn layout_of<C: Config>() -> Layout {
    let most = C::MAX_SIZE.div_ceil(C::GRANULE).next_power_of_two();
    let classes = C::SLAB.classes.len();
    Layout::new(Choices {
        algorithm: <C::Fit as crate::fit::sealed::Fit>::ALGORITHM,
        size_bits: if most < 64 { 6 } else { most.ilog2() },
        granule: C::GRANULE,
        hardened: matches!(C::CHECK, Check::Hardened),
        record: <C::Record as crate::track::sealed::Record>::LAYOUT,
        slab: if classes == 0 {
            SlabLayout::NONE
        } else {
            SlabLayout {
                classes: classes as u8,
                expands: C::SLAB.expands,
                keeps_empty: C::SLAB.keeps_empty,
                place_shift: C::SLAB.place_shift(),
            }
        },
        joined: C::REGIONS > 1,
    })
}

macro_rules! ready_made {
    ($($(#[$doc:meta])* $name:ident: $size:expr, $granule:expr, $check:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;

            impl Config for $name {
                type Fit = Tlsf;
                type Record = ();
                const MAX_SIZE: usize = $size;
                const GRANULE: usize = $granule;
                const CHECK: Check = $check;
            }
        )*
    };
}

ready_made! {
    /// For pools of up to 256 KiB on 32-bit devices: 16-bit links, blocks of 12 bytes and more,
    /// 13 bits of seal.
    Pool256K: 256 << 10, 4, Check::Hardened;
    /// For pools of up to 16 MiB on 32-bit devices: 32-bit links, blocks of 16 bytes and more, 7
    /// bits of seal.
    Pool32: 16 << 20, 4, Check::Hardened;
    /// For pools of up to 2 GiB on 32-bit devices: as [`Pool32`], without a seal.
    Pool32Large: 2 << 30, 4, Check::Hardened;
    /// For pools of up to 256 MiB on 64-bit machines: payloads on 8-byte boundaries, blocks of 16
    /// bytes and more, 4 bits of seal; links are proved, and what requests take is believed.
    Pool64: 256 << 20, 8, Check::Links;
    /// For pools of up to 2 GiB on 64-bit machines: as [`Pool64`], with one bit of seal.
    Pool64Large: 2 << 30, 8, Check::Links;
}
