//! Best fit: always the smallest block that holds the request.
//!
//! Below 32 granules there is a list for each size. From there on there is a bitwise trie
//! (`trie.rs`) for each power of two. One bitmap word tells which lists have blocks, by their
//! sizes, another which tries. A pool has heads for every list, and for the tries that its own
//! size can reach.
//!
//! ```text
//!   state:    | lists | tries | head | head | ...
//!
//!   list      3     4   ...   31 | 32       33       34        ...
//!   granules  3     4         31 | 32-63    64-127   128-255
//! ```
//!
//! Of equal blocks the one freed last is taken, save that in a trie the node itself stays until it
//! is the only one: no other rule is better on every trace (`docs/design.md` has the figures), and
//! this one costs nothing.

use super::Free;
use super::census::{Census, require};
use super::list::Lists;
use super::sealed::Fit;
use super::trie::{Best, EXACT, Tries, trie_of};
use crate::block::{Block, Blocks, Defect};
use crate::corruption::Broken;
use crate::layout::{Algorithm, Layout, Shape};
use crate::memory::WORD;

/// Best fit, for the least fragmentation: the smallest block that holds the request, in a step per
/// bit of the request's size.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Config, Heap, fit::BestFit};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = BestFit;
///     type Record = ();
///     const MAX_SIZE: usize = 64 << 10;
/// }
///
/// let mut memory = [MaybeUninit::uninit(); 4096];
/// let mut heap = Heap::<Device>::new(&mut memory)?;
/// let large = heap.allocate(300)?;
/// heap.allocate(8)?;
/// let small = heap.allocate(200)?;
/// heap.allocate(8)?;
/// // SAFETY: the blocks are ours and nothing refers to them any more.
/// unsafe { (heap.free(small)?, heap.free(large)?) };
/// // The smallest block that holds the request, wherever it is.
/// assert_eq!(heap.allocate(190)?, small);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct BestFit;

/// The index of the list, or trie, of blocks of `size` granules.
#[inline(always)]
const fn list_of(size: u32) -> u32 {
    if size < EXACT {
        size
    } else {
        EXACT + trie_of(size)
    }
}

/// The words that tell which lists have blocks, and which tries.
const LISTS: u32 = 0;
const TRIES: u32 = 1;

/// The lists, the tries, and which of them have blocks.
struct Index<'b, S> {
    blocks: &'b Blocks<S>,
    lists: Lists<'b, S>,
    tries: Tries<'b, S>,
}

impl<'b, S: Shape> Index<'b, S> {
    #[inline]
    fn of(blocks: &'b Blocks<S>) -> Self {
        let lists = Lists::at(blocks, heads(blocks.layout()), EXACT);
        Self {
            blocks,
            lists,
            tries: Tries::of(lists),
        }
    }

    #[inline(always)]
    fn word(&self, word: u32) -> u32 {
        let offset = self.blocks.layout().fit_state + word as usize * WORD;
        self.blocks.memory().load(offset)
    }

    #[inline(always)]
    fn set_word(&self, word: u32, bits: u32) {
        let offset = self.blocks.layout().fit_state + word as usize * WORD;
        self.blocks.memory().store(offset, bits);
    }

    /// Says whether `list`, or the trie of this index, has blocks.
    #[inline]
    fn mark(&self, list: u32, is_filled: bool) {
        let (word, bit) = (list / EXACT, list % EXACT);
        self.set_word(
            word,
            self.word(word) & !(1 << bit) | u32::from(is_filled) << bit,
        );
    }

    /// The smallest block of the tries, or the `pending` one if it is no larger. A trie's bounds
    /// tell whether it is worth a look.
    #[inline]
    fn find_in_tries(&self, need: u32, pending: Free) -> Free {
        let mut best = Best::of(need, pending);
        let mut tries = self.word(TRIES);
        if need >= EXACT {
            let trie = trie_of(need);
            if tries >> trie & 1 != 0 {
                self.tries.find(trie, &mut best);
            }
            tries &= !1 << trie;
        }
        if tries != 0 {
            let trie = tries.trailing_zeros();
            if best.is_worse_than(EXACT << trie) {
                self.tries.find_smallest(self.tries.root(trie), &mut best);
            }
        }
        self.tries.taken(best, pending)
    }
}

