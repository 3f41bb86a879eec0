//! Bitwise tries over the sizes of free blocks, one for each power of two.
//!
//! ```text
//!   a trie:   40                     any size of the trie
//!            /  \                    next lower bit of the size: 0, 1
//!          36    52 - 52 - 52        equal sizes: a list, its first block in the trie
//!            \
//!             44
//!
//!   a node:   | h | next, previous = 0 | child 0, child 1, parent | ...
//!                 ^ Block
//! ```
//!
//! A digital search tree, as in D. Lea's malloc, whose nodes are the free blocks themselves. Below
//! a node stand only sizes that agree with the path to it, so a level decides a bit: finding,
//! inserting and removing take a step per bit of the size, however many blocks are free. A node
//! that is removed gives its place to the next block of its size, else to any leaf below it:
//! nothing else moves.
//!
//! The previous link of a node is none; a block that has one is in the list of an equal node, and
//! has no tree links.
//!
//! - `trie/remove.rs`: a node is removed; `trie/check.rs`: a trie is proved

mod check;
mod remove;

use super::Free;
use super::list::Lists;
use crate::block::{Block, Blocks};
use crate::layout::Shape;

/// The smallest size in a trie.
pub const EXACT: u32 = 32;
const FIRST_LOG2: u32 = EXACT.ilog2();
/// More levels than any trie has: what bounds a walk down a corrupt one.
const MOST_LEVELS: u32 = u32::BITS;
/// The third tree link of a node.
const PARENT: u32 = 2;

/// The number of the trie of blocks of `size` granules, 32 or more.
#[inline(always)]
pub const fn trie_of(size: u32) -> u32 {
    // An exclusive or, because with a subtraction compilers don't see the one instruction.
    (31 ^ size.leading_zeros()) - FIRST_LOG2
}

/// Counts in the unit tests; there is nothing of it in any other build.
#[cfg(not(test))]
#[inline(always)]
fn node_visited() {}
#[cfg(test)]
use super::best::node_visited;

/// The way from a trie's root to `size`, 32 or more: a bit for each level, the next one uppermost.
/// The leading bit is the trie; behind the last one stands a mark.
#[inline(always)]
pub const fn path_to(size: u32) -> u32 {
    let zeros = size.leading_zeros();
    (size << zeros) << 1 | 1 << zeros
}

/// The side at this level of a path.
#[inline(always)]
const fn side(path: u32) -> u32 {
    path >> (u32::BITS - 1)
}

/// The smallest sufficient block of those seen.
#[derive(Clone, Copy)]
pub struct Best {
    need: u32,
    block: Block,
    /// What it has more than that.
    surplus: u32,
}

impl Best {
    /// The `pending` block, if it has `need` granules; only a smaller one is better.
    #[inline]
    pub fn of(need: u32, pending: Free) -> Self {
        let (block, surplus) = if pending.size >= need {
            (pending.block, pending.size - need)
        } else {
            // More than any block's, less than what a block that is too small wraps to.
            (Block::NONE, 1 << 31)
        };
        Self {
            need,
            block,
            surplus,
        }
    }

    /// Would a block of `size` granules be better?
    #[inline(always)]
    pub fn is_worse_than(&self, size: u32) -> bool {
        size.wrapping_sub(self.need) < self.surplus
    }

    /// Looks at a block; says whether it is exactly as large as asked for.
    #[inline]
    fn look(&mut self, block: Block, size: u32) -> bool {
        node_visited();
        let surplus = size.wrapping_sub(self.need);
        if surplus < self.surplus {
            (self.surplus, self.block) = (surplus, block);
        }
        surplus == 0
    }
}

/// The tries of a pool.
#[derive(Clone, Copy)]
pub struct Tries<'b, S> {
    /// A trie's root is the head of the list of index 32 and its number.
    lists: Lists<'b, S>,
}

impl<'b, S: Shape> Tries<'b, S> {
    /// The tries whose roots are heads of `lists`.
    #[inline(always)]
    pub fn of(lists: Lists<'b, S>) -> Self {
        Self { lists }
    }

