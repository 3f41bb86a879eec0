//! The pool without the blocks of one call site, one task, one function: of each of them, in one
//! pass over the blocks.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use super::chain::{Pin, Stretch};
use super::{Pins, held};
use crate::snapshot::{Block, Snapshot};

/// What the pool would be if the blocks of a group (a call site, a task) were elsewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Without<G> {
    /// Whose blocks.
    pub group: G,
    /// How many there are, objects of slabs included.
    pub blocks: u64,
    /// Bytes that they take, headers included.
    pub bytes: u64,
    /// The largest request that would fit then, at the granule's alignment.
    pub largest_free: u64,
    /// Would the request in question fit?
    pub serves: bool,
    /// The most bytes that are free already in a run in which it would fit: what they split. See
    /// [`Pins::splits`].
    pub split: u64,
}

/// What is known of a group on the way.
#[derive(Default)]
struct Tally {
    blocks: u64,
    bytes: u64,
    /// The largest run so far.
    largest: u64,
    serves: bool,
    split: u64,
    /// Its last used blocks, which are consecutive: their places in the chain, and their bytes.
    last: Range<usize>,
    last_bytes: u64,
}

impl Pins<'_> {
    /// The pool without the blocks of each group. `groups` puts those of a block, each once, into
    /// the vector that it is given empty; a block may be of several, such as all functions of its
    /// call stack. A slab goes if all its objects do.
    ///
    /// Those come first without which the request would fit, the one with the fewest bytes first;
    /// then the others, that with the largest free block first.
    ///
    /// O(n + m log m) for n memberships in m groups.
    pub fn without<G: Hash + Ord + Clone>(
        &self,
        mut groups: impl FnMut(&Block, &mut Vec<G>),
    ) -> Vec<Without<G>> {
        let mut tallies: HashMap<G, Tally> = HashMap::new();
        let mut of_pin = Vec::new();
        for stretch in &self.chain.stretches {
            for at in stretch.pins.clone() {
                let pin = &self.chain.pins[at];
                count(self.snapshot, pin, &mut groups, &mut tallies, &mut of_pin);
                // A slab goes if all its objects do.
                for same in of_pin.chunk_by(PartialEq::eq) {
                    let goes = same.len() as u64 == pin.objects;
                    if let (true, Some(tally)) = (goes, tallies.get_mut(&same[0])) {
                        self.remove(tally, stretch, at);
                    }
                }
            }
        }
        let floor = self.chain.largest_gap();
        let result = tallies.into_iter().map(|(group, tally)| Without {
            group,
            blocks: tally.blocks,
            bytes: tally.bytes,
            largest_free: self.need.largest_request(tally.largest.max(floor)),
            serves: tally.serves,
            split: tally.split,
        });
        let mut result: Vec<_> = result.collect();
        result.sort_by(|one, other| rank(one).cmp(&rank(other)));
        result
    }

    /// A pin of a group goes, with those of the group just before it.
    fn remove(&self, tally: &mut Tally, stretch: &Stretch, at: usize) {
        let joins = tally.last.end == at && tally.last.start >= stretch.pins.start;
        if !joins {
            (tally.last, tally.last_bytes) = (at..at, 0);
        }
        tally.last.end = at + 1;
        tally.last_bytes += self.chain.pins[at].bytes();
        let run = self.chain.run(stretch, &tally.last);
        tally.largest = tally.largest.max(run.end - run.start);
        if self.need.fits(&run) {
            tally.serves = true;
            tally.split = tally.split.max(run.end - run.start - tally.last_bytes);
        }
    }
}

/// Counts what a pin holds for its groups, and puts these into `of_pin`, sorted, each as often as
/// it has a block there.
fn count<G: Hash + Ord + Clone>(
    snapshot: &Snapshot,
    pin: &Pin,
    groups: &mut impl FnMut(&Block, &mut Vec<G>),
    tallies: &mut HashMap<G, Tally>,
    of_pin: &mut Vec<G>,
) {
    of_pin.clear();
    let mut of_block = Vec::new();
    for block in held(snapshot, pin.block) {
        groups(block, &mut of_block);
        for group in of_block.drain(..) {
            let tally = tallies.entry(group.clone()).or_default();
            tally.blocks += 1;
            tally.bytes = tally.bytes.saturating_add(block.extent);
            of_pin.push(group);
        }
    }
    of_pin.sort_unstable();
}

/// What comes first.
fn rank<G: Ord>(group: &Without<G>) -> (bool, Reverse<u64>, u64, &G) {
    let room = if group.serves { 0 } else { group.largest_free };
    (!group.serves, Reverse(room), group.bytes, &group.group)
}
