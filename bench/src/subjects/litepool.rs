//! litepool itself, through its safe constructor and its checked operations.

use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::slice;

use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::{Config, Heap, ResizeError};
use litepool_testing::config::{
    Expanding, Fast, Fixed, Hardened, Huge, Lean, Small, Standard, WithSlab,
};

use crate::subject::Subject;

/// Implements [`Subject`] for configurations. Links are proved, and what requests take is believed,
/// unless it says *hardened*.
macro_rules! litepool {
    ($($name:ident: $config:ty, $text:literal;)*) => { $(
        #[doc = concat!("A heap for tables: ", $text, ".")]
        pub struct $name(Heap<'static, $config>);

        impl Subject for $name {
            const NAME: &'static str = concat!("litepool ", $text);
            const CRATE: Option<&'static str> = Some("litepool");
            const LAYOUT: u32 = 8 * <$config>::GRANULE as u32;
            const DEFAULT_ALIGN: usize = <$config>::GRANULE;
            const MAX_POOL: usize = if <$config>::MAX_SIZE > i32::MAX as usize {
                i32::MAX as usize
            } else {
                <$config>::MAX_SIZE
            };

            unsafe fn create(pool: NonNull<u8>, size: usize) -> Option<Self> {
                // SAFETY: the memory is ours by this function's contract, and bytes may be uninitialised.
                let memory = unsafe {
                    slice::from_raw_parts_mut(pool.as_ptr().cast::<MaybeUninit<u8>>(), size)
                };
                Heap::new(memory).ok().map(Self)
            }

            #[inline(never)]
            unsafe fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
                let block = if align <= <$config>::GRANULE {
                    self.0.allocate(size)
                } else {
                    self.0.allocate_aligned(size, align)
                };
                block.map_or(ptr::null_mut(), NonNull::as_ptr)
            }

            #[inline(never)]
            unsafe fn free(&mut self, ptr: *mut u8, _size: usize, _align: usize) {
                // SAFETY: a live block, hence not null, by this function's contract.
                let freed = unsafe { self.0.free(NonNull::new_unchecked(ptr)) };
                if freed.is_err() {
                    refused();
                }
            }

            #[inline(never)]
            unsafe fn resize(
                &mut self,
                ptr: *mut u8,
                old: usize,
                new: usize,
                align: usize,
            ) -> *mut u8 {
                // SAFETY: a live block, hence not null, by this function's contract.
                let block = unsafe { NonNull::new_unchecked(ptr) };
                // SAFETY: the same.
                let moved = unsafe {
                    if align <= <$config>::GRANULE {
                        self.0.resize(block, new)
                    } else {
                        self.0.resize_aligned(block, new, align)
                    }
                };
                match moved {
                    Ok(moved) => moved.as_ptr(),
                    // SAFETY: the same; `old` is the block's size.
                    Err(ResizeError::AlignedBlock) => unsafe {
                        self.move_elsewhere(ptr, old, new, align)
                    },
                    Err(_) => ptr::null_mut(),
                }
            }
        }
    )* };
}

/// What a program does where the heap does not resize aligned blocks.
trait Move: Subject {
    /// Allocates, copies and frees.
    ///
    /// # Safety
    /// As [`Subject::resize`].
    #[cold]
    unsafe fn move_elsewhere(
        &mut self,
        block: *mut u8,
        old: usize,
        new: usize,
        align: usize,
    ) -> *mut u8 {
        // SAFETY: the caller's promise; both blocks are live and have so many bytes.
        unsafe {
            let moved = self.allocate(new, align);
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(block, old.min(new));
                self.free(block, old, align);
            }
            moved
        }
    }
}

impl<S: Subject> Move for S {}

/// A heap that refuses a block it gave out is broken: no figure of it is worth anything.
#[cold]
#[inline(never)]
fn refused() -> ! {
    panic!("litepool refused to free a live block")
}

litepool! {
    TlsfU32G8: Standard<Tlsf, Huge, 8>, "tlsf u32 g8";
    BoundedTlsf: Standard<Tlsf<4>, Huge, 8>, "tlsf u32 g8 bounded";
    HardenedTlsfU32G8: Hardened<Standard<Tlsf, Huge, 8>>, "tlsf u32 g8 hardened";
    TlsfU32G4: Standard<Tlsf, Huge, 4>, "tlsf u32 g4";
    TlsfU16G4: Standard<Tlsf, Small, 4>, "tlsf u16 g4";
    HardenedTlsfU16G4: Hardened<Standard<Tlsf, Small, 4>>, "tlsf u16 g4 hardened";
    BestU32G8: Standard<BestFit, Huge, 8>, "best u32 g8";
    HardenedBestU32G8: Hardened<Standard<BestFit, Huge, 8>>, "best u32 g8 hardened";
    BestU32G4: Standard<BestFit, Huge, 4>, "best u32 g4";
    BestU16G4: Standard<BestFit, Small, 4>, "best u16 g4";
    FastTlsfU32G8: WithSlab<Standard<Tlsf, Huge, 8>, Fast>, "tlsf u32 g8 slab-fast";
    HardenedFastTlsfU32G8: Hardened<WithSlab<Standard<Tlsf, Huge, 8>, Fast>>, "tlsf u32 g8 slab-fast hardened";
    FastBestU32G8: WithSlab<Standard<BestFit, Huge, 8>, Fast>, "best u32 g8 slab-fast";
    FastTlsfU32G4: WithSlab<Standard<Tlsf, Huge, 4>, Fast>, "tlsf u32 g4 slab-fast";
    LeanTlsfU32G4: WithSlab<Standard<Tlsf, Huge, 4>, Lean>, "tlsf u32 g4 slab-lean";
    ExpandingTlsfU32G4: WithSlab<Standard<Tlsf, Huge, 4>, Expanding>, "tlsf u32 g4 slab-expanding";
    FixedTlsfU32G4: WithSlab<Standard<Tlsf, Huge, 4>, Fixed>, "tlsf u32 g4 slab-fixed";
    LittleU16G4: Standard<BestFitLittle, Small, 4>, "little u16 g4";
}
