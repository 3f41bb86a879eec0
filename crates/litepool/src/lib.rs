//! The dynamic memory manager of a small operating system.
//!
//! A [`Heap`] allocates blocks of any size in memory that the caller owns. Three things set it
//! apart:
//!
//! - **A heap image opens on any machine** of the same byte order. Nothing in a pool is a pointer,
//!   and its first words name all that a reader needs: what was copied off a device opens on a
//!   desk, from its bytes alone ([`Image`]) or to be used on ([`Heap::attach`]).
//! - **A block costs 4 bytes, sealed.** Its header has the block's size, and a seal of the place
//!   where the block ends: with the follower's, it proves in constant time that a pointer is a used
//!   block of this pool. What does not hold is a typed error, and the heap stays as it was.
//!   [`Config::MAX_SIZE`] says how many bits that leaves for the seal.
//! - **A configuration is a type.** A [`Config`] chooses the algorithm ([`fit`]), the largest pool,
//!   the granule, a [slab](slab::Slab) for small objects, what a block remembers ([`track`]), how
//!   much is proved ([`Check`]), and how many regions there are. What is switched off has no code
//!   and no bytes.
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
//! | you want | begin at |
//! |---|---|
//! | the global allocator of a firmware, in three lines | [`StaticHeap`] |
//! | a heap behind a [lock](lock::Lock), in memory of the linker script; several pools | [`Pool`] |
//! | a heap of one thread | [`Heap`] |
//! | on-chip and external memory as one heap | [`Regions`], [`Pool::add_region`] |
//! | a number of objects of one type | [`ObjectPool`] |
//! | to know who has the memory | [`track`], [`Regions::leaks`] |
//! | to read the memory of a device | [`Image`] |
//!
//! No public function panics in a release build.
//!
//! # Features
//!
//! None is on by default. `allocator-api2` and `nightly` let a collection take a pool or one of its
//! regions. `critical-section` brings `lock::CriticalSection` to targets with an operating system,
//! too, where it then is the default lock; a target without atomic operations needs it. `defmt`
//! implements `defmt::Format` for figures, blocks, errors and reports.
//!
//! # For readers of the source
//!
//! Each of these modules uses those below it, never those above. Most are private.
//!
//! | | |
//! |---|---|
//! | `pool` | a heap behind a lock: guard, the list of pools, global allocator |
//! | `objects` | static pools of objects of one type |
//! | `regions` | several heaps as one |
//! | `heap` | allocate, free, reallocate: the path of an operation |
//! | `inspect` | figures, walks, checks, reports, leaks: what only reads |
//! | `track` | what a used block remembers, and the totals of tasks and modules |
//! | `slab` | small objects without headers |
//! | `fit` | how free blocks are found: `tlsf`, `best`, `little` |
//! | `block` | the header, the chain, what is proved of a pointer |
//! | `layout` | the control block, drawn |
//! | `memory` | offsets and words: the only raw pointers |

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(feature = "nightly", feature(allocator_api))]

#[cfg(test)]
extern crate std;

mod block;
pub mod config;
mod corruption;
mod error;
pub mod event;
pub mod fit;
mod heap;
mod inspect;
mod layout;
pub mod lock;
mod memory;
mod objects;
mod pool;
mod range;
mod regions;
pub mod slab;
pub mod track;

pub use config::{Check, Config};
pub use corruption::{Broken, Corruption};
pub use error::{
    AllocError, AttachError, CheckError, DeinitError, FreeError, InitError, NotReady, RegionError,
    ResizeError,
};
pub use heap::Shortage;
pub use inspect::node_size::{
    NodeCheckLevel, NodeSize, NodeSizeError, node_check_level, set_node_check_level,
};
pub use inspect::{BlockInfo, Image, Judged, Leak, Leaks, Report, State, Stats, Totals, Walk};
pub use layout::{Algorithm, Choices, RecordLayout, Rows, SlabLayout};
pub use objects::{ObjectBox, ObjectPool, ObjectStats};
#[cfg(any(feature = "allocator-api2", feature = "nightly"))]
pub use pool::InRegion;
pub use pool::{Locked, Pool, PoolInfo, Pools, StaticHeap, pools};
pub use regions::{Heap, Joined, RegionBlocks, RegionInfo, Regions};
pub use track::Caller;
