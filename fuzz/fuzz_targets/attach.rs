//! Damaged heaps that are opened: what `attach` accepts must bear everything that is safe, whatever
//! its bytes.
//!
//! The heap is made by operations and damaged in its own words, so that its other statements agree
//! more often than those of arbitrary bytes would.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::track::CallSites;
use litepool_testing::config::{
    Expanding, Fast, Fixed, Hardened, Huge, Large, Lean, Odd, Small, Standard, WithRecord,
    WithRegions, WithSlab,
};
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

/// No object of 8, 16 or 24 bytes has room for such a record.
type Long<C> = WithRecord<C, (litepool::track::Owners<3, 2>, CallSites<4>)>;
type Numbered<C> = WithRecord<C, CallSites<1>>;
type Owned<C> = WithRecord<C, litepool::track::Owners<3, 2>>;
type Joined<C> = WithRegions<C, 2>;

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
        Standard<Tlsf, Small, 4>, 0, Nothing;
        Standard<Tlsf, Large, 8>, 0, Nothing;
        Standard<Tlsf<2>, Small, 4>, 0, Nothing;
        Hardened<Standard<Tlsf, Small, 4>>, 0, Nothing;
        Hardened<Standard<Tlsf, Large, 4>>, 0, Nothing;
        Hardened<Standard<Tlsf, Huge, 4>>, 0, Nothing;
        Standard<BestFit, Small, 4>, 0, Nothing;
        Standard<BestFit, Large, 8>, 0, Nothing;
        Hardened<Standard<BestFit, Huge, 8>>, 0, Nothing;
        Standard<BestFitLittle, Small, 4>, 0, Nothing;
        Hardened<Standard<BestFitLittle, Large, 8>>, 0, Nothing;
        WithSlab<Standard<Tlsf, Small, 4>, Fixed>, 0, Nothing;
        WithSlab<Standard<BestFit, Large, 4>, Expanding>, 0, Nothing;
        WithSlab<Standard<BestFitLittle, Small, 8>, Lean>, 0, Nothing;
        WithSlab<Standard<Tlsf, Large, 8>, Fast>, 0, Nothing;
        Hardened<WithSlab<Standard<Tlsf, Large, 8>, Fast>>, 0, Nothing;
        Hardened<WithSlab<Standard<BestFit, Small, 4>, Odd>>, 0, Nothing;
        Owned<WithSlab<Standard<Tlsf, Small, 4>, Fixed>>, 0, Owners;
        Numbered<WithSlab<Standard<BestFit, Large, 4>, Lean>>, 0, Sites;
        Long<Hardened<Standard<BestFit, Large, 8>>>, 0, OwnersAndSites;
        Long<Standard<BestFitLittle, Small, 4>>, 0, OwnersAndSites;
        Long<Standard<Tlsf, Large, 4>>, 0, OwnersAndSites;
        Long<WithSlab<Standard<Tlsf, Large, 4>, Lean>>, 0, OwnersAndSites;
        Long<WithSlab<Standard<BestFit, Small, 4>, Expanding>>, 0, OwnersAndSites;
        Long<Hardened<WithSlab<Standard<Tlsf, Large, 8>, Fast>>>, 0, OwnersAndSites;
        Joined<Standard<Tlsf, Small, 4>>, 1, Nothing;
        Joined<Hardened<WithSlab<Standard<BestFit, Large, 8>, Fast>>>, 1, Nothing;
        Joined<Long<WithSlab<Standard<Tlsf, Small, 4>, Expanding>>>, 1, OwnersAndSites;
    };
});
