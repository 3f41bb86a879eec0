//! Walking up a stack: from a caller of the heap to its callers.
//!
//! What a return address says of its frame is in the unwind tables of its program or library
//! (`.eh_frame`), which compilers make for C and C++ alike. It is read once for each return
//! address, see [`rules`]. Where there is no table, as in code that was made at run time, the frame
//! pointer may say the same; it may be anything, too, and what it says is checked.

mod cfi;
mod reader;
mod rules;
mod step;
pub(crate) mod table;

use core::mem::MaybeUninit;

use crate::stack::{Foreign, Memory, Own, WORD};
use crate::{closing, modules};
use step::Step;

/// Where a thread is: in the code, and what it needs to find its way back.
#[derive(Clone, Copy)]
pub(crate) struct Registers {
    /// The return address: the caller's next instruction.
    pub(crate) pc: usize,
    /// The stack pointer that the caller has when the call has returned.
    pub(crate) sp: usize,
    /// The frame pointer, or whatever else the caller keeps in that register.
    pub(crate) fp: usize,
}

/// Finds the return addresses from here upwards, the innermost first, as many as there are places
/// for. Returns how many were found: at least the first, if there is a place for it.
#[inline]
pub(crate) fn walk(from: Registers, frames: &mut [MaybeUninit<usize>]) -> usize {
    if frames.len() < 2 {
        return first(from, frames);
    }
    match Own::above(from.sp) {
        Some(mut stack) => walk_in(&mut stack, from, frames),
        None => walk_elsewhere(from, frames),
    }
}

/// The first frame alone.
fn first(from: Registers, frames: &mut [MaybeUninit<usize>]) -> usize {
    frames.first_mut().map_or(0, |place| {
        place.write(from.pc);
        1
    })
}

#[cold]
#[inline(never)]
fn walk_elsewhere(from: Registers, frames: &mut [MaybeUninit<usize>]) -> usize {
    match Foreign::new() {
        Some(mut memory) => walk_in(&mut memory, from, frames),
        None => first(from, frames),
    }
}

fn walk_in<M: Memory>(memory: &mut M, from: Registers, frames: &mut [MaybeUninit<usize>]) -> usize {
    let (mut at, mut count) = (from, 0_usize);
    // Whether the stack pointer is known. On aarch64 a frame pointer is anywhere in its frame.
    let mut has_sp = true;
    while let Some(place) = frames.get_mut(count) {
        let step = rules::of(at.pc);
        // Who called us was certainly code.
        if step == Step::NOT_CODE && count > 0 {
            break;
        }
        if !step.is_own() {
            place.write(at.pc);
            count = count.wrapping_add(1);
        }
        let caller = if step.is_table() && (has_sp || step.needs_no_sp()) {
            has_sp = true;
            step.follow(memory, at)
        } else if step.is_table() || step == Step::FRAME_POINTER {
            has_sp = cfg!(not(target_arch = "aarch64"));
            by_frame_pointer(memory, at)
        } else {
            None
        };
        match caller {
            // Stacks grow downwards: who calls is above.
            Some(caller) if caller.sp > at.sp && caller.pc != 0 => at = caller,
            _ => break,
        }
    }
    count
}

/// The caller, if the frame pointer is one: two words on the stack, the caller's frame pointer and
/// the return address. A stray value may look like that; so what is called a return address must
/// follow a call.
#[cold]
fn by_frame_pointer<M: Memory>(memory: &mut M, at: Registers) -> Option<Registers> {
    if at.fp < at.sp {
        return None;
    }
    let fp = memory.word(at.fp)?;
    let pc = code(memory.word(at.fp.wrapping_add(WORD))?);
    (rules::is_known(pc) || follows_a_call(pc)).then_some(Registers {
        pc,
        sp: at.fp.wrapping_add(2 * WORD),
        fp,
    })
}

/// An address without what the processor signs return addresses with.
#[cfg(target_arch = "aarch64")]
pub(crate) const fn code(address: usize) -> usize {
    address & 0x0000_FFFF_FFFF_FFFF
}

/// An address of code as it is in memory.
#[cfg(not(target_arch = "aarch64"))]
pub(crate) const fn code(address: usize) -> usize {
    address
}

/// Whether the instruction before this address is a call. `false` where that can't be read.
#[cfg(target_arch = "aarch64")]
fn follows_a_call(pc: usize) -> bool {
    code_before(pc).map(u32::from_le_bytes).is_some_and(|call| {
        // bl; blr; blraa and its kin.
        call >> 26 == 0b10_0101
            || call & 0xFFFF_FC1F == 0xD63F_0000
            || call & 0xFEFF_F800 == 0xD63F_0800
    })
}

/// Whether the instruction before this address is a call. `false` where that can't be read.
#[cfg(not(target_arch = "aarch64"))]
fn follows_a_call(pc: usize) -> bool {
    const NEAR: u8 = 0xE8;
    const INDIRECT: u8 = 0xFF;
    code_before::<7>(pc).is_some_and(|before| {
        let [a, b, c, d, e, f, g] = before;
        // An indirect call has 2 in the middle of its second byte; two to seven bytes, not five.
        let is_indirect = |first, second: u8| first == INDIRECT && second >> 3 & 7 == 2;
        c == NEAR
            || is_indirect(f, g)
            || is_indirect(e, f)
            || is_indirect(d, e)
            || is_indirect(b, c)
            || is_indirect(a, b)
    })
}

/// The bytes of code before this address.
fn code_before<const N: usize>(pc: usize) -> Option<[u8; N]> {
    let at = pc.wrapping_sub(N);
    if !modules::is_code(at as u64) || !modules::is_code(pc.wrapping_sub(1) as u64) {
        return None;
    }
    // Code of loaded libraries stays; what was made at run time may be gone by now.
    let loaded = closing::kept_open(|| table::code(at))?;
    loaded.or_else(|| Foreign::new()?.bytes(at))
}
