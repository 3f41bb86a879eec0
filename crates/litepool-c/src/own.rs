//! What the interface has not, and ports need: the size of a block, all blocks, and damage as data instead of text.

use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};

use litepool::track::Task;
use litepool::{BlockInfo, Corruption, State, Totals};

use crate::handles::LivePool;
use crate::places::Places;
use crate::{OS_INVALID, ask, code, handles, put};

/// Bytes that the owner of the block at `ptr` may use; 0 for anything but a used block of the pool. Constant time.
#[unsafe(no_mangle)]
pub extern "C" fn litepool_usable_size(pool: *mut c_void, ptr: *const c_void) -> u32 {
    let Some(block) = NonNull::new(ptr.cast_mut().cast()) else {
        return 0;
    };
    handles::find(pool)
        .and_then(|pool| usable_size(pool, block))
        .map_or(0, |size| size as u32)
}

/// Bytes that the owner of a block may use, if it is one.
pub fn usable_size(pool: &LivePool, block: NonNull<u8>) -> Option<usize> {
    pool.lock(|heap| heap.try_usable_size(block)).ok()?
}

/// What a pool counts.
#[repr(C)]
pub struct LitepoolTotals {
    size: u32,
    used: u32,
    free: u32,
    peak: u32,
    used_blocks: u32,
    free_blocks: u32,
    failures: u32,
}

impl LitepoolTotals {
    fn of(totals: &Totals) -> Self {
        Self {
            size: totals.size as u32,
            used: totals.used as u32,
            free: totals.free as u32,
            peak: totals.peak as u32,
            used_blocks: totals.used_blocks as u32,
            free_blocks: totals.free_blocks as u32,
            failures: totals.failures as u32,
        }
    }
}

/// What a pool counts, and the sizes of its free blocks.
#[repr(C)]
pub struct LitepoolStats {
    totals: LitepoolTotals,
    largest_free: u32,
    smallest_free: u32,
}

/// What the pool counts, at one moment, in constant time. `LOS_NOK` if there is no pool, it
/// can't be true, or there is nowhere to put it.
///
/// # Safety
///
/// `totals` is null or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn litepool_totals(
    pool: *const c_void,
    totals: *mut MaybeUninit<LitepoolTotals>,
) -> u32 {
    let found = handles::find(pool).and_then(ask::totals);
    // SAFETY: the caller's promise.
    unsafe { put(found.as_ref().map(LitepoolTotals::of), totals) }
}

/// All figures, at one moment, in bounded time as [`litepool::Pool::stats`]. `LOS_NOK` if there is
/// no pool, they can't be true, or there is nowhere to put them.
///
/// # Safety
///
/// `stats` is null or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn litepool_stats(
    pool: *const c_void,
    stats: *mut MaybeUninit<LitepoolStats>,
) -> u32 {
    let found = handles::find(pool).and_then(ask::figures);
    let found = found.map(|found| LitepoolStats {
        totals: LitepoolTotals::of(&found.totals()),
        largest_free: found.largest_free as u32,
        smallest_free: found.smallest_free as u32,
    });
    // SAFETY: the caller's promise.
    unsafe { put(found, stats) }
}

/// The peak starts again from what is used now. `LOS_NOK` if there is no pool.
#[unsafe(no_mangle)]
pub extern "C" fn litepool_reset_peak(pool: *mut c_void) -> u32 {
    let is_reset = |pool: &LivePool| pool.lock(|mut heap| heap.reset_peak()).is_ok();
    code(handles::find(pool).is_some_and(is_reset))
}

/// The live pool that begins at the lowest address above `after`, so with null the first one of
/// all; null if there is none. A step for each handle.
#[unsafe(no_mangle)]
pub extern "C" fn litepool_next_pool(after: *const c_void) -> *mut c_void {
    let mut next: *mut u8 = ptr::null_mut();
    handles::for_each(|_, base| {
        if base.addr() > after.addr() && (next.is_null() || base < next) {
            next = base;
        }
    });
    next.cast()
}

