//! What a heap with records offers besides.

use core::ptr::{NonNull, null_mut};

use litepool::track::{Snapshot, Task};
use litepool::{Caller, Corruption};

use super::Pool;

/// Allocates for somebody.
#[unsafe(no_mangle)]
pub extern "C" fn pool_allocate_for(
    heap: &mut Pool,
    task: u16,
    module: u8,
    size: usize,
) -> *mut u8 {
    heap.allocate_for(&Caller::task(task).in_module(module), size, 4)
        .map_or(null_mut(), NonNull::as_ptr)
}

/// What a task and a module hold.
#[unsafe(no_mangle)]
pub extern "C" fn pool_usage(heap: &Pool, task: u16, module: u8) -> usize {
    let (task, module) = (
        heap.task_usage(Task::Id(task)),
        heap.module_usage(Some(module)),
    );
    task.used.wrapping_add(module.peak)
}

/// Does somebody own the block around an address?
#[unsafe(no_mangle)]
pub extern "C" fn pool_is_owned(heap: &Pool, address: NonNull<u8>) -> bool {
    heap.owner_of(address).is_some()
}

/// Frees what a task left.
///
/// # Safety
///
/// As [`litepool::Heap::free_task`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pool_free_task(heap: &mut Pool, task: u16) -> usize {
    // SAFETY: the caller's promise.
    unsafe { heap.free_task(Task::Id(task)) }
}

/// Bytes that leaked since a snapshot.
#[unsafe(no_mangle)]
pub extern "C" fn pool_leaked(heap: &Pool, since: u32) -> usize {
    heap.leaks(Snapshot { number: since }..heap.snapshot())
        .fold(0, |bytes: usize, leak| bytes.wrapping_add(leak.bytes))
}

/// The size of the first suspect of damage.
#[unsafe(no_mangle)]
pub extern "C" fn pool_suspect(heap: &Pool, corruption: &Corruption) -> usize {
    heap.report(corruption)
        .previous
        .map_or(0, |block| block.size)
}

/// What is left of a block.
#[unsafe(no_mangle)]
pub extern "C" fn pool_room(heap: &Pool, address: NonNull<u8>) -> usize {
    heap.node_size(address).map_or(0, |size| size.available)
}
