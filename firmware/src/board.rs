//! The board: ARM's MPS2 with the Cortex-M3 design AN385, as QEMU has it.

use core::fmt::Write as _;
use core::panic::PanicInfo;
use core::ptr::{self, NonNull};

use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::{debug, hio};

/// Address of the first of the two 32-bit timers (ARM's CMSDK), which count down at [`TIMER_HERTZ`].
pub const TIMER: usize = 0x4000_0000;
/// Ticks of a timer in a second: the board's system clock.
pub const TIMER_HERTZ: u64 = 25_000_000;

unsafe extern "C" {
    // Addresses from `memory.x`, not objects.
    static mut _pool_start: u8;
    static mut _pool_end: u8;
}

/// The memory for pools. Nothing else is there.
///
/// Who calls this ends the pool that was there before.
pub fn pool_memory() -> (NonNull<u8>, usize) {
    let (start, end) = (&raw mut _pool_start, &raw mut _pool_end);
    let start = NonNull::new(start).expect("the linker script places the memory");
    (start, end.addr() - start.addr().get())
}

/// Ends the image: QEMU ends too, with status 0 or 1.
pub fn exit(result: Result<(), ()>) -> ! {
    loop {
        debug::exit(result);
    }
}

/// Whatever should hold and does not ends here, and is told on the host's standard error.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    if let Ok(mut host) = hio::hstderr() {
        let _ = writeln!(host, "{info}");
    }
    exit(Err(()))
}

/// A bad address, an unknown instruction: the processor's own check failed.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    // SAFETY: the register is there on every Cortex-M3, and reading changes nothing.
    let cause = unsafe { ptr::with_exposed_provenance::<u32>(0xE000_ED28).read_volatile() };
    panic!("hard fault, CFSR {cause:#010x}, {frame:?}")
}
