//! QEMU's RISC-V machine `virt` with 32 bits.

use core::arch::{asm, naked_asm};

// The critical section of a single core.
use riscv as _;
pub use riscv_rt::entry;

use crate::clock::Operation;

/// What the tables call it.
pub const NAME: &str = "RISC-V";
/// Nanoseconds of a tick: the timer runs at 10 MHz.
pub const TICK: u64 = 100;
/// Address of the lower half of the time (`mtime`), which counts up.
const TIME: usize = 0x0200_BFF8;

/// Starts the timer, which always runs.
pub fn start_timer() {}

/// Calls `operation` and returns its result, and the ticks between a reading of the time directly
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
    // SAFETY: reads the time, calls a C function by the rules of C, reads the time again.
    unsafe {
        asm!(
            // The callee keeps s2 and s3.
            "lw s3, 0(s2)",
            "jalr {operation}",
            "lw s2, 0(s2)",
            operation = in(reg) operation,
            inout("s2") TIME => end,
            out("s3") start,
            inlateout("a0") heap => result,
            in("a1") block,
            in("a2") size,
            clobber_abi("C"),
        );
    }
    (result, end.wrapping_sub(start))
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
        (2, skip, 0),
        (3, skip, 1),
        (9, memory_and_call, 0),
    ]
}

/// `N` instructions.
#[unsafe(naked)]
pub unsafe extern "C" fn nops<const N: usize>(_: *mut (), _: *mut u8, _: usize) -> *mut u8 {
    naked_asm!(".rept {n}", "nop", ".endr", "ret", n = const N)
}

/// Two instructions, `size` times.
#[unsafe(naked)]
unsafe extern "C" fn loop_of_two(_: *mut (), _: *mut u8, size: usize) -> *mut u8 {
    naked_asm!("2:", "addi a2, a2, -1", "bnez a2, 2b", "ret")
}

/// Three instructions, the second of which skips the third if `size` is 0.
#[unsafe(naked)]
unsafe extern "C" fn skip(_: *mut (), _: *mut u8, size: usize) -> *mut u8 {
    naked_asm!("li a0, 0", "beqz a2, 2f", "li a0, 1", "2:", "ret")
}

/// Seven instructions here, of 16 and of 32 bits, and two in a function inside with its return.
#[unsafe(naked)]
unsafe extern "C" fn memory_and_call(_: *mut (), _: *mut u8, _: usize) -> *mut u8 {
    naked_asm!(
        "addi sp, sp, -16",
        "sw ra, 12(sp)",
        "jal 2f",
        "lw a0, 0(sp)",
        "li a0, 1234",
        "lw ra, 12(sp)",
        "addi sp, sp, 16",
        "ret",
        "2:",
        "sw a0, 0(sp)",
        "ret",
    )
}

/// A bad address, an unknown instruction: the processor's own check failed.
#[unsafe(export_name = "ExceptionHandler")]
fn exception(frame: &riscv_rt::TrapFrame) -> ! {
    let (cause, address): (u32, u32);
    // SAFETY: both registers are there in machine mode, and reading changes nothing.
    unsafe { asm!("csrr {}, mcause", "csrr {}, mepc", out(reg) cause, out(reg) address) };
    panic!("exception {cause} at {address:#010x}, {frame:?}")
}
