//! Counting must be exact, or no figure is worth anything: code whose length is known is counted before all else.

use core::arch::naked_asm;
use core::ptr;

use crate::clock::{Clock, Operation};

/// Counts known code.
///
/// # Panics
/// If a count is not what it must be.
pub fn counting_is_exact(clock: &Clock) {
    for round in 0..3 {
        for (instructions, operation, size) in [
            (0, nops::<0> as Operation, 0),
            (1, nops::<1>, 0),
            (2, nops::<2>, 0),
            (25, nops::<25>, 0),
            (1000, nops::<1000>, 0),
            (2, loop_of_two, 1),
            (200, loop_of_two, 100),
            (2_000_000, loop_of_two, 1_000_000),
            (3, conditional, 0),
            (3, conditional, 1),
            (6, memory_and_call, 0),
        ] {
            // SAFETY: the functions below use nothing but registers and their own stack.
            let (_, counted) =
                unsafe { clock.count(operation, ptr::null_mut(), ptr::null_mut(), size) };
            assert!(
                counted == instructions,
                "{instructions} instructions were counted as {counted}, in round {round}: is it QEMU's -icount shift=10?"
            );
        }
    }
}

/// `N` instructions.
#[unsafe(naked)]
unsafe extern "C" fn nops<const N: usize>(_: *mut (), _: *mut u8, _: usize) -> *mut u8 {
    naked_asm!(".rept {n}", "nop", ".endr", "bx lr", n = const N)
}

/// Two instructions, `size` times.
#[unsafe(naked)]
unsafe extern "C" fn loop_of_two(_: *mut (), _: *mut u8, size: usize) -> *mut u8 {
    naked_asm!("2:", "subs r2, r2, #1", "bne 2b", "bx lr")
}

/// Three instructions, the last of which does something only if `size` is 0. It counts, as it takes its time.
#[unsafe(naked)]
unsafe extern "C" fn conditional(_: *mut (), _: *mut u8, size: usize) -> *mut u8 {
    naked_asm!("cmp r2, #0", "it eq", "moveq r0, #1", "bx lr")
}

/// Four instructions here and two in a function inside, its return among them. Instructions of 16 and of 32 bits, on
/// one register and several; the return itself is the last one.
#[unsafe(naked)]
unsafe extern "C" fn memory_and_call(_: *mut (), _: *mut u8, _: usize) -> *mut u8 {
    naked_asm!(
        "push {{r3, r4, r5, lr}}",
        "bl 2f",
        "ldr.w r0, [sp]",
        "movw r0, #1234",
        "pop {{r3, r4, r5, pc}}",
        "2:",
        "str r0, [sp]",
        "bx lr",
    )
}
