//! `rlsf`: TLSF with a choice of the number of lists.

use std::ptr::{self, NonNull};

use rlsf::Tlsf;

use crate::subject::{Subject, layout};

/// Implements [`Subject`] for one choice of first-level and second-level list counts.
macro_rules! rlsf {
    ($name:ident, $text:literal, $first:ty, $second:ty, $rows:literal, $columns:literal) => {
        #[doc = concat!("`rlsf` with ", $rows, " ranges of ", $columns, " lists.")]
        pub struct $name(Tlsf<'static, $first, $second, $rows, $columns>);

        impl Subject for $name {
            const NAME: &'static str = $text;
            const CRATE: Option<&'static str> = Some("rlsf");
            const MAX_POOL: usize = (rlsf::GRANULARITY << $rows) - rlsf::GRANULARITY;

            unsafe fn create(pool: NonNull<u8>, size: usize) -> Option<Self> {
                let mut tlsf = Tlsf::new();
                // SAFETY: the memory is ours by this function's contract.
                unsafe { tlsf.insert_free_block_ptr(NonNull::slice_from_raw_parts(pool, size)) }?;
                Some(Self(tlsf))
            }

            #[inline(never)]
            unsafe fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
                // SAFETY: by this function's contract.
                let layout = unsafe { layout(size, align) };
                self.0
                    .allocate(layout)
                    .map_or(ptr::null_mut(), NonNull::as_ptr)
            }

            #[inline(never)]
            unsafe fn free(&mut self, ptr: *mut u8, _size: usize, align: usize) {
                // SAFETY: a live block, hence not null, by this function's contract.
                unsafe { self.0.deallocate(NonNull::new_unchecked(ptr), align) }
            }

            #[inline(never)]
            unsafe fn resize(
                &mut self,
                ptr: *mut u8,
                _old: usize,
                new: usize,
                align: usize,
            ) -> *mut u8 {
                // SAFETY: a live block, hence not null, by this function's contract.
                unsafe {
                    self.0
                        .reallocate(NonNull::new_unchecked(ptr), layout(new, align))
                }
                .map_or(ptr::null_mut(), NonNull::as_ptr)
            }
        }
    };
}

rlsf!(Rlsf24x32, "rlsf 24x32", u32, u32, 24, 32);
rlsf!(Rlsf20x8, "rlsf 20x8", u32, u8, 20, 8);
