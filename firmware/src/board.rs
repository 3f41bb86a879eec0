//! What is the same on every machine: the memory for pools, and how the image ends.

use core::panic::PanicInfo;
use core::ptr::NonNull;

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

/// Whatever should hold and does not ends here, and is told on the host's standard error.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    semihosting::eprintln!("{info}");
    semihosting::process::exit(1)
}
