//! `embedded-alloc`: the two global allocators of the embedded Rust working group, behind a critical section.

use std::alloc::GlobalAlloc;
use std::ptr::NonNull;

use embedded_alloc::{LlffHeap, TlsfHeap};

use crate::subject::{Subject, layout};

/// A critical section that costs nothing: the bench never shares a heap between threads.
struct NoOp;
critical_section::set_impl!(NoOp);

// SAFETY: only one thread ever uses the heaps that this guards, so there is nobody to keep out.
unsafe impl critical_section::Impl for NoOp {
    unsafe fn acquire() {}
    unsafe fn release((): ()) {}
}

/// Implements [`Subject`] for one of the two heaps. Neither has a `realloc` of its own.
macro_rules! embedded {
    ($name:ident, $heap:ty, $text:literal, $doc:literal) => {
        #[doc = $doc]
        pub struct $name($heap);

        impl Subject for $name {
            const NAME: &'static str = $text;
            const CRATE: Option<&'static str> = Some("embedded-alloc");

            unsafe fn create(pool: NonNull<u8>, size: usize) -> Option<Self> {
                // The list heap asserts on less than a few words.
                if size < 16 * size_of::<usize>() {
                    return None;
                }
                let heap = <$heap>::empty();
                // SAFETY: the memory is ours by this function's contract; a fresh heap is initialised once.
                unsafe { heap.init(pool.as_ptr() as usize, size) };
                Some(Self(heap))
            }

            #[inline(never)]
            unsafe fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
                // SAFETY: by this function's contract.
                unsafe { self.0.alloc(layout(size, align)) }
            }

            #[inline(never)]
            unsafe fn free(&mut self, ptr: *mut u8, size: usize, align: usize) {
                // SAFETY: by this function's contract.
                unsafe { self.0.dealloc(ptr, layout(size, align)) }
            }
        }
    };
}

embedded!(
    EmbeddedTlsf,
    TlsfHeap,
    "embedded-alloc tlsf",
    "`embedded-alloc`'s TLSF, which is `rlsf` with as many lists as a word has bits, squared."
);
embedded!(
    EmbeddedLlff,
    LlffHeap,
    "embedded-alloc llff",
    "`embedded-alloc`'s linked list, first fit."
);
