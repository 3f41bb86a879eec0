//! A pool, or one of its regions, as the allocator of a collection: the crate `allocator-api2`'s
//! trait, and the unstable one of `core`.
//!
//! - `pool/allocator/in_region.rs`: who begins in a region

#![cfg(any(feature = "allocator-api2", feature = "nightly"))]

mod in_region;

use core::alloc::Layout;
use core::num::NonZeroUsize;
use core::ptr::NonNull;

use super::Pool;
use crate::config::Config;
use crate::lock::Lock;

pub use in_region::InRegion;

/// What collections are served from.
trait Source {
    /// Allocates a block of some bytes.
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>>;

    /// Frees a block.
    ///
    /// # Safety
    ///
    /// As [`Pool::free`].
    unsafe fn free(&self, pointer: NonNull<u8>);

    /// Resizes a block of the layout `old` so that it has the layout `new`, neither of no bytes.
    ///
    /// # Safety
    ///
    /// As [`Pool::resize`], and the block has the layout `old`.
    unsafe fn reallocate(
        &self,
        pointer: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>>;

    /// A block of this layout, which may be of no bytes at all.
    #[inline]
    fn allocate_layout(&self, layout: Layout) -> Option<NonNull<[u8]>> {
        let block = if layout.size() == 0 {
            nowhere(layout)
        } else {
            self.allocate(layout)?
        };
        Some(NonNull::slice_from_raw_parts(block, layout.size()))
    }

    /// The block of the layout `old` becomes one of the layout `new`. Either may be of no bytes.
    ///
    /// # Safety
    ///
    /// As [`Pool::resize`].
    unsafe fn reallocate_layout(
        &self,
        pointer: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<[u8]>> {
        if old.size() == 0 {
            return self.allocate_layout(new);
        }
        let block = if new.size() == 0 {
            // SAFETY: the caller's promise.
            unsafe { self.free(pointer) };
            nowhere(new)
        } else {
            // SAFETY: the caller's promise.
            unsafe { self.reallocate(pointer, old, new) }?
        };
        Some(NonNull::slice_from_raw_parts(block, new.size()))
    }
}

impl<C: Config, L: Lock, const MORE: usize> Source for Pool<C, L, MORE> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.try_allocate(layout.size(), layout.align())
    }

    #[inline]
    unsafe fn free(&self, pointer: NonNull<u8>) {
        // SAFETY: the caller's promise.
        unsafe { self.free_or_count(pointer) };
    }

    #[inline]
    unsafe fn reallocate(
        &self,
        pointer: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        unsafe { Self::reallocate(self, pointer, old, new.size(), new.align()) }
    }
}

/// Implements the two traits of one shape.
macro_rules! implement_allocator {
    ($module:path, $type:ty) => {
        const _: () = {
            use $module as api;

            // SAFETY: a pool is borrowed for ever before it serves, so it can't move while a block
            // is used; blocks stay where they are until they are freed (contract of
            // `Pool::deinit`).
            unsafe impl<C: Config, L: Lock, const MORE: usize> api::Allocator for $type {
                #[inline]
                fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, api::AllocError> {
                    self.allocate_layout(layout).ok_or(api::AllocError)
                }

                #[inline]
                unsafe fn deallocate(&self, pointer: NonNull<u8>, layout: Layout) {
                    if layout.size() != 0 {
                        // SAFETY: the caller's promise.
                        unsafe { Source::free(self, pointer) };
                    }
                }

                #[inline]
                unsafe fn grow(
                    &self,
                    pointer: NonNull<u8>,
                    old: Layout,
                    new: Layout,
                ) -> Result<NonNull<[u8]>, api::AllocError> {
                    // SAFETY: the caller's promise.
                    unsafe { self.reallocate_layout(pointer, old, new) }.ok_or(api::AllocError)
                }

                #[inline]
                unsafe fn grow_zeroed(
                    &self,
                    pointer: NonNull<u8>,
                    old: Layout,
                    new: Layout,
                ) -> Result<NonNull<[u8]>, api::AllocError> {
                    // SAFETY: the caller's promise.
                    let grown = unsafe { self.reallocate_layout(pointer, old, new) };
                    let block = grown.ok_or(api::AllocError)?;
                    // SAFETY: inside the block, which is not smaller than before.
                    unsafe {
                        let behind_old = block.cast::<u8>().add(old.size());
                        behind_old.write_bytes(0, new.size() - old.size());
                    }
                    Ok(block)
                }

                #[inline]
                unsafe fn shrink(
                    &self,
                    pointer: NonNull<u8>,
                    old: Layout,
                    new: Layout,
                ) -> Result<NonNull<[u8]>, api::AllocError> {
                    // SAFETY: the caller's promise.
                    unsafe { self.reallocate_layout(pointer, old, new) }.ok_or(api::AllocError)
                }
            }
        };
    };
}

#[cfg(feature = "allocator-api2")]
implement_allocator!(allocator_api2::alloc, Pool<C, L, MORE>);
#[cfg(feature = "allocator-api2")]
implement_allocator!(allocator_api2::alloc, InRegion<'_, C, L, MORE>);
#[cfg(feature = "nightly")]
implement_allocator!(core::alloc, Pool<C, L, MORE>);
#[cfg(feature = "nightly")]
implement_allocator!(core::alloc, InRegion<'_, C, L, MORE>);

/// Where a block of no bytes stands: on its boundary.
fn nowhere(layout: Layout) -> NonNull<u8> {
    let boundary = NonZeroUsize::new(layout.align()).unwrap_or(NonZeroUsize::MIN);
    NonNull::dangling().with_addr(boundary)
}
