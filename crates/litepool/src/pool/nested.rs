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

/// Why a block may be neither freed nor moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conflict {
    /// A pool stands in it.
    HoldsPool,
    /// It is in such a pool.
    InNestedPool,
}

impl From<Conflict> for FreeError {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::HoldsPool => Self::HoldsPool,
            Conflict::InNestedPool => Self::InNestedPool,
        }
    }
}

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

    /// May the block at `pointer` be freed or moved?
    pub fn allow<C: Config, const MORE: usize>(
        &self,
        heap: &Regions<'static, C, MORE>,
        pointer: NonNull<u8>,
    ) -> Result<(), Conflict> {
        if self.is_empty() {
            return Ok(());
        }
        // Nothing around a pointer into another pool is asked: a block of that one looks like a
        // block of this one.
        let is_inside = |inner: Range| inner.holds(pointer) && inner.base != pointer;
        if self.entries().any(|inner| is_inside(inner.range())) {
            return Err(Conflict::InNestedPool);
        }
        let Some(size) = heap.try_usable_size(pointer) else {
            // It is no block; the heap says why.
            return Ok(());
        };
        if self.touches(Range {
            base: pointer,
            size,
        }) {
            return Err(Conflict::HoldsPool);
        }
        Ok(())
    }

    fn entries(&self) -> impl Iterator<Item = &'static Entry> {
        core::iter::successors(self.first.get(), |entry| entry.next_nested.get())
    }
}
