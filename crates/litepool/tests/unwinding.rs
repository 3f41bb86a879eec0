//! A program's own code runs inside the heap's: [`Config::caller`], [`Config::on_event`], what
//! visits blocks, the iterator of regions. Wherever it panics, and the program goes on all the
//! same, nothing is half done: the heap checks clean, what was there is there, no memory is lost,
//! and a pool can be used and deinitialised.

mod common;

use std::alloc::{GlobalAlloc, Layout};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::ptr::NonNull;

use common::Memory;
use common::pools::{Ask, deinit, free, resize};
use litepool::event::{Event, What};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::lock::Spin;
use litepool::slab::Slab;
use litepool::track::{CallSites, Owners, Task};
use litepool::{AllocError, AttachError, Caller, Config, InitError, Pool, Regions, ResizeError};

type IsIt = fn(&What) -> bool;

thread_local! {
    /// Panics at the next event of this kind.
    static PANICS_AT: Cell<Option<IsIt>> = const { Cell::new(None) };
    static CALLER_PANICS: Cell<bool> = const { Cell::new(false) };
    static TOLD: RefCell<Vec<What>> = const { RefCell::new(Vec::new()) };
}

/// Configurations whose code panics when it is told to: with a record, with a slab, with nothing
/// but events.
macro_rules! fragile {
    ($($name:ident: $fit:ty, $record:ty, $slab:expr;)*) => { $(
        struct $name;

        impl Config for $name {
            type Fit = $fit;
            type Record = $record;
            const GRANULE: usize = 8;
            const SLAB: Slab = $slab;
            const REGIONS: usize = 3;

            fn caller() -> Caller {
                assert!(!CALLER_PANICS.get(), "nobody is calling");
                Caller::task(1)
            }

            fn on_event(event: &Event) {
                TOLD.with_borrow_mut(|told| told.push(event.what));
                if PANICS_AT.get().is_some_and(|is_it| is_it(&event.what)) {
                    PANICS_AT.set(None);
                    panic!("who listens is gone");
                }
            }
        }
    )* };
}

type Everything = (Owners<4, 2>, CallSites<2>);

fragile! {
    Recorded: Tlsf, Everything, Slab::OFF;
    Slabs: BestFit, Owners<4, 2>, Slab::FAST;
    Expanding: BestFit, CallSites<1>, Slab::EXPANDING;
    Little: BestFitLittle, Everything, Slab::OFF;
    OnlyListens: Tlsf, (), Slab::OFF;
}

macro_rules! for_every_fragile {
    ($($test:ident)*) => { $( mod $test {
        #[test] fn recorded() { super::$test::<super::Recorded>(); }
        #[test] fn slabs() { super::$test::<super::Slabs>(); }
        #[test] fn expanding() { super::$test::<super::Expanding>(); }
        #[test] fn little() { super::$test::<super::Little>(); }
        #[test] fn only_listens() { super::$test::<super::OnlyListens>(); }
    } )* };
}

for_every_fragile! {
    a_request_that_unwinds_takes_nothing
    a_free_that_unwinds_is_done_or_refused
    a_resize_that_unwinds_loses_no_block
    a_pool_whose_making_unwinds_is_none
    a_pool_outlives_who_listens
    walks_that_unwind_leave_the_pool_open
}

/// Does `work`, in which somebody's code panics; says whether it did.
fn unwinds<T>(work: impl FnOnce() -> T) -> bool {
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        work();
    }));
    let unwound = unwound.is_err();
    PANICS_AT.set(None);
    CALLER_PANICS.set(false);
    unwound
}

/// The same, with a panic at an event of this kind.
fn unwinds_at<T>(is_it: IsIt, work: impl FnOnce() -> T) -> bool {
    unwinds(|| {
        PANICS_AT.set(Some(is_it));
        work()
    })
}

