//! The switches, as one configuration; and the combinations that make no sense.

#[cfg(owners)]
use litepool::Caller;
#[cfg(feature = "kernel-mem-slab-extention")]
use litepool::slab::{Class, Slab};
#[cfg(all(owners, feature = "mem-leakcheck"))]
use litepool::track::CallSites;
#[cfg(owners)]
use litepool::track::Owners;
use litepool::{Check, Config};

#[cfg(owners)]
use crate::port;

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
    "kernel-mem-bestfit-little has no mem-mul-module: choose another algorithm":
        "kernel-mem-bestfit-little" "mem-mul-module";
    "kernel-mem-bestfit-little has no mem-mul-regions: choose another algorithm":
        "kernel-mem-bestfit-little" "mem-mul-regions";
    "kernel-mem-bestfit-little has no mem-task-stat: choose another algorithm":
        "kernel-mem-bestfit-little" "mem-task-stat";
    "kernel-mem-bestfit-little has no mem-free-by-taskid: choose another algorithm":
        "kernel-mem-bestfit-little" "mem-free-by-taskid";
    "kernel-mem-bestfit-little has no mem-leakcheck: choose another algorithm":
        "kernel-mem-bestfit-little" "mem-leakcheck";
    "base-mem-node-integrity-check checks everything: check-links makes no sense with it":
        "base-mem-node-integrity-check" "check-links";
    "choose one size of the largest pool: max-256k excludes max-2g":
        "max-256k" "max-2g";
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

#[cfg(not(owners))]
type Record = ();
#[cfg(all(owners, not(feature = "mem-leakcheck")))]
type Record = Owners<TASKS, MODULES>;
#[cfg(all(owners, feature = "mem-leakcheck"))]
type Record = (Owners<TASKS, MODULES>, CallSites<SITES>);

/// How many tasks, from number 0 on, each pool keeps a total for; 0 where nobody asks for them.
#[cfg(owners)]
pub const TASKS: usize = match option_env!("LITEPOOL_TASKS") {
    Some(number) => parse(number),
    None if cfg!(task_stat) => 16,
    None => 0,
};

/// How many modules each pool keeps a total for: all that there can be, if there are modules.
#[cfg(owners)]
pub const MODULES: usize = if cfg!(feature = "mem-mul-module") {
    0x21
} else {
    0
};

/// How many return addresses a block remembers.
#[cfg(feature = "mem-leakcheck")]
pub const SITES: usize = 3;

/// The slab's classes: objects of 16, 32, 64 and 128 bytes, and behind each what it remembers.
#[cfg(feature = "kernel-mem-slab-extention")]
const CLASSES: [Class; 4] = [class(16), class(32), class(64), class(128)];

#[cfg(feature = "kernel-mem-slab-extention")]
const fn class(size: usize) -> Class {
    let owner: usize = if cfg!(owners) { 4 } else { 0 };
    let sites = if cfg!(feature = "mem-leakcheck") {
        16
    } else {
        0
    };
    Class::new(size + (owner + sites).next_multiple_of(8), 512)
}

/// How many regions a pool may have beyond its first.
#[cfg(feature = "mem-mul-regions")]
pub const MORE_REGIONS: usize = match option_env!("LITEPOOL_REGIONS") {
    Some(number) => parse(number) - 1,
    None => 3,
};
#[cfg(not(feature = "mem-mul-regions"))]
pub const MORE_REGIONS: usize = 0;

/// The configuration that the switches choose.
pub struct Chosen;

impl Config for Chosen {
    type Fit = Fit;
    type Record = Record;
    const MAX_SIZE: usize = parse(env!("LITEPOOL_MAX_SIZE"));
    const GRANULE: usize = parse(env!("LITEPOOL_GRANULE"));
    const CHECK: Check = if cfg!(feature = "check-links") {
        Check::Links
    } else {
        Check::Hardened
    };
    #[cfg(feature = "kernel-mem-slab-extention")]
    const SLAB: Slab = if cfg!(feature = "kernel-mem-slab-auto-expansion-mode") {
        Slab::expanding(&CLASSES)
    } else {
        Slab::fixed(&CLASSES, 512)
    };
    const REGIONS: usize = MORE_REGIONS + 1;

    #[cfg(owners)]
    #[inline(always)]
    fn caller() -> Caller {
        port::caller()
    }

    #[cfg(feature = "mem-record")]
    #[inline(always)]
    fn on_event(event: &litepool::event::Event) {
        crate::record::RECORDER.record(event);
    }
}

/// A decimal number above 0; anything else does not compile.
pub const fn parse(number: &str) -> usize {
    let value = parse_or_none(number);
    assert!(
        value > 0,
        "LITEPOOL_POOLS, LITEPOOL_REGIONS, LITEPOOL_TASKS and LITEPOOL_RECORD_WORDS have to be 1 \
         at least"
    );
    value
}

/// A decimal number; anything else does not compile.
pub const fn parse_or_none(number: &str) -> usize {
    let digits = number.as_bytes();
    let (mut value, mut index) = (0, 0);
    while index < digits.len() {
        assert!(
            digits[index].is_ascii_digit(),
            "LITEPOOL_POOLS, LITEPOOL_REGIONS, LITEPOOL_TASKS and LITEPOOL_RECORD_... are decimal \
             numbers"
        );
        value = value * 10 + (digits[index] - b'0') as usize;
        index += 1;
    }
    value
}
