//! A node is removed: a leaf of its own gets its place, or the next block of its size.
//!
//! ```text
//!          40              48        the place of 40 goes to a leaf below it,
//!         /  \            /          whatever bits it has: below a node all agree
//!       36    48        36           with the path to it
//! ```

use super::{MOST_LEVELS, PARENT, Tries, node_visited};
use crate::block::Block;
use crate::layout::Shape;

/// The links of a node that are about to be overwritten, each proved by the one that leads back.
struct Links {
    parent: Block,
    /// Where the link that leads to the node stands.
    place: usize,
    /// The block that is to have the node's place, or none.
    replacement: Block,
    /// Where the link stands that binds that one to where it is now.
    bond: usize,
}

impl<S: Shape> Tries<'_, S> {
    /// Is `child` none, or one that leads back to `node`?
    #[inline(always)]
    fn leads_back(&self, child: Block, node: Block) -> bool {
        !child.is_some() || self.may_be_node(child) && self.link(child, PARENT) == node
    }

    /// The links of `node`, of `size` granules, and what is to have its place, all proved.
    #[inline(always)]
    fn links(&self, node: Block, size: u32) -> Option<Links> {
        let blocks = self.blocks();
        let mut links = Links {
            parent: self.link(node, PARENT),
            place: self.link_to(node, size)?,
            replacement: blocks.next_free(node),
            bond: 0,
        };
        if ![0, 1]
            .into_iter()
            .all(|side| self.leads_back(self.link(node, side), node))
        {
            return None;
        }
        if links.replacement.is_some() {
            let next = links.replacement;
            links.bond = blocks.offset(next) + blocks.layout().link;
            let leads_back = self.may_be_node(next) && blocks.previous_free(next) == node;
            return leads_back.then_some(links);
        }
        // Down to a leaf.
        let mut above = node;
        for _ in 0..MOST_LEVELS {
            let [left, right] = [0, 1].map(|side| self.place(above, side));
            let side = if blocks.link(right) != 0 { right } else { left };
            let child = Block(blocks.link(side));
            if !child.is_some() {
                return Some(links);
            }
            node_visited();
            if !self.leads_back(child, above) {
                return None;
            }
            (links.replacement, links.bond, above) = (child, side, child);
        }
        None
    }

    /// Can the node `block`, of `size` granules, be removed?
    pub fn is_linked(&self, block: Block, size: u32) -> bool {
        self.links(block, size).is_some()
    }

    /// Removes the node `block`, of `size` granules, if the links that lead to it say so, and says
    /// if its trie is empty now.
    #[inline]
    pub fn remove(&self, block: Block, size: u32, on_empty: impl FnOnce()) -> bool {
        let Some(links) = self.links(block, size) else {
            return false;
        };
        let replacement = links.replacement;
        self.blocks().set_link(links.place, replacement.0);
        if !replacement.is_some() {
            if !links.parent.is_some() {
                on_empty();
            }
            return true;
        }
        // The previous link of a node is none, and so is the child link that led to a leaf.
        self.blocks().set_link(links.bond, Block::NONE.0);
        self.set_link(replacement, PARENT, links.parent);
        for side in [0, 1] {
            let child = self.link(block, side);
            self.set_link(replacement, side, child);
            if child.is_some() {
                self.set_link(child, PARENT, replacement);
            }
        }
        true
    }
}
