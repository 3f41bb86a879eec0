//! The pools that stand in blocks of a pool: what may not be done to those blocks.
//!
//! They are linked through their entries, and the links are under the lock of the pool that holds them. So a free needs no other
//! lock, and in a pool that holds none it costs one comparison.

use core::cell::Cell;
use core::ptr::NonNull;

use super::list::{Entry, Range};
use crate::config::Config;
use crate::error::FreeError;
use crate::heap::Heap;
use crate::regions::Regions;
use crate::walk::State;

/// The live pools in blocks of one pool. Used with that pool's lock held.
pub struct Nested {
    first: Cell<Option<&'static Entry>>,
}

impl Nested {
    /// No pools.
    pub const fn new() -> Self {
        Self {
            first: Cell::new(None),
        }
    }

    /// Are there none?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.first.get().is_none()
    }

    /// Takes note of a pool, if it stands in a used block of `heap`.
    pub fn add<C: Config, const MORE: usize>(
        &self,
        heap: &Regions<'static, C, MORE>,
        inner: &'static Entry,
    ) -> bool {
        let (_, around) = heap.region_of(inner.range().base);
        let fits = is_in_used_block(around, inner.range());
        if fits {
            inner.next_nested.set(self.first.replace(Some(inner)));
        }
        fits
    }

    /// Forgets a pool.
    pub fn remove(&self, inner: &'static Entry) {
        let mut link = &self.first;
        while let Some(entry) = link.get() {
            if core::ptr::eq(entry, inner) {
                link.set(entry.next_nested.take());
                return;
            }
            link = &entry.next_nested;
        }
    }

    /// Does a pool stand in `block`?
    pub fn touches(&self, block: Range) -> bool {
        self.first
            .get()
            .is_some_and(|first| entries(first).any(|inner| block.touches(inner.range())))
    }

    /// May the block at `pointer` be freed or moved?
    #[inline(always)]
    pub fn allow<C: Config, const MORE: usize>(
        &self,
        heap: &Regions<'static, C, MORE>,
        pointer: NonNull<u8>,
    ) -> Result<(), FreeError> {
        match self.first.get() {
            None => Ok(()),
            Some(first) => allow_beside(first, heap, pointer),
        }
    }
}

/// [`Nested::allow`] where there are pools.
#[cold]
#[inline(never)]
fn allow_beside<C: Config, const MORE: usize>(
    first: &'static Entry,
    heap: &Regions<'static, C, MORE>,
    pointer: NonNull<u8>,
) -> Result<(), FreeError> {
    // Nothing around a pointer into another pool is asked: a block of that one looks like a block of this one.
    let mut pools = entries(first);
    if pools.any(|inner| inner.range().holds(pointer) && inner.range().base != pointer) {
        return Err(FreeError::InNestedPool);
    }
    let block = Range {
        base: pointer,
        size: heap.usable_size(pointer)?,
    };
    if entries(first).any(|inner| block.touches(inner.range())) {
        return Err(FreeError::HoldsPool);
    }
    Ok(())
}

fn entries(first: &'static Entry) -> impl Iterator<Item = &'static Entry> {
    core::iter::successors(Some(first), |entry| entry.next_nested.get())
}

/// Does one used block of `heap` hold all of `range`? At its start that is known at once; else the blocks are walked.
fn is_in_used_block<C: Config>(heap: &Heap<'static, C>, range: Range) -> bool {
    if heap
        .usable_size(range.base)
        .is_ok_and(|usable| range.size <= usable)
    {
        return true;
    }
    let offset = heap.arena().offset_of(range.base);
    heap.blocks()
        .filter(|block| block.state == State::Used)
        .any(|block| {
            offset
                .checked_sub(block.offset)
                .and_then(|gap| block.payload.checked_sub(gap))
                .is_some_and(|room| range.size <= room)
        })
}
