//! A check and a walk over all regions in steps. An anchor is where one step ends and the next
//! begins (`inspect/steps.rs`); the base of a region, where no block is, stands for its first block.

use core::ptr::NonNull;

use super::Regions;
use crate::block::{Block, Blocks};
use crate::config::Config;
use crate::corruption::Corruption;
use crate::error::FreeError;
use crate::inspect::{self, BlockInfo};
use crate::layout::Layout;

impl<C: Config, const MORE: usize> Regions<'_, C, MORE> {
    /// Verifies `blocks` blocks from `anchor` on, or from the first one; and then on to the next
    /// anchor, which it gives. Nothing, if there was none up to the end.
    pub(crate) fn check_from(
        &self,
        anchor: Option<NonNull<u8>>,
        blocks: usize,
    ) -> Result<Option<NonNull<u8>>, Corruption> {
        let (region, image, anchor) = self.find_anchor(anchor);
        let next = inspect::check_from(&image, anchor, blocks);
        let next = next.map_err(|defect| image.corruption(defect).in_region(region))?;
        Ok(self.next_anchor(region, &image, next))
    }

    /// Tells `visit` of `blocks` blocks from `anchor` on, or from the first one, each slab with its
    /// slots, and on to the next anchor, which it gives. Nothing, if there was none up to the end.
    /// Gaps are left out.
    ///
    /// # Errors
    ///
    /// The anchor is no used block any more.
    pub(crate) fn walk_from(
        &self,
        anchor: Option<NonNull<u8>>,
        blocks: usize,
        mut visit: impl FnMut(BlockInfo),
    ) -> Result<Option<NonNull<u8>>, FreeError> {
        let (region, image, block) = self.find_anchor(anchor);
        // What is used there now may be an object of the slab.
        if let (Some(pointer), Some(block)) = (anchor, block)
            && (self.region_of(pointer).1.room_of(pointer).is_none()
                || !inspect::is_anchor(&image, block))
        {
            return Err(FreeError::NotABlock);
        }
        let visit = |block| visit(BlockInfo { region, ..block });
        let next = inspect::walk_from(&image, block, blocks, visit);
        Ok(self.next_anchor(region, &image, next))
    }

    /// The anchor before `anchor`; nothing, if there is none. Time linear in the number of blocks
    /// before it.
    pub(crate) fn earlier_anchor(&self, anchor: NonNull<u8>) -> Option<NonNull<u8>> {
        let (region, image, block) = self.find_anchor(Some(anchor));
        let earlier = block.and_then(|block| inspect::earlier_anchor(&image, block));
        let earlier = earlier.map(|block| image.payload(block));
        // In a later region, its first block; the first one's goes without saying.
        earlier.or_else(|| (region != 0).then(|| image.memory().pointer(0)))
    }

    /// The region of `anchor`, its image, and the block that is said to begin there.
    fn find_anchor(&self, anchor: Option<NonNull<u8>>) -> (usize, Blocks<Layout>, Option<Block>) {
        let (number, region) = match anchor {
            Some(anchor) => self.region_of(anchor),
            None => (0, &self.first),
        };
        let image = region.chain().image();
        let block = anchor.map(|anchor| image.block_at(anchor));
        (number, image, block.filter(|block| block.is_some()))
    }

    /// What a step ended at in `region`, or else the next region.
    fn next_anchor(
        &self,
        region: usize,
        image: &Blocks<Layout>,
        next: Option<Block>,
    ) -> Option<NonNull<u8>> {
        let next = next.map(|block| image.payload(block));
        next.or_else(|| Some(self.image(region + 1)?.memory().pointer(0)))
    }
}
