//! Both ends of the address space: every entry that takes a base and a size, an address, a size or
//! an alignment refuses what would wrap, before it reads or writes anything there. The tables below
//! are all such entries. (What takes a slice can't wrap: Rust has no such slices.)

mod common;

use std::alloc::{GlobalAlloc, Layout};
use std::mem::MaybeUninit;
use std::num::NonZeroUsize;
use std::ptr::NonNull;

use common::pools::{Ask, Joined, empty};
use common::{Memory, Recorded, assert_unchanged};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::lock::Spin;
use litepool::{
    AllocError, AttachError, Config, FreeError, Heap, InitError, NodeCheckLevel, NodeSizeError,
    Pool, RegionError, Regions, ResizeError, set_node_check_level,
};
use litepool_testing::config::*;

macro_rules! for_every_kind {
    ($($test:ident)*) => { $( mod $test {
        use super::*;
        #[test] fn tlsf_u16_granule_4() { super::super::$test::<Joined<Standard<Tlsf, Small, 4>>>(); }
        #[test] fn tlsf_u32_granule_8() { super::super::$test::<Joined<Hardened<Standard<Tlsf, Large, 8>>>>(); }
        #[test] fn tlsf_recorded() { super::super::$test::<Joined<Recorded<Standard<Tlsf, Large, 4>>>>(); }
        #[test] fn best_fit() { super::super::$test::<Joined<Standard<BestFit, Large, 4>>>(); }
        #[test] fn best_fit_expanding() { super::super::$test::<Joined<Recorded<WithSlab<Standard<BestFit, Large, 4>, Expanding>>>>(); }
        #[test] fn best_fit_fast() { super::super::$test::<Joined<WithSlab<Standard<BestFit, Large, 8>, Fast>>>(); }
        #[test] fn best_fit_little() { super::super::$test::<Joined<Standard<BestFitLittle, Small, 4>>>(); }
    } )* };
}

mod of_every_kind {
    use super::*;
    for_every_kind! {
        memory_that_wraps_is_refused
        addresses_outside_are_refused
        sizes_and_alignments_that_no_pool_has_are_refused
    }
}

/// The address, of which nothing is read.
fn address(address: usize) -> NonNull<u8> {
    NonNull::dangling().with_addr(NonZeroUsize::new(address).unwrap())
}

/// A pool that nobody else uses, with a region or without, which is forgotten in the end.
struct Live<C: Config> {
    pool: &'static Pool<C, Spin, 2>,
    memory: &'static Memory,
}

impl<C: Config> Live<C> {
    fn new() -> Self {
        let (pool, memory): (&Pool<C, Spin, 2>, _) = (
            Box::leak(Box::default()),
            Box::leak(Box::new(Memory::new(16 << 10))),
        );
        // SAFETY: the memory stays for ever.
        unsafe { pool.init(memory.base(), 8 << 10) }.unwrap();
        Self { pool, memory }
    }
}

impl<C: Config> Drop for Live<C> {
    fn drop(&mut self) {
        // SAFETY: no test uses a block any more.
        unsafe { self.pool.deinit() }.unwrap();
    }
}

/// Entries that make a pool or a region of memory, or open one in it.
type Make = unsafe fn(NonNull<u8>, usize) -> Result<(), InitError>;

fn opened<T>(attached: Result<T, AttachError>) -> Result<(), InitError> {
    match attached.map(drop) {
        Err(AttachError::Memory(error)) => Err(error),
        other => panic!("{other:?}"),
    }
}

fn joined<T>(joined: Result<T, RegionError>) -> Result<(), InitError> {
    match joined.map(drop) {
        Ok(()) => Ok(()),
        Err(RegionError::Memory(error)) => Err(error),
        Err(other) => panic!("{other:?}"),
    }
}

macro_rules! makers {
    ($($name:literal, $base:ident, $size:ident: $make:expr;)*) => {
        vec![$((
            $name,
            // SAFETY: memory of the test, or what is refused before a byte is touched.
            |$base, $size| unsafe { $make },
        )),*]
    };
}