    #[inline(always)]
    fn blocks(&self) -> &'b Blocks<S> {
        self.lists.blocks()
    }

    /// Where a tree link stands: that of side 0 or 1, or of the [`PARENT`].
    #[inline(always)]
    fn place(&self, node: Block, link: u32) -> usize {
        let blocks = self.blocks();
        blocks.offset(node) + (2 + link as usize) * blocks.layout().link
    }

    #[inline(always)]
    fn link(&self, node: Block, link: u32) -> Block {
        Block(self.blocks().link(self.place(node, link)))
    }

    #[inline(always)]
    fn set_link(&self, node: Block, link: u32, to: Block) {
        self.blocks().set_link(self.place(node, link), to.0);
    }

    /// Where the link to the root of `trie` stands.
    #[inline(always)]
    fn root_place(&self, trie: u32) -> usize {
        self.lists.head_offset(EXACT + trie)
    }

    /// The root of `trie`, of which a bitmap may be wrong.
    #[inline(always)]
    pub fn root(&self, trie: u32) -> Block {
        if self.blocks().is_hardened() {
            self.lists.first(EXACT + trie)
        } else {
            self.lists.head(EXACT + trie)
        }
    }

    /// Is there a block, with room for tree links in the pool?
    #[inline(always)]
    fn may_be_node(&self, block: Block) -> bool {
        let blocks = self.blocks();
        block.before(blocks.first().0).0 < blocks.capacity().saturating_sub(EXACT - 1)
    }

    #[inline(always)]
    fn size(&self, node: Block) -> u32 {
        self.blocks().size(self.blocks().header(node))
    }

    /// Is the free block `block`, of 32 granules or more, a node?
    #[inline(always)]
    pub fn is_node(&self, block: Block) -> bool {
        !self.blocks().previous_free(block).is_some()
    }

    /// Looks for a better block than `best` in `trie`, whose sizes are those around its need.
    #[inline]
    pub fn find(&self, trie: u32, best: &mut Best) {
        let mut path = path_to(best.need);
        let mut node = self.root(trie);
        // Everything below this one is larger, and nothing beside the way is that small.
        let mut larger = Block::NONE;
        while path != 0 && self.may_be_node(node) {
            if best.look(node, self.size(node)) {
                return;
            }
            let right = self.link(node, 1);
            if side(path) == 1 {
                node = right;
            } else {
                if right.is_some() {
                    larger = right;
                }
                node = self.link(node, 0);
            }
            path <<= 1;
        }
        self.find_smallest(larger, best);
    }

    /// Looks for a better block than `best` at `node` and down its smaller side: the smallest one
    /// stands on that way.
    #[inline]
    pub fn find_smallest(&self, mut node: Block, best: &mut Best) {
        for _ in 0..MOST_LEVELS {
            if !self.may_be_node(node) {
                break;
            }
            best.look(node, self.size(node));
            let left = self.link(node, 0);
            let is_left = left.is_some();
            node = if is_left { left } else { self.link(node, 1) };
        }
    }

    /// The block to allocate. Of equal ones that is the one freed last, which also leaves the node
    /// in its place; `pending` is in no trie.
    #[inline]
    pub fn taken(&self, best: Best, pending: Free) -> Free {
        if !best.block.is_some() {
            return Free::NONE;
        }
        if best.block == pending.block {
            return pending;
        }
        let next = self.blocks().next_free(best.block);
        let last = if self.may_be_node(next) {
            next
        } else {
            best.block
        };
        let free = self.lists.free_at(last);
        let is_equal = free.size == best.need + best.surplus;
        if is_equal { free } else { Free::NONE }
    }

    /// Inserts `block`, of `size` granules. If the place for it can't be proved, it is lost to
    /// requests until the pool is repaired.
    #[inline(never)]
    pub fn insert(&self, block: Block, size: u32) {
        let blocks = self.blocks();
        let mut place = self.root_place(trie_of(size));
        let mut parent = Block::NONE;
        let mut node = Block(blocks.link(place));
        let mut path = path_to(size);
        while path != 0 && self.may_be_node(node) {
            node_visited();
            if self.size(node) == size {
                return self.insert_equal(node, block, size);
            }
            (parent, place) = (node, self.place(node, side(path)));
            node = Block(blocks.link(place));
            path <<= 1;
        }
        blocks.set_next_free(block, Block::NONE);
        blocks.set_previous_free(block, Block::NONE);
        self.set_link(block, 0, Block::NONE);
        self.set_link(block, 1, Block::NONE);
        self.set_link(block, PARENT, parent);
        if !parent.is_some() || self.is_sound(parent, self.size(parent)) {
            blocks.set_link(place, block.0);
        }
    }

    /// Puts `block` behind `node`, which is of the same `size`.
    #[inline]
    fn insert_equal(&self, node: Block, block: Block, size: u32) {
        let blocks = self.blocks();
        let mut next = blocks.next_free(node);
        let leads_back = || blocks.free_size(next) == size && blocks.previous_free(next) == node;
        if !self.may_be_node(next) || blocks.is_hardened() && !leads_back() {
            next = Block::NONE;
        }
        blocks.set_next_free(block, next);
        blocks.set_previous_free(block, node);
        if self.is_sound(node, size) {
            if next.is_some() {
                blocks.set_previous_free(next, block);
            }
            blocks.set_next_free(node, block);
        }
    }

    /// May links be written into `node`, of `size` granules? If nothing is believed, it is to be
    /// free, and in a trie.
    #[inline(always)]
    fn is_sound(&self, node: Block, size: u32) -> bool {
        let blocks = self.blocks();
        let is_proved = || {
            size >= EXACT && blocks.free_size(node) == size && self.link_to(node, size).is_some()
        };
        !blocks.is_hardened() || is_proved()
    }

    /// Where the link that leads to `node`, of `size` granules, stands.
    #[inline]
    fn link_to(&self, node: Block, size: u32) -> Option<usize> {
        let parent = self.link(node, PARENT);
        if parent.is_some() && !self.may_be_node(parent) {
            return None;
        }
        let places = if parent.is_some() {
            [self.place(parent, 0), self.place(parent, 1)]
        } else {
            [self.root_place(trie_of(size)); 2]
        };
        let leads = |place: &usize| self.blocks().link(*place) == node.0;
        places.into_iter().find(leads)
    }

    /// The sizes on the way down `trie`, on the first of the `sides` where there is one. Asking is
    /// safe, so this also comes to an end in a corrupt pool.
    pub fn sizes_down(&self, trie: u32, sides: [u32; 2]) -> impl Iterator<Item = u32> {
        let mut node = self.lists.first(EXACT + trie);
        (0..MOST_LEVELS).map_while(move |_| {
            let here = node;
            if !self.may_be_node(here) {
                return None;
            }
            let [first, second] = sides.map(|side| self.link(here, side));
            node = if first.is_some() { first } else { second };
            let size = self.blocks().inspect_free(here);
            (size != 0).then_some(size)
        })
    }
}
