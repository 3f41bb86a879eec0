//! `talc`: boundary tags and bins; the fastest embeddable peer and the reference of every ratio.

use std::ptr::{self, NonNull};

use talc::base::Talc as Core;
use talc::base::binning::DefaultBinning;
use talc::source::Manual;

use crate::subject::{Subject, layout};

/// The allocator without a lock, claiming the pool once.
pub struct Talc(Core<Manual, DefaultBinning>);

impl Subject for Talc {
    const NAME: &'static str = "talc";
    const CRATE: Option<&'static str> = Some("talc");

    unsafe fn create(pool: NonNull<u8>, size: usize) -> Option<Self> {
        let mut core = Core::new(Manual);
        // SAFETY: the memory is ours by this function's contract.
        unsafe { core.claim(pool.as_ptr(), size) }?;
        Some(Self(core))
    }

    #[inline(never)]
    unsafe fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
        // SAFETY: by this function's contract.
        unsafe { self.0.allocate(layout(size, align)) }.map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    #[inline(never)]
    unsafe fn free(&mut self, ptr: *mut u8, size: usize, align: usize) {
        // SAFETY: by this function's contract.
        unsafe { self.0.deallocate(ptr, layout(size, align)) }
    }

    #[inline(never)]
    unsafe fn resize(&mut self, ptr: *mut u8, old: usize, new: usize, align: usize) -> *mut u8 {
        // SAFETY: by this function's contract. The steps are those of talc's own `GlobalAlloc::realloc`.
        unsafe {
            if self.0.try_realloc_in_place(ptr, layout(old, align), new) {
                return ptr;
            }
            let Some(moved) = self.0.allocate(layout(new, align)) else {
                return ptr::null_mut();
            };
            ptr::copy_nonoverlapping(ptr, moved.as_ptr(), old.min(new));
            self.0.deallocate(ptr, layout(old, align));
            moved.as_ptr()
        }
    }
}