/// All of them, of a configuration.
fn makers<C: Config>() -> Vec<(&'static str, Make)> {
    makers! {
        "Heap::from_raw", base, size: Heap::<C>::from_raw(base, size).map(drop);
        "Heap::from_raw_with_slab_bytes", base, size:
            Heap::<C>::from_raw_with_slab_bytes(base, size, &[usize::MAX; 4]).map(drop);
        "Heap::attach", base, size: opened(Heap::<C>::attach(base, size));
        "Regions::from_raw", base, size: Regions::<C, 1>::from_raw(base, size).map(drop);
        "Regions::from_raw_with_slab_bytes", base, size:
            Regions::<C, 1>::from_raw_with_slab_bytes(base, size, &[1]).map(drop);
        "Regions::add_region_raw", base, size: {
            let memory = Memory::new(4096);
            let first = Regions::<C, 1>::from_raw(memory.base(), 4096);
            joined(first.unwrap().add_region_raw(base, size))
        };
        "Regions::attach, the first", base, size:
            opened(Regions::<C, 1>::attach_regions(&[(base, size)]));
        "Regions::attach, the second", base, size: {
            let memory = a_pool::<C>();
            opened(Regions::<C, 1>::attach_regions(&[(memory.base(), 4096), (base, size)]))
        };
        "Pool::init", base, size: empty::<C, Spin>().init(base, size);
        "Pool::init_with_slab_bytes", base, size:
            empty::<C, Spin>().init_with_slab_bytes(base, size, &[512]);
        "Pool::attach", base, size: opened(empty::<C, Spin>().attach(base, size));
        "Pool::add_region", base, size: joined(Live::<C>::new().pool.add_region(base, size));
        "Pool::add_regions, the second", base, size: {
            let live = Live::<C>::new();
            let fine = (live.memory.at(8 << 10), 8 << 10);
            let added = live.pool.add_regions([fine, (base, size)].into_iter());
            let second = live.pool.lock(|heap| heap.regions().nth(1)).unwrap();
            assert!(second.is_none(), "all of them or none");
            joined(added)
        };
        "Pool::attach_regions, the first", base, size: {
            let pool = Box::leak(Box::<Pool<C, Spin, 1>>::default());
            opened(pool.attach_regions(&[(base, size)]))
        };
        "Pool::attach_regions, the second", base, size: {
            let memory = a_pool::<C>();
            let pool = Box::leak(Box::<Pool<C, Spin, 1>>::default());
            opened(pool.attach_regions(&[(memory.base(), 4096), (base, size)]))
        };
    }
}

/// Memory with a pool in it.
fn a_pool<C: Config>() -> Memory {
    let memory = Memory::new(4096);
    memory.heap::<C>();
    memory
}

fn memory_that_wraps_is_refused<C: Config>() {
    let granule = C::GRANULE;
    let last = usize::MAX - (granule - 1);
    for (name, make) in makers::<C>() {
        // SAFETY: what is refused.
        let refused = |base: usize, size: usize| unsafe { make(address(base), size) }.unwrap_err();
        // Sizes that a pool may have, from bases so high that the end is 0 or beyond.
        for size in [2048, 4096, 4096 + granule, 64 << 10] {
            for base in [last, last - granule, last - size / 2, last - size + granule] {
                let base = base & !(granule - 1);
                assert_eq!(
                    refused(base, size),
                    InitError::BeyondAddressSpace,
                    "{name} {base:#x} {size:#x}"
                );
            }
        }
        // Sizes that wrap from wherever, or wrap when they are added up.
        for base in [granule, 4096, 1 << 31, last] {
            for size in [1 << 31, usize::MAX / 2 + 1, last, usize::MAX - 4095] {
                assert_eq!(
                    refused(base, size),
                    InitError::TooLarge,
                    "{name} {base:#x} {size:#x}"
                );
            }
            assert_eq!(refused(base, 0), InitError::TooSmall, "{name} {base:#x}");
            assert_eq!(
                refused(base, usize::MAX),
                InitError::Misaligned,
                "{name} {base:#x}"
            );
            assert_eq!(
                refused(base | 1, 4096),
                InitError::Misaligned,
                "{name} {base:#x}"
            );
        }
        // On 64 bits: numbers whose lower half alone would do.
        #[cfg(target_pointer_width = "64")]
        for size in [(1 << 32) + 4096, (1 << 63) + 4096] {
            assert_eq!(refused(4096, size), InitError::TooLarge, "{name} {size:#x}");
        }
    }
}

