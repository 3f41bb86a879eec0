//! The heap of this firmware: litepool, whose blocks remember their task and their callers.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::asm;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicUsize, Ordering};

use litepool::fit::Tlsf;
use litepool::lock::CriticalSection;
use litepool::track::{CallSites, Owners};
use litepool::{Caller, Config, Pool};

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
        caller.at(callers())
    }
}

#[global_allocator]
static HEAP: Heap = Heap(Pool::new());

/// The pool, which is told where its callers' frames begin.
struct Heap(Pool<Device, CriticalSection>);

/// The frame of the function of [`Heap`] that was called last.
static FRAME: AtomicUsize = AtomicUsize::new(0);

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

/// Notes the frame of the function that it becomes a part of.
#[inline(always)]
fn note_frame() {
    let frame: usize;
    // SAFETY: reads a register. With `force-frame-pointers` it is that of the frame.
    unsafe { asm!("mov {}, r7", out(reg) frame, options(nomem, nostack)) };
    FRAME.store(frame, Ordering::Relaxed);
}

/// Who called the heap, and who called that: the chain of frames, each of which begins with the
/// frame pointer of its caller and the return address.
fn callers() -> [u32; 4] {
    let mut sites = [0; 4];
    let mut frame = FRAME.load(Ordering::Relaxed);
    let stack = tasks::current_stack();
    for site in &mut sites[..SITES] {
        if frame % 4 != 0 || !stack.contains(&frame) || !stack.contains(&(frame + 7)) {
            break;
        }
        let words = core::ptr::with_exposed_provenance::<usize>(frame);
        // SAFETY: two aligned words of the stack of the task that runs.
        let (next, after) = unsafe { (words.read(), words.add(1).read()) };
        // A caller's frame is further up; the first function of a task has none.
        if next <= frame {
            break;
        }
        *site = after as u32;
        frame = next;
    }
    sites
}
