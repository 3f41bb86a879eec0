//! What stands in a static: a heap with its memory, a wish for a region, objects of one type.

use core::alloc::Layout;
use core::ptr::{NonNull, null_mut};

use allocator_api2::alloc::Allocator;
use litepool::lock::Spin;
use litepool::{ObjectBox, ObjectPool, StaticHeap};

use crate::Weighed;

const MORE: usize = if cfg!(feature = "regions") { 1 } else { 0 };

static HEAP: StaticHeap<{ 64 << 10 }, Weighed, Spin, MORE> = StaticHeap::new();

static OBJECTS: ObjectPool<[u32; 12], 10, Spin> = ObjectPool::new();

/// Makes the heap.
#[unsafe(no_mangle)]
pub extern "C" fn static_init() -> bool {
    HEAP.init().is_ok()
}

/// Adds a region between two addresses: its number, or 0.
///
/// # Safety
///
/// As [`litepool::Pool::add_region_between`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn static_add_region(start: *mut u8, end: *mut u8) -> usize {
    // SAFETY: the caller's promise.
    unsafe { HEAP.add_region_between(start, end) }.unwrap_or(0)
}

fn address(block: Option<NonNull<[u8]>>) -> *mut u8 {
    block.map_or(null_mut(), |block| block.cast().as_ptr())
}

/// Allocates as a collection that prefers a region, or insists on it.
#[unsafe(no_mangle)]
pub extern "C" fn static_allocate(region: usize, insists: bool, layout: &Layout) -> *mut u8 {
    let place = if insists {
        HEAP.in_region(region)
    } else {
        HEAP.preferring(region)
    };
    address(place.allocate(*layout).ok())
}

/// Grows likewise.
///
/// # Safety
///
/// As [`Allocator::grow`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn static_grow(block: NonNull<u8>, old: &Layout, new: &Layout) -> *mut u8 {
    // SAFETY: the caller's promise.
    address(unsafe { HEAP.preferring(1).grow(block, *old, *new) }.ok())
}

/// Frees likewise.
///
/// # Safety
///
/// As [`Allocator::deallocate`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn static_free(block: NonNull<u8>, layout: &Layout) {
    // SAFETY: the caller's promise.
    unsafe { HEAP.in_region(1).deallocate(block, *layout) };
}

/// Says what is used of a region.
#[unsafe(no_mangle)]
pub extern "C" fn static_used(region: usize) -> usize {
    HEAP.in_region(region).stats().map_or(0, |stats| stats.used)
}

/// Allocates an object, and frees it.
#[unsafe(no_mangle)]
pub extern "C" fn static_object(number: u32) -> usize {
    let first = OBJECTS.allocate([number; 12]);
    let second = OBJECTS.allocate([number; 12]).map(ObjectBox::into_inner);
    let sum: u32 = first.map_or(0, |object| object.iter().sum());
    OBJECTS.stats().peak + sum as usize + usize::from(second.is_ok())
}
