//! Pools that threads share.
//!
//! With a nightly compiler the threads can be watched:
//!
//! ```text
//! RUSTFLAGS='-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer' cargo +nightly test -p
//! litepool --test pool_threads \
//!     --target x86_64-unknown-linux-gnu --target-dir target/tsan
//! ```
//!
//! The standard library, which is not built that way, is reported where it drops an `Arc` or ends a
//! test; nothing of the crate is.
//! The address sanitizer (`-Zsanitizer=address`, and `ASAN_OPTIONS=detect_leaks=0`, as the pools
//! stay for ever) has nothing to report.

mod common;

use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::Memory;
use common::pools::*;
use litepool::config::Pool64;
use litepool::fit::{BestFit, Tlsf};
use litepool::lock::Spin;
use litepool::track::{CallSites, Owners, Snapshot, Task};
use litepool::{Caller, Config, FreeError, Pool, State};
use litepool_testing::config::{Fast, Large, Small, Standard, WithSlab};

for_some_configs!(
    threads_share_one_pool,
    threads_make_pools_in_blocks_of_a_shared_one,
    of_threads_that_want_the_same_memory_one_gets_it,
);

fn threads_share_one_pool<C: Config>() {
    let live = Live::<C>::new(128 << 10);
    let pool = live.pool;
    thread::scope(|scope| {
        for seed in 1..=4 {
            scope.spawn(move || churn(pool, 1500, 3000, seed));
        }
        scope.spawn(move || {
            for _ in 0..50 {
                pool.check().unwrap();
                steps(pool, 10).unwrap();
                let mut blocks = 0;
                pool.for_each_block(|block| blocks += usize::from(block.state == State::Free))
                    .unwrap();
                let stats = pool.stats().unwrap();
                assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
            }
        });
    });
    pool.check().unwrap();
    assert_eq!(pool.stats().unwrap().used, 0);
}

fn threads_make_pools_in_blocks_of_a_shared_one<C: Config>() {
    let live = Live::<C>::new(192 << 10);
    let outer = live.pool;
    thread::scope(|scope| {
        for seed in 1..=3 {
            scope.spawn(move || {
                let inner: &Pool<C, Spin> = empty();
                for round in 0..20 {
                    let block = outer.allocate(8 << 10).unwrap();
                    init_in(inner, block, 8 << 10).unwrap();
                    churn(inner, 100, 500, seed + 10 * round);
                    assert_eq!(free(outer, block), Err(FreeError::HoldsPool));
                    inner.check().unwrap();
                    deinit(inner).unwrap();
                    free(outer, block).unwrap();
                }
            });
        }
        scope.spawn(move || churn(outer, 600, 300, 99));
        scope.spawn(|| {
            for _ in 0..100 {
                assert!(litepool::pools().is_sorted_by_key(|pool| pool.start));
            }
        });
    });
    outer.check().unwrap();
    assert_eq!(outer.stats().unwrap().used, 0);
    assert_eq!(deinit(outer), Ok(()));
}

/// Memory that one thread gives to another.
struct Place(NonNull<u8>);

// SAFETY: bytes belong to no thread.
unsafe impl Send for Place {}

fn of_threads_that_want_the_same_memory_one_gets_it<C: Config>() {
    let memory: &'static Memory = Box::leak(Box::new(Memory::new(4096)));
    let pools = [(); 4].map(|()| empty::<C, Spin>());
    for _ in 0..20 {
        let winners = AtomicUsize::new(0);
        thread::scope(|scope| {
            for (index, &pool) in pools.iter().enumerate() {
                let (winners, place) = (&winners, Place(memory.at(64 * index)));
                scope.spawn(move || {
                    let Place(base) = { place };
                    match init_in(pool, base, 2048) {
                        Ok(()) => {
                            winners.fetch_add(1, Ordering::Relaxed);
                            pool.allocate(64).unwrap();
                        }
                        refused => assert!(is_overlap(refused)),
                    }
                });
            }
        });
        assert_eq!(winners.load(Ordering::Relaxed), 1);
        let live = pools.iter().filter(|pool| pool.stats().is_ok());
        assert_eq!(live.map(|pool| deinit(pool).unwrap()).count(), 1);
    }
}

