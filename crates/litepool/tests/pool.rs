//! A pool: a locked heap that is live or not.

mod common;

use common::Memory;
use common::pools::*;
use litepool::lock::Spin;
use litepool::{
    AllocError, AttachError, CheckError, Config, DeinitError, FreeError, Heap, InitError, NotReady,
    Pool, ResizeError,
};
use std::ptr::NonNull;

for_some_configs!(
    before_it_is_initialised_everything_is_refused,
    a_live_pool_is_not_initialised_again,
    a_pool_is_deinitialised_once_and_may_be_initialised_again,
    what_deinitialising_left_can_be_attached,
    memory_that_can_be_no_pool_is_refused,
    a_pool_does_what_its_heap_does,
    contents_and_alignment_survive_every_resize,
    zeroed_blocks_are_zero,
    a_check_in_steps_comes_to_an_end_in_use,
    a_check_in_steps_finds_damage,
);

fn before_it_is_initialised_everything_is_refused<C: Config>() {
    let pool: &Pool<C, Spin> = empty();
    let memory = Memory::new(64);
    let pointer = memory.base();
    assert_eq!(pool.allocate(1), Err(AllocError::NotReady));
    assert_eq!(pool.allocate_aligned(1, 64), Err(AllocError::NotReady));
    assert_eq!(pool.allocate_zeroed(1), Err(AllocError::NotReady));
    assert_eq!(free(pool, pointer), Err(FreeError::NotReady));
    assert_eq!(
        resize(pool, pointer, 8),
        Err(ResizeError::Block(FreeError::NotReady))
    );
    assert_eq!(pool.usable_size(pointer), Err(FreeError::NotReady));
    assert_eq!(pool.stats(), Err(NotReady));
    assert_eq!(pool.used_end(), Err(NotReady));
    assert_eq!(pool.reset_peak(), Err(NotReady));
    assert_eq!(pool.trim(), Err(NotReady));
    assert_eq!(pool.check(), Err(CheckError::NotReady));
    assert_eq!(pool.for_each_block(|_| unreachable!()), Err(NotReady));
    assert_eq!(deinit(pool), Err(DeinitError::NotReady));
}

fn a_live_pool_is_not_initialised_again<C: Config>() {
    let live = Live::<C>::new(4096);
    live.pool.allocate(100).unwrap();
    let before = live.bytes();
    let refused = Err(InitError::AlreadyInitialised);
    assert_eq!(live.init(0, 4096), refused);
    assert_eq!(live.init(1024, 1024), refused);
    let elsewhere: &'static Memory = Box::leak(Box::new(Memory::new(2048)));
    assert_eq!(init_at(live.pool, elsewhere, 0, 2048), refused);
    // SAFETY: as for `init`.
    let attached = unsafe { live.pool.attach(live.base(), 4096) };
    assert_eq!(
        attached,
        Err(AttachError::Memory(InitError::AlreadyInitialised))
    );
    assert_eq!(live.bytes(), before);
    assert_eq!(elsewhere.bytes(), [0; 2048]);
    live.pool.check().unwrap();
    assert_eq!(live.pool.stats().unwrap().used_blocks, 1);
}

fn a_pool_is_deinitialised_once_and_may_be_initialised_again<C: Config>() {
    let live = Live::<C>::new(4096);
    for round in 0..3 {
        let block = live.pool.allocate(100).unwrap();
        let before = live.bytes();
        assert_eq!(deinit(live.pool), Ok(()), "round {round}");
        assert_eq!(deinit(live.pool), Err(DeinitError::NotReady));
        assert_eq!(free(live.pool, block), Err(FreeError::NotReady));
        assert_eq!(live.pool.allocate(1), Err(AllocError::NotReady));
        assert_eq!(listed(live.base()), None);
        assert_eq!(live.bytes(), before, "the memory is left as it is");
        live.init(1024 * round, 1024).unwrap();
        assert_eq!(live.pool.stats().unwrap().size, 1024);
        assert_eq!(deinit(live.pool), Ok(()));
        live.init(0, 4096).unwrap();
        assert_eq!(live.pool.stats().unwrap().used_blocks, 0);
    }
}

