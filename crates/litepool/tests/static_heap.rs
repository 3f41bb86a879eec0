//! A pool that brings its memory; one between two addresses of a linker script; the default lock.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::{NonNull, null_mut};
use std::thread;

use litepool::config::{Pool64, Pool256K, UpTo};
use litepool::fit::Tlsf;
use litepool::lock::{DefaultLock, Unlocked};
use litepool::{Config, InitError, Pool, StaticHeap, pools};

#[test]
fn a_static_heap_needs_nothing_but_a_size() {
    static HEAP: StaticHeap<{ 16 << 10 }> = StaticHeap::new();
    let layout = Layout::from_size_align(100, 16).unwrap();
    // SAFETY: a size that is not 0; each block is freed once.
    unsafe {
        assert!(HEAP.alloc(layout).is_null(), "it has no memory yet");
        HEAP.init().unwrap();
        let block = HEAP.alloc(layout);
        assert!(block.addr().is_multiple_of(16));
        let inside = (&raw const HEAP).addr()..(&raw const HEAP).wrapping_add(1).addr();
        assert!(inside.contains(&block.addr()));
        let block = HEAP.realloc(block, layout, 3000);
        let stats = HEAP.stats().unwrap();
        assert_eq!((stats.size, stats.used_blocks), (16 << 10, 1));
        assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
        HEAP.dealloc(block, Layout::from_size_align(3000, 16).unwrap());
    }
    assert_eq!(HEAP.init(), Err(InitError::AlreadyInitialised));
    assert_eq!(HEAP.stats().unwrap().used, 0);
    let base = HEAP.lock(|heap| heap.regions().next().unwrap().base);
    let start = base.unwrap().addr().get();
    assert!(pools().any(|pool| pool.start == start));
}

#[test]
fn it_is_shared_by_threads() {
    static HEAP: StaticHeap<{ 64 << 10 }, Pool64> = StaticHeap::new();
    HEAP.init().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for size in 1..500 {
                    let block = HEAP.allocate(size).unwrap();
                    // SAFETY: ours, and not used any more.
                    unsafe { HEAP.free(block).unwrap() };
                }
            });
        }
    });
    HEAP.lock(|heap| heap.check()).unwrap().unwrap();
    assert_eq!(HEAP.stats().unwrap().used, 0);
}

#[test]
fn sizes_that_are_no_granules_and_sizes_too_small() {
    static ODD: StaticHeap<2047> = StaticHeap::new();
    ODD.init().unwrap();
    assert_eq!(
        ODD.stats().unwrap().size,
        2047 / size_of::<usize>() * size_of::<usize>()
    );
    static SMALL: StaticHeap<40> = StaticHeap::new();
    assert_eq!(SMALL.init(), Err(InitError::TooSmall));
    static NOTHING: StaticHeap<0> = StaticHeap::new();
    assert_eq!(NOTHING.init(), Err(InitError::TooSmall));
}

#[test]
fn its_memory_may_be_one_region_of_several() {
    struct Device;
    impl Config for Device {
        type Fit = Tlsf;
        type Record = ();
        const REGIONS: usize = 2;
    }
    static HEAP: StaticHeap<4096, Device, DefaultLock, 1> = StaticHeap::new();
    HEAP.init().unwrap();
    let more = Vec::leak(vec![std::mem::MaybeUninit::uninit(); 8192]);
    assert_eq!(HEAP.add_region_static(more), Ok(1));
    assert!(HEAP.allocate(6000).is_ok());

    static LINKED: StaticHeap<4096, Device, DefaultLock, 1> = StaticHeap::new();
    LINKED.init().unwrap();
    let more = Vec::leak(vec![0_u64; 1024]).as_mut_ptr().cast::<u8>();
    // SAFETY: the bytes are there for ever, and nobody else has them.
    unsafe {
        let backward = LINKED.add_region_between(more.add(8192), more);
        assert_eq!(backward, Err(InitError::TooSmall.into()));
        assert_eq!(
            LINKED.add_region_between(more.add(3), more.add(8190)),
            Ok(1)
        );
    }
    assert!(LINKED.allocate(6000).is_ok());
}

#[test]
fn a_pool_up_to_a_size_states_as_long_a_seal_as_that_allows() {
    let mut memory = [std::mem::MaybeUninit::uninit(); 4096];
    let heap = litepool::Heap::<UpTo<4096>>::new(&mut memory).unwrap();
    let choices = heap.choices();
    assert!(choices.hardened);
    assert_eq!(choices.granule << choices.size_bits, 4096);
    let mut large = vec![std::mem::MaybeUninit::uninit(); 4104];
    let refused = litepool::Heap::<UpTo<4096>>::new(&mut large[..4104]);
    assert_eq!(refused.err(), Some(InitError::TooLarge));
}

#[test]
fn a_linker_script_gives_two_addresses() {
    type Linked = Pool<Pool256K>;
    let memory = Vec::leak(vec![0_u64; 1024]).as_mut_ptr().cast::<u8>();
    let pool = || -> &'static Linked { Box::leak(Box::default()) };
    // SAFETY: the bytes are there for ever, and one pool after the other has them.
    unsafe {
        let odd = pool();
        odd.init_between(memory.add(1), memory.add(8191)).unwrap();
        assert_eq!(odd.stats().unwrap().size, 8188 - 4);
        odd.deinit().unwrap();
        let backward = pool();
        let refused = backward.init_between(memory.add(8192), memory);
        assert_eq!(refused, Err(InitError::TooSmall));
        let refused = backward.init_between(memory.add(2), memory.add(3));
        assert_eq!(refused, Err(InitError::TooSmall));
        let refused = backward.init_between(null_mut(), memory);
        assert!(refused.is_err());
        backward.init_between(memory, memory.add(8192)).unwrap();
        assert_eq!(backward.stats().unwrap().size, 8192);
        let base = backward.lock(|heap| heap.regions().next().unwrap().base);
        assert_eq!(base.ok(), NonNull::new(memory));
        backward.deinit().unwrap();
    }
}

/// A lock that is named is taken; one that is not is the default.
#[test]
fn the_lock_has_a_default() {
    let _: Pool<Pool64, DefaultLock> = Pool::<Pool64>::new();
    let _: Pool<Pool64, Unlocked> = Pool::new();
}