thread_local! {
    static TASK: Cell<Caller> = const { Cell::new(Caller::NONE) };
}

/// Two regions whose blocks remember the thread that asked for them.
struct Tasks;

impl Config for Tasks {
    type Fit = Tlsf;
    type Record = (Owners<8, 1>, CallSites<0>);
    const GRANULE: usize = 8;
    const REGIONS: usize = 2;

    fn caller() -> Caller {
        TASK.get()
    }
}

#[test]
fn what_threads_leave_behind_is_freed_while_others_work() {
    static POOL: Pool<Tasks, Spin, 1> = Pool::new();
    let memory: &'static Memory = Box::leak(Box::new(Memory::new(96 << 10)));
    // SAFETY: the memory stays for ever, and is this pool's.
    unsafe {
        POOL.init(memory.at(0), 32 << 10).unwrap();
        POOL.add_region(memory.at(40 << 10), 56 << 10).unwrap();
    }
    thread::scope(|scope| {
        for id in 0..4 {
            scope.spawn(move || {
                TASK.set(Caller::task(id));
                for round in 0..40 {
                    churn(&POOL, 40, 2000, u64::from(id) + 10 * round);
                    let mut numbers = Numbers(round);
                    let left: Vec<_> = (0..20)
                        .filter_map(|_| {
                            let size = 1 + numbers.below(900);
                            let block = POOL.allocate(size).ok()?;
                            Some(Filled::new(block, size, 1, id as u8))
                        })
                        .collect();
                    for block in &left {
                        block.verify(block.size);
                        let owner = POOL.lock(|heap| heap.owner_of(block.pointer)).unwrap();
                        assert_eq!(owner.unwrap().task, Task::Id(id));
                    }
                    let used = || POOL.lock(|heap| heap.task_usage(Task::Id(id)).used);
                    assert!(used().unwrap() > 0);
                    // SAFETY: the thread's own blocks, none of which it uses any more.
                    let freed = POOL.lock(|mut heap| unsafe { heap.free_task(Task::Id(id)) });
                    assert_eq!(freed, Ok(left.len()));
                    assert_eq!(used(), Ok(0));
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..100 {
                POOL.check().unwrap();
                steps(&POOL, 10).unwrap();
                POOL.lock(|heap| {
                    let between = Snapshot { number: 0 }..heap.snapshot();
                    heap.leaks(between).for_each(|leak| {
                        assert!(leak.blocks > 0 && leak.bytes >= 16 * leak.blocks);
                    });
                })
                .unwrap();
            }
        });
    });
    POOL.check().unwrap();
    assert_eq!(POOL.stats().unwrap().used, 0);
}

/// Different kinds of pools, each with threads of its own.
#[test]
fn threads_use_several_pools_at_once() {
    let tlsf = Live::<Pool64>::new(128 << 10);
    let best = Live::<Standard<BestFit, Small, 4>>::new(128 << 10);
    let slab = Live::<WithSlab<Standard<Tlsf, Large, 8>, Fast>>::new(1 << 20);
    let (first, second, third) = (tlsf.pool, best.pool, slab.pool);
    thread::scope(|scope| {
        for seed in 1..=2 {
            scope.spawn(move || churn(first, 2000, 4000, seed));
            scope.spawn(move || churn(second, 2000, 2000, seed));
            scope.spawn(move || churn(third, 2000, 500, seed));
        }
        // And one that uses two of them.
        scope.spawn(move || {
            churn(first, 500, 700, 8);
            churn(second, 500, 700, 9);
        });
    });
    first.check().unwrap();
    second.check().unwrap();
    third.check().unwrap();
}