/// The same, with a panic of who is asked for the caller. Without a record nobody asks.
fn unwinds_asking<C: Config, T>(work: impl FnOnce() -> T) -> bool {
    if size_of_record::<C>() == 0 {
        return true;
    }
    unwinds(|| {
        CALLER_PANICS.set(true);
        work()
    })
}

fn size_of_record<C: Config>() -> usize {
    usize::from(std::any::type_name::<C::Record>() != "()")
}

fn is_resized(what: &What) -> bool {
    matches!(what, What::Resized { .. })
}

fn last_told() -> What {
    TOLD.take().pop().unwrap()
}

/// Two regions, the first of which has no room for much.
fn regions<C: Config>(memories: &[Memory; 2]) -> Regions<'_, C, 1> {
    let [one, two] = memories;
    // SAFETY: the memory outlives the heap.
    let mut regions = unsafe { Regions::from_raw(one.base(), one.size()) }.unwrap();
    // SAFETY: likewise.
    unsafe { regions.add_region_raw(two.base(), two.size()) }.unwrap();
    regions
}

fn memories() -> [Memory; 2] {
    [Memory::new(4 << 10), Memory::new(64 << 10)]
}

const REQUESTS: [(usize, usize); 7] = [
    (8, 1),
    (40, 1),
    (100, 16),
    (300, 64),
    (5000, 1),
    (6000, 4096),
    (1 << 20, 8),
];

fn a_request_that_unwinds_takes_nothing<C: Config>() {
    let memories = memories();
    let mut heap = regions::<C>(&memories);
    let mut kept = Vec::new();
    for (size, align) in REQUESTS {
        kept.extend(heap.allocate_aligned(size, align));
    }
    for (size, align) in REQUESTS {
        // An aligned request may have left a small gap to the block before it, which keeps that.
        let is_plain = align <= C::GRANULE;
        let figures = |heap: &Regions<'_, C, 1>| {
            let stats = heap.stats();
            (is_plain.then_some(stats.used), stats.used_blocks)
        };
        let before = figures(&heap);
        type Attempt<C> =
            fn(&mut Regions<'_, C, 1>, usize, usize) -> Result<NonNull<u8>, AllocError>;
        let attempts: [(bool, Attempt<C>); 5] = [
            (true, |heap, size, _| heap.allocate(size)),
            (true, |heap, size, align| heap.allocate_aligned(size, align)),
            (true, |heap, size, align| heap.allocate_in(1, size, align)),
            (true, |heap, size, align| {
                heap.allocate_preferring(1, size, align)
            }),
            (false, |heap, size, align| {
                heap.allocate_for(&Caller::task(2), size, align)
            }),
        ];
        for (asks, attempt) in attempts {
            if asks {
                assert!(unwinds_asking::<C, _>(|| attempt(&mut heap, size, align)));
                assert_eq!(figures(&heap), before);
                heap.check().unwrap();
            }
            let is_told =
                |what: &What| matches!(what, What::Allocated { .. } | What::NotAllocated { .. });
            assert!(unwinds_at(is_told, || attempt(&mut heap, size, align)));
            assert_eq!(figures(&heap), before, "{size} {align}");
            heap.check().unwrap();
        }
    }
    for block in kept {
        // SAFETY: a live block.
        unsafe { heap.free(block) }.unwrap();
    }
    heap.trim();
    assert_eq!(heap.stats().used, 0);
}

fn a_free_that_unwinds_is_done_or_refused<C: Config>() {
    let memories = memories();
    let mut heap = regions::<C>(&memories);
    for (size, align) in REQUESTS {
        let Ok(block) = heap.allocate_aligned(size, align) else {
            continue;
        };
        let used = heap.stats().used_blocks;
        // SAFETY: a live block, and then none.
        unsafe {
            assert!(unwinds_at(
                |what| matches!(what, What::Freed { .. }),
                || heap.free(block)
            ));
            assert_eq!(heap.stats().used_blocks, used - 1);
            heap.check().unwrap();
            heap.trim();
            assert!(unwinds_at(
                |what| matches!(what, What::NotFreed { .. }),
                || heap.free(block)
            ));
        }
        assert_eq!(heap.stats().used_blocks, used - 1);
        heap.check().unwrap();
    }
    assert_eq!(heap.stats().used, 0);
}

