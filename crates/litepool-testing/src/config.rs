//! Configurations that tests put together: an algorithm, a size, a granule, and what is added.

use std::marker::PhantomData;

use litepool::fit::Fit;
use litepool::slab::{Class, Slab};
use litepool::track::Record;
use litepool::{Check, Config};

/// How large a pool may be, in granules: it decides how wide its links are, and how many bits a
/// header has for its seal.
pub trait Size: 'static {
    /// The most granules.
    const GRANULES: usize;
}

/// 65,536 granules: links of 16 bits, 13 bits of seal.
#[derive(Debug)]
pub struct Small;
/// 4,194,304 granules: links of 32 bits, 7 bits of seal.
#[derive(Debug)]
pub struct Large;
/// 2 GiB: links of 32 bits, with granule 4 no seal, with granule 8 one bit.
#[derive(Debug)]
pub struct Huge;

impl Size for Small {
    const GRANULES: usize = 1 << 16;
}

impl Size for Large {
    const GRANULES: usize = 1 << 22;
}

impl Size for Huge {
    const GRANULES: usize = 1 << 29;
}

/// An algorithm, a size and a granule; links are proved, and what requests take is believed.
#[derive(Debug)]
pub struct Standard<F, S, const GRANULE: usize>(PhantomData<(F, S)>);

impl<F: Fit, S: Size, const GRANULE: usize> Config for Standard<F, S, GRANULE> {
    type Fit = F;
    type Record = ();
    const MAX_SIZE: usize = {
        let most = (2 << 30) / GRANULE;
        GRANULE
            * if S::GRANULES < most {
                S::GRANULES
            } else {
                most
            }
    };
    const GRANULE: usize = GRANULE;
    const CHECK: Check = Check::Links;
}

/// Items of a configuration that are as another one has them.
#[macro_export]
macro_rules! as_in {
    ($other:ident: $($item:ident)*) => { $( $crate::as_in!(@$item $other); )* };
    (@Fit $other:ident) => { type Fit = $other::Fit; };
    (@Record $other:ident) => { type Record = $other::Record; };
    (@MAX_SIZE $other:ident) => { const MAX_SIZE: usize = $other::MAX_SIZE; };
    (@GRANULE $other:ident) => { const GRANULE: usize = $other::GRANULE; };
    (@CHECK $other:ident) => { const CHECK: litepool::Check = $other::CHECK; };
    (@SLAB $other:ident) => { const SLAB: litepool::slab::Slab = $other::SLAB; };
    (@REGIONS $other:ident) => { const REGIONS: usize = $other::REGIONS; };
    (@caller $other:ident) => {
        fn caller() -> litepool::Caller {
            $other::caller()
        }
    };
    (@on_event $other:ident) => {
        fn on_event(event: &litepool::event::Event) {
            $other::on_event(event);
        }
    };
}

/// A configuration in which nothing in the pool is believed.
#[derive(Debug)]
pub struct Hardened<C>(PhantomData<C>);

impl<C: Config> Config for Hardened<C> {
    const CHECK: Check = Check::Hardened;
    as_in!(C: Fit Record MAX_SIZE GRANULE SLAB REGIONS caller on_event);
}

/// A configuration with a slab.
#[derive(Debug)]
pub struct WithSlab<C, S>(PhantomData<(C, S)>);

impl<C: Config, S: Slabs> Config for WithSlab<C, S> {
    const SLAB: Slab = S::SLAB;
    as_in!(C: Fit Record MAX_SIZE GRANULE CHECK REGIONS caller on_event);
}

/// A configuration whose used blocks have a record.
#[derive(Debug)]
pub struct WithRecord<C, R>(PhantomData<(C, R)>);

impl<C: Config, R: Record> Config for WithRecord<C, R> {
    type Record = R;
    as_in!(C: Fit MAX_SIZE GRANULE CHECK SLAB REGIONS caller on_event);
}

/// A configuration whose heaps can have so many regions.
#[derive(Debug)]
pub struct WithRegions<C, const REGIONS: usize>(PhantomData<C>);

impl<C: Config, const REGIONS: usize> Config for WithRegions<C, REGIONS> {
    const REGIONS: usize = REGIONS;
    as_in!(C: Fit Record MAX_SIZE GRANULE CHECK SLAB caller on_event);
}

/// A slab as a type, for [`WithSlab`].
pub trait Slabs: 'static {
    /// The slab.
    const SLAB: Slab;
}

macro_rules! slabs {
    ($($(#[$doc:meta])* $name:ident: $slab:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;

            impl Slabs for $name {
                const SLAB: Slab = $slab;
            }
        )*
    };
}

slabs! {
    /// No slab.
    Without: Slab::OFF;
    /// [`Slab::FIXED`].
    Fixed: Slab::FIXED;
    /// [`Slab::EXPANDING`].
    Expanding: Slab::EXPANDING;
    /// [`Slab::LEAN`].
    Lean: Slab::LEAN;
    /// [`Slab::FAST`].
    Fast: Slab::FAST;
    /// Classes and slabs of sizes that nobody would choose: two objects in a slab, 59 in another,
    /// gaps in between.
    Odd: Slab::expanding(&[
        Class::new(8, 512),
        Class::new(40, 128),
        Class::new(104, 256),
    ]);
}
