//! Instructions of one call, counted exactly.
//!
//! QEMU's `-icount shift=10` lets each instruction take 1024 ns of the device's time: 25.6 ticks of a 25 MHz timer. So the
//! difference of two readings, which is exact to a tick, tells the number of instructions between them.

use core::arch::{asm, naked_asm};
use core::ptr;

use crate::board::{TIMER, TIMER_HERTZ};

/// What `-icount shift=` was given, as `firmware/run` does.
const SHIFT: u32 = 10;
/// Nanoseconds of a tick: 40.
const TICK: u64 = 1_000_000_000 / TIMER_HERTZ;
/// Nanoseconds of an instruction.
const INSTRUCTION: u64 = 1 << SHIFT;

/// What can be counted: any function of these three arguments. It gets them in registers, as every C function does.
pub type Operation = unsafe extern "C" fn(*mut (), *mut u8, usize) -> *mut u8;

/// A running timer, and what a call costs by itself.
pub struct Clock {
    empty: u64,
}

impl Clock {
    /// Starts the timer.
    pub fn start() -> Self {
        const CTRL: usize = 0x0;
        const VALUE: usize = 0x4;
        const RELOAD: usize = 0x8;
        for (register, value) in [(RELOAD, u32::MAX), (VALUE, u32::MAX), (CTRL, 1)] {
            let register = ptr::with_exposed_provenance_mut::<u32>(TIMER + register);
            // SAFETY: the board's timer, which nothing else uses.
            unsafe { register.write_volatile(value) };
        }
        let mut clock = Self { empty: 0 };
        // SAFETY: a function that does nothing.
        clock.empty = unsafe { clock.count(nothing, ptr::null_mut(), ptr::null_mut(), 0) }.1;
        clock
    }

    /// Calls `operation` and returns its result, and how many instructions it executed from its first to the one before
    /// its return.
    ///
    /// # Panics
    /// If the time is not one of a whole number of instructions: QEMU does not count them.
    ///
    /// # Safety
    /// As the operation.
    pub unsafe fn count(
        &self,
        operation: Operation,
        heap: *mut (),
        block: *mut u8,
        size: usize,
    ) -> (*mut u8, u64) {
        let (result, start, end): (*mut u8, u32, u32);
        // SAFETY: reads the timer's value, calls a C function by the rules of C, reads the value again.
        unsafe {
            asm!(
                // The callee keeps r4 and r5.
                "ldr r5, [r4]",
                "blx {operation}",
                "ldr r4, [r4]",
                operation = in(reg) operation,
                inout("r4") TIMER + 4 => end,
                out("r5") start,
                inlateout("r0") heap => result,
                in("r1") block,
                in("r2") size,
                clobber_abi("C"),
            );
        }
        // It counts down, and may have passed 0.
        let instructions = instructions(start.wrapping_sub(end));
        (result, instructions - self.empty)
    }
}

/// How many instructions take so many ticks.
fn instructions(ticks: u32) -> u64 {
    let nanoseconds = u64::from(ticks) * TICK;
    let instructions = (nanoseconds + INSTRUCTION / 2) / INSTRUCTION;
    assert!(
        nanoseconds.abs_diff(instructions * INSTRUCTION) <= TICK,
        "{ticks} ticks are no whole number of instructions: QEMU needs -icount shift={SHIFT}"
    );
    instructions
}

/// Nothing but the return, which no count includes.
#[unsafe(naked)]
unsafe extern "C" fn nothing(_: *mut (), _: *mut u8, _: usize) -> *mut u8 {
    naked_asm!("bx lr")
}
