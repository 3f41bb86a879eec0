//! What nothing reaches, and which leak holds which others.

use super::Reach;
use super::graph::Graph;
use super::mark::Marks;

/// No block.
const NONE: u32 = u32::MAX;

/// A block that leaked directly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leak {
    /// The block's index. Of blocks that lead to each other, it is one of them.
    pub block: usize,
    /// How many other blocks leaked through it.
    pub others: usize,
    /// Their bytes.
    pub bytes_of_others: u64,
}

/// The blocks that nothing reaches.
#[derive(Clone, Debug)]
pub struct Leaked {
    leaks: Vec<Leak>,
    /// For each block, the direct leak that leads to it, which may be itself.
    through: Vec<u32>,
}

impl Leaked {
    /// As few direct leaks as lead to all blocks without a mark. Who finishes last in a depth-first
    /// search is led to by nobody who does not lead to it in turn (Sharir, "A strong-connectivity
    /// algorithm and its applications in data flow analysis", 1981): so the search is done twice,
    /// the second time from the last to finish on.
    pub fn of(graph: &Graph<'_>, marks: &Marks) -> Self {
        let unmarked = graph
            .used()
            .filter(|&block| marks.get(block as usize).is_none());
        let mut search = Search {
            graph,
            marks,
            through: vec![NONE; graph.len()],
            finished: Vec::new(),
        };
        for block in unmarked {
            search.from(block);
        }
        let order = std::mem::take(&mut search.finished);
        search.through.fill(NONE);
        let mut leaks = Vec::new();
        for block in order.into_iter().rev() {
            if search.through[block as usize] == NONE {
                search.finished.clear();
                search.from(block);
                let others = search.finished.iter().filter(|&&other| other != block);
                leaks.push(Leak {
                    block: block as usize,
                    others: search.finished.len() - 1,
                    bytes_of_others: others.map(|&other| graph.size(other)).sum(),
                });
            }
        }
        leaks.sort_by_key(|leak| leak.block);
        Self {
            leaks,
            through: search.through,
        }
    }

    /// The direct ones, by their indices.
    pub fn leaks(&self) -> &[Leak] {
        &self.leaks
    }

    /// What is known of a block.
    pub fn reach(&self, block: usize) -> Option<Reach> {
        match *self.through.get(block)? {
            NONE => None,
            leak if leak as usize == block => Some(Reach::Leaked),
            leak => Some(Reach::LeakedThrough {
                leak: leak as usize,
            }),
        }
    }
}

/// A depth-first search among blocks without a mark.
struct Search<'g, 's> {
    graph: &'g Graph<'s>,
    marks: &'g Marks,
    /// From where a block was found; `NONE`: it was not.
    through: Vec<u32>,
    /// The blocks that were found, in the order in which all was found that they lead to.
    finished: Vec<u32>,
}

impl<'g> Search<'g, '_> {
    /// Finds what `start` leads to and was not found before. On a stack of its own: a list may be
    /// as long as the pool.
    fn from(&mut self, start: u32) {
        let mut path = Vec::new();
        let mut next = Some(start);
        loop {
            if let Some(block) = next
                && self.is_new(block)
            {
                self.through[block as usize] = start;
                path.push((block, self.targets(block)));
            }
            let Some((block, targets)) = path.last_mut() else {
                return;
            };
            next = targets.next();
            if next.is_none() {
                self.finished.push(*block);
                path.pop();
            }
        }
    }

    fn is_new(&self, block: u32) -> bool {
        self.through[block as usize] == NONE && self.marks.get(block as usize).is_none()
    }

    /// The blocks to which a block leads.
    fn targets(&self, block: u32) -> Box<dyn Iterator<Item = u32> + 'g> {
        let graph = self.graph;
        let words = graph.words_of(block);
        let targets = words.filter_map(|(_, word)| Some(graph.target(word)?.block));
        Box::new(targets.chain(graph.outer(block)))
    }
}
