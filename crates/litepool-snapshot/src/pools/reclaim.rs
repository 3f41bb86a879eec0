//! Blocks whose header alone is lost.
//!
//! The pool counts its used blocks and their bytes. If it counts one more for each lost stretch, and
//! as many bytes more as were lost, then each stretch is a used block.

use litepool::{Image, State};

use super::survey::{Survey, Walked, record_bytes};
use super::window::WORD;

impl Survey {
    /// Makes blocks of what is lost, if it is as many blocks as the pool counts more.
    pub(super) fn reclaim(&mut self, image: &Image<'_>) {
        let used = self
            .blocks
            .iter()
            .filter(|block| block.state == State::Used);
        let (mut count, mut bytes) = (self.lost.len(), 0);
        for block in used {
            count += 1;
            bytes += block.size;
        }
        bytes += self.lost.iter().map(|lost| lost.len()).sum::<usize>();
        let totals = image.totals();
        if self.lost.is_empty() || (totals.used_blocks, totals.used) != (count, bytes) {
            return;
        }
        for lost in std::mem::take(&mut self.lost) {
            let record = image.record_before(lost.end + WORD);
            let offset = lost.start + WORD;
            let index = self.blocks.partition_point(|block| block.offset < offset);
            self.shift(index);
            self.blocks.insert(
                index,
                Walked {
                    offset,
                    size: lost.len(),
                    payload: lost.len().saturating_sub(WORD + record_bytes(image)),
                    state: State::Used,
                    in_slab: false,
                    aligned: false,
                    owner: record.map(|(owner, _)| owner),
                    stated: None,
                    allocation: record.and_then(|(_, allocation)| allocation),
                },
            );
            for flaw in self.flaws.iter_mut().filter(|flaw| flaw.offset == offset) {
                flaw.block = Some(index);
            }
        }
    }

    /// A block is to be put in at `index`.
    fn shift(&mut self, index: usize) {
        for flaw in &mut self.flaws {
            for place in [&mut flaw.block, &mut flaw.previous].into_iter().flatten() {
                *place += usize::from(*place >= index);
            }
        }
    }
}
