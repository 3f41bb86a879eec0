//! Best fit: always the smallest block that holds the request.
//!
//! Free blocks are kept in **bins**. Below 32 granules a bin is a list of blocks of one size. From there on it is a
//! bitwise trie over one power of two (a digital search tree, as in D. Lea's malloc), whose nodes are the free
//! blocks themselves:
//!
//! ```text
//!   bin       2     3   ...   31 | 32       33       34        ...
//!   granules  2     3         31 | 32-63    64-127   128-255
//!
//!   a trie:   40                     any size of the bin
//!            /  \                    next lower bit of the size: 0, 1
//!          36    52 - 52 - 52        equal sizes: a list, its first block in the trie
//!            \
//!             44
//! ```
//!
//! Below a node stand only sizes that agree with the path to it, so a level decides a bit: finding, inserting and
//! removing take a step per bit of the size, however many blocks are free. A node that is taken out gives its place
//! to the next block of its size, else to any leaf below it: nothing else moves. One bitmap word tells which
//! lists have blocks, another which tries. A pool has heads only for the bins that its own size can reach.
//!
//! The links of a node stand in the free block, each one [`Config::Index`] wide:
//!
//! ```text
//!   | h | next prev | size, if large | child 0, child 1, parent | ...
//!       ^ Block
//! ```
//!
//! `prev` of a node is none; a block that has one is in the list of an equal node, and has no tree links.
//!
//! # Which one of equal blocks
//!
//! The one freed last, save that in a trie the node itself stays until it is the only one. Measured over the twelve
//! recorded traces of `traces/`, smallest pool / live peak, geometric mean:
//!
//! | rule | granule 4 | granule 8 | cost |
//! |---|---|---|---|
//! | **last freed** | **1.0631** | **1.0966** | none |
//! | first freed | 1.0637 | 1.0969 | the list's end must be known |
//! | lowest address | 1.0633 | 1.0970 | a walk of the list |
//! | the lower of the list's first and the new one goes first | 1.0634 | 1.0967 | a comparison |
//!
//! No rule is better on every trace, and on most of them all are equal: what costs nothing is as good as any.

use super::sealed::Fit;
use crate::arena::{Arena, WORD};
use crate::block::Block;
use crate::check::{Corruption, Gathering};
use crate::config::{Config, sealed::Index as _};

/// Best fit, for the least fragmentation: the smallest block that holds the request, in a step per bit of the
/// request's size.
#[derive(Debug)]
pub struct BestFit;

/// Bins below this one hold blocks of one size.
const EXACT_BINS: u32 = 32;
/// The logarithm of the smallest size in a trie.
const FIRST_LOG2: u32 = EXACT_BINS.ilog2();
/// More levels than any trie has: what bounds a walk down a damaged one.
const MOST_LEVELS: u32 = u32::BITS;

/// Counts in the unit tests; there is nothing of it in any other build.
#[cfg(not(test))]
#[inline(always)]
fn node_visited() {}
#[cfg(test)]
use tests::node_visited;

/// The bin of blocks of `size` granules. `size` is not 0.
#[inline(always)]
fn bin_of(size: u32) -> u32 {
    if size < EXACT_BINS {
        size
    } else {
        EXACT_BINS + trie_of(size)
    }
}

/// The number of the trie of blocks of `size` granules, 32 or more.
#[inline(always)]
fn trie_of(size: u32) -> u32 {
    // With a subtraction instead of the exclusive or, compilers do not see that this is one instruction.
    (31 ^ size.leading_zeros()) - FIRST_LOG2
}

/// The way from a trie's root to a size: a bit for each level, from the highest down.
#[derive(Clone, Copy)]
struct Path(u32);

impl Path {
    /// What is left when all bits were taken.
    const END: u32 = 1 << 31;

    /// The way to `size`, 32 or more.
    #[inline(always)]
    fn to(size: u32) -> Self {
        // The leading bit is the trie; behind the last one stands a mark.
        let zeros = size.leading_zeros();
        Self((size << zeros) << 1 | 1 << zeros)
    }

    /// Is every bit of the size decided?
    #[inline(always)]
    fn is_done(self) -> bool {
        self.0 == Self::END
    }

    /// The side at this level.
    #[inline(always)]
    fn side(self) -> u32 {
        self.0 >> 31
    }

    /// The way from the next level on.
    #[inline(always)]
    fn down(self) -> Self {
        Self(self.0 << 1)
    }
}

