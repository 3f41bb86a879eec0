//! Leaks by reachability: a used block that no word of the memory points to, from a variable over
//! any number of blocks, can't be freed by anybody.
//!
//! Conservative marking as in Boehm and Weiser, "Garbage collection in an uncooperative
//! environment" (1988): whatever looks like a pointer is taken for one. The verdicts are those of
//! valgrind's Memcheck and of `LeakSanitizer`: reached by a pointer to its beginning; reached only by
//! a pointer to its inside; leaked directly; leaked because what points to it has leaked.
//!
//! - `roots.rs`: the words that marking begins with
//! - `graph.rs`: which block a word points to, and which words a block has
//! - `mark.rs`: what is reached, each block on a shortest path
//! - `leaked.rs`: what is not, and which leak holds which others
//! - `path.rs`: how a block is reached, in words
//! - `blind.rs`: what was not seen

mod blind;
mod graph;
mod leaked;
mod mark;
mod path;
mod roots;

pub use blind::BlindSpot;
pub use leaked::Leak;
pub use path::{Link, Path, Root};

use crate::snapshot::Snapshot;
use crate::symbols::Symbols;

use graph::Graph;
use leaked::Leaked;
use mark::Marks;
use roots::Roots;

/// Which blocks of a dump are reached, and which are not.
///
/// ```
/// use std::ptr::NonNull;
/// use litepool::{Heap, config::Pool256K};
/// use litepool_snapshot::memory_image::{MemoryImage, Segment};
/// use litepool_snapshot::{Snapshot, reach::Reachability};
///
/// // The RAM of a device, with a pool in its upper half, in which two blocks are allocated.
/// let mut ram = [0_u64; 256];
/// let pool = NonNull::from(&mut ram[128..]).cast::<u8>();
/// // SAFETY: the array outlives the heap, which is not used after the RAM is read.
/// let mut heap = unsafe { Heap::<Pool256K>::from_raw(pool, 1024) }?;
/// let (first, _second) = (heap.allocate(40)?, heap.allocate(60)?);
///
/// // A variable points to the first one, and nothing to the second one.
/// ram[0] = 0x2000_0400 + (first.addr().get() - pool.addr().get()) as u64;
/// let bytes = ram.iter().flat_map(|word| word.to_le_bytes()).collect();
/// let memory = MemoryImage::from_segments(vec![Segment { address: 0x2000_0000, bytes }])?;
/// let snapshot = Snapshot::of_dump(memory, None, vec!["ram.bin".into()])?;
/// let reach = Reachability::of(&snapshot, None)?;
/// assert_eq!(reach.leaks().len(), 1);
/// assert!(snapshot.blocks[reach.leaks()[0].block].size >= 60);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reachability {
    marks: Marks,
    leaked: Leaked,
    blind_spots: Vec<BlindSpot>,
}

/// What marking says of a used block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// A chain of pointers leads to it.
    Reached {
        /// Does one of these pointers point behind the beginning of a block? It may be a member of
        /// a structure, or a number that looks like an address.
        inside: bool,
        /// Does the chain begin in a register, or in a variable that is neither a stack nor a
        /// recorder? Else in one of these or in memory that is no variable, where a word may be
        /// left over.
        named: bool,
    },
    /// Nothing points to it, or only blocks that it leads to itself.
    Leaked,
    /// What points to it has leaked.
    LeakedThrough {
        /// The index of the block that leaked and leads to it.
        leak: usize,
    },
}

impl Reach {
    /// Is it a leak, by itself or through another one?
    #[must_use]
    pub fn is_leaked(self) -> bool {
        !matches!(self, Self::Reached { .. })
    }

    /// Does only a word lead to it that may be left over: on a stack, in a recorder, or in memory
    /// that is no variable?
    #[must_use]
    pub fn is_left_over(self) -> bool {
        matches!(self, Self::Reached { named: false, .. })
    }
}

/// Why reachability can't be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReachError {
    /// A trace has no contents, and neither has a table.
    #[error(
        "neither a trace nor a printed table has the contents of blocks: what points to them can \
         be told of a dump only"
    )]
    NoContents,
    /// There is nothing to begin with.
    #[error(
        "the dump has the pools and nothing else: what points to their blocks is told by the \
         memory around them. Dump all of the RAM"
    )]
    NoRoots,
    /// What the program's variables had is missing.
    #[error(
        "the dump has none of the program's variables, which begin at {address:#x}. Dump all of \
         the RAM; is the program (--elf) the one of the device?"
    )]
    NoVariables {
        /// Where the first of them is.
        address: u64,
    },
}

impl Reachability {
    /// Marks what is reached. The roots are the words of the program's variables, of registers, and
    /// of all other memory of the dump that is in no pool and no code; without `symbols` it is not
    /// known which is which. Words may be left over in variables whose names have `stack` or
    /// `recorder` in them, and in what is no variable; the C library's own recorder is passed over,
    /// and a stack in a block counts as the block does.
    ///
    /// O(m log n) for m words of memory and n blocks, each word of which is read at most three
    /// times; memory is O(n).
    ///
    /// # Errors
    ///
    /// [`ReachError`]: there is nothing to begin with.
    pub fn of(snapshot: &Snapshot, symbols: Option<&Symbols>) -> Result<Self, ReachError> {
        let roots = Roots::of(snapshot, symbols)?;
        let graph = Graph::of(snapshot);
        let marks = Marks::of(&graph, &roots);
        let leaked = Leaked::of(&graph, &marks);
        Ok(Self {
            blind_spots: blind::of(snapshot, symbols, &roots),
            marks,
            leaked,
        })
    }

    /// What is known of the block with this index in [`Snapshot::blocks`]; nothing, unless it is
    /// used and its address is known.
    #[must_use]
    pub fn reach(&self, block: usize) -> Option<Reach> {
        self.marks.reach(block).or_else(|| self.leaked.reach(block))
    }

    /// For each block, by its index: is it a leak?
    #[must_use]
    pub fn leaked(&self, snapshot: &Snapshot) -> Vec<bool> {
        (0..snapshot.blocks.len())
            .map(|block| self.reach(block).is_some_and(Reach::is_leaked))
            .collect()
    }

    /// The blocks that leaked directly, in the order of their indices, with what leaked through
    /// each.
    #[must_use]
    pub fn leaks(&self) -> &[Leak] {
        self.leaked.leaks()
    }

    /// How a block is reached, on a path of as few pointers as any; nothing, unless it is.
    /// O(length of the path).
    #[must_use]
    pub fn path(
        &self,
        snapshot: &Snapshot,
        symbols: Option<&Symbols>,
        block: usize,
    ) -> Option<Path> {
        path::of(&self.marks, snapshot, symbols, block)
    }

    /// What could not be seen in this dump; what can be seen in none is [`BlindSpot::ALWAYS`].
    #[must_use]
    pub fn blind_spots(&self) -> &[BlindSpot] {
        &self.blind_spots
    }
}

#[cfg(test)]
mod tests;
