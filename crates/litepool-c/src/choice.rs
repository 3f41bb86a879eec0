//! The switches, as one configuration; and the combinations that make no sense.

use litepool::slab::Slab;
use litepool::{Check, Config};

macro_rules! impossible {
    ($($text:literal: $($feature:literal)*;)*) => {
        $(#[cfg(all($(feature = $feature),*))]
        compile_error!($text);)*
    };
}

macro_rules! needs {
    ($($text:literal: $feature:literal $needed:literal;)*) => {
        $(#[cfg(all(feature = $feature, not(feature = $needed)))]
        compile_error!($text);)*
    };
}

impossible! {
    "choose one algorithm: kernel-mem-bestfit excludes kernel-mem-bestfit-little":
        "kernel-mem-bestfit" "kernel-mem-bestfit-little";
    "choose one algorithm: kernel-mem-bestfit excludes kernel-mem-tlsf":
        "kernel-mem-bestfit" "kernel-mem-tlsf";
    "choose one algorithm: kernel-mem-bestfit-little excludes kernel-mem-tlsf":
        "kernel-mem-bestfit-little" "kernel-mem-tlsf";
    "kernel-mem-bestfit-little has no base-mem-node-size-check: choose another algorithm":
        "kernel-mem-bestfit-little" "base-mem-node-size-check";
    "base-mem-node-integrity-check checks everything: check-links makes no sense with it":
        "base-mem-node-integrity-check" "check-links";
}

needs! {
    "kernel-mem-slab-auto-expansion-mode needs kernel-mem-slab-extention":
        "kernel-mem-slab-auto-expansion-mode" "kernel-mem-slab-extention";
}

#[cfg(fit = "best")]
type Fit = litepool::fit::BestFit;
#[cfg(fit = "little")]
type Fit = litepool::fit::BestFitLittle;
#[cfg(fit = "tlsf")]
type Fit = litepool::fit::Tlsf;

#[cfg(feature = "index-16")]
type Index = u16;
#[cfg(not(feature = "index-16"))]
type Index = u32;

/// The configuration that the switches choose.
pub struct Chosen;

impl Config for Chosen {
    type Index = Index;
    type Fit = Fit;
    const CHECK: Check = if cfg!(feature = "base-mem-node-integrity-check") {
        Check::Whole
    } else if cfg!(feature = "check-links") {
        Check::Links
    } else {
        Check::Hardened
    };
    const SLAB: Slab = if cfg!(feature = "kernel-mem-slab-auto-expansion-mode") {
        Slab::EXPANDING
    } else if cfg!(feature = "kernel-mem-slab-extention") {
        Slab::FIXED
    } else {
        Slab::OFF
    };
    const MAX_SIZE: usize = if cfg!(feature = "max-128k") {
        (128 << 10) - 8
    } else {
        usize::MAX
    };
    const COMPACT: bool = !cfg!(feature = "fast");
    /// The interface has one code for all that can be wrong.
    const EXPLAIN: bool = false;
}
