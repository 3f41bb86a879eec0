//! What the port is told of: everything with hooks, refusals always. As in `LiteOS-M`, by whoever
//! called and without the lock.

use core::ffi::c_void;
use core::ptr;

use crate::handles;

/// What happened; the numbers of `include/litepool_port.h`.
#[repr(u32)]
#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "mem-mul-pool"),
    allow(dead_code, reason = "a single pool is never forgotten")
)]
pub enum Kind {
    /// A pool was made.
    Init = 0,
    /// A pool was forgotten.
    Deinit = 1,
    /// An allocation was made, or refused.
    Alloc = 2,
    /// The same with a boundary.
    AllocAlign = 3,
    /// A block will be freed.
    Free = 4,
    /// A block will be resized.
    Realloc = 5,
    /// There is no room.
    NoRoom = 6,
    /// What was to be freed is no block.
    NotFreed = 7,
    /// What was to be resized is no block.
    NotResized = 8,
    /// A block was resized.
    Resized = 9,
}

/// An event, as the port has it.
#[repr(C)]
pub struct LitepoolEvent {
    kind: Kind,
    pool: *const c_void,
    block: *const c_void,
    from: *const c_void,
    size: u32,
    boundary: u32,
}

unsafe extern "C" {
    #[cfg(feature = "mem-hooks")]
    fn litepool_port_hook(event: *const LitepoolEvent);
    fn litepool_port_refused(event: *const LitepoolEvent) -> u32;
}

impl LitepoolEvent {
    /// Of a pool and a block, which may be null.
    pub fn new(kind: Kind, pool: *const c_void, block: *const c_void) -> Self {
        Self {
            kind,
            pool,
            block,
            from: ptr::null(),
            size: 0,
            boundary: 0,
        }
    }

    /// With a size.
    pub fn of_size(self, size: u32) -> Self {
        Self { size, ..self }
    }

    /// With a boundary, 0 if none was asked for.
    pub fn on_boundary(self, boundary: u32) -> Self {
        Self { boundary, ..self }
    }

    /// With a block.
    pub fn at(self, block: *const c_void) -> Self {
        Self { block, ..self }
    }

    /// With the place where the block was.
    pub fn from(self, from: *const c_void) -> Self {
        Self { from, ..self }
    }

    /// Tells the port of a refusal, unless the lock is held by a walk of the pool. Has it made
    /// room?
    #[cold]
    pub fn refuse(&self) -> bool {
        let is_walked = handles::find(self.pool).is_some_and(|pool| pool.lock(|_| ()).is_err());
        // SAFETY: the port only reads it.
        !is_walked && unsafe { litepool_port_refused(ptr::from_ref(self)) != 0 }
    }

    /// Tells the port's hook, if there are hooks.
    pub fn tell(&self) {
        #[cfg(feature = "mem-hooks")]
        // SAFETY: the port only reads it.
        unsafe {
            litepool_port_hook(ptr::from_ref(self));
        }
    }
}