fn what_deinitialising_left_can_be_attached<C: Config>() {
    let live = Live::<C>::new(4096);
    let block = live.pool.allocate(100).unwrap();
    let stats = live.pool.stats();
    assert_eq!(deinit(live.pool), Ok(()));
    let another: &Pool<C, Spin> = empty();
    // SAFETY: the memory stays for ever, and is initialised.
    unsafe {
        let half = another.attach(live.base(), 2048);
        assert!(half.is_err());
        assert_eq!(listed(live.base()), None, "the claim was withdrawn");
        assert_eq!(another.stats(), Err(NotReady));
        another.attach(live.base(), 4096).unwrap();
    }
    assert_eq!(another.stats(), stats);
    free(another, block).unwrap();
    another.check().unwrap();
    deinit(another).unwrap();
}

fn memory_that_can_be_no_pool_is_refused<C: Config>() {
    let pool: &Pool<C, Spin> = empty();
    let memory: &'static Memory = Box::leak(Box::new(Memory::new(4096)));
    assert_eq!(
        init_at(pool, memory, 1, 1024),
        Err(InitError::Misaligned),
        "the base"
    );
    assert_eq!(init_at(pool, memory, 0, 1023), Err(InitError::Misaligned));
    for size in (0..64).step_by(C::GRANULE) {
        let made = init_at(pool, memory, 0, size);
        match made {
            Ok(()) => deinit(pool).unwrap(),
            Err(error) => assert_eq!(error, InitError::TooSmall),
        }
        assert_eq!(made.is_err(), memory.bytes() == [0; 4096], "{size} bytes");
        if made.is_ok() {
            return;
        }
    }
    init_at(pool, memory, 0, 4096).unwrap();
    deinit(pool).unwrap();
}

/// Short blocks are copied at once, so a pool does to the byte what its heap does.
fn a_pool_does_what_its_heap_does<C: Config>() {
    let size = 32 << 10;
    let live = Live::<C>::new(size);
    let memory = Memory::new(size);
    let mut heap: Heap<'_, C> = memory.heap();
    let place = |pointer: NonNull<u8>| pointer.addr().get() - live.base().addr().get();
    let at = |pointer: NonNull<u8>| memory.at(place(pointer));
    let mut blocks: Vec<NonNull<u8>> = Vec::new();
    let mut numbers = Numbers(7);
    for _ in 0..4000 {
        let size = numbers.below(200);
        match numbers.below(4) {
            0 => {
                let align = 1 << numbers.below(8);
                let got = live.pool.allocate_aligned(size, align);
                assert_eq!(got.map(at), heap.allocate_aligned(size, align));
                blocks.extend(got);
            }
            1 => {
                let got = live.pool.allocate(size);
                assert_eq!(got.map(at), heap.allocate(size));
                blocks.extend(got);
            }
            2 if !blocks.is_empty() => {
                let index = numbers.below(blocks.len());
                let block = blocks[index];
                let got = resize(live.pool, block, size);
                // SAFETY: the same block of the other pool.
                assert_eq!(got.map(at), unsafe { heap.resize(at(block), size) });
                blocks[index] = got.unwrap_or(block);
            }
            3 if !blocks.is_empty() => {
                let block = blocks.swap_remove(numbers.below(blocks.len()));
                free(live.pool, block).unwrap();
                // SAFETY: the same block of the other pool.
                unsafe { heap.free(at(block)) }.unwrap();
                assert!(free(live.pool, block).is_err());
            }
            _ => {}
        }
    }
    assert!(!blocks.is_empty());
    assert_eq!(live.pool.stats(), Ok(heap.stats()));
    assert_eq!(live.pool.used_end().map(at), Ok(heap.used_end()));
    let mut walked = Vec::new();
    live.pool
        .for_each_block(|block| walked.push(block))
        .unwrap();
    assert!(heap.blocks().eq(walked));
    live.pool.reset_peak().unwrap();
    heap.reset_peak();
    assert_eq!(live.pool.trim(), Ok(heap.trim()));
    assert_eq!(live.pool.stats(), Ok(heap.stats()));
    live.pool.check().unwrap();
}

fn contents_and_alignment_survive_every_resize<C: Config>() {
    for (largest, seed) in [(300, 1), (3000, 2), (20_000, 3)] {
        let live = Live::<C>::new(64 << 10);
        churn(live.pool, 2000, largest, seed);
        live.pool.check().unwrap();
        let stats = live.pool.stats().unwrap();
        assert_eq!((stats.used, stats.used_blocks), (0, 0));
    }
}