/// A block, or an object of the slab.
#[repr(C)]
pub struct LitepoolBlock {
    address: *mut c_void,
    size: u32,
    available: u32,
    is_used: u32,
    task: u32,
    module: u32,
}

impl LitepoolBlock {
    fn of(places: &Places, block: &BlockInfo) -> Self {
        Self {
            address: places.address(block.region, block.offset).cast_mut(),
            size: block.size as u32,
            available: block.payload as u32,
            is_used: u32::from(block.state == State::Used),
            task: match block.owner.map(|owner| owner.task) {
                Some(Task::Id(id)) => u32::from(id),
                _ => OS_INVALID,
            },
            module: block
                .owner
                .and_then(|owner| owner.module)
                .map_or(OS_INVALID, u32::from),
        }
    }

    const NONE: Self = Self {
        address: ptr::null_mut(),
        size: 0,
        available: 0,
        is_used: 0,
        task: OS_INVALID,
        module: OS_INVALID,
    };
}

/// Tells `visit` of every block, with the lock held. `LOS_NOK` if there is no pool, or nothing to tell.
///
/// # Safety
///
/// `visit` is null, or a function that may be called with `context`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn litepool_for_each_block(
    pool: *mut c_void,
    visit: Option<unsafe extern "C" fn(*const LitepoolBlock, *mut c_void)>,
    context: *mut c_void,
) -> u32 {
    let (Some(live), Some(visit)) = (handles::find(pool), visit) else {
        return code(false);
    };
    let places = Places::of(pool, live);
    let walked = live.lock(|heap| {
        let is_block = |block: &BlockInfo| matches!(block.state, State::Used | State::Free);
        for block in heap.blocks().filter(is_block) {
            let block = LitepoolBlock::of(&places, &block);
            // SAFETY: the caller's promise.
            unsafe { visit(&raw const block, context) };
        }
    });
    code(walked.is_ok())
}

/// Room for what does not hold, in words.
const WHAT: usize = 80;

/// What is broken in a pool.
#[repr(C)]
pub struct LitepoolDamage {
    block: *const c_void,
    previous: *const c_void,
    suspect: LitepoolBlock,
    what: [u8; WHAT],
}

/// Verifies the whole pool. `LOS_NOK` if it is broken, and `damage` tells how; or if there is none. Linear in the number of blocks.
///
/// # Safety
///
/// `damage` is null or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn litepool_check(
    pool: *const c_void,
    damage: *mut MaybeUninit<LitepoolDamage>,
) -> u32 {
    let found = handles::find(pool).ok_or(None).and_then(verify);
    if let Err(corruption) = &found
        && !damage.is_null()
    {
        let described = describe(pool, corruption.as_ref());
        // SAFETY: the caller's promise.
        unsafe { put(Some(described), damage) };
    }
    code(found.is_ok())
}

/// Verifies a pool; the error is `None` if it can't be asked.
pub fn verify(live: &LivePool) -> Result<(), Option<Corruption>> {
    match live.lock(|heap| heap.check()) {
        Ok(found) => found.map_err(Some),
        Err(_) => Err(None),
    }
}

fn describe(pool: *const c_void, corruption: Option<&Corruption>) -> LitepoolDamage {
    let mut damage = LitepoolDamage {
        block: ptr::null(),
        previous: ptr::null(),
        suspect: LitepoolBlock::NONE,
        what: [0; WHAT],
    };
    if let (Some(live), Some(corruption)) = (handles::find(pool), corruption) {
        let places = Places::of(pool, live);
        let at = |offset: usize| match offset {
            0 => ptr::null(),
            _ => places.address(corruption.region, offset),
        };
        damage.block = at(corruption.block);
        damage.previous = at(corruption.previous);
        let report = live.lock(|heap| heap.report(corruption)).ok();
        if let Some(suspect) = report.and_then(|report| report.suspect) {
            damage.suspect = LitepoolBlock::of(&places, &suspect);
        }
        let text = corruption.broken.describe().bytes().take(WHAT - 1);
        damage
            .what
            .iter_mut()
            .zip(text)
            .for_each(|(to, byte)| *to = byte);
    }
    damage
}