/// Addresses that are near both ends, or as far from a pool as can be.
fn addresses_outside(base: usize, size: usize, granule: usize) -> Vec<NonNull<u8>> {
    let half = usize::MAX / 2 + 1;
    let last = usize::MAX - (granule - 1);
    [
        1,
        granule,
        2 * granule,
        4096,
        half,
        last,
        last - 4096,
        usize::MAX,
        base - granule,
        base - 1,
    ]
    .into_iter()
    .chain([base + size, base + size + granule, base.wrapping_add(half)])
    .chain(std::iter::once(base.wrapping_add(half) | granule))
    .filter(|outside| !(base..base + size).contains(outside) && *outside != 0)
    .map(address)
    .collect()
}

/// Entries that take an address: of a block, or of anything.
fn addresses_outside_are_refused<C: Config>() {
    // The level is one for all threads: every test here wants this one, and none sets it back.
    set_node_check_level(NodeCheckLevel::High);
    let memory = Memory::new(8192);
    // SAFETY: the memory outlives the heap.
    let mut regions = unsafe { Regions::<C, 1>::from_raw(memory.base(), 8192) }.unwrap();
    let live = Live::<C>::new();
    for _ in 0..20 {
        regions.allocate_aligned(100, 32).unwrap();
        live.pool.allocate_aligned(100, 32).unwrap();
    }
    let before = (memory.bytes(), live.memory.bytes());
    let out = FreeError::OutOfPool;
    let base = memory.base().addr().get();
    for outside in addresses_outside(base, 8192, C::GRANULE) {
        // SAFETY: what is refused.
        unsafe {
            assert_eq!(regions.free(outside), Err(out));
            assert_eq!(regions.resize(outside, 8), Err(out.into()));
            assert_eq!(regions.resize_aligned(outside, 8, 64), Err(out.into()));
        }
        assert_eq!(regions.usable_size(outside), Err(out));
        assert_eq!(regions.block_around(outside), None);
        assert_eq!(regions.node_size(outside), Err(NodeSizeError::OutOfPool));
    }
    let base = live.memory.base().addr().get();
    for outside in addresses_outside(base, 8192, C::GRANULE) {
        let pool = live.pool;
        // SAFETY: what is refused.
        unsafe {
            assert_eq!(pool.free(outside), Err(out));
            assert_eq!(pool.resize(outside, 8), Err(out.into()));
            assert_eq!(pool.resize_aligned(outside, 8, 64), Err(out.into()));
            let layout = Layout::from_size_align_unchecked(8, 1);
            assert!(pool.realloc(outside.as_ptr(), layout, 16).is_null());
        }
        assert_eq!(pool.usable_size(outside), Err(out));
        assert_eq!(pool.lock(|heap| heap.block_around(outside)), Ok(None));
        let size = pool.lock(|heap| heap.node_size(outside)).unwrap();
        assert_eq!(size, Err(NodeSizeError::OutOfPool));
    }
    assert_unchanged(&before.0, &memory.bytes());
    assert_unchanged(&before.1, &live.memory.bytes());
}

/// Sizes that no pool has, among them such whose lower half is a size that it has.
fn impossible_sizes() -> Vec<usize> {
    let mut sizes = vec![
        1 << 30,
        (1 << 31) - 1,
        1 << 31,
        (1 << 31) + 8,
        usize::MAX / 2,
        usize::MAX / 2 + 9,
    ];
    sizes.extend((0..40).map(|less| usize::MAX - less));
    #[cfg(target_pointer_width = "64")]
    sizes.extend([
        (1 << 32) - 1,
        1 << 32,
        (1 << 32) + 8,
        (1 << 34) + 40,
        (1 << 63) + 8,
    ]);
    sizes
}

fn powers_of_two() -> impl Iterator<Item = usize> {
    (0..usize::BITS).map(|bit| 1 << bit)
}

