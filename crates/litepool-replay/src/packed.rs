//! Operations in eight bytes each: a search runs millions of them again and again.

use std::ops::Range;

use litepool_trace::Op;

/// The kinds, in the lowest two bits.
const FREE: u64 = 0;
const RESIZE: u64 = 1;
const ALLOCATE: u64 = 2;
/// What does not fit: its index in the list of these is where else the size is.
const OTHER: u64 = 3;

/// Above the kind, 32 bits: the slot.
const SLOT: u32 = 2;
/// Above the slot: the size.
const SIZE: u32 = 34;
const SIZES: u64 = 1 << (64 - SIZE);

/// A sequence of operations. Those that state an alignment or a size from 1 GiB on take 32 bytes
/// each, all others 8.
#[derive(Clone, Default, Debug)]
pub struct PackedOps {
    words: Vec<u64>,
    others: Vec<Op>,
}

impl PackedOps {
    /// Adds one at the end. O(1), amortised.
    pub fn push(&mut self, op: Op) {
        let pack = |kind: u64, size: u64| {
            (size < SIZES).then_some(kind | u64::from(op.id()) << SLOT | size << SIZE)
        };
        let word = match op {
            Op::Free { .. } => pack(FREE, 0),
            Op::Resize { size, .. } => pack(RESIZE, size),
            Op::Allocate { size, align: 0, .. } => pack(ALLOCATE, size),
            Op::Allocate { .. } => None,
        };
        let other = (self.others.len() as u64) << SLOT | OTHER;
        self.words.push(word.unwrap_or_else(|| {
            self.others.push(op);
            other
        }));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The operations of this range, in the place of what was in `ops`.
    pub fn unpack(&self, range: Range<usize>, ops: &mut Vec<Op>) {
        ops.clear();
        ops.extend(self.words[range].iter().map(|&word| self.op(word)));
    }

    /// Shows the operations up to that with the number `until` to `see`, at most `piece` at a time,
    /// until it says `false`.
    pub fn pieces(&self, until: usize, piece: usize, see: &mut dyn FnMut(&[Op]) -> bool) {
        let end = until.min(self.len());
        let mut ops = Vec::with_capacity(piece.min(end));
        let mut at = 0;
        while at < end {
            let next = end.min(at + piece);
            self.unpack(at..next, &mut ops);
            if !see(&ops) {
                return;
            }
            at = next;
        }
    }

    /// The operation with this index, from 0. O(1).
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn get(&self, index: usize) -> Op {
        self.op(self.words[index])
    }

    fn op(&self, word: u64) -> Op {
        let (id, size) = ((word >> SLOT) as u32, word >> SIZE);
        match word & 3 {
            FREE => Op::Free { id },
            RESIZE => Op::Resize { id, size },
            ALLOCATE => Op::Allocate { id, size, align: 0 },
            _ => self.others[(word >> SLOT) as usize],
        }
    }
}

#[cfg(test)]
mod tests;
