//! The pools that stand in blocks of a pool: what may not be done to those blocks.
//!
//! They are linked through their entries, and the links are under the lock of the pool that holds
//! them. So a free needs no other lock, and in a pool that holds none it costs nothing.

use core::cell::Cell;
use core::ptr::NonNull;

use super::entry::Entry;
use crate::config::Config;
use crate::error::FreeError;
use crate::range::Range;
use crate::regions::Regions;

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
    pub fn is_empty(&self) -> bool {
        self.first.get().is_none()
    }

    /// Takes note of a pool, if it stands in a used block of `heap`: at its start that is known at
    /// once; else the blocks are walked.
    pub fn add<C: Config, const MORE: usize>(
        &self,
        heap: &Regions<'static, C, MORE>,
        inner: &'static Entry,
    ) -> bool {
        let Range { base, size } = inner.range();
        let fits = heap.try_usable_size(base).is_some_and(|room| size <= room)
            || size <= heap.room_at(base);
        if fits {
            inner.next_nested.set(self.first.replace(Some(inner)));
        }
        fits
    }

    /// Removes a pool.
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
        self.entries().any(|inner| block.touches(inner.range()))
    }

    /// Refuses a pointer into a pool: a block of that one looks like a block of this one. At its
    /// start, the block around it may begin.
    pub fn expect_outside(&self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        let is_inside = |inner: Range| inner.holds(pointer) && inner.base != pointer;
        if self.entries().any(|inner| is_inside(inner.range())) {
            return Err(FreeError::InNestedPool);
        }
        Ok(())
    }

    /// May the block at `base` be freed or moved? If it is none, the heap says so.
    pub fn expect_release<C: Config, const MORE: usize>(
        &self,
        heap: &Regions<'static, C, MORE>,
        base: NonNull<u8>,
    ) -> Result<(), FreeError> {
        self.expect_outside(base)?;
        match heap.try_usable_size(base) {
            Some(size) if self.touches(Range { base, size }) => Err(FreeError::HoldsPool),
            _ => Ok(()),
        }
    }

    fn entries(&self) -> impl Iterator<Item = &'static Entry> {
        core::iter::successors(self.first.get(), |entry| entry.next_nested.get())
    }
}
