//! Damaged heaps that are opened: what `attach` accepts must bear everything that is safe, whatever
//! its bytes.
//!
//! The heap is made by operations and damaged in its own words, so that its other statements agree
//! more often than those of arbitrary bytes would.

#![no_main]

use std::marker::PhantomData;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use litepool::config::{
    Compact, Deferred, Expanding, Fast, Fixed, Hardened, Joined, Lean, Standard, WithRecord,
    WithSlab,
};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::record::{CallSites, Owner};
use litepool::slab::Slab;
use litepool::{Check, Config};
use litepool_testing::{Case, Flush, Mutation, Nothing, Owners, OwnersAndSites, Sites};

#[derive(Arbitrary, Debug)]
struct Input {
    configuration: u8,
    /// Bytes of a region, in steps of 8.
    size: u16,
    ends_tight: bool,
    mends_figures: bool,
    damage: Vec<Damage>,
    life: Vec<[u8; 2]>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Damage {
    kind: u8,
    at: u16,
    other: u16,
    value: u32,
}

impl From<Damage> for Mutation {
    fn from(damage: Damage) -> Self {
        Self {
            kind: damage.kind,
            at: damage.at,
            other: damage.other,
            value: damage.value,
        }
    }
}

/// A configuration that trusts its caller.
struct Trusting<C>(PhantomData<C>);

impl<C: Config> Config for Trusting<C> {
    type Index = C::Index;
    type Fit = C::Fit;
    type Record = C::Record;
    const GRANULE: usize = C::GRANULE;
    const CHECK: Check = Check::Off;
    const SLAB: Slab = C::SLAB;
}

/// No object of 8, 16 or 24 bytes has room for such a record.
type Long<C> = WithRecord<C, (Owner<3, 2>, CallSites<4>)>;
type Numbered<C> = WithRecord<C, CallSites<1>>;
type Owned<C> = WithRecord<C, Owner<3, 2>>;

/// One of these, by its number.
macro_rules! run {
    ($case:expr, $number:expr, $($config:ty, $more:literal, $records:ty;)*) => {{
        type Run = fn(&Case<'_>) -> Option<bool>;
        const RUNS: &[Run] = &[$( |case| case.run::<$config, $more, $records>() ),*];
        RUNS[$number % RUNS.len()]($case)
    }};
}

fuzz_target!(|input: Input| {
    let damage: Vec<Mutation> = input.damage.iter().map(|&one| one.into()).collect();
    let case = Case {
        size: (usize::from(input.size) * 8).min(20_000),
        flush: if input.ends_tight {
            Flush::High
        } else {
            Flush::Low
        },
        life: &input.life,
        damage: &damage,
        mends_figures: input.mends_figures,
    };
    let _ = run! {
        &case, usize::from(input.configuration),
        Standard<Tlsf, u16, 4>, 0, Nothing;
        Standard<Tlsf, u32, 8>, 0, Nothing;
        Hardened<Standard<Tlsf, u32, 4>>, 0, Nothing;
        Trusting<Standard<Tlsf, u32, 4>>, 0, Nothing;
        Compact<Tlsf, u16, 4, 65_536>, 0, Nothing;
        Deferred<Standard<Tlsf, u32, 8>>, 0, Nothing;
        Standard<BestFit, u16, 4>, 0, Nothing;
        Trusting<Standard<BestFit, u32, 8>>, 0, Nothing;
        Hardened<Deferred<Standard<BestFit, u32, 8>>>, 0, Nothing;
        Trusting<Standard<BestFitLittle, u16, 4>>, 0, Nothing;
        WithSlab<Tlsf, u16, 4, Fixed>, 0, Nothing;
        Trusting<WithSlab<BestFit, u32, 4, Expanding>>, 0, Nothing;
        WithSlab<BestFitLittle, u16, 8, Lean>, 0, Nothing;
        Hardened<WithSlab<Tlsf, u32, 8, Fast>>, 0, Nothing;
        Deferred<WithSlab<Tlsf, u32, 8, Fast>>, 0, Nothing;
        Owned<WithSlab<Tlsf, u16, 4, Fixed>>, 0, Owners;
        Numbered<WithSlab<BestFit, u32, 4, Lean>>, 0, Sites;
        Long<Hardened<Standard<BestFit, u32, 8>>>, 0, OwnersAndSites;
        Long<Standard<BestFitLittle, u16, 4>>, 0, OwnersAndSites;
        Trusting<Long<Standard<Tlsf, u32, 4>>>, 0, OwnersAndSites;
        Long<WithSlab<Tlsf, u32, 4, Lean>>, 0, OwnersAndSites;
        Trusting<Long<WithSlab<BestFit, u16, 4, Expanding>>>, 0, OwnersAndSites;
        Long<Deferred<WithSlab<Tlsf, u32, 8, Fast>>>, 0, OwnersAndSites;
        Joined<Standard<Tlsf, u16, 4>>, 1, Nothing;
        Joined<Hardened<WithSlab<BestFit, u32, 8, Fast>>>, 1, Nothing;
        Joined<Long<WithSlab<Tlsf, u16, 4, Expanding>>>, 1, OwnersAndSites;
    };
});
