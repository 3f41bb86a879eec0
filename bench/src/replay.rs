//! Runs a workload through a heap.

use std::ptr;

use crate::subject::Subject;
use crate::workload::Step;

/// A live object: what the harness remembers of it.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    ptr: *mut u8,
    size: u32,
    align: u32,
}

impl Slot {
    /// No object.
    pub const VACANT: Self = Self {
        ptr: ptr::null_mut(),
        size: 0,
        align: 0,
    };
}

/// Does all steps, in order; this is the loop that is timed. Each new block's first word is written, as a program
/// would, so that the cost of a cold block is paid by the allocator that handed it out.
///
/// # Errors
/// The index of the step that the allocator could not serve.
///
/// # Safety
/// `slots` has as many entries as the steps need, and is as the steps before left it: of a fresh heap, vacant.
pub unsafe fn replay<S: Subject>(
    heap: &mut S,
    steps: &[Step],
    slots: &mut [Slot],
) -> Result<(), usize> {
    for (index, step) in steps.iter().enumerate() {
        match *step {
            Step::Allocate { slot, size, align } => {
                let align = if align == 0 {
                    S::DEFAULT_ALIGN as u32
                } else {
                    align
                };
                // SAFETY: workloads have no request of 0 bytes, and alignments are powers of two.
                let ptr = unsafe { heap.allocate(size as usize, align as usize) };
                if ptr.is_null() {
                    return Err(index);
                }
                // SAFETY: a new block of that size.
                unsafe { touch(ptr, size) };
                slots[slot as usize] = Slot { ptr, size, align };
            }
            Step::Resize { slot, size } => {
                let object = &mut slots[slot as usize];
                // SAFETY: workloads resize live objects only.
                let ptr = unsafe {
                    heap.resize(
                        object.ptr,
                        object.size as usize,
                        size as usize,
                        object.align as usize,
                    )
                };
                if ptr.is_null() {
                    return Err(index);
                }
                // SAFETY: a block of that size.
                unsafe { touch(ptr, size) };
                object.ptr = ptr;
                object.size = size;
            }
            Step::Free { slot } => {
                let object = std::mem::replace(&mut slots[slot as usize], Slot::VACANT);
                // SAFETY: workloads free live objects only, and only once.
                unsafe { heap.free(object.ptr, object.size as usize, object.align as usize) };
            }
        }
    }
    Ok(())
}

/// Frees what is left in the slots. Not timed.
///
/// # Safety
/// The slots hold live blocks of this heap or are vacant.
pub unsafe fn release<S: Subject>(heap: &mut S, slots: &mut [Slot]) {
    for slot in slots {
        let object = std::mem::replace(slot, Slot::VACANT);
        if !object.ptr.is_null() {
            // SAFETY: by this function's contract.
            unsafe { heap.free(object.ptr, object.size as usize, object.align as usize) };
        }
    }
}

/// Writes the first word of a block, or the first byte of one that is shorter.
///
/// # Safety
/// `ptr` is valid for writing `size` bytes, and `size` is not 0.
#[inline]
unsafe fn touch(ptr: *mut u8, size: u32) {
    // SAFETY: within `size` bytes; volatile only so that it is not optimised away.
    unsafe {
        if size as usize >= size_of::<usize>() {
            ptr.cast::<usize>().write_unaligned(size as usize);
        } else {
            ptr.write_volatile(1);
        }
    }
}
