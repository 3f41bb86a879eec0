//! Errors in words.

use core::error::Error;
use core::fmt;

use super::{
    AllocError, AttachError, CheckError, DeinitError, FreeError, InitError, NotReady, RegionError,
    ResizeError,
};

/// What each kind of an error says.
macro_rules! say {
    ($($error:ident { $($kind:pat => $text:literal,)* })*) => { $(
        impl fmt::Display for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($kind => write!(f, $text),)*
                }
            }
        }

        impl Error for $error {}
    )* };
}

say! {
    InitError {
        Self::Misaligned => "the memory's base or size is not a multiple of the granule",
        Self::TooSmall => "the memory is too small for a pool",
        Self::TooLarge => "the memory is larger than the configuration's largest pool",
        Self::BeyondAddressSpace => "the memory ends behind the highest address",
        Self::AlreadyInitialised => "the pool is live already",
        Self::Overlap { start, size } =>
            "the memory touches a live pool or region, of {size} bytes at {start:#x}",
    }
    RegionError {
        Self::Memory(error) => "{error}",
        Self::TooMany => "there are as many regions as the heap's type allows (`MORE`)",
        Self::NoSuchRegion => "there is no region of this number",
        Self::NotReady => "{NotReady}",
    }
    NotReady {
        Self =>
            "the pool is not initialised, or is called from within its own `lock` or a walk",
    }
    DeinitError {
        Self::NotReady => "{NotReady}",
        Self::HoldsPool => "another live pool stands in a block of the pool",
    }
    CheckError {
        Self::NotReady => "{NotReady}",
        Self::Corrupt(corruption) => "{corruption}",
    }
    AttachError {
        Self::Memory(error) => "{error}",
        Self::NotAPool => "there is no pool in this memory",
        Self::Version { found } => "the pool has layout version {found}",
        Self::Configuration { found, expected } =>
            "the pool was made by another configuration: {found:?}, not {expected:?}",
        Self::Classes => "the pool's slab has other classes",
        Self::Size { found, given } => "the pool has {found} bytes, the memory {given}",
        Self::Regions { joined, given } => "{joined} regions are joined, {given} are given",
        Self::TooManyRegions { joined, most } =>
            "{joined} regions are joined, no more than {most} can be opened",
        Self::NotJoined { region } =>
            "region {region} is not the one that the first was joined with",
        Self::Corrupt(corruption) => "{corruption}",
    }
    AllocError {
        Self::ZeroSize => "a request for 0 bytes",
        Self::BadAlignment => "the alignment is not a power of two",
        Self::Exhausted { request } => "no room for {request} bytes",
        Self::NoSuchRegion => "there is no region of this number",
        Self::NotReady => "{NotReady}",
    }
    FreeError {
        Self::OutOfPool => "the pointer is outside the pool",
        Self::Misaligned => "the pointer is not on a granule boundary",
        Self::NotABlock => "no block begins at the pointer",
        Self::AlreadyFree => "the block is free already",
        Self::Corrupt(corruption) => "{corruption}",
        Self::HoldsPool => "a live pool stands in the block",
        Self::InNestedPool => "the pointer leads into a live pool in a block of this one",
        Self::NotReady => "{NotReady}",
    }
    ResizeError {
        Self::Block(error) => "{error}",
        Self::Alloc(error) => "{error}",
        Self::AlignedBlock => "the algorithm does not resize blocks from aligned requests",
    }
}