/// The smallest sufficient block of those seen.
struct Best {
    size: u32,
    block: Block,
    /// What the block has more than asked for.
    surplus: u32,
}

impl Best {
    fn of(size: u32) -> Self {
        Self {
            size,
            block: Block::NONE,
            // More than any block's, less than what a block that is too small wraps to.
            surplus: 1 << 31,
        }
    }

    /// Looks at one block; says whether it is exactly as large as asked for.
    #[inline(always)]
    fn look<C: Config>(&mut self, arena: Arena<C>, block: Block) -> bool {
        node_visited();
        let surplus = arena
            .size_of(block, arena.header(block))
            .wrapping_sub(self.size);
        if surplus < self.surplus {
            self.surplus = surplus;
            self.block = block;
        }
        surplus == 0
    }

    /// The block to hand out, if there is one.
    #[inline(always)]
    fn taken<C: Config>(self, arena: Arena<C>) -> Option<Block> {
        if !self.block.is_some() {
            return None;
        }
        // Of equal blocks the one freed last, which also leaves the node in its place.
        let next = arena.node(arena.next_free(self.block));
        let taken = if next.is_some() { next } else { self.block };
        arena.offered(taken, self.size)
    }
}

/// The heads, the bitmap and the links of tries.
impl<C: Config> Arena<C> {
    /// The bit of a list is its blocks' size.
    const LISTS: usize = Self::FIT_STATE;
    /// The bit of a trie is its number, from 0.
    const TRIES: usize = Self::LISTS + WORD;
    const BINS: usize = Self::TRIES + WORD;

    /// Where tree links begin in a block: behind the list's links and a large block's size.
    const TREE_LINKS: usize = (2 * C::Index::BYTES).next_multiple_of(WORD) + WORD;

    /// One behind the last bin that a pool of `granules` can fill.
    fn bin_count(granules: u32) -> u32 {
        bin_of(granules.max(Self::MIN)) + 1
    }

    /// No block is smaller than `MIN`, so the bins below have no head.
    #[inline(always)]
    fn bin_offset(bin: u32) -> usize {
        Self::BINS + bin.wrapping_sub(Self::MIN) as usize * C::Index::BYTES
    }

    #[inline(always)]
    fn bin(self, bin: u32) -> Block {
        Block(self.load_link(Self::bin_offset(bin)))
    }

    #[inline(always)]
    fn set_bin(self, bin: u32, block: Block) {
        self.store_link(Self::bin_offset(bin), block.0);
    }

    #[inline(always)]
    fn mark(self, bitmap: usize, bit: u32) {
        self.store(bitmap, self.load(bitmap) | 1 << bit);
    }

    #[inline(always)]
    fn unmark(self, bitmap: usize, bit: u32) {
        self.store(bitmap, self.load(bitmap) & !(1 << bit));
    }

    #[inline(always)]
    fn child_offset(self, node: Block, side: u32) -> usize {
        self.offset(node) + Self::TREE_LINKS + side as usize * C::Index::BYTES
    }

    #[inline(always)]
    fn child(self, node: Block, side: u32) -> Block {
        Block(self.load_link(self.child_offset(node, side)))
    }

    #[inline(always)]
    fn set_child(self, node: Block, side: u32, child: Block) {
        self.store_link(self.child_offset(node, side), child.0);
    }

    #[inline(always)]
    fn parent(self, node: Block) -> Block {
        Block(self.load_link(self.child_offset(node, 2)))
    }

    #[inline(always)]
    fn set_parent(self, node: Block, parent: Block) {
        self.store_link(self.child_offset(node, 2), parent.0);
    }

    /// What `link`, of a trie, leads to; see [`Arena::followed`]. A block that is too small for tree links is no node.
    #[inline(always)]
    fn node(self, link: Block) -> Block {
        let node = self.followed(link);
        if Self::HARDENED && node.is_some() && self.size_of(node, self.header(node)) < EXACT_BINS {
            return Block::NONE;
        }
        node
    }

    /// The first block of `bin`, which a bitmap may name wrongly.
    #[inline(always)]
    fn first_in(self, bin: u32) -> Block {
        if Self::HARDENED && bin >= Self::bin_count(self.end()) {
            return Block::NONE;
        }
        self.bin(bin)
    }

