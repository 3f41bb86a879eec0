//! Blocks are given back. The common cases have ways of their own.

use core::ptr::NonNull;

use super::{Heap, Ordinary};
use crate::arena::Arena;
use crate::block::Block;
use crate::block::Header;
use crate::config::Config;
use crate::error::FreeError;
use crate::event::What;

impl<C: Config> Heap<'_, C> {
    /// Gives the block at `pointer` back, and merges it with its free neighbours; an object of the slab goes back to its
    /// chunk. Constant time; with [`BestFit`](crate::fit::BestFit) a step per bit of the sizes.
    ///
    /// With [`Coalesce::Deferred`](crate::config::Coalesce) a small block may wait instead, and the free after which less than half of
    /// the pool is free otherwise merges all that wait: one step for each.
    ///
    /// # Errors
    ///
    /// See [`FreeError`]: unless [`Config::CHECK`] is off, the pointer is proved to be a used block whose
    /// neighbours are intact, or a slot of the slab that is taken. On an error the heap is unchanged.
    ///
    /// # Safety
    ///
    /// If a used block of this heap begins at `pointer`, it is the caller's to give back, and nothing uses it
    /// any more. Any other pointer is an error, unless the words around it were forged to look like three
    /// neighbouring blocks.
    #[inline(always)]
    pub unsafe fn free(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        if Arena::<C>::CHECKS_WHOLE {
            self.check().map_err(FreeError::Corrupt)?;
        }
        if Arena::<C>::IS_NOTED {
            self.free_noted(pointer, Self::give)
        } else {
            self.give(pointer)
        }
    }

    /// Gives the block at `pointer` back and discharges its holder. Nobody is told.
    #[inline(always)]
    pub(crate) fn free_silently(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        self.discharged(pointer, Self::give)
    }

    /// Frees in the way of `give`, and discharges the holder.
    #[inline(always)]
    fn discharged(
        &mut self,
        pointer: NonNull<u8>,
        give: impl FnOnce(&mut Self, NonNull<u8>) -> Result<(), FreeError>,
    ) -> Result<(), FreeError> {
        let claim = self.arena.claim(pointer)?;
        give(self, pointer)?;
        self.arena.discharge(&claim);
        Ok(())
    }

    /// The same, and tells of it.
    #[inline(always)]
    fn free_noted(
        &mut self,
        pointer: NonNull<u8>,
        give: impl FnOnce(&mut Self, NonNull<u8>) -> Result<(), FreeError>,
    ) -> Result<(), FreeError> {
        let freed = self.discharged(pointer, give);
        self.tell(|| match freed {
            Ok(()) => What::Freed { pointer },
            Err(error) => What::NotFreed { pointer, error },
        });
        freed
    }

    /// [`Heap::free`], of which nothing is noted.
    #[inline(always)]
    pub(crate) fn give(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        if Arena::<C>::HAS_SLAB {
            let tag = self.arena.tag_of_pointer(pointer);
            if !tag.is_some() {
                return self.free_block_behind_slab(pointer);
            }
            if self.free_object(pointer, tag) {
                return Ok(());
            }
            return Err(self.arena.diagnose(pointer));
        }
        self.free_block(pointer)
    }

    #[inline(never)]
    fn free_block_behind_slab(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        self.free_block(pointer)
    }

    /// Gives a block of the chain back. The common cases have ways of their own.
    #[inline(always)]
    fn free_block(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        if C::COMPACT {
            return match self.change(pointer, None, None) {
                Ok(_) => Ok(()),
                Err(_) => Err(self.arena.diagnose(pointer)),
            };
        }
        match self.arena.verify_ordinary(pointer) {
            Some(found) if self.arena.put_waiting(&found) => Ok(()),
            Some(found) if Arena::<C>::HAS_QUICK => self.free_behind_waiting(
                found.block,
                found.header,
                found.next_header,
                found.previous_header,
            ),
            Some(found) => self.free_ordinary(&found),
            None => self.free_unusual(pointer),
        }
    }

    /// Gives an ordinary block back that is not to wait.
    #[inline(never)]
    fn free_behind_waiting(
        &mut self,
        block: Block,
        header: Header,
        next_header: Header,
        previous_header: Header,
    ) -> Result<(), FreeError> {
        if self.arena.must_merge_waiting() {
            self.arena.merge_waiting();
            return self.free_unusual(self.arena.pointer(self.arena.offset(block)));
        }
        self.free_ordinary(&Ordinary {
            block,
            header,
            next_header,
            previous_header,
        })
    }

    /// Gives an ordinary block back, and merges it.
    #[inline(always)]
    fn free_ordinary(&mut self, found: &Ordinary) -> Result<(), FreeError> {
        if found.is_between_used::<C>() {
            self.arena.release_alone(found);
            return Ok(());
        }
        self.free_beside_free(
            found.block,
            found.header,
            found.next_header,
            found.previous_header,
        )
    }

    /// Gives an ordinary block back that has a free neighbour.
    #[inline(never)]
    fn free_beside_free(
        &mut self,
        block: Block,
        header: Header,
        next_header: Header,
        previous_header: Header,
    ) -> Result<(), FreeError> {
        let arena = self.arena;
        let found = Ordinary {
            block,
            header,
            next_header,
            previous_header,
        };
        let Some(used) = arena.verify_free_neighbours(&found) else {
            return Err(arena.diagnose(arena.pointer(arena.offset(block))));
        };
        arena.merge(&used);
        arena.uncount(&used);
        Ok(())
    }

    /// Gives the block or the object at `pointer` back and merges it at once, so that only its neighbours change. It is noted as
    /// [`Heap::free`] does.
    pub(crate) fn give_at_once(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        self.free_noted(pointer, |heap, pointer| {
            let tag = heap.arena.tag_of_pointer(pointer);
            if !tag.is_some() {
                return heap.free_unusual(pointer);
            }
            if heap.free_object(pointer, tag) {
                Ok(())
            } else {
                Err(heap.arena.diagnose(pointer))
            }
        })
    }

    /// Gives any block back.
    #[inline(never)]
    fn free_unusual(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        let Some(used) = self.arena.verify(pointer) else {
            return Err(self.arena.diagnose(pointer));
        };
        self.arena.merge(&used);
        self.arena.uncount(&used);
        Ok(())
    }
}