/// The block is where the listener was told, with its contents.
fn a_resize_that_unwinds_loses_no_block<C: Config>() {
    let memories = memories();
    let mut heap = regions::<C>(&memories);
    // In place, smaller, larger, elsewhere, to another region, back into a smaller class; from an
    // aligned request.
    for (align, sizes) in [
        (1, [20, 16, 700, 100, 9000, 30]),
        (64, [600, 500, 700, 900, 9000, 30]),
    ] {
        let mut block = heap.allocate_aligned(sizes[0], align).unwrap();
        let mut size = sizes[0];
        // SAFETY: a block of this size.
        unsafe { block.write_bytes(0x5A, size) };
        for new in sizes {
            let neighbour = heap.allocate(8).unwrap();
            let used = heap.stats().used_blocks;
            let is_told =
                |what: &What| matches!(what, What::Resized { .. } | What::NotResized { .. });
            // SAFETY: a live block.
            assert!(unwinds_at(is_told, || unsafe { heap.resize(block, new) }));
            heap.check().unwrap();
            assert_eq!(heap.stats().used_blocks, used);
            match last_told() {
                What::Resized {
                    from,
                    to,
                    size: told,
                } => {
                    assert_eq!((from, told), (block, new));
                    (block, size) = (to, new.min(size));
                }
                What::NotResized { .. } => assert_eq!(
                    heap.explain_resize(block, new, None),
                    ResizeError::AlignedBlock
                ),
                what => panic!("{what:?}"),
            }
            assert!(heap.usable_size(block).unwrap() >= size);
            // SAFETY: blocks of this size.
            unsafe {
                assert!((0..size).all(|at| block.add(at).read() == 0x5A));
                heap.free(neighbour).unwrap();
            }
            let kept = size;
            // SAFETY: a live block.
            assert!(unwinds_at(is_told, || unsafe {
                heap.resize(block, 1 << 20)
            }));
            heap.check().unwrap();
            // SAFETY: it stayed.
            assert!((0..kept).all(|at| unsafe { block.add(at).read() } == 0x5A));
        }
        // SAFETY: a live block.
        unsafe { heap.free(block) }.unwrap();
    }
    heap.trim();
    assert_eq!(heap.stats().used, 0);
}

/// A pool, whose memory nobody else uses.
struct Own<C: Config> {
    pool: &'static Pool<C, Spin, 2>,
    memory: &'static Memory,
}

impl<C: Config> Own<C> {
    fn new() -> Self {
        Self {
            pool: Box::leak(Box::default()),
            memory: Box::leak(Box::new(Memory::new(128 << 10))),
        }
    }

    fn init(&self) -> Result<(), InitError> {
        // SAFETY: the memory stays for ever.
        unsafe { self.pool.init(self.memory.base(), 32 << 10) }
    }

    fn attach(&self) -> Result<(), AttachError> {
        // SAFETY: likewise.
        unsafe { self.pool.attach(self.memory.base(), 32 << 10) }
    }

    /// The memory of further regions, neither of which touches another.
    fn more(&self) -> [(NonNull<u8>, usize); 2] {
        [
            (self.memory.at(48 << 10), 16 << 10),
            (self.memory.at(80 << 10), 16 << 10),
        ]
    }

    /// It serves, and can be forgotten.
    fn is_whole(&self) {
        let pool = self.pool;
        pool.check().unwrap();
        let block = pool.allocate(2000).unwrap();
        free(pool, block).unwrap();
        deinit(pool).unwrap();
    }
}

fn is_initialised(what: &What) -> bool {
    matches!(what, What::Initialised { .. })
}