    /// The root of a trie.
    #[inline(always)]
    fn root(self, trie: u32) -> Block {
        self.node(self.first_in(EXACT_BINS + trie))
    }

    /// Is there room for tree links at `block`?
    #[inline(always)]
    fn may_be_node(self, block: Block) -> bool {
        self.may_be_block(block) && self.end() - block.0 >= EXACT_BINS
    }

    /// Puts `block` behind `node`, which is as large.
    #[inline(always)]
    fn insert_equal(self, node: Block, block: Block) {
        let next = self.node(self.next_free(node));
        self.set_next_free(block, next);
        self.set_previous_free(block, node);
        self.set_previous_free(next, block);
        self.set_next_free(node, block);
    }

    /// Makes `block` a leaf below `parent`, of which `place` is the link.
    #[inline(always)]
    fn make_leaf(self, block: Block, parent: Block, place: usize) {
        self.set_next_free(block, Block::NONE);
        self.set_previous_free(block, Block::NONE);
        self.set_child(block, 0, Block::NONE);
        self.set_child(block, 1, Block::NONE);
        self.set_parent(block, parent);
        self.store_link(place, block.0);
    }

    /// Puts `block`, of `size` granules, into its trie.
    #[inline(never)]
    fn plant(self, block: Block, size: u32) {
        let trie = trie_of(size);
        let mut place = Self::bin_offset(EXACT_BINS + trie);
        let mut node = self.root(trie);
        if !node.is_some() {
            self.make_leaf(block, Block::NONE, place);
            self.mark(Self::TRIES, trie);
            return;
        }
        let mut path = Path::to(size);
        loop {
            node_visited();
            if self.size_of(node, self.header(node)) == size || path.is_done() {
                return self.insert_equal(node, block);
            }
            place = self.child_offset(node, path.side());
            path = path.down();
            let child = self.node(Block(self.load_link(place)));
            if !child.is_some() {
                return self.make_leaf(block, node, place);
            }
            node = child;
        }
    }

    /// Takes `block`, the node of `size` granules, out of its trie. Its place goes to the next block of its size,
    /// else to a leaf below it.
    #[inline(never)]
    fn uproot(self, block: Block, size: u32) {
        let next = self.node(self.next_free(block));
        let heir = if next.is_some() {
            self.set_previous_free(next, Block::NONE);
            next
        } else {
            self.take_leaf(block)
        };
        let parent = self.node(self.parent(block));
        if parent.is_some() {
            let side = u32::from(self.child(parent, 1) == block);
            self.set_child(parent, side, heir);
        } else {
            let trie = trie_of(size);
            self.set_bin(EXACT_BINS + trie, heir);
            if !heir.is_some() {
                self.unmark(Self::TRIES, trie);
            }
        }
        if heir.is_some() {
            self.set_parent(heir, parent);
            for side in [0, 1] {
                let child = self.node(self.child(block, side));
                self.set_child(heir, side, child);
                if child.is_some() {
                    self.set_parent(child, heir);
                }
            }
        }
    }

    /// Cuts a leaf off below `node`; none if `node` is a leaf itself.
    #[inline(always)]
    fn take_leaf(self, node: Block) -> Block {
        let mut leaf = Block::NONE;
        let mut place = 0;
        let mut below = self.last_child(node);
        for _ in 0..MOST_LEVELS {
            let Some((child, link)) = below else { break };
            node_visited();
            (leaf, place) = (child, link);
            below = self.last_child(leaf);
        }
        if leaf.is_some() {
            self.store_link(place, Block::NONE.0);
        }
        leaf
    }

    /// A child of `node`, the larger one of two, and where the link to it stands.
    #[inline(always)]
    fn last_child(self, node: Block) -> Option<(Block, usize)> {
        self.child_of(node, [1, 0])
    }

    /// A child of `node`, that of the first of the `sides` if there is one, and where its link stands.
    #[inline(always)]
    fn child_of(self, node: Block, sides: [u32; 2]) -> Option<(Block, usize)> {
        sides.into_iter().find_map(|side| {
            let place = self.child_offset(node, side);
            let child = self.node(Block(self.load_link(place)));
            child.is_some().then_some((child, place))
        })
    }

