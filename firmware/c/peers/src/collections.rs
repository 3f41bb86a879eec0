//! A program with a vector and a tree, to see what it weighs with the allocator that is chosen.

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ptr::NonNull;

use crate::heap;

/// Returns how many of the numbers are there more than once; `usize::MAX` without memory.
///
/// # Safety
///
/// `memory` is nobody else's from now on, and there are `count` `numbers`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn program(
    memory: NonNull<u8>,
    size: usize,
    numbers: *const u32,
    count: usize,
) -> usize {
    // SAFETY: the caller's promise.
    if !unsafe { heap::init(memory, size) } {
        return usize::MAX;
    }
    let mut times = BTreeMap::new();
    for index in 0..count {
        // SAFETY: the caller's promise.
        let number = unsafe { numbers.add(index).read() };
        *times.entry(number).or_insert(0_u32) += 1;
    }
    let mut single = Vec::new();
    for (number, times) in &times {
        if *times == 1 {
            single.push(*number);
        }
    }
    for number in &single {
        times.remove(number);
    }
    times.len()
}