fn a_pool_whose_making_unwinds_is_none<C: Config>() {
    let own = Own::<C>::new();
    let pool = own.pool;
    assert!(unwinds_at(is_initialised, || own.init()));
    assert_eq!(pool.allocate(8), Err(AllocError::NotReady));
    assert!(litepool::pools().all(|live| live.start != own.memory.base().addr().get()));
    // The memory was made a pool, but nobody's.
    assert!(unwinds_at(is_initialised, || own.attach()));
    own.attach().unwrap();
    own.is_whole();
    // Regions, of which the first or the second one is not made.
    own.init().unwrap();
    let [one, two] = own.more();
    // SAFETY: the memory stays for ever.
    let add = |(base, size)| unsafe { pool.add_region(base, size) };
    // SAFETY: likewise.
    let add_both = |regions: [_; 2]| unsafe { pool.add_regions(regions.into_iter()) };
    assert!(unwinds_at(is_initialised, || add(one)));
    assert!(unwinds_at(is_initialised, || add_both([one, two])));
    assert_eq!(pool.lock(|heap| heap.count()), Ok(1));
    let is_smaller = |what: &What| matches!(what, What::Initialised { size } if *size == 8 << 10);
    let smaller = (two.0, 8 << 10);
    assert!(unwinds_at(is_smaller, || add_both([one, smaller])));
    assert_eq!(pool.lock(|heap| heap.count()), Ok(2));
    // Whose iterator panics, when the first one is claimed already.
    let gone = [two; 2].into_iter().enumerate().map(|(number, region)| {
        assert_eq!(number, 0, "there are no more");
        region
    });
    // SAFETY: likewise.
    assert!(unwinds(|| unsafe { pool.add_regions(gone) }));
    pool.check().unwrap();
    assert_eq!(add(two), Ok(2));
    let regions = [(own.memory.base(), 32 << 10), one, two];
    deinit(pool).unwrap();
    // SAFETY: likewise.
    let attach = || unsafe { pool.attach_regions(&regions) };
    // Opened again, of which each region tells.
    let is_nth: [IsIt; 3] = [
        |_| TOLD.with_borrow(|told| told.len() == 1),
        |_| TOLD.with_borrow(|told| told.len() == 2),
        |_| TOLD.with_borrow(|told| told.len() == 3),
    ];
    for is_it in is_nth {
        TOLD.take();
        assert!(unwinds_at(is_it, attach));
        assert_eq!(pool.stats().err(), Some(litepool::NotReady));
    }
    attach().unwrap();
    own.is_whole();
}

/// Everything that a pool tells of, with a listener that panics: then it goes on.
fn a_pool_outlives_who_listens<C: Config>() {
    let own = Own::<C>::new();
    let pool = own.pool;
    own.init().unwrap();
    let [one, _] = own.more();
    // SAFETY: the memory stays for ever.
    unsafe { pool.add_region(one.0, one.1) }.unwrap();
    let anything = |_: &What| true;
    for (size, align) in REQUESTS {
        assert!(unwinds_asking::<C, _>(|| pool.allocate_aligned(size, align)));
        assert!(unwinds_at(anything, || pool.allocate(size)));
        assert!(unwinds_at(anything, || pool.allocate_aligned(size, align)));
        assert!(unwinds_at(anything, || pool.allocate_zeroed(size)));
        assert!(unwinds_at(anything, || pool.allocate_in(1, size, align)));
        assert!(unwinds_at(anything, || pool.allocate_for(
            &Caller::NONE,
            size,
            align
        )));
        assert_eq!(pool.stats().unwrap().used, 0);
    }
    let block = pool.allocate(700).unwrap();
    let _behind = pool.allocate(20).unwrap();
    TOLD.take();
    // With a copy of which the lock is not held, and without.
    let mut moved = block;
    for size in [3000, 5000, 40] {
        assert!(unwinds_at(is_resized, || resize(pool, moved, size)));
        let What::Resized { from, to, .. } = last_told() else {
            panic!("it was told last");
        };
        assert_eq!(from, moved);
        moved = to;
        assert_eq!(pool.stats().unwrap().used_blocks, 2);
    }
    assert!(unwinds_at(anything, || resize(pool, moved, 1 << 20)));
    assert!(unwinds_at(anything, || free(pool, moved)));
    pool.trim().unwrap();
    assert!(unwinds_at(anything, || free(pool, moved)));
    assert!(unwinds_at(anything, || deinit(pool)));
    // It was told of, but is still there.
    assert_eq!(pool.stats().unwrap().used_blocks, 1);
    own.is_whole();
}

