//! All live pools, found by the address of their memory.
//!
//! What belongs to a pool and must not be damaged with it (its lock, its memory's bounds, its place in the list of all pools) stands in
//! a handle, outside the pool's memory: in a table of the library's, and in further ones that the program may
//! [add](add). So a pointer that is no pool is refused without reading what it points to, and damage to a pool ends at its bounds.

use core::ffi::c_void;
use core::iter;
#[cfg(feature = "mem-mul-pool")]
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering, fence};

use litepool::{Pool, Regions};

use crate::choice::{self, Chosen};
use crate::port::PortLock;

/// A pool, as this library has them.
pub type LivePool = Pool<Chosen, PortLock, { choice::MORE_REGIONS }>;

/// The heap of one.
pub type LiveHeap = Regions<'static, Chosen, { choice::MORE_REGIONS }>;

/// How many pools the library's own table has room for.
pub const POOLS: usize = match option_env!("LITEPOOL_POOLS") {
    Some(number) => choice::parse(number),
    None if cfg!(feature = "mem-mul-pool") => 8,
    None => 1,
};

/// A pool and where its memory begins.
pub struct Handle {
    /// Null for a handle without a pool; itself for one whose pool is being made, which nobody else could ask for.
    base: AtomicPtr<u8>,
    pool: LivePool,
}

impl Handle {
    const fn new() -> Self {
        Self {
            base: AtomicPtr::new(ptr::null_mut()),
            pool: Pool::new(),
        }
    }
}

/// Handles that a program has added.
struct More {
    handles: &'static [Handle],
    next: AtomicPtr<Self>,
}

static TABLE: [Handle; POOLS] = [const { Handle::new() }; POOLS];
static MORE: AtomicPtr<More> = AtomicPtr::new(ptr::null_mut());

/// The live pool whose memory begins at `pool`, with a step for each handle. Nothing is read at `pool`.
#[inline(never)]
pub fn find(pool: *const c_void) -> Option<&'static LivePool> {
    live(pool)
}

/// The same for an operation, before which the whole pool is verified, if that is switched on: a
/// pool that is broken serves nothing.
#[inline(always)]
pub fn serving(pool: *const c_void) -> Option<&'static LivePool> {
    live(pool).filter(|live| {
        let is_sound = || live.lock(|heap| heap.check().is_ok());
        cfg!(not(feature = "base-mem-node-integrity-check")) || is_sound() == Ok(true)
    })
}

/// As [`find`], in a line: this is what is called all the time.
#[inline(always)]
fn live(pool: *const c_void) -> Option<&'static LivePool> {
    if pool.is_null() {
        return None;
    }
    handle_of(pool.cast()).map(|handle| &handle.pool)
}

#[inline(always)]
fn handle_of(base: *const u8) -> Option<&'static Handle> {
    // Not an iterator, which asks whether it is at the end before it looks at the first one.
    let mut index = 0;
    let handle = loop {
        let handle = &TABLE[index];
        if ptr::eq(handle.base.load(Ordering::Relaxed), base) {
            break handle;
        }
        index += 1;
        if index == POOLS {
            break added(base)?;
        }
    };
    // What was written before the base is seen from here on: once, not for each handle.
    fence(Ordering::Acquire);
    Some(handle)
}

/// The same among those that the program has added.
#[cold]
#[inline(never)]
fn added(base: *const u8) -> Option<&'static Handle> {
    more().find(|handle| ptr::eq(handle.base.load(Ordering::Relaxed), base))
}

/// The handles that the program has added.
fn more() -> impl Iterator<Item = &'static Handle> {
    // SAFETY: null, or of `add`, which gave it up for ever.
    let following = |link: &AtomicPtr<More>| unsafe { link.load(Ordering::Acquire).as_ref() };
    let more = iter::successors(following(&MORE), move |more| following(&more.next));
    more.flat_map(|more| more.handles)
}

/// Visits all live pools, in no order.
pub fn for_each(mut visit: impl FnMut(&'static LivePool, *mut u8)) {
    for handle in TABLE.iter().chain(more()) {
        let base = handle.base.load(Ordering::Acquire);
        let is_made = !base.is_null() && !ptr::addr_eq(base, handle);
        if is_made {
            visit(&handle.pool, base);
        }
    }
}

/// A handle without a pool, which nobody else gets any more.
fn reserve() -> Option<&'static Handle> {
    critical_section::with(|_| {
        let handle = handle_of(ptr::null())?;
        let mark = ptr::from_ref(handle).cast_mut().cast();
        handle.base.store(mark, Ordering::Release);
        Some(handle)
    })
}

/// Makes the memory at `base` a pool, if `make` does.
pub fn establish(base: NonNull<u8>, make: impl FnOnce(&'static LivePool) -> bool) -> bool {
    if find(base.as_ptr().cast()).is_some() {
        return false;
    }
    let Some(handle) = reserve() else {
        return false;
    };
    handle.pool.raw_lock().switch(false);
    let is_made = make(&handle.pool);
    let base = if is_made {
        base.as_ptr()
    } else {
        ptr::null_mut()
    };
    handle.base.store(base, Ordering::Release);
    is_made
}

/// Forgets a pool, if there is one and nothing speaks against it.
#[cfg(any(feature = "mem-mul-pool", feature = "mem-mul-regions"))]
pub fn forget(pool: *const c_void) -> bool {
    if pool.is_null() {
        return false;
    }
    let Some(handle) = handle_of(pool.cast()) else {
        return false;
    };
    // SAFETY: who deinitialises a pool has given up its blocks (`LOS_MemDeInit`).
    let is_forgotten = unsafe { handle.pool.deinit() }.is_ok();
    if is_forgotten {
        handle.base.store(ptr::null_mut(), Ordering::Release);
    }
    is_forgotten
}

/// Takes the `size` bytes at `memory` for further handles, for ever. Gives their number: none, if
/// the memory would end behind the highest address.
///
/// # Safety
///
/// The bytes are valid for reads and writes, and nothing else ever uses them again.
#[cfg(feature = "mem-mul-pool")]
pub unsafe fn add(memory: NonNull<u8>, size: usize) -> usize {
    if memory.addr().checked_add(size).is_none() {
        return 0;
    }
    let skipped = memory.as_ptr().align_offset(align_of::<More>());
    let first = skipped.saturating_add(size_of::<More>());
    let count = size.saturating_sub(first) / size_of::<Handle>();
    if count == 0 {
        return 0;
    }
    // SAFETY: so many bytes are there.
    let (more, handles) = unsafe {
        (
            memory.add(skipped).cast::<MaybeUninit<More>>(),
            memory.add(first).cast::<Handle>(),
        )
    };
    for index in 0..count {
        // SAFETY: there is room for `count` of them, on the boundary of `More`, which has the same.
        unsafe { handles.add(index).write(Handle::new()) };
    }
    const { assert!(align_of::<More>() >= align_of::<Handle>()) };
    // SAFETY: written just now, and given up for ever by the caller.
    let handles = unsafe { core::slice::from_raw_parts(handles.as_ptr(), count) };
    critical_section::with(|_| {
        let next = AtomicPtr::new(MORE.load(Ordering::Acquire));
        // SAFETY: there is room for it, and nobody else knows it yet.
        let more = unsafe { &mut *more.as_ptr() }.write(More { handles, next });
        MORE.store(more, Ordering::Release);
    });
    count
}