fn zeroed_blocks_are_zero<C: Config>() {
    let live = Live::<C>::new(4096);
    let all = live.pool.stats().unwrap().largest_free;
    let block = live.pool.allocate(all).unwrap();
    // SAFETY: ours.
    unsafe { block.write_bytes(0xFF, all) };
    free(live.pool, block).unwrap();
    for size in [1, 30, 100, 1000] {
        let block = live.pool.allocate_zeroed(size).unwrap();
        for at in 0..size {
            // SAFETY: inside the block.
            assert_eq!(unsafe { block.add(at).read() }, 0);
        }
    }
}

fn a_check_in_steps_comes_to_an_end_in_use<C: Config>() {
    let live = Live::<C>::new(32 << 10);
    assert_eq!(steps(live.pool, 1), Ok(1), "one free block, or slabs");
    let mut blocks: Vec<NonNull<u8>> = (0..200)
        .map(|number| live.pool.allocate(300 + number % 7 * 8))
        .map_while(Result::ok)
        .collect();
    let count = blocks.len();
    for wide in [1, 3, 10] {
        let rounds = steps(live.pool, wide).unwrap();
        assert!((count / (wide + 2)..=count).contains(&rounds), "{rounds}");
    }
    assert_eq!(steps(live.pool, count + 1), Ok(1));
    // Whatever is given up or resized between two steps, wherever the last one ended.
    let mut numbers = Numbers(3);
    let mut ended = 0;
    for _ in 0..3000 {
        ended += usize::from(live.pool.check_step(1 + numbers.below(4)).unwrap());
        let index = numbers.below(blocks.len());
        let size = 1 + numbers.below(700);
        match numbers.below(3) {
            0 if blocks.len() > 20 => free(live.pool, blocks.swap_remove(index)).unwrap(),
            1 => {
                let resized = resize(live.pool, blocks[index], size);
                blocks[index] = resized.unwrap_or(blocks[index]);
            }
            _ => blocks.extend(live.pool.allocate(size)),
        }
    }
    assert!(ended > 10);
    // Even if each time it is the very block at which the step ended: in the order of the
    // addresses, and against it.
    for backwards in [false, true] {
        blocks.sort_unstable();
        if backwards {
            blocks.reverse();
        }
        for block in blocks.drain(..) {
            live.pool.check_step(1).unwrap();
            free(live.pool, block).unwrap();
        }
        while !live.pool.check_step(1).unwrap() {}
        blocks.extend((0..60).map_while(|_| live.pool.allocate(400).ok()));
    }
    live.pool.check().unwrap();
}

fn a_check_in_steps_finds_damage<C: Config>() {
    let live = Live::<C>::new(32 << 10);
    let blocks = [(); 12].map(|()| live.pool.allocate(1700).unwrap());
    let place = |block: NonNull<u8>| block.addr().get() - live.base().addr().get();
    for number in [1, 5] {
        free(live.pool, blocks[number]).unwrap();
    }
    assert!(steps(live.pool, 1).unwrap() > 5);
    // Headers of used and of free blocks; where there is a slab, objects have none.
    if live.pool.stats().unwrap().slabs > 0 {
        return;
    }
    for number in [0, 1, 5, 6, 11] {
        let at = place(blocks[number]) - 4;
        let header = live.memory.word(at);
        live.memory.set_word(at, header ^ 0x40);
        for _ in 0..2 {
            let found = steps(live.pool, 1);
            assert!(matches!(found, Err(CheckError::Corrupt(_))), "{found:?}");
        }
        live.memory.set_word(at, header);
        steps(live.pool, 1).unwrap();
    }
}

mod owners {
    use super::*;
    use litepool::Caller;
    use litepool::config::Pool32;
    use litepool::track::{Owner, Owners, Task};
    use litepool_testing::config::WithRecord;

    type Device = Joined<WithRecord<Pool32, Owners<4, 2>>>;
    type Two = Pool<Device, Spin, 1>;

    const TASK: Task = Task::Id(3);
    const OWNER: Owner = Owner {
        task: TASK,
        module: Some(1),
    };

