//! Proving a trie.

use super::super::census::Census;
use super::{EXACT, PARENT, Tries, trie_of};
use crate::block::{Block, Defect};
use crate::corruption::Broken;
use crate::layout::Shape;

impl<S: Shape> Tries<'_, S> {
    /// Counts the blocks of `trie`, whose root is the first `node`, each node before its children.
    pub fn check(&self, census: &mut Census<'_, S>, trie: u32, root: Block) -> Result<(), Defect> {
        if !root.is_some() {
            return Ok(());
        }
        // The bits of the size that the way from the root has decided, behind a 1.
        let mut prefix = 1;
        let (mut parent, mut node) = (Block::NONE, root);
        loop {
            self.check_node(census, node, parent, (prefix, trie))?;
            let mut side = 0;
            let child = loop {
                if side < 2 {
                    let child = self.link(node, side);
                    if child.is_some() {
                        break child;
                    }
                    side += 1;
                } else if prefix == 1 {
                    return Ok(());
                } else {
                    // Up a link that was proved on the way down.
                    node = self.link(node, PARENT);
                    side = (prefix & 1) + 1;
                    prefix >>= 1;
                }
            };
            (parent, node) = (node, child);
            prefix = prefix << 1 | side;
        }
    }

    /// Counts a node below `parent`, and the blocks of its size.
    fn check_node(
        &self,
        census: &mut Census<'_, S>,
        node: Block,
        parent: Block,
        (prefix, trie): (u32, u32),
    ) -> Result<(), Defect> {
        let agrees = |size: u32| {
            let undecided = prefix.leading_zeros().checked_sub(size.leading_zeros());
            size >= EXACT
                && trie_of(size) == trie
                && undecided.is_some_and(|undecided| size >> undecided == prefix)
        };
        let size = census.count((node, Block::NONE), parent, agrees)?;
        if self.link(node, PARENT) != parent {
            return Err(Defect {
                block: node,
                broken: Broken::ListLink,
            });
        }
        let equal = (self.blocks().next_free(node), node);
        census.walk(equal, node, |other| other == size)
    }
}
