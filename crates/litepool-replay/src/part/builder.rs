//! How a part is made.

use litepool_trace::Op;

use super::Part;

/// Makes a [`Part`], operation by operation.
#[derive(Default, Debug)]
pub struct PartBuilder {
    part: Part,
    /// The requested bytes of the object in each slot, and of all together.
    sizes: Vec<u64>,
    live: u64,
    /// Slots without an object.
    pub(super) vacant: Vec<u32>,
    /// How many operations of the whole there were.
    operations: usize,
}

impl PartBuilder {
    /// The next operation of the whole belongs to this part. Its object must be a slot: of a
    /// script. O(1), amortised.
    pub fn push(&mut self, op: Op) {
        self.push_numbered(op, self.operations);
    }

    /// How many operations there are so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.part.ops.len()
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.part.ops.is_empty()
    }

    /// The part with these operations.
    #[must_use]
    pub fn finish(self) -> Part {
        self.part
    }

    /// The operation of the whole with this number, from 0, belongs to this part.
    pub(super) fn push_numbered(&mut self, op: Op, number: usize) {
        self.operations = number + 1;
        let (word, bit) = (number / 64, number % 64);
        if word >= self.part.members.len() {
            self.part.members.resize(word + 1, 0);
        }
        self.part.members[word] |= 1 << bit;
        self.part.ops.push(op);
        self.account(op);
    }

    /// Sums saturate: a faulty trace may state sizes that no machine has.
    fn account(&mut self, op: Op) {
        let slot = op.id() as usize;
        if slot >= self.sizes.len() {
            self.sizes.resize(slot + 1, 0);
            self.part.slots = slot + 1;
        }
        let size = match op {
            Op::Allocate { size, align, .. } => {
                self.part.largest_align = self.part.largest_align.max(align);
                size
            }
            Op::Resize { size, .. } => size,
            Op::Free { .. } => 0,
        };
        let before = std::mem::replace(&mut self.sizes[slot], size);
        self.live = self.live.saturating_sub(before).saturating_add(size);
        if self.live > self.part.live_peak {
            self.part.live_peak = self.live;
            self.part.peak_at = self.part.ops.len() as u64;
        }
    }

    pub(super) fn vacant_slot(&mut self) -> u32 {
        let next = self.sizes.len() as u32;
        self.vacant.pop().unwrap_or(next)
    }
}