    /// A pool of two regions, the first of which is full.
    fn full_at_first() -> (&'static Two, NonNull<u8>) {
        let pool: &'static Two = Box::leak(Box::new(Pool::new()));
        let memory: &'static Memory = Box::leak(Box::new(Memory::new(16 << 10)));
        // SAFETY: the memory is ours for ever.
        unsafe { pool.init(memory.base(), 2048) }.unwrap();
        // SAFETY: the same, and another part of it.
        unsafe { pool.add_region(memory.at(4096), 8192) }.unwrap();
        let caller = Caller::task(3).in_module(1);
        (pool, pool.allocate_for(&caller, 600, 1).unwrap())
    }

    #[test]
    fn a_block_that_moves_to_another_region_keeps_its_owner() {
        let (pool, block) = full_at_first();
        assert_eq!(pool.lock(|heap| heap.owner_of(block)), Ok(Some(OWNER)));
        // SAFETY: ours.
        let moved = unsafe { pool.resize(block, 4000) }.unwrap();
        assert!(moved > block, "the first region has no room for it");
        assert_eq!(pool.lock(|heap| heap.owner_of(moved)), Ok(Some(OWNER)));
        pool.check().unwrap();
        // SAFETY: ours.
        unsafe { pool.free(moved) }.unwrap();
        assert_eq!(pool.stats().unwrap().used, 0);
        pool.check().unwrap();
    }

    #[test]
    fn a_task_leaves_its_blocks_to_nobody_or_none() {
        let (pool, block) = full_at_first();
        let other = pool.allocate(3000).unwrap();
        assert_eq!(pool.lock(|mut heap| heap.disown_task(TASK)), Ok(1));
        let nobody = Owner {
            task: Task::None,
            ..OWNER
        };
        assert_eq!(pool.lock(|heap| heap.owner_of(block)), Ok(Some(nobody)));
        // SAFETY: nothing uses them.
        let freed = pool.lock(|mut heap| unsafe { heap.free_task(TASK) });
        assert_eq!(freed, Ok(0));
        // SAFETY: the same.
        let freed = pool.lock(|mut heap| unsafe { heap.free_task(Task::None) });
        assert_eq!(freed, Ok(2));
        // SAFETY: it is no block any more.
        assert!(unsafe { pool.free(other) }.is_err());
        pool.check().unwrap();
        assert_eq!(pool.stats().unwrap().used, 0);
    }
}

#[test]
fn regions_are_added_all_or_none() {
    use litepool::RegionError;
    use litepool::config::Pool32;

    let pool: &'static Pool<Joined<Pool32>, Spin, 3> = Box::leak(Box::new(Pool::new()));
    let memory: &'static Memory = Box::leak(Box::new(Memory::new(16 << 10)));
    // SAFETY: the memory is ours for ever, as is all that follows.
    unsafe { pool.init(memory.base(), 2048) }.unwrap();
    let at = |offset, size| (memory.at(offset), size);
    let add = |regions: &[(NonNull<u8>, usize)]| {
        // SAFETY: as above.
        unsafe { pool.add_regions(regions.iter().copied()) }
    };
    let size = || pool.stats().unwrap().size;
    assert_eq!(
        add(&[at(4096, 2048), at(8192, 16)]),
        Err(RegionError::Memory(InitError::TooSmall))
    );
    assert!(matches!(
        add(&[at(4096, 2048), at(5120, 2048)]),
        Err(RegionError::Memory(InitError::Overlap { .. }))
    ));
    assert!(matches!(
        add(&[at(4096, 2048), at(1024, 2048)]),
        Err(RegionError::Memory(InitError::Overlap { .. }))
    ));
    let many = [1, 2, 3, 4].map(|number| at(number * 2048, 1024));
    assert_eq!(add(&many), Err(RegionError::TooMany));
    assert_eq!(size(), 2048, "none was added");
    assert_eq!(add(&many[..3]), Ok(()));
    assert_eq!(size(), 2048 + 3 * 1024);
    pool.check().unwrap();
}

/// What happens while nobody holds the lock: other threads do anything. Here it is what a lock does
/// before it is taken.
mod before_the_lock_is_taken {
    use super::*;
    use litepool::fit::{BestFit, Tlsf};
    use litepool::lock::Lock;
    use litepool::{ResizeError, State};
    use litepool_testing::config::{Large, Standard};
    use std::cell::{Cell, RefCell};