/// Entries that take a size or an alignment.
fn sizes_and_alignments_that_no_pool_has_are_refused<C: Config>() {
    let live = Live::<C>::new();
    let pool = live.pool;
    // SAFETY: the rest of the memory, which stays for ever.
    unsafe { pool.add_region(live.memory.at(8 << 10), 8 << 10) }.unwrap();
    let block = pool.allocate(600).unwrap();
    let aligned = pool.allocate_aligned(600, 64).unwrap();
    // SAFETY: blocks of this size.
    unsafe {
        block.write_bytes(0x5A, 600);
        aligned.write_bytes(0xA5, 600);
    }
    let exhausted =
        |result: Result<NonNull<u8>, AllocError>, size: usize, align: usize| match result {
            Err(AllocError::Exhausted { request }) => assert_eq!(request, size, "{align:#x}"),
            other => panic!("{size:#x} {align:#x}: {other:?}"),
        };
    for size in impossible_sizes() {
        exhausted(pool.allocate(size), size, 1);
        exhausted(pool.allocate_zeroed(size), size, 1);
        for align in powers_of_two() {
            exhausted(pool.allocate_aligned(size, align), size, align);
            for region in [0, 1] {
                exhausted(pool.allocate_in(region, size, align), size, align);
                let preferring =
                    pool.lock(|mut heap| heap.allocate_preferring(region, size, align));
                exhausted(preferring.unwrap(), size, align);
            }
            // SAFETY: what is refused.
            match unsafe { pool.resize_aligned(block, size, align) } {
                Err(ResizeError::Alloc(error)) => exhausted(Err(error), size, align),
                other => panic!("{size:#x} {align:#x}: {other:?}"),
            }
            if let Ok(layout) = Layout::from_size_align(size, align) {
                // SAFETY: the size is not 0.
                assert!(unsafe { pool.alloc(layout) }.is_null());
                // SAFETY: likewise.
                assert!(unsafe { pool.alloc_zeroed(layout) }.is_null());
            }
        }
        for block in [block, aligned] {
            // SAFETY: what is refused.
            let resized = unsafe { pool.resize(block, size) };
            match resized {
                Err(ResizeError::Alloc(error)) => exhausted(Err(error), size, 1),
                other => assert_eq!(other, Err(ResizeError::AlignedBlock)),
            }
        }
        // SAFETY: what is refused, of a block of this layout.
        let moved = unsafe {
            let layout = Layout::from_size_align_unchecked(600, 64);
            pool.realloc(aligned.as_ptr(), layout, size)
        };
        assert!(moved.is_null());
    }
    // Alignments: what is no power of two, and powers of which no multiple is near.
    for power in powers_of_two().skip(2) {
        for align in [power - 1, power + 1] {
            assert_eq!(
                pool.allocate_aligned(8, align),
                Err(AllocError::BadAlignment)
            );
        }
    }
    let at = live.memory.base().addr().get();
    for align in powers_of_two().filter(|&align| align > 16 << 10) {
        let multiple = (at & !(align - 1)).checked_add(align);
        if multiple.is_none_or(|multiple| !(at..at + (16 << 10)).contains(&multiple)) {
            exhausted(pool.allocate_aligned(8, align), 8, align);
        }
    }
    // Numbers of regions, and of blocks.
    for region in [2, 3, usize::MAX / 2 + 1, usize::MAX] {
        let missing = Err(AllocError::NoSuchRegion);
        assert_eq!(pool.allocate_in(region, 8, 1), missing);
        assert_eq!(
            pool.lock(|mut heap| heap.allocate_preferring(region, 8, 1))
                .unwrap(),
            missing
        );
        assert_eq!(pool.set_preferred(region), Err(RegionError::NoSuchRegion));
        assert!(
            pool.lock(|heap| heap.regions().nth(region))
                .unwrap()
                .is_none()
        );
        assert_eq!(pool.region_stats(region), Ok(None));
    }
    assert_eq!(
        pool.check_step(usize::MAX),
        Ok(false),
        "the first region's end"
    );
    assert_eq!(pool.check_step(usize::MAX), Ok(true));
    // SAFETY: blocks of this size.
    unsafe {
        for (block, byte) in [(block, 0x5A), (aligned, 0xA5)] {
            assert!((0..600).all(|at| block.add(at).read() == byte));
            pool.free(block).unwrap();
        }
    }
    pool.check().unwrap();
    assert_eq!(pool.stats().unwrap().used, 0);
}

