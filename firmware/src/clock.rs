//! Instructions of one call, counted exactly.
//!
//! QEMU's `-icount shift=10` lets each instruction take 1024 ns of the device's time: 25.6 ticks of
//! a 25 MHz timer, 10.24 of one of 10 MHz. So the difference of two readings, which is exact to a
//! tick, tells the number of instructions between them.

use core::ptr;

use crate::machine::{self, TICK};

/// What `-icount shift=` was given, as `firmware/run` does.
const SHIFT: u32 = 10;
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
        machine::start_timer();
        let mut clock = Self { empty: 0 };
        let nothing = machine::nops::<0>;
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
        // SAFETY: the caller's promise.
        let (result, ticks) = unsafe { machine::ticks(operation, heap, block, size) };
        (result, instructions(ticks) - self.empty)
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
