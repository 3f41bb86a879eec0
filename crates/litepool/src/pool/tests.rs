//! What a pool asks of its lock, and what it does when the lock lets its holder in again.

use std::boxed::Box;
use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::string::ToString;
use std::thread_local;
use std::vec::Vec;

use super::Pool;
use crate::config::{Config, Pool64, Pool256K};
use crate::error::{AllocError, CheckError, DeinitError, FreeError, InitError, NotReady};
use crate::fit::Tlsf;
use crate::inspect::node_size::NodeSizeError;
use crate::lock::{Held, Lock, Unlocked};
use crate::slab::Slab;

thread_local! {
    /// Is what could interrupt this thread masked?
    static MASKED: Cell<bool> = const { Cell::new(false) };
    /// How often it was.
    static ACQUIRED: Cell<u32> = const { Cell::new(0) };
}

/// An interrupt mask of a machine with one processor. The holder may mask again.
struct Mask {
    not_sync: PhantomData<*const ()>,
}

// SAFETY: it is not shared, and not `Sync`.
unsafe impl Lock for Mask {
    type State = bool;
    const NEW: Self = Self {
        not_sync: PhantomData,
    };
    const SHARED: bool = false;

    fn acquire(&self) -> bool {
        ACQUIRED.set(ACQUIRED.get() + 1);
        MASKED.replace(true)
    }

    unsafe fn release(&self, before: bool) {
        assert!(MASKED.get());
        MASKED.set(before);
    }
}

type Masked = Pool<Pool64, Mask>;

fn pool_of<C: Config, L: Lock>(size: usize) -> &'static Pool<C, L> {
    let pool: &'static Pool<C, L> = Box::leak(Box::default());
    let memory = Vec::leak(std::vec![MaybeUninit::uninit(); size]);
    pool.init_static(memory).unwrap();
    pool
}

fn check<C: Config, L: Lock>(pool: &Pool<C, L>) -> Result<(), CheckError> {
    Ok(pool.lock(|heap| heap.check())??)
}

/// How often the lock was taken meanwhile.
fn acquisitions<R>(work: impl FnOnce() -> R) -> (R, u32) {
    let before = ACQUIRED.get();
    let result = work();
    (result, ACQUIRED.get() - before)
}

#[test]
fn an_interrupt_mask_comes_back_as_it_was() {
    let pool: &Masked = pool_of(4096);
    for masked in [false, true] {
        MASKED.set(masked);
        let block = pool.allocate(100).unwrap();
        assert_eq!(MASKED.get(), masked, "allocate");
        // SAFETY: ours, given up once.
        unsafe { pool.free(block) }.unwrap();
        assert_eq!(MASKED.get(), masked, "free");
        // SAFETY: refused.
        unsafe { pool.free(block) }.unwrap_err();
        assert_eq!(MASKED.get(), masked, "a refused free");
        pool.allocate(1 << 20).unwrap_err();
        assert_eq!(MASKED.get(), masked, "a refused request");
        pool.lock(|heap| heap.blocks().for_each(|_| assert!(MASKED.get(), "a walk")))
            .unwrap();
        assert_eq!(MASKED.get(), masked, "after a walk");
    }
    MASKED.set(false);
}

#[test]
fn a_long_copy_is_made_without_the_lock() {
    let pool: &Masked = pool_of(64 << 10);
    let block = pool.allocate(200).unwrap();
    let _behind = pool.allocate(8).unwrap();
    // SAFETY: ours; what it became is ours.
    let (block, taken) = acquisitions(|| unsafe { pool.resize(block, 1000) }.unwrap());
    assert_eq!(taken, 1, "a short copy is made at once");
    let _behind = pool.allocate(400).unwrap();
    // SAFETY: as above.
    let (block, taken) = acquisitions(|| unsafe { pool.resize(block, 5000) }.unwrap());
    assert_eq!(taken, 2, "the copy of 1000 bytes comes in between");
    // SAFETY: as above.
    let (_, taken) = acquisitions(|| unsafe { pool.resize(block, 6000) }.unwrap());
    assert_eq!(taken, 1, "nothing is copied in place");
}

#[test]
fn a_long_object_of_a_slab_moves_without_the_lock() {
    struct Fast;
    impl Config for Fast {
        type Fit = Tlsf;
        type Record = ();
        const GRANULE: usize = 8;
        const SLAB: Slab = Slab::FAST;
    }
    let pool: &Pool<Fast, Mask> = pool_of(1 << 20);
    let block = pool.allocate(1000).unwrap();
    assert!(pool.stats().unwrap().slabs > 0);
    // SAFETY: ours.
    unsafe { block.write_bytes(7, 1000) };
    // SAFETY: as above; what it became is ours.
    let (moved, taken) = acquisitions(|| unsafe { pool.resize(block, 30_000) }.unwrap());
    assert_eq!(taken, 2);
    assert_ne!(moved, block);
    for at in 0..1000 {
        // SAFETY: inside the block.
        assert_eq!(unsafe { moved.add(at).read() }, 7);
    }
    check(pool).unwrap();
    assert_eq!(pool.stats().unwrap().used_blocks, 1);
}