fn walks_that_unwind_leave_the_pool_open<C: Config>() {
    let own = Own::<C>::new();
    let pool = own.pool;
    own.init().unwrap();
    let _block = pool.allocate(50).unwrap();
    assert!(unwinds(
        || pool.for_each_block(|_| panic!("the visitor is gone"))
    ));
    assert_eq!(pool.check_step(1), Ok(true));
    own.is_whole();
}

#[test]
fn leaks_that_unwind_leave_the_pool_open() {
    let own = Own::<Recorded>::new();
    own.init().unwrap();
    let now = || own.pool.lock(|heap| heap.snapshot()).unwrap();
    let before = now();
    own.pool.allocate(50).unwrap();
    let between = before..now();
    assert!(unwinds(|| own.pool.lock(|heap| {
        heap.leaks(between)
            .for_each(|leak| assert_eq!(leak.blocks, 0, "the visitor is gone"));
    })));
    own.is_whole();
}

/// Everything of a task is freed, and the listener panics at one of the blocks: what was told is
/// gone, the rest is there.
#[test]
fn a_task_whose_freeing_unwinds_can_be_freed_again() {
    let own = Own::<Recorded>::new();
    let pool = own.pool;
    own.init().unwrap();
    for size in [8, 100, 1000, 16] {
        pool.allocate(size).unwrap();
    }
    // A check in steps that stands before one of them.
    assert_eq!(pool.check_step(2), Ok(false));
    let large = |what: &What| matches!(what, What::Freed { .. });
    // SAFETY: nobody uses the blocks.
    let free_task = || pool.lock(|mut heap| unsafe { heap.free_task(Task::Id(1)) });
    assert!(unwinds_at(large, free_task));
    assert_eq!(pool.stats().unwrap().used_blocks, 3);
    pool.check().unwrap();
    pool.check_step(1).unwrap();
    assert_eq!(free_task(), Ok(3));
    assert_eq!(pool.stats().unwrap().used, 0);
    own.is_whole();
}

/// What the traits of allocators must never do is to unwind: the program ends. So it is tried in
/// one of its own.
#[test]
fn a_program_ends_whose_allocator_would_unwind() {
    const HOW: &str = "LITEPOOL_UNWINDING_TEST";
    let own = Own::<Recorded>::new();
    let Ok(how) = std::env::var(HOW) else {
        for how in ["ask", "alloc", "dealloc", "realloc"] {
            let program = std::env::current_exe().unwrap();
            let run = Command::new(program)
                .args([
                    "--exact",
                    "a_program_ends_whose_allocator_would_unwind",
                    "--nocapture",
                ])
                .env(HOW, how)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&run.stderr);
            assert!(
                said.contains("an allocator must not unwind"),
                "{how}: {said}"
            );
            assert!(!String::from_utf8_lossy(&run.stdout).contains("the program goes on"));
            assert!(!run.status.success(), "{how}");
        }
        return;
    };
    own.init().unwrap();
    let layout = Layout::from_size_align(100, 8).unwrap();
    // SAFETY: a block of this layout.
    unsafe {
        let block = own.pool.alloc(layout);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            CALLER_PANICS.set(how == "ask");
            PANICS_AT.set(Some(|_| true));
            match how.as_str() {
                "ask" | "alloc" => drop(own.pool.alloc(layout)),
                "dealloc" => own.pool.dealloc(block, layout),
                _ => drop(own.pool.realloc(block, layout, 3000)),
            }
        }));
        println!("the program goes on: {caught:?}");
    }
}
