//! Pools are found in a memory image, checked, and walked, in litepool's own code.
//!
//! ```text
//!   image:    … | "Lp" … a pool          | … "Lp" by chance … | "Lp" … a pool, cut off |
//!   candidates:   ^                            ^                ^
//!   opened:       control block says how large, where the first block is
//!   believed:     the end block is there, or the first blocks follow each other
//!   selected:     those that overlap: one is in a block of the other, or is what was there once
//!   surveyed:     every block, every defect, and on behind it
//!   joined:       regions of one heap, by what their control blocks say of each other
//! ```
//!
//! - `window.rs`: bytes on the boundary that a pool's words need
//! - `candidate.rs`: where a pool seems to begin, and whether one does
//! - `headless.rs`: pools whose first words are overwritten
//! - `surveyor.rs`: the walk that finds its way behind corruption; `survey.rs`: what it found;
//!   `chains.rs`: where blocks follow each other
//! - `reclaim.rs`: what is lost becomes blocks again, if the pool's counters say so
//! - `defects.rs`: which bytes are wrong, and who may have written them
//! - `select.rs`: of pools that overlap, which are there and which were
//! - `regions.rs`: which pools are regions of one heap
//! - `dump.rs`: all of this as a [`Snapshot`](crate::Snapshot)
//! - `sites.rs`: call sites become stacks

mod candidate;
mod chains;
mod defects;
mod dump;
mod headless;
mod reclaim;
mod regions;
mod select;
mod sites;
mod survey;
mod surveyor;
#[cfg(test)]
mod tests;
mod window;

pub use dump::NoPool;