#[test]
fn a_resize_that_only_the_block_before_makes_room_for_moves_down() {
    let pool: &'static Pool<Pool256K, Unlocked> = pool_of(8192);
    let before = pool.allocate(2000).unwrap();
    let block = pool.allocate(3000).unwrap();
    let rest = pool.stats().unwrap().largest_free;
    let _rest = pool.allocate(rest).unwrap();
    // SAFETY: both ours.
    unsafe {
        block.write_bytes(9, 3000);
        pool.free(before).unwrap();
    }
    let failures = pool.stats().unwrap().failures;
    // SAFETY: as above.
    let slid = unsafe { pool.resize(block, 4500) }.unwrap();
    assert_eq!(slid, before);
    for at in 0..3000 {
        // SAFETY: inside the block.
        assert_eq!(unsafe { slid.add(at).read() }, 9);
    }
    // SAFETY: as above.
    unsafe { pool.resize(slid, 100_000) }.unwrap_err();
    assert_eq!(
        pool.stats().unwrap().failures,
        failures + 1,
        "only the refusal counts"
    );
    check(pool).unwrap();
}

/// The pool is asked from within a walk, by the thread that holds its lock.
fn refuses_from_within(pool: &'static Masked, block: NonNull<u8>) {
    let before = pool.stats().unwrap();
    let mut visits = 0;
    let walk = |_| {
        visits += 1;
        assert_eq!(pool.allocate(1), Err(AllocError::NotReady));
        // SAFETY: refused.
        unsafe {
            assert_eq!(pool.free(block), Err(FreeError::NotReady));
            assert_eq!(
                pool.resize(block, 1),
                Err(crate::ResizeError::Block(FreeError::NotReady))
            );
            assert_eq!(pool.deinit(), Err(DeinitError::NotReady));
            let inside = Box::leak(Box::new(Masked::new()));
            assert!(matches!(
                inside.init(block, 512),
                Err(InitError::Overlap { .. })
            ));
            assert_eq!(pool.init(block, 512), Err(InitError::AlreadyInitialised));
        }
        assert_eq!(pool.usable_size(block), Err(FreeError::NotReady));
        assert_eq!(pool.check_step(1), Err(CheckError::NotReady));
        assert_eq!(pool.lock(|_| unreachable!()), Err::<(), _>(NotReady));
        assert!(MASKED.get());
    };
    pool.lock(|heap| heap.blocks().for_each(walk)).unwrap();
    assert!(visits > 1);
    assert_eq!(pool.stats(), Ok(before));
    check(pool).unwrap();
}

#[test]
fn what_a_walk_calls_does_not_get_the_pool() {
    let pool: &Masked = pool_of(4096);
    let block = pool.allocate(1024).unwrap();
    refuses_from_within(pool, block);
    // SAFETY: ours.
    unsafe { pool.free(block) }.unwrap();
}

/// Whoever asks the pool in its own closure reads that, not that the pool is not initialised.
#[test]
fn an_error_from_within_names_the_closure() {
    let pool: &Masked = pool_of(4096);
    let refused = pool.lock(|_| pool.stats()).unwrap().unwrap_err();
    let node_size = NodeSizeError::from(refused);
    for said in [refused.to_string(), node_size.to_string()] {
        assert_eq!(
            said,
            "the pool is not initialised, or is called from within its own `lock` or a walk"
        );
    }
}

fn unwind() {
    panic!("on purpose")
}

#[test]
fn a_walk_that_unwinds_leaves_the_pool_ready() {
    let pool: &Masked = pool_of(4096);
    let walk = || pool.lock(|heap| heap.blocks().for_each(|_| unwind()));
    assert!(catch_unwind(AssertUnwindSafe(walk)).is_err());
    assert!(!MASKED.get());
    pool.allocate(100).unwrap();
    check(pool).unwrap();
}

#[test]
fn a_lock_is_given_back_with_what_it_gave() {
    MASKED.set(false);
    let lock = Mask::NEW;
    let outer = Held::new(&lock);
    let inner = Held::new(&lock);
    drop(inner);
    assert!(MASKED.get());
    drop(outer);
    assert!(!MASKED.get());
}
