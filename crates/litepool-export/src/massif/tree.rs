//! Who holds the memory, as a tree: callers below whom they call.

use std::cmp::Reverse;
use std::io::{self, Write};

use rustc_hash::FxHashMap;

use super::plain;
use crate::texts::shortened;

/// Levels of the tree that are told.
const DEPTH: usize = 64;

/// The tree. Its first node is the root.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    bytes: u64,
    /// By the number of the frame.
    callers: FxHashMap<u32, usize>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

impl Tree {
    /// Adds what a stack holds: its frames, the innermost first. O(frames).
    pub(super) fn add(&mut self, frames: &[u32], bytes: u64) {
        if bytes == 0 {
            return;
        }
        let mut node = 0;
        self.grow(node, bytes);
        for &frame in frames.iter().take(DEPTH) {
            let next = self.nodes.len();
            let caller = *self.nodes[node].callers.entry(frame).or_insert(next);
            if caller == next {
                self.nodes.push(Node::default());
            }
            self.grow(caller, bytes);
            node = caller;
        }
    }

    /// Writes it, what holds most first. O(nodes × log nodes).
    pub(super) fn write(&self, texts: &[String], out: &mut dyn Write) -> io::Result<()> {
        self.node(0, "(heap allocation functions)", 0, texts, out)
    }

    fn grow(&mut self, node: usize, bytes: u64) {
        let node = &mut self.nodes[node];
        node.bytes = node.bytes.saturating_add(bytes);
    }

    fn node(
        &self,
        node: usize,
        text: &str,
        depth: usize,
        texts: &[String],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Node { bytes, callers } = &self.nodes[node];
        // Of the whole, a hundredth.
        let is_told = |caller: usize| {
            u128::from(self.nodes[caller].bytes) * 100 >= u128::from(self.nodes[0].bytes)
        };
        let (mut told, rest): (Vec<_>, Vec<_>) = callers
            .iter()
            .map(|(&frame, &caller)| (texts[frame as usize].as_str(), caller))
            .partition(|&(_, caller)| is_told(caller));
        told.sort_by_key(|&(text, caller)| (Reverse(self.nodes[caller].bytes), text));
        let lines = told.len() + usize::from(!rest.is_empty());
        writeln!(
            out,
            "{:depth$}n{lines}: {bytes} {}",
            "",
            plain(&shortened(text))
        )?;
        for (text, caller) in told {
            self.node(caller, text, depth + 1, texts, out)?;
        }
        if rest.is_empty() {
            return Ok(());
        }
        let bytes = rest.iter().map(|&(_, caller)| self.nodes[caller].bytes);
        let bytes = bytes.fold(0, u64::saturating_add);
        let places = match rest.len() {
            1 => "1 place,".into(),
            places => format!("{places} places, all"),
        };
        writeln!(
            out,
            "{:deeper$}n0: {bytes} in {places} below massif's threshold (1.00%)",
            "",
            deeper = depth + 1
        )
    }
}