    /// The smallest block of at least `size` granules in the trie below `root`; none if all are smaller.
    #[inline]
    fn best_in(self, root: Block, size: u32) -> Option<Block> {
        if Self::HARDENED && !root.is_some() {
            return None;
        }
        let mut best = Best::of(size);
        let mut path = Path::to(size);
        let mut node = root;
        // Everything below this one is larger, and nothing beside the way is that small.
        let mut larger = Block::NONE;
        loop {
            if best.look(self, node) || path.is_done() {
                break;
            }
            let right = self.node(self.child(node, 1));
            if path.side() == 1 {
                node = right;
            } else {
                if right.is_some() {
                    larger = right;
                }
                node = self.node(self.child(node, 0));
            }
            if !node.is_some() {
                break;
            }
            path = path.down();
        }
        if best.surplus != 0 {
            self.look_for_smallest(&mut best, larger);
        }
        best.taken(self)
    }

    /// The smallest block below `root`.
    #[inline]
    fn smallest_in(self, root: Block) -> Option<Block> {
        let mut best = Best::of(0);
        self.look_for_smallest(&mut best, root);
        best.taken(self)
    }

    /// Looks at `node` and down its smaller side: the smallest block stands on that way.
    #[inline(always)]
    fn look_for_smallest(self, best: &mut Best, mut node: Block) {
        for _ in 0..MOST_LEVELS {
            if !node.is_some() {
                break;
            }
            best.look(self, node);
            let left = self.node(self.child(node, 0));
            node = if left.is_some() {
                left
            } else {
                self.node(self.child(node, 1))
            };
        }
    }

    /// The smallest block of the first trie from `trie` on that has any.
    #[inline(always)]
    fn smallest_from(self, trie: u32) -> Option<Block> {
        let tries = self.load(Self::TRIES) & (!0 << trie);
        if tries == 0 {
            return None;
        }
        self.smallest_in(self.root(tries.trailing_zeros()))
    }

    /// A block for a request of `size` granules, 32 or more.
    #[inline]
    fn find_in_tries(self, size: u32) -> Option<Block> {
        let trie = trie_of(size);
        // A trie beyond the pool's last has no bit, and so its (absent) head is never looked at.
        if self.load(Self::TRIES) >> trie & 1 != 0 {
            let best = self.best_in(self.root(trie), size);
            if best.is_some() {
                return best;
            }
        }
        self.smallest_from(trie + 1)
    }

    /// Is the free block `old` all that its trie has, and the trie of `size` the same?
    #[inline(always)]
    fn is_alone(self, old: Block, old_size: u32, size: u32) -> bool {
        size >= EXACT_BINS
            && size.leading_zeros() == old_size.leading_zeros()
            && self.bin(bin_of(size)) == old
            && !self.next_free(old).is_some()
            && self.last_child(old).is_none()
    }

    /// Do the tree links of `block`, the node of `size` granules, lead to blocks that lead back, and does every
    /// step of [`Arena::take_leaf`]?
    fn knows_node(self, block: Block, size: u32) -> bool {
        let parent = self.parent(block);
        let held = if parent.is_some() {
            self.may_be_node(parent)
                && (self.child(parent, 0) == block || self.child(parent, 1) == block)
        } else {
            self.bin(bin_of(size)) == block
        };
        let leads_back = |child: Block, node: Block| {
            !child.is_some() || (self.may_be_node(child) && self.parent(child) == node)
        };
        if !held || !leads_back(self.child(block, 0), block) {
            return false;
        }
        let mut node = block;
        for _ in 0..MOST_LEVELS {
            node_visited();
            let Some((child, _)) = self.last_child(node) else {
                return true;
            };
            if !leads_back(child, node) {
                return false;
            }
            node = child;
        }
        false
    }
}

impl Fit for BestFit {
    const ID: u8 = 2;

    fn state_bytes<C: Config>(granules: u32) -> usize {
        Arena::<C>::bin_offset(Arena::<C>::bin_count(granules)) - Arena::<C>::FIT_STATE
    }

    fn clear<C: Config>(arena: Arena<C>) {
        arena.store(Arena::<C>::LISTS, 0);
        arena.store(Arena::<C>::TRIES, 0);
        for bin in Arena::<C>::MIN..Arena::<C>::bin_count(arena.end()) {
            arena.set_bin(bin, Block::NONE);
        }
    }

    #[inline(always)]
    fn insert<C: Config>(arena: Arena<C>, block: Block, size: u32) {
        if size >= EXACT_BINS {
            return arena.plant(block, size);
        }
        let head = arena.confirmed(arena.bin(size), size);
        arena.set_next_free(block, head);
        arena.set_previous_free(block, Block::NONE);
        arena.set_previous_free(head, block);
        arena.set_bin(size, block);
        if !head.is_some() {
            arena.mark(Arena::<C>::LISTS, size);
        }
    }

