//! What only reads a pool: walks, figures, checks, reports.
//!
//! The layout is a value: of an [`Image`], read from its bytes; of a heap, known at compile time.
//! So one code inspects both, and firmware has no more of it than its configuration needs.
//!
//! - `walk.rs`: the blocks, one after the other
//! - `stats.rs`: the figures
//! - `check.rs`: everything is proved
//! - `steps.rs`: a pool is proved or walked in steps
//! - `report.rs`: corruption, and the blocks around it
//! - `leaks.rs`: what was allocated between two moments and is still used
//! - `node_size.rs`: how much room there is behind a pointer
//! - `slab.rs`: what all of these see of slabs
//! - `image.rs`: a pool is opened by its bytes alone
//! - `judge.rs`: a place of such an image is judged by itself

mod check;
mod image;
mod judge;
mod leaks;
pub mod node_size;
mod report;
mod slab;
mod stats;
mod steps;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use check::{check, check_control_block};
pub use image::Image;
pub use judge::Judged;
pub(crate) use leaks::is_held;
pub use leaks::{Leak, Leaks};
pub use report::Report;
pub(crate) use stats::counted;
pub use stats::{Stats, Totals};
pub(crate) use stats::{stats, totals};
pub(crate) use steps::{check_from, earlier_anchor, is_anchor, walk_from};
pub(crate) use walk::room_at;
pub use walk::{BlockInfo, State, Walk};
pub(crate) use walk::{around, record_offset, used_end};
