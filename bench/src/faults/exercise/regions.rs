//! What is done with pools in more than one region.

use litepool::Config;
use litepool::track::Task;

use super::{Harm, Live, Operation, SIZES, Step, User, told_by};

/// Blocks that take all of a region, so that those in it can grow only elsewhere.
const FILLING: [usize; 3] = [500, 120, 40];
/// By so many bytes they grow.
const GROWTH: usize = 30;

impl<C: Config, const MORE: usize> User<'_, C, MORE> {
    pub(super) const ACROSS: [Step<C, MORE>; 2] = [
        (Operation::ResizeAcross, |user| user.resize_across()),
        (Operation::AllocateIn, |user| user.allocate_in()),
    ];

    fn regions(&self) -> std::ops::Range<usize> {
        0..self.scene.rooms.len()
    }

    /// By turns from one region and no other, and from one and then the others.
    fn allocate_in(&mut self) -> Result<(), Harm> {
        for (number, size) in SIZES.into_iter().enumerate() {
            let align = if number % 3 == 0 { 32 } else { 1 };
            for region in self.regions() {
                let heap = &mut self.scene.heap;
                let block = if number % 2 == 0 {
                    heap.allocate_in(region, size, align)
                } else {
                    heap.allocate_preferring(region, size, align)
                };
                if let Ok(pointer) = block {
                    self.hold(pointer, size, Task::None)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn resize_across(&mut self) -> Result<(), Harm> {
        for region in self.regions() {
            let is_here = |live: &&Live| self.scene.region_of(&live.addresses()) == Some(region);
            let here: Vec<Live> = self.live.iter().filter(is_here).copied().collect();
            let held = self.live.len();
            self.fill(region)?;
            let filling = self.live[held..].to_vec();
            for old in here {
                self.live.retain(|live| live != &old);
                self.resize_to(old, old.size + GROWTH)?;
            }
            self.release_all(&filling);
        }
        Ok(())
    }

    fn fill(&mut self, region: usize) -> Result<(), Harm> {
        for size in FILLING {
            while let Ok(pointer) = self.scene.heap.allocate_in(region, size, 1) {
                self.hold(pointer, size, Task::None)?;
            }
        }
        Ok(())
    }

    fn release_all(&mut self, blocks: &[Live]) {
        for block in blocks {
            match self.release(block.pointer) {
                Ok(()) => self.live.retain(|live| live != block),
                Err(error) => self.found(told_by(error)),
            }
        }
    }
}
