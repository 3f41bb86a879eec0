//! The heaps of this firmware: two pools of litepool, whose events are recorded.

use core::alloc::{GlobalAlloc, Layout};
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use litepool::event::Event;
use litepool::fit::Tlsf;
use litepool::lock::CriticalSection;
use litepool::{Config, Pool};
use litepool_stream::{Device, Recorder, Task};

use crate::frames::{callers, note_frame};
use crate::{board, tasks};

/// 256 words of RAM, six return addresses of each event: some are the collections'.
pub static RECORDER: Recorder<Board, 256, 6> = Recorder::new();

/// What the recorder asks.
pub struct Board;

impl Device for Board {
    const HAS_CLOCK: bool = true;

    fn ticks() -> u32 {
        board::ticks()
    }

    fn ticks_per_second() -> u32 {
        board::TICKS_PER_SECOND
    }

    fn task() -> Task {
        match tasks::current() {
            0 => Task::None,
            task => Task::Number(task as u32),
        }
    }

    fn callers(sites: &mut [usize]) -> usize {
        callers(sites)
    }

    fn title() -> &'static [u8] {
        b"gateway"
    }

    fn boot() -> u32 {
        board::boot_number()
    }
}

struct Recorded;

impl Config for Recorded {
    type Fit = Tlsf;
    type Record = ();
    const MAX_SIZE: usize = 256 << 10;

    fn on_event(event: &Event) {
        RECORDER.record(event);
    }
}

#[global_allocator]
static MAIN: Heap = Heap(Pool::new());

/// For packets.
pub static NET: Heap = Heap(Pool::new());

/// A pool, which is told where its callers' frames begin.
pub struct Heap(Pool<Recorded, CriticalSection>);

/// Gives the heaps their memory, once.
pub fn init() {
    static mut MAIN_MEMORY: [MaybeUninit<u8>; 8 << 10] = [MaybeUninit::uninit(); 8 << 10];
    static mut NET_MEMORY: [MaybeUninit<u8>; 6 << 10] = [MaybeUninit::uninit(); 6 << 10];
    // SAFETY: this is done once, and nothing else uses the memory.
    let (main, net) = unsafe { (&mut *(&raw mut MAIN_MEMORY), &mut *(&raw mut NET_MEMORY)) };
    RECORDER.name_pool(main.as_ptr().addr(), "main");
    RECORDER.name_pool(net.as_ptr().addr(), "net");
    MAIN.0.init_static(main).expect("there is room for a pool");
    NET.0.init_static(net).expect("there is room for a pool");
}

impl Heap {
    /// Bytes for a packet.
    #[inline(never)]
    pub fn packet(&self, size: usize) -> Option<NonNull<u8>> {
        note_frame();
        self.0.allocate(size).ok()
    }

    /// Frees a packet.
    #[inline(never)]
    pub fn release(&self, packet: NonNull<u8>) {
        note_frame();
        // SAFETY: the packet is given up by its only user. What is none is refused.
        let _ = unsafe { self.0.free(packet) };
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

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note_frame();
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
