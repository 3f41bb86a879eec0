//! ARM's MPS2 with the Cortex-M3 design AN385, as QEMU has it.

use core::arch::{asm, naked_asm};
use core::ptr;

// The critical section of a single core.
use cortex_m as _;
pub use cortex_m_rt::entry;
use cortex_m_rt::{ExceptionFrame, exception};

use crate::clock::Operation;

/// What the tables call it.
pub const NAME: &str = "a Cortex-M3";
/// Nanoseconds of a tick: the timer runs at the board's 25 MHz.
pub const TICK: u64 = 40;
/// Address of the first of the two 32-bit timers (ARM's CMSDK), which count down.
const TIMER: usize = 0x4000_0000;

/// Starts the timer.
pub fn start_timer() {
    const CTRL: usize = 0x0;
    const VALUE: usize = 0x4;
    const RELOAD: usize = 0x8;
    for (register, value) in [(RELOAD, u32::MAX), (VALUE, u32::MAX), (CTRL, 1)] {
        let register = ptr::with_exposed_provenance_mut::<u32>(TIMER + register);
        // SAFETY: the board's timer, which nothing else uses.
        unsafe { register.write_volatile(value) };
    }
}

/// Calls `operation` and returns its result, and the ticks between a reading of the timer directly
/// before the call and one directly after it.
///
/// # Safety
/// As the operation.
pub unsafe fn ticks(
    operation: Operation,
    heap: *mut (),
    block: *mut u8,
    size: usize,
) -> (*mut u8, u32) {
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
    (result, start.wrapping_sub(end))
}

/// Instructions before the return, the operation that has so many, and the size that it takes.
pub fn known_operations() -> [(u64, Operation, usize); 11] {
    [
        (0, nops::<0>, 0),
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
    ]
}

/// `N` instructions.
#[unsafe(naked)]
pub unsafe extern "C" fn nops<const N: usize>(_: *mut (), _: *mut u8, _: usize) -> *mut u8 {
    naked_asm!(".rept {n}", "nop", ".endr", "bx lr", n = const N)
}

/// Two instructions, `size` times.
#[unsafe(naked)]
unsafe extern "C" fn loop_of_two(_: *mut (), _: *mut u8, size: usize) -> *mut u8 {
    naked_asm!("2:", "subs r2, r2, #1", "bne 2b", "bx lr")
}

/// Three instructions, the last of which does something only if `size` is 0. It counts, as it takes
/// its time.
#[unsafe(naked)]
unsafe extern "C" fn conditional(_: *mut (), _: *mut u8, size: usize) -> *mut u8 {
    naked_asm!("cmp r2, #0", "it eq", "moveq r0, #1", "bx lr")
}

/// Four instructions here and two in a function inside, its return among them. Instructions of 16
/// and of 32 bits, on one register and several; the return itself is the last one.
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

/// A bad address, an unknown instruction: the processor's own check failed.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    // SAFETY: the register is there on every Cortex-M3, and reading changes nothing.
    let cause = unsafe { ptr::with_exposed_provenance::<u32>(0xE000_ED28).read_volatile() };
    panic!("hard fault, CFSR {cause:#010x}, {frame:?}")
}