    thread_local! {
        static TURNS: Cell<Option<u32>> = const { Cell::new(None) };
        static MEANWHILE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    }

    /// No lock, which only one thread uses.
    struct Interrupted;

    // SAFETY: what runs before the lock is taken uses the pool as another thread would, which is
    // done when it returns.
    unsafe impl Lock for Interrupted {
        type State = ();
        const NEW: Self = Self;
        const SHARED: bool = true;

        fn acquire(&self) {
            match TURNS.take() {
                Some(0) => MEANWHILE.take().unwrap()(),
                turns => TURNS.set(turns.map(|turns| turns - 1)),
            }
        }

        unsafe fn release(&self, (): ()) {}
    }

    /// The list's lock is not held while a pool is asked for its figures. If the pool is another
    /// one
    /// then, with memory of another size, these are not told with the old one's.
    #[test]
    fn the_list_tells_no_figures_of_other_memory() {
        let live = Live::<litepool::config::Pool64, Interrupted>::new(4096);
        let (pool, base) = (live.pool, live.base());
        let other: &'static Memory = Box::leak(Box::new(Memory::new(8192)));
        MEANWHILE.set(Some(Box::new(move || {
            deinit(pool).unwrap();
            init_at(pool, other, 0, 8192).unwrap();
        })));
        TURNS.set(Some(0));
        let info = listed(base).unwrap();
        assert_eq!((info.size, info.stats), (4096, None));
        assert_eq!(listed(other.base()).unwrap().stats.unwrap().size, 8192);
    }

    /// Resizes the block, and does `work` between its two halves, while the copy is made.
    fn resize_and<C: Config>(
        live: &Live<C, Interrupted>,
        block: NonNull<u8>,
        size: usize,
        work: impl FnOnce() + 'static,
    ) -> Result<NonNull<u8>, ResizeError> {
        MEANWHILE.set(Some(Box::new(work)));
        TURNS.set(Some(1));
        resize(live.pool, block, size)
    }

    /// How many blocks stand before the one at this address.
    fn blocks_before<C: Config>(
        pool: &Pool<C, Interrupted>,
        memory: &Memory,
        block: usize,
    ) -> usize {
        let offset = block - memory.base().addr().get();
        let mut before = 0;
        pool.for_each_block(|info| {
            before += usize::from(!info.in_slab && info.offset < offset);
        })
        .unwrap();
        before
    }

    /// The new block may be where the next step of a check begins. If the old one can't be freed,
    /// because somebody else has freed it, the new one is given up, and the step begins before it.
    fn a_step_never_begins_at_a_block_that_was_given_up<C: Config>() {
        let live = Live::<C, Interrupted>::new(32 << 10);
        let (pool, memory) = (live.pool, live.memory);
        let block = pool.allocate(700).unwrap();
        let behind = pool.allocate(8).unwrap();
        let resized = resize_and(&live, block, 3000, move || {
            let mut new = None;
            pool.for_each_block(|info| {
                if info.state == State::Used && info.payload >= 3000 {
                    new = Some(memory.at(info.offset));
                }
            })
            .unwrap();
            let before = blocks_before(pool, memory, new.unwrap().addr().get());
            // The step ends before the new block.
            assert_eq!(pool.check_step(before), Ok(false));
            free(pool, block).unwrap();
            // Given up, the new block becomes part of this free one.
            free(pool, behind).unwrap();
        });
        assert!(matches!(resized, Err(ResizeError::Block(_))), "{resized:?}");
        pool.check().unwrap();
        pool.trim().unwrap();
        pool.check_step(1).unwrap();
        while !pool.check_step(1).unwrap() {}
        assert_eq!(pool.stats().unwrap().used_blocks, 0);
    }

    #[test]
    fn a_step_never_begins_at_a_block_that_was_given_up_with_tlsf() {
        a_step_never_begins_at_a_block_that_was_given_up::<Standard<Tlsf, Large, 4>>();
    }

    #[test]
    fn a_step_never_begins_at_a_block_that_was_given_up_with_best_fit_and_records() {
        a_step_never_begins_at_a_block_that_was_given_up::<
            common::Recorded<Standard<BestFit, Large, 8>>,
        >();
    }
}
