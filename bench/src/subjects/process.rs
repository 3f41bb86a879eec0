//! Allocators of whole processes: they can't be embedded, but they show how fast an allocator can be.

use std::alloc::{GlobalAlloc, System};
use std::ptr::NonNull;

use crate::subject::{Kind, Subject, layout};

/// Implements [`Subject`] by calling a process's allocator. The wrappers may be inlined: below them is a call into C.
macro_rules! process {
    ($name:ident, $allocator:expr, $text:literal, $package:expr, $doc:literal) => {
        #[doc = $doc]
        pub struct $name;

        impl Subject for $name {
            const NAME: &'static str = $text;
            const CRATE: Option<&'static str> = $package;
            const KIND: Kind = Kind::Process;

            unsafe fn create(_pool: NonNull<u8>, _size: usize) -> Option<Self> {
                Some(Self)
            }

            #[inline]
            unsafe fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
                // SAFETY: by this function's contract.
                unsafe { $allocator.alloc(layout(size, align)) }
            }

            #[inline]
            unsafe fn free(&mut self, ptr: *mut u8, size: usize, align: usize) {
                // SAFETY: by this function's contract.
                unsafe { $allocator.dealloc(ptr, layout(size, align)) }
            }

            #[inline]
            unsafe fn resize(
                &mut self,
                ptr: *mut u8,
                old: usize,
                new: usize,
                align: usize,
            ) -> *mut u8 {
                // SAFETY: by this function's contract.
                unsafe { $allocator.realloc(ptr, layout(old, align), new) }
            }
        }
    };
}

#[cfg(feature = "process-peers")]
process!(
    Mimalloc,
    mimalloc::MiMalloc,
    "mimalloc",
    Some("libmimalloc-sys"),
    "`mimalloc`, not in its secure mode."
);
#[cfg(feature = "process-peers")]
process!(
    Jemalloc,
    tikv_jemallocator::Jemalloc,
    "jemalloc",
    Some("tikv-jemalloc-sys"),
    "`jemalloc`."
);
process!(
    SystemMalloc,
    System,
    "system malloc",
    None,
    "The C library's `malloc`."
);
