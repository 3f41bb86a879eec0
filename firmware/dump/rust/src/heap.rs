//! The heap of this firmware: litepool, whose blocks remember their task and their callers.

use core::alloc::{GlobalAlloc, Layout};
use core::mem::MaybeUninit;

use litepool::fit::Tlsf;
use litepool::lock::CriticalSection;
use litepool::track::{CallSites, Owners};
use litepool::{Caller, Config, Pool};

use crate::frames::{callers, note_frame};
use crate::tasks;

const SIZE: usize = 8 << 10;
const SITES: usize = 4;

struct Device;

impl Config for Device {
    type Fit = Tlsf;
    type Record = (Owners<{ tasks::TASKS }, 0>, CallSites<SITES>);
    const MAX_SIZE: usize = 256 << 10;

    fn caller() -> Caller {
        let caller = match tasks::current() {
            0 => Caller::NONE,
            task => Caller::task(task as u16),
        };
        let mut sites = [0; 4];
        callers(&mut sites[..SITES]);
        caller.at(sites.map(|site| site as u32))
    }
}

#[global_allocator]
static HEAP: Heap = Heap(Pool::new());

/// The pool, which is told where its callers' frames begin.
struct Heap(Pool<Device, CriticalSection>);

/// Gives the heap its memory, once.
pub fn init() {
    static mut MEMORY: [MaybeUninit<u8>; SIZE] = [MaybeUninit::uninit(); SIZE];
    // SAFETY: this is done once, and nothing else uses the memory.
    let memory = unsafe { &mut *(&raw mut MEMORY) };
    HEAP.0
        .init_static(memory)
        .expect("there is room for a pool");
}

/// Verifies the whole heap.
///
/// # Panics
///
/// If something is not as it should be.
pub fn check() {
    if let Ok(Err(corruption)) = HEAP.0.lock(|heap| heap.check()) {
        panic!("the heap is corrupt: {corruption}");
    }
}

// SAFETY: as the pool's own.
unsafe impl GlobalAlloc for Heap {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note_frame();
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(block, layout) }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note_frame();
        // SAFETY: the caller's promise.
        unsafe { self.0.realloc(block, layout, size) }
    }
}
