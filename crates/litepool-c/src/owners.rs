//! Who holds what. Blocks remember their tasks, and pools keep totals for tasks and modules.

use core::ffi::c_void;
use core::ptr::NonNull;

#[cfg(any(task_stat, feature = "mem-mul-module"))]
use litepool::NotReady;
#[cfg(task_stat)]
use litepool::State;
#[cfg(any(task_stat, feature = "mem-mul-module"))]
use litepool::track::Usage;
use litepool::track::{Owner, Task};

#[cfg(any(task_stat, feature = "mem-mul-module"))]
use crate::ask::totals_of;
#[cfg(any(task_stat, feature = "mem-mul-module"))]
use crate::handles::{LiveHeap, LivePool};
#[cfg(task_stat)]
use crate::{ask, choice};

#[cfg(any(task_stat, feature = "mem-free-by-taskid"))]
use crate::port;
use crate::{OS_INVALID, handles};

/// The task that allocated the block in which `ptr` lies, in whichever pool; `OS_INVALID` if there is none, or no task did. Linear in the number of
/// blocks of the pools around `ptr`.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemTaskIdGet(ptr: *const c_void) -> u32 {
    match NonNull::new(ptr.cast_mut().cast()).and_then(owner_of) {
        Some(Owner {
            task: Task::Id(id), ..
        }) => u32::from(id),
        _ => OS_INVALID,
    }
}

/// Who owns the block around `address`: in the smallest pool that has one, so in the innermost.
fn owner_of(address: NonNull<u8>) -> Option<Owner> {
    let mut found: Option<(usize, Owner)> = None;
    handles::for_each(|pool, _| {
        if let Ok((size, Some(owner))) =
            pool.lock(|heap| (heap.totals().size, heap.owner_of(address)))
            && found.is_none_or(|(other, _)| size < other)
        {
            found = Some((size, owner));
        }
    });
    found.map(|(_, owner)| owner)
}

/// The sum of what all pools say is held; `OS_NULL_INT` if one of them says nothing that can be
/// true.
#[cfg(any(task_stat, feature = "mem-mul-module"))]
pub fn sum(of_pool: impl Fn(&LivePool) -> Result<Option<usize>, NotReady>) -> u32 {
    let mut sum: Option<usize> = Some(0);
    handles::for_each(|pool, _| {
        // A pool that is just being made holds nothing.
        if let Ok(held) = of_pool(pool) {
            sum = sum.zip(held).and_then(|(sum, held)| sum.checked_add(held));
        }
    });
    sum.and_then(|sum| u32::try_from(sum).ok())
        .unwrap_or(OS_INVALID)
}

/// A total that a pool keeps, if it can be true. What is held and what is used are of one moment:
/// after a free in between, more could be held than is used.
#[cfg(any(task_stat, feature = "mem-mul-module"))]
pub fn total(
    pool: &LivePool,
    usage: impl Fn(&LiveHeap) -> Usage,
) -> Result<Option<usize>, NotReady> {
    pool.lock(|heap| {
        let held = usage(&heap).used;
        let can_be_true = totals_of(&heap).is_some_and(|totals| held <= totals.used);
        can_be_true.then_some(held)
    })
}

/// Bytes that a task holds in all pools, headers included; `OS_NULL_INT` if a pool's figures can't
/// be true. A step for each handle; only for a task beyond those that pools keep totals for
/// (`LITEPOOL_TASKS`) linear in the number of blocks, and then the lock is released every 32 of
/// them.
#[cfg(task_stat)]
#[unsafe(no_mangle)]
pub extern "C" fn OsMemTaskUsage(taskId: u32) -> u32 {
    match port::task(taskId) {
        Task::Id(id) if usize::from(id) >= choice::TASKS => sum(|pool| held_beyond(pool, id)),
        task => sum(|pool| total(pool, |heap| heap.task_usage(task))),
    }
}

/// Blocks that are looked at before the lock is released.
#[cfg(task_stat)]
const STEP: usize = 32;

/// How often a sum in steps begins anew, because the block at which it was to go on is freed.
#[cfg(task_stat)]
const ROUNDS: usize = 8;

/// Bytes of a task that a pool keeps no total for: of those of its blocks that stay meanwhile, if
/// the pool's figures can be true.
#[cfg(task_stat)]
fn held_beyond(pool: &LivePool, id: u16) -> Result<Option<usize>, NotReady> {
    let mut bytes: usize = 0;
    for _ in 0..ROUNDS {
        bytes = 0;
        let is_whole = pool.for_each_block_in_steps(STEP, |block| {
            let is_its = block.owner.is_some_and(|owner| owner.task == Task::Id(id));
            if block.state == State::Used && is_its {
                bytes = bytes.wrapping_add(block.size);
            }
        })?;
        if is_whole {
            break;
        }
    }
    Ok(ask::totals(pool).is_some().then_some(bytes))
}

/// The task has ended, and its number may be another one's soon: what it still holds belongs to no task from now on.
#[cfg(task_stat)]
#[unsafe(no_mangle)]
pub extern "C" fn OsMemTaskClear(taskId: u32) {
    let task = port::task(taskId);
    handles::for_each(|pool, _| {
        // A pool that is just being made holds nothing.
        let _ = pool.lock(|mut heap| heap.disown_task(task));
    });
}

/// Frees all that a task holds in a pool, save what a live pool stands in. `LOS_NOK` if there is no pool.
///
/// # Safety
///
/// Nothing uses the task's blocks any more.
#[cfg(feature = "mem-free-by-taskid")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemFreeByTaskID(pool: *mut c_void, taskID: u32) -> u32 {
    let freed = handles::serving(pool).is_some_and(|pool| {
        let task = port::task(taskID);
        // SAFETY: the caller's promise.
        pool.lock(|mut heap| unsafe { heap.free_task(task) })
            .is_ok()
    });
    crate::code(freed)
}