/// Where the heads begin.
#[inline(always)]
const fn heads(layout: &Layout) -> usize {
    layout.fit_state + 2 * WORD
}

impl Fit for BestFit {
    const ALGORITHM: Algorithm = Algorithm::BestFit;

    #[inline]
    fn state_bytes(layout: &Layout, granules: u32) -> usize {
        // All of one size have a head in every pool.
        let last = list_of(granules).max(EXACT - 1);
        let count = (last - layout.min + 1) as usize;
        2 * WORD + count * layout.link
    }

    #[inline]
    fn insert<S: Shape>(blocks: &Blocks<S>, block: Block, size: u32) {
        let index = Index::of(blocks);
        if size >= EXACT {
            index.tries.insert(block, size);
            index.mark(list_of(size), true);
        } else if index.lists.push(size, block) {
            index.mark(size, true);
        }
    }

    #[inline]
    fn remove<S: Shape>(blocks: &Blocks<S>, block: Block, size: u32) -> bool {
        let index = Index::of(blocks);
        if size >= EXACT && index.tries.is_node(block) {
            let on_empty = || index.mark(list_of(size), false);
            index.tries.remove(block, size, on_empty)
        } else {
            index.lists.unlink(block, |list| index.mark(list, false))
        }
    }

    fn is_listed<S: Shape>(blocks: &Blocks<S>, block: Block) -> bool {
        let index = Index::of(blocks);
        let size = blocks.size(blocks.header(block));
        if size >= EXACT && index.tries.is_node(block) {
            index.tries.is_linked(block, size)
        } else {
            index.lists.is_linked(block)
        }
    }

    #[inline]
    fn find<S: Shape>(blocks: &Blocks<S>, need: u32, pending: Free) -> Free {
        if pending.size == need {
            return pending;
        }
        let index = Index::of(blocks);
        if need < EXACT {
            let lists = index.word(LISTS) & (!0 << need);
            if lists != 0 {
                let list = lists.trailing_zeros();
                let is_pending_better = (need..=list).contains(&pending.size);
                return if is_pending_better {
                    pending
                } else {
                    index.lists.first_of(list, need)
                };
            }
        }
        index.find_in_tries(need, pending)
    }

    fn extremes<S: Shape>(blocks: &Blocks<S>, _: usize) -> (u32, u32) {
        let index = Index::of(blocks);
        let lists = index.word(LISTS);
        let tries = index.word(TRIES);
        let down = |trie, sides| index.tries.sizes_down(trie, sides);
        let smallest = match (lists, tries) {
            (0, 0) => 0,
            (0, _) => down(tries.trailing_zeros(), [0, 1]).min().unwrap_or(0),
            _ => lists.trailing_zeros(),
        };
        let largest = match tries.checked_ilog2() {
            Some(trie) => down(trie, [1, 0]).max().unwrap_or(0),
            None => lists.checked_ilog2().unwrap_or(0),
        };
        (smallest, largest)
    }

    fn check<S: Shape>(census: &mut Census<'_, S>) -> Result<(), Defect> {
        let index = Index::of(census.blocks);
        for list in 0..2 * EXACT {
            let head = index.lists.first(list);
            if list < EXACT {
                let first = (head, index.lists.name(list));
                census.walk(first, Block::NONE, |size| size == list)?;
            } else {
                index.tries.check(census, list - EXACT, head)?;
            }
            let is_filled = index.word(list / EXACT) >> (list % EXACT) & 1 != 0;
            require(head.is_some() == is_filled, Broken::Bitmap)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub use tests::node_visited;