    #[inline(always)]
    fn remove<C: Config>(arena: Arena<C>, block: Block, size: u32) {
        let previous = arena.previous_free(block);
        if previous.is_some() {
            let next = arena.linked_back(arena.next_free(block));
            arena.set_next_of(previous, next);
            arena.set_previous_free(next, previous);
        } else if size >= EXACT_BINS {
            arena.uproot(block, size);
        } else {
            let next = arena.linked_back(arena.next_free(block));
            arena.set_previous_free(next, Block::NONE);
            arena.set_bin(size, next);
            if !next.is_some() {
                arena.unmark(Arena::<C>::LISTS, size);
            }
        }
    }

    #[inline(always)]
    fn replace<C: Config>(arena: Arena<C>, old: Block, old_size: u32, new: Block, size: u32) {
        // The large rest of a pool from which one block after the other is cut.
        if arena.is_alone(old, old_size, size) {
            if new != old {
                let place = Arena::<C>::bin_offset(bin_of(size));
                arena.make_leaf(new, Block::NONE, place);
            }
        } else {
            Self::remove(arena, old, old_size);
            Self::insert(arena, new, size);
        }
    }

    #[inline(always)]
    fn find<C: Config>(arena: Arena<C>, size: u32) -> Option<Block> {
        if size >= EXACT_BINS {
            return arena.find_in_tries(size);
        }
        let lists = arena.load(Arena::<C>::LISTS) & (!0 << size);
        if lists != 0 {
            let head = arena.first_in(lists.trailing_zeros());
            return arena.offered(head, size);
        }
        arena.smallest_from(0)
    }

    fn largest<C: Config>(arena: Arena<C>, _: usize) -> u32 {
        let Some(trie) = arena.load(Arena::<C>::TRIES).checked_ilog2() else {
            return arena.load(Arena::<C>::LISTS).checked_ilog2().unwrap_or(0);
        };
        sizes_down(arena, trie, [1, 0]).max().unwrap_or(0)
    }

    fn smallest<C: Config>(arena: Arena<C>, _: usize) -> u32 {
        let lists = arena.load(Arena::<C>::LISTS);
        if lists != 0 {
            return lists.trailing_zeros();
        }
        let tries = arena.load(Arena::<C>::TRIES);
        if tries == 0 {
            return 0;
        }
        sizes_down(arena, tries.trailing_zeros(), [0, 1])
            .min()
            .unwrap_or(0)
    }

    fn check<C: Config>(arena: Arena<C>, free: Gathering) -> Result<(), Corruption> {
        check::check(arena, free)
    }

    #[inline(always)]
    fn knows<C: Config>(arena: Arena<C>, block: Block, size: u32) -> bool {
        let in_list = size < EXACT_BINS;
        let may_follow = |link: Block| {
            if in_list {
                arena.may_be_block(link)
            } else {
                arena.may_be_node(link)
            }
        };
        let next = arena.next_free(block);
        let previous = arena.previous_free(block);
        if next.is_some() && !(may_follow(next) && arena.previous_free(next) == block) {
            return false;
        }
        if previous.is_some() {
            may_follow(previous) && arena.next_free(previous) == block
        } else if in_list {
            size >= Arena::<C>::MIN && arena.bin(size) == block
        } else {
            arena.knows_node(block, size)
        }
    }
}

/// The sizes on the way down a trie, on the first of the `sides` where there is one. Asking is safe, so of a damaged pool nothing is
/// read that is not there: neither a head, nor the tree links of a block that ends with the pool before them.
fn sizes_down<C: Config>(arena: Arena<C>, trie: u32, sides: [u32; 2]) -> impl Iterator<Item = u32> {
    let bin = EXACT_BINS + trie;
    let mut node = (bin < Arena::<C>::bin_count(arena.end())).then(|| arena.bin(bin));
    (0..MOST_LEVELS).map_while(move |_| {
        let here = node.filter(|&node| arena.may_be_node(node))?;
        let size = arena.bounded_size(here)?;
        node = arena.child_of(here, sides).map(|(child, _)| child);
        Some(size)
    })
}

mod check;
#[cfg(test)]
mod tests;
