//! Blocks are allocated, resized and freed, and the port is told.

use core::ffi::c_void;
use core::ptr::{NonNull, null_mut};

use crate::events::{Kind, LitepoolEvent};
use crate::{LOS_NOK, code, handles, own};

/// A request for a block.
#[derive(Clone, Copy)]
pub struct Request {
    /// Where from.
    pub pool: *mut c_void,
    /// Bytes.
    pub size: u32,
    /// What its address is to be a multiple of; 0 for the granule's.
    pub boundary: u32,
    /// The module that it is for, if modules are told apart.
    #[cfg(feature = "mem-mul-module")]
    pub module: Option<u8>,
}

impl Request {
    fn new(pool: *mut c_void, size: u32, boundary: u32) -> Self {
        Self {
            pool,
            size,
            boundary,
            #[cfg(feature = "mem-mul-module")]
            module: None,
        }
    }

    /// The block, or null. The port is told.
    pub fn serve(self) -> *mut c_void {
        self.finish(self.attempt())
    }

    /// What became of the first attempt is told; if it was refused, there may be more.
    #[inline(always)]
    fn finish(self, attempted: Option<NonNull<u8>>) -> *mut c_void {
        let block = match attempted {
            Some(block) => block.as_ptr().cast(),
            None if self.pool.is_null() => return null_mut(),
            None => self.try_again(),
        };
        if self.size != 0 {
            let kind = if self.boundary == 0 {
                Kind::Alloc
            } else {
                Kind::AllocAlign
            };
            self.event(kind, block).tell();
        }
        block
    }

    fn attempt(&self) -> Option<NonNull<u8>> {
        let pool = handles::serving(self.pool)?;
        let (size, alignment) = (self.size as usize, self.boundary.max(1) as usize);
        #[cfg(feature = "mem-mul-module")]
        if let Some(module) = self.module {
            return crate::modules::allocate(pool, size, alignment, module);
        }
        pool.try_allocate(size, alignment)
    }

    /// Tells the port of the refusal, and tries again for as long as it makes room.
    #[cold]
    #[inline(never)]
    fn try_again(&self) -> *mut c_void {
        while self.size != 0 && self.event(Kind::NoRoom, null_mut()).refuse() {
            if let Some(block) = self.attempt() {
                return block.as_ptr().cast();
            }
        }
        null_mut()
    }

    fn event(&self, kind: Kind, block: *mut c_void) -> LitepoolEvent {
        LitepoolEvent::new(kind, self.pool, block)
            .of_size(self.size)
            .on_boundary(self.boundary)
    }
}

/// Can a block stand on a multiple of this?
pub fn is_boundary(boundary: u32) -> bool {
    boundary.is_power_of_two() && boundary as usize >= size_of::<usize>()
}

/// `size` bytes on the granule's boundary, or null. Time as [`litepool::Heap::allocate`].
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemAlloc(pool: *mut c_void, size: u32) -> *mut c_void {
    // As `Request::serve`, in a line: this is what is called all the time.
    let block = handles::serving(pool).and_then(|pool| pool.try_allocate(size as usize, 1));
    Request::new(pool, size, 0).finish(block)
}

/// `size` bytes on a multiple of `boundary`, a power of two and a multiple of a pointer's size; or null. Time as
/// [`litepool::Heap::allocate_aligned`].
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemAllocAlign(pool: *mut c_void, size: u32, boundary: u32) -> *mut c_void {
    if !is_boundary(boundary) {
        return null_mut();
    }
    Request::new(pool, size, boundary).serve()
}

/// Gives the block at `ptr` back. `LOS_NOK` for anything but a used block of this pool with intact neighbours. Constant time; with
/// bestfit a step per bit of the sizes.
///
/// # Safety
///
/// If `ptr` is a used block of the pool, nothing uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemFree(pool: *mut c_void, ptr: *mut c_void) -> u32 {
    let (Some(block), false) = (NonNull::new(ptr.cast()), pool.is_null()) else {
        return LOS_NOK;
    };
    LitepoolEvent::new(Kind::Free, pool, ptr).tell();
    // SAFETY: the caller's promise.
    let is_freed = handles::serving(pool).is_some_and(|pool| unsafe { pool.try_free(block) });
    if !is_freed {
        not_freed(pool, ptr);
    }
    code(is_freed)
}

#[cold]
#[inline(never)]
fn not_freed(pool: *mut c_void, ptr: *mut c_void) {
    LitepoolEvent::new(Kind::NotFreed, pool, ptr).refuse();
}

/// Gives the block at `ptr` the new `size`; its contents stay up to the smaller one, and its alignment. Null if there is no room, and then
/// the block stays as it was. A null `ptr` allocates, a `size` of 0 frees. Time as a free and an allocation, and the copy.
///
/// # Safety
///
/// If `ptr` is a used block of the pool, it is the caller's, and if it moves nothing uses the old place any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemRealloc(
    pool: *mut c_void,
    ptr: *mut c_void,
    size: u32,
) -> *mut c_void {
    if pool.is_null() {
        return null_mut();
    }
    LitepoolEvent::new(Kind::Realloc, pool, ptr)
        .of_size(size)
        .tell();
    let Some(block) = NonNull::new(ptr.cast()) else {
        return LOS_MemAlloc(pool, size);
    };
    if size == 0 {
        // SAFETY: the caller's promise.
        unsafe { LOS_MemFree(pool, ptr) };
        return null_mut();
    }
    // SAFETY: the caller's promise.
    let resized = unsafe { attempt_resize(pool, block, size) };
    let resized = match resized {
        Some(resized) => resized.as_ptr().cast(),
        // SAFETY: the caller's promise.
        None => unsafe { resize_again(pool, block, size) },
    };
    LitepoolEvent::new(Kind::Resized, pool, resized)
        .from(ptr)
        .of_size(size)
        .tell();
    resized
}

/// # Safety
///
/// As `LOS_MemRealloc`.
unsafe fn attempt_resize(pool: *mut c_void, block: NonNull<u8>, size: u32) -> Option<NonNull<u8>> {
    // SAFETY: the caller's promise.
    unsafe { handles::serving(pool)?.try_resize(block, size as usize, None) }
}

/// Tells the port of the refusal, and tries again for as long as it makes room.
///
/// # Safety
///
/// As `LOS_MemRealloc`.
#[cold]
#[inline(never)]
unsafe fn resize_again(pool: *mut c_void, block: NonNull<u8>, size: u32) -> *mut c_void {
    while not_resized(pool, block, size).refuse() {
        // SAFETY: the caller's promise.
        if let Some(resized) = unsafe { attempt_resize(pool, block, size) } {
            return resized.as_ptr().cast();
        }
    }
    null_mut()
}

/// Why a block was not resized: it is none, or there is no room.
fn not_resized(pool: *mut c_void, block: NonNull<u8>, size: u32) -> LitepoolEvent {
    let is_block = handles::find(pool).is_some_and(|pool| own::usable_size(pool, block).is_some());
    let kind = if is_block {
        Kind::NoRoom
    } else {
        Kind::NotResized
    };
    LitepoolEvent::new(kind, pool, block.as_ptr().cast()).of_size(size)
}
