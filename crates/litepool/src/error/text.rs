//! Errors in words.

use core::fmt;

use super::{
    AllocError, AttachError, CheckError, DeinitError, FreeError, InitError, NotReady, RegionError,
    ResizeError,
};

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Misaligned => "the pool's base or size is not a multiple of the granule",
            Self::TooSmall => "the memory is too small for a pool",
            Self::TooLarge => "the memory is larger than the configuration's largest pool",
            Self::BeyondAddressSpace => "the memory ends behind the highest address",
            Self::AlreadyInitialised => "the pool is live already",
            Self::Overlap { start, size } => {
                return write!(
                    f,
                    "the memory touches the live pool of {size} bytes at {start:#x}, and is not \
                     within one of its used blocks"
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
            Self::TooLarge => "the memory is larger than the configuration's largest pool",
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
                "the pool was made by another configuration: {found:?}, not {expected:?}"
            ),
            Self::Classes => f.write_str("the pool's slab has other classes"),
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
            Self::Exhausted { request } => write!(f, "no room for {request} bytes"),
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
