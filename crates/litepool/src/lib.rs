//! The dynamic memory manager of a small operating system.
//!
//! A [`Heap`] hands out blocks of any size from memory that the caller owns, takes them back and merges them
//! with their neighbours. Three things set it apart:
//!
//! - **A pool is a picture that any machine can read**, any of the same byte order. Nothing in it is a pointer. A pool copied off a 32-bit
//!   device opens on a 64-bit desk with [`Heap::attach`], the same code that ran on the device.
//! - **A block costs 4 bytes**, and those 4 bytes name both its neighbours. So every [`Heap::free`] and
//!   [`Heap::resize`] proves in constant time that the pointer is a block of this pool, in use, with its
//!   surroundings intact. What does not hold is a typed error, and the heap stays as it was.
//! - **A configuration is a type.** A [`Config`] chooses the width of the links, the granule, the algorithm, a
//!   [slab](slab::Slab) for small objects, what a block remembers ([`record`]) and the checks; what is switched off has no code and no bytes.
//!
//! ```
//! use core::mem::MaybeUninit;
//! use litepool::{Heap, config::Pool256K};
//!
//! let mut memory = [MaybeUninit::uninit(); 2048];
//! let mut heap = Heap::<Pool256K>::new(&mut memory)?;
//! let block = heap.allocate(100)?;
//! // SAFETY: the block is ours and nothing refers to it any more.
//! unsafe { heap.free(block)? };
//! assert_eq!(heap.stats().used, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Several regions of memory, on-chip and external for instance, become one heap as [`Regions`].
//!
//! A heap is one thread's. A [`Pool`] is a heap behind a [lock](lock::Lock), for a `static`: the global allocator of a program, or one of
//! [several pools](pools).
//!
//! # Where to look
//!
//! `block.rs` draws the header, `heap.rs` says what a pool consists of, `fit/tlsf.rs`, `fit/best.rs` and
//! `fit/little.rs` how free blocks are found, `slab.rs` how objects are; `regions.rs` how heaps are joined;
//! `pool.rs` how a heap is shared.
//! No public function panics in a release build.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(feature = "nightly", feature(allocator_api))]

#[cfg(test)]
extern crate std;

mod arena;
mod block;
mod check;
pub mod config;
mod control;
mod error;
pub mod event;
pub mod fit;
mod harden;
mod heap;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
pub mod lock;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
mod node_size;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
mod pool;
mod quick;
pub mod record;
mod regions;
pub mod slab;
mod stats;
mod walk;

pub use check::{Broken, Corruption, Report};
pub use config::{Check, Config};
pub use error::{
    AllocError, AttachError, CheckError, DeinitError, FreeError, InitError, NotReady, RegionError,
    ResizeError,
};
pub use heap::Heap;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
pub use node_size::{
    NodeCheckLevel, NodeSize, NodeSizeError, node_check_level, set_node_check_level,
};
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
pub use pool::{Pool, PoolInfo, Pools, pools};
pub use record::Caller;
pub use regions::{Region, RegionBlocks, Regions};
pub use stats::{Stats, Totals};
pub use walk::{BlockInfo, Blocks, State};
