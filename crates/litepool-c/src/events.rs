//! Events, for the port.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

use litepool::event::{Event, What};

/// What happened; the numbers of `include/litepool_port.h`.
#[repr(C)]
pub struct LitepoolEvent {
    kind: u32,
    pool: *const c_void,
    block: *const c_void,
    from: *const c_void,
    size: u32,
    boundary: u32,
}

unsafe extern "C" {
    fn litepool_port_hook(event: *const LitepoolEvent);
}

/// Tells the port of an event.
pub fn tell(event: &Event) {
    let none: *const c_void = ptr::null();
    let at = |block: NonNull<u8>| block.as_ptr().cast_const().cast::<c_void>();
    let (kind, block, from, size, boundary) = match event.what {
        What::Initialised { size } => (0, none, none, size, 0),
        What::Deinitialised => (1, none, none, 0, 0),
        What::Allocated {
            pointer,
            size,
            align: 1,
        } => (2, at(pointer), none, size, 0),
        What::Allocated {
            pointer,
            size,
            align,
        } => (3, at(pointer), none, size, align),
        What::Freed { pointer } => (4, at(pointer), none, 0, 0),
        What::Resized { from, to, size } => (5, at(to), at(from), size, 0),
        What::NotAllocated { size, align, .. } => (6, none, none, size, align),
        What::NotFreed { pointer, .. } => (7, at(pointer), none, 0, 0),
        What::NotResized { pointer, size, .. } => (8, at(pointer), none, size, 0),
        _ => return,
    };
    let event = LitepoolEvent {
        kind,
        pool: ptr::without_provenance(event.pool),
        block,
        from,
        size: size as u32,
        boundary: boundary as u32,
    };
    // SAFETY: the port only reads it.
    unsafe { litepool_port_hook(&raw const event) };
}
