//! What is reached, breadth first: each block on a shortest path from a root.

use std::collections::VecDeque;

use super::Reach;
use super::graph::{Graph, Target};
use super::roots::Roots;

/// How a block was reached: by which word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Where the word is.
    pub source: Source,
    /// Does it point behind the beginning of the block?
    pub inside: bool,
    /// The word.
    pub word: u64,
    /// How many pointers lead to the block.
    depth: u32,
    round: Round,
}

/// Where a word is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// In a register.
    Register,
    /// In memory that is a root, at this address.
    Root(u64),
    /// In a block.
    Block {
        /// Its index.
        block: u32,
        /// The word's address.
        address: u64,
    },
    /// In none: the pool in which the block of this index is lies in the one that is marked.
    Pool(u32),
}

/// What marking follows. What one round reaches is not marked again by the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Round {
    /// Does it begin in variables and registers?
    named: bool,
    /// Does it follow pointers behind the beginning of a block?
    inside: bool,
}

/// The marks of all blocks.
#[derive(Clone, Debug)]
pub struct Marks(Vec<Option<Mark>>);

impl Marks {
    /// Marks what the roots reach: first from variables and registers, then from elsewhere; each
    /// time first by pointers to the beginning of blocks alone.
    pub fn of(graph: &Graph<'_>, roots: &Roots) -> Self {
        let mut marker = Marker {
            graph,
            marks: vec![None; graph.len()],
            noted: vec![false; graph.len()],
            seeds: VecDeque::new(),
            queue: VecDeque::new(),
            round: Round {
                named: true,
                inside: false,
            },
        };
        for &word in &roots.registers {
            marker.see(word, Source::Register, 1);
        }
        marker.mark_from(&roots.named, true);
        let others: Vec<_> = [&roots.stacks[..], &roots.elsewhere, &roots.lost].concat();
        marker.mark_from(&others, false);
        Self(marker.marks)
    }

    /// How a block was reached, if it was.
    pub fn get(&self, block: usize) -> Option<&Mark> {
        self.0.get(block)?.as_ref()
    }

    /// That, as a verdict.
    pub fn reach(&self, block: usize) -> Option<Reach> {
        let Round { named, inside } = self.get(block)?.round;
        Some(Reach::Reached { inside, named })
    }
}

struct Marker<'g, 's> {
    graph: &'g Graph<'s>,
    marks: Vec<Option<Mark>>,
    /// Is a block in `seeds`, or has it been?
    noted: Vec<bool>,
    /// Blocks that a pointer behind their beginning was found to while such were not followed; the
    /// shortest paths first.
    seeds: VecDeque<(u32, Mark)>,
    /// Blocks that are marked, whose words have not been seen; the shortest paths first.
    queue: VecDeque<u32>,
    round: Round,
}

impl Marker<'_, '_> {
    fn mark_from(&mut self, roots: &[std::ops::Range<u64>], named: bool) {
        self.round = Round {
            named,
            inside: false,
        };
        for range in roots {
            for (address, word) in self.graph.words(range.clone()) {
                self.see(word, Source::Root(address), 1);
            }
        }
        self.mark_queued();
        self.round.inside = true;
        self.mark_queued();
    }

    fn mark_queued(&mut self) {
        while let Some((block, depth)) = self.next() {
            for (address, word) in self.graph.words_of(block) {
                self.see(word, Source::Block { block, address }, depth + 1);
            }
            if let Some(outer) = self.graph.outer(block) {
                let target = Target {
                    block: outer,
                    inside: true,
                };
                self.found(target, Source::Pool(block), 0, depth + 1);
            }
        }
    }

    /// The block with the shortest path among those whose words have not been seen.
    fn next(&mut self) -> Option<(u32, u32)> {
        let depth_of =
            |marks: &[Option<Mark>], block: u32| marks[block as usize].map_or(0, |mark| mark.depth);
        while self.round.inside
            && let Some(&(block, mark)) = self.seeds.front()
        {
            let queued = self
                .queue
                .front()
                .map(|&block| depth_of(&self.marks, block));
            if queued.is_some_and(|depth| depth < mark.depth) {
                break;
            }
            self.seeds.pop_front();
            self.noted[block as usize] = false;
            if self.marks[block as usize].is_none() {
                self.marks[block as usize] = Some(Mark {
                    round: self.round,
                    ..mark
                });
                return Some((block, mark.depth));
            }
        }
        let block = self.queue.pop_front()?;
        Some((block, depth_of(&self.marks, block)))
    }

    /// Looks whether a word points to a block.
    fn see(&mut self, word: u64, source: Source, depth: u32) {
        if let Some(target) = self.graph.target(word) {
            self.found(target, source, word, depth);
        }
    }

    fn found(&mut self, target: Target, source: Source, word: u64, depth: u32) {
        let Target { block, inside } = target;
        if self.marks[block as usize].is_some() {
            return;
        }
        let mark = Mark {
            source,
            inside,
            word,
            depth,
            round: self.round,
        };
        if !inside || self.round.inside {
            self.marks[block as usize] = Some(mark);
            self.queue.push_back(block);
        } else if !std::mem::replace(&mut self.noted[block as usize], true) {
            self.seeds.push_back((block, mark));
        }
    }
}
