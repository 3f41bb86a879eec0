//! Work made to be the worst for some structure, in heaps of growing size: what an operation costs there, and whether
//! that grows with the heap.
//!
//! Every scenario takes a scale. The pool, the number of live blocks and the number of free blocks grow with it.
//! Scenarios that are aimed at one structure run on all allocators alike.

mod crowd;
mod slabs;
mod trees;

use serde::{Deserialize, Serialize};

use super::{Figures, Tally, scenarios};
use crate::arena::Arena;
use crate::churn::Churn;
use crate::subject::Subject;

/// A kind of work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// Nothing adversarial: random sizes and lifetimes, half of the pool live.
    Churn,
    /// Free blocks of one class, each a little too small. Frees merge with two of them.
    LongLists,
    /// Free blocks of exactly one size.
    EqualSizes,
    /// Free blocks whose sizes make the longest ways in a bitwise trie.
    DeepTrees,
    /// A pool at the brink.
    NearlyFull,
    /// A pool without a free byte, or with one free block.
    Full,
    /// Small objects until the pool is exhausted, and all of them freed: slabs of a slab come and go.
    Slabs,
    /// Small objects and aligned requests among holes that are large enough for a slab, but not where it could stand.
    CrookedHoles,
    /// Blocks of some hundred KiB that split and merge.
    LargeBlocks,
}

impl Scenario {
    /// In the order of the tables.
    pub const ALL: [Self; 9] = [
        Self::Churn,
        Self::LongLists,
        Self::EqualSizes,
        Self::DeepTrees,
        Self::NearlyFull,
        Self::Full,
        Self::Slabs,
        Self::CrookedHoles,
        Self::LargeBlocks,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Churn => "churn",
            Self::LongLists => "long lists",
            Self::EqualSizes => "equal sizes",
            Self::DeepTrees => "deep trees",
            Self::NearlyFull => "nearly full",
            Self::Full => "full",
            Self::Slabs => "slabs",
            Self::CrookedHoles => "crooked holes",
            Self::LargeBlocks => "large blocks",
        }
    }

    /// What happens in it.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Churn => "not adversarial: random sizes and lifetimes, half of the pool is live",
            Self::LongLists => {
                "100 free blocks of one class and no others, all a little too small; then one that fits; then a free that \
                 merges two of them"
            }
            Self::EqualSizes => {
                "100 free blocks of one size and no others: taken, freed, and too small"
            }
            Self::DeepTrees => {
                "free blocks whose sizes make the longest ways in best fit's bitwise trie, for each operation its own; blocks \
                 of the larger heaps are as much larger"
            }
            Self::NearlyFull => {
                "a pool at the brink: at random until it fails, then one is freed, and so on"
            }
            Self::Full => "no free byte, then one free block, which is taken again",
            Self::Slabs => {
                "small objects of one size until the heap is exhausted, slots freed and taken, all freed: a slab's slabs come \
                 and go"
            }
            Self::CrookedHoles => {
                "100 holes larger than a slab, none where a slab or an aligned request could stand; an aligned request, small \
                 objects"
            }
            Self::LargeBlocks => {
                "blocks of 33,000 granules side by side: every other one freed, taken whole and in part, the rest freed between \
                 two"
            }
        }
    }
}

/// What the operations of one scenario cost in a heap of one size. Nothing is counted where an allocator can't manage it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Stress {
    /// The work.
    pub scenario: Scenario,
    /// How much larger the heap is than the smallest.
    pub scale: usize,
    /// Allocations that succeeded.
    pub alloc: Tally,
    /// Allocations that failed.
    pub failing: Tally,
    /// Frees.
    pub free: Tally,
}

impl Stress {
    /// Was anything counted?
    pub fn is_managed(&self) -> bool {
        self.alloc.count + self.failing.count + self.free.count > 0
    }

    /// The most instructions of one operation of any kind.
    pub fn max(&self) -> u64 {
        self.alloc.max.max(self.failing.max).max(self.free.max)
    }
}

/// Bytes of the small pools at scale 1: at scale 4, 16-bit links still reach all of it.
const SMALL_POOL: usize = 60 << 10;

/// Free blocks at scale 1, where they are the point.
const BLOCKS: usize = 100;

/// Runs one scenario. `counted` bounds the operations that are counted in each of its parts.
pub fn run<S: Subject>(
    scenario: Scenario,
    scale: usize,
    counted: usize,
    arena: &mut Arena,
) -> Stress {
    let mut figures = Figures::default();
    match scenario {
        Scenario::Churn => churn::<S>(arena, scale, counted, &mut figures),
        Scenario::LongLists => crowd::long_lists::<S>(arena, BLOCKS * scale, &mut figures),
        Scenario::EqualSizes => crowd::equal_sizes::<S>(arena, BLOCKS * scale, &mut figures),
        Scenario::DeepTrees => trees::deep::<S>(arena, scale, &mut figures),
        Scenario::NearlyFull => {
            scenarios::nearly_full::<S>(arena, SMALL_POOL * scale, 2 * counted, &mut figures);
        }
        Scenario::Full => crowd::full::<S>(arena, SMALL_POOL * scale, counted / 4, &mut figures),
        Scenario::Slabs => {
            slabs::slabs::<S>(arena, 4 * SMALL_POOL * scale, counted, &mut figures);
        }
        Scenario::CrookedHoles => slabs::crooked_holes::<S>(arena, BLOCKS * scale, &mut figures),
        Scenario::LargeBlocks => crowd::large_blocks::<S>(arena, 4 * scale, &mut figures),
    }
    Stress {
        scenario,
        scale,
        alloc: figures.alloc,
        failing: figures.failing,
        free: figures.free,
    }
}

/// The churn of the everyday figures, with more objects.
fn churn<S: Subject>(arena: &mut Arena, scale: usize, counted: usize, figures: &mut Figures) {
    let live = Churn::SMALL.live * scale;
    let warmup = 4 * live;
    let churn = Churn {
        live,
        operations: warmup + counted,
        ..Churn::SMALL
    };
    scenarios::churn::<S>(
        arena,
        scenarios::CHURN_POOL * scale,
        &churn,
        warmup,
        figures,
    );
}

#[cfg(test)]
mod tests;
