//! A pool behind a lock, checked in steps while it is in use.

use std::hint::black_box;
use std::ptr::NonNull;

use litepool::lock::Spin;
use litepool::{Config, Pool, State};

/// Opens what is in these regions as a pool, and uses that in the ways that a heap does not have: a
/// check in steps, with other operations in between, and a resize whose copy needs no lock.
///
/// # Panics
/// If the pool can't be opened, or a live block is refused, or damage is told of.
///
/// # Safety
/// As [`Pool::attach`], of each region, until this returns.
pub unsafe fn use_as_pool<C: Config, const MORE: usize>(regions: &[(NonNull<u8>, usize)]) {
    let pool = Box::into_raw(Box::new(Pool::<C, Spin, MORE>::new()));
    // SAFETY: the caller's promise; the pool stays until it is given up, when nothing refers to it
    // any more.
    unsafe { use_and_give_up(&*pool, regions) };
    // SAFETY: made above; it is in no list any more.
    drop(unsafe { Box::from_raw(pool) });
}

/// # Safety
/// As [`use_as_pool`].
unsafe fn use_and_give_up<C: Config, const MORE: usize>(
    pool: &'static Pool<C, Spin, MORE>,
    regions: &[(NonNull<u8>, usize)],
) {
    // SAFETY: the caller's promise.
    unsafe { pool.attach_regions(regions) }.expect("a heap that was opened before");
    let mut held: Vec<NonNull<u8>> = Vec::new();
    pool.lock(|mut heap| {
        for block in heap.blocks().filter(|block| block.state == State::Used) {
            let (base, _) = regions[block.region];
            // SAFETY: in the region.
            held.push(unsafe { base.add(block.offset) });
        }
        black_box(heap.used_end());
        heap.reset_peak();
    })
    .expect("an open pool");
    let mut rounds = 0;
    for number in 0.. {
        rounds += usize::from(pool.check_step(2).expect("a pool that is whole"));
        if held.is_empty() && rounds >= 2 {
            break;
        }
        step(pool, &mut held, number);
    }
    let checked = pool.lock(|heap| heap.check()).expect("an open pool");
    checked.expect("a pool that is whole");
    assert_eq!(pool.stats().expect("an open pool").used, 0);
    // SAFETY: nobody has a block of it.
    unsafe { pool.deinit() }.expect("a pool in which no other one stands");
}

/// Resizes a block, frees one, or asks for one that is freed at once.
fn step<C: Config, const MORE: usize>(
    pool: &'static Pool<C, Spin, MORE>,
    held: &mut Vec<NonNull<u8>>,
    number: usize,
) {
    if number % 4 == 3
        && let Ok(block) = pool.allocate_zeroed(1 + number % 300)
    {
        held.push(block);
    }
    let Some(block) = held.pop() else { return };
    if number.is_multiple_of(2) {
        // SAFETY: held, and forgotten.
        unsafe { pool.free(block) }.expect("a live block can be freed");
        return;
    }
    let size = pool.usable_size(block).expect("a live block");
    let wanted = if number.is_multiple_of(3) {
        size + 300
    } else {
        size / 2 + 1
    };
    // SAFETY: held, and forgotten if it moves.
    let resized = unsafe { pool.resize(block, wanted) };
    // It has its turn once more, from the other end.
    held.insert(0, resized.unwrap_or(block));
}