/// A report asks for blocks by offsets, which whoever has one may have changed.
#[test]
fn a_report_of_an_offset_that_no_pool_has_tells_of_no_block() {
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<Standard<Tlsf, Large, 4>>();
    let block = heap.allocate(100).unwrap();
    let own = block.addr().get() - memory.base().addr().get();
    memory.set_word(own + 100, 0);
    let mut corruption = heap.check().unwrap_err();
    assert!(heap.report(&corruption).previous.is_some());
    let mut offsets = vec![4096, 4100, 1 << 31, usize::MAX - 3, usize::MAX];
    #[cfg(target_pointer_width = "64")]
    offsets.extend([(1 << 32) + own, (1 << 34) + own, (1 << 63) + own]);
    for offset in offsets {
        corruption.block = offset;
        corruption.previous = offset;
        let report = heap.report(&corruption);
        assert_eq!((report.block, report.previous), (None, None), "{offset:#x}");
    }
}

/// Bytes of chunks for a slab, which wrap when they are rounded up or added up: then there are
/// none.
#[test]
fn a_slab_of_more_bytes_than_there_are_begins_with_none() {
    type Slabs = WithSlab<Standard<Tlsf, Large, 4>, Expanding>;
    for bytes in [usize::MAX, usize::MAX - 511, usize::MAX / 4 + 1, 1 << 31] {
        let mut memory = [MaybeUninit::uninit(); 16 << 10];
        let mut heap = Heap::<Slabs>::with_slab_bytes(&mut memory, &[bytes; 4]).unwrap();
        assert_eq!(heap.stats().slabs, 0, "{bytes:#x}");
        heap.allocate(16).unwrap();
        heap.check().unwrap();
    }
}

/// A pool that stands on a large boundary has a place there that no pool could have behind it: the
/// index is not asked for what it has no list for.
#[test]
fn an_alignment_far_beyond_the_pool_is_refused_at_its_multiple() {
    fn refuses<C: Config>() {
        const BOUNDARY: usize = 4 << 20;
        let layout = Layout::from_size_align(4096, BOUNDARY).unwrap();
        // SAFETY: of some bytes.
        let memory = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) }).unwrap();
        // SAFETY: memory of ours, which stays for ever.
        let mut heap = unsafe { Heap::<C>::from_raw(memory, 4096) }.unwrap();
        // What stands behind the heads of the lists leads far away.
        let block = heap.allocate(1000).unwrap();
        // SAFETY: a block of ours.
        unsafe { block.write_bytes(0xFF, 1000) };
        let blocks: Vec<_> = (8..40).map(|size| heap.allocate(size).unwrap()).collect();
        for &block in blocks.iter().step_by(2) {
            // SAFETY: a live block.
            unsafe { heap.free(block) }.unwrap();
        }
        let mut align = 8192;
        while align <= BOUNDARY {
            assert!(heap.try_allocate(16, align).is_none(), "{align}");
            align *= 2;
        }
        heap.check().unwrap();
    }
    refuses::<Standard<Tlsf, Small, 4>>();
    refuses::<Hardened<Standard<Tlsf, Small, 4>>>();
    refuses::<Standard<Tlsf, Small, 8>>();
    refuses::<Standard<BestFit, Small, 4>>();
    refuses::<Standard<BestFitLittle, Small, 4>>();
}

/// Pools really there: at the lowest address that a process may have, and on 32 bits in the upper
/// half.
#[cfg(target_os = "linux")]
mod placed {
    use super::*;
    use std::ffi::c_void;

    unsafe extern "C" {
        fn mmap(
            at: *mut c_void,
            size: usize,
            access: i32,
            how: i32,
            file: i32,
            from: isize,
        ) -> *mut c_void;
    }

    const READ_AND_WRITE: i32 = 3;
    /// Private, anonymous, exactly there unless something else is.
    const EXACTLY: i32 = 0x02 | 0x20 | 0x10_0000;

    /// Memory at this address, unless the system has none to give there.
    fn memory_at(base: usize, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: it replaces nothing.
        let memory = unsafe {
            mmap(
                std::ptr::without_provenance_mut(base),
                size,
                READ_AND_WRITE,
                EXACTLY,
                -1,
                0,
            )
        };
        (memory.addr() == base).then(|| NonNull::new(memory.cast()).unwrap())
    }

    /// A pool there does what any pool does.
    fn serves<C: Config>(base: usize, size: usize) {
        let Some(memory) = memory_at(base, size) else {
            println!("nothing to be had at {base:#x}");
            return;
        };
        // SAFETY: memory of ours, which stays for ever.
        let mut heap = unsafe { Heap::<C>::from_raw(memory, size) }.unwrap();
        let mut blocks = Vec::new();
        for round in 1..200_usize {
            for align in [1, 64, 4096, 1 << 20, 1 << 31] {
                if let Ok(block) = heap.allocate_aligned(round * 7 % 300 + 1, align) {
                    assert!(block.addr().get().is_multiple_of(align));
                    blocks.push(block);
                }
            }
            if round % 3 != 0 && !blocks.is_empty() {
                let block = blocks.swap_remove(round % blocks.len());
                // SAFETY: a live block.
                unsafe { heap.free(block) }.unwrap();
            }
        }
        assert!(blocks.len() > 100);
        heap.check().unwrap();
        for outside in addresses_outside(base, size, C::GRANULE) {
            assert_eq!(heap.block_around(outside), None);
            assert_eq!(heap.usable_size(outside), Err(FreeError::OutOfPool));
        }
        for block in blocks {
            // SAFETY: a live block.
            unsafe { heap.free(block) }.unwrap();
        }
        heap.check().unwrap();
        assert_eq!(heap.stats().used, 0);
    }

    #[test]
    fn at_the_lowest_address() {
        serves::<Standard<Tlsf, Large, 4>>(0x1_0000, 64 << 10);
        serves::<Recorded<WithSlab<Standard<BestFit, Large, 8>, Fast>>>(0x2_0000, 64 << 10);
    }

    /// A block remembers any alignment that it was asked for, also beyond what a pool can have: it
    /// may move to another region.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_block_that_moves_between_regions_keeps_an_alignment_of_gibibytes() {
        fn keeps<C: Config>() {
            const GIB: usize = 1 << 30;
            const SIZE: usize = 64 << 10;
            /// Private, anonymous, and nothing set aside for it.
            const RESERVED: i32 = 0x02 | 0x20 | 0x4000;
            // SAFETY: wherever there is room.
            let memory = unsafe {
                mmap(
                    std::ptr::null_mut(),
                    14 * GIB,
                    READ_AND_WRITE,
                    RESERVED,
                    -1,
                    0,
                )
            };
            assert_ne!(memory.addr(), usize::MAX, "no room");
            let memory = NonNull::new(memory.cast::<u8>()).unwrap();
            let multiple = memory.addr().get().next_multiple_of(4 * GIB) - memory.addr().get();
            // SAFETY: in the memory.
            let around = |offset: usize| unsafe { memory.add(multiple + offset - 4096) };
            // Around a multiple of 4 GiB, one of 2 GiB that is none of 4, and another one of 4.
            // SAFETY: in the memory, which stays for ever.
            let heap = unsafe { Regions::<C, 2>::from_raw(around(4 * GIB), SIZE) };
            let mut heap = heap.unwrap();
            // SAFETY: likewise.
            unsafe { heap.add_region_raw(around(2 * GIB), SIZE) }.unwrap();
            let block = heap.allocate_aligned(100, 4 * GIB).unwrap();
            assert!(block.addr().get().is_multiple_of(4 * GIB));
            while heap.allocate_in(0, 500, 1).is_ok() {}
            // SAFETY: a live block.
            let refused = unsafe { heap.resize(block, 20_000) };
            assert!(
                matches!(
                    refused,
                    Err(ResizeError::Alloc(AllocError::Exhausted { .. }))
                ),
                "{refused:?}"
            );
            // SAFETY: likewise.
            unsafe { heap.add_region_raw(around(8 * GIB), SIZE) }.unwrap();
            // SAFETY: a live block.
            let moved = unsafe { heap.resize(block, 20_000) }.unwrap();
            assert!(moved > block && moved.addr().get().is_multiple_of(4 * GIB));
            heap.check().unwrap();
        }
        keeps::<Joined<Standard<Tlsf, Large, 4>>>();
        keeps::<Joined<Recorded<Standard<BestFit, Large, 8>>>>();
    }

    #[cfg(target_pointer_width = "32")]
    #[test]
    fn in_the_upper_half() {
        // Across the middle, and as high as a process may go.
        serves::<Standard<Tlsf, Large, 4>>(0x7FFF_0000, 128 << 10);
        serves::<Standard<BestFit, Large, 8>>(0xFFFF_0000 - (128 << 10), 128 << 10);
        serves::<Recorded<WithSlab<Standard<Tlsf, Large, 4>, Expanding>>>(0xC000_0000, 64 << 10);
    }
}
