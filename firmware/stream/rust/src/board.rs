//! ARM's MPS2 with the Cortex-M3 design AN385, as QEMU has it: UART, timer, and what the host asks for.

use core::mem::MaybeUninit;
use core::ptr::{read_volatile, with_exposed_provenance_mut, write_volatile};
use core::sync::atomic::{AtomicU32, Ordering};

use semihosting::sys::arm_compat::sys_get_cmdline_uninit;

/// CMSDK's UART 0: data, state, control, interrupts, divider of the clock.
const UART: usize = 0x4000_4000;
/// CMSDK's timer 0: control, value, reload.
const TIMER: usize = 0x4000_0000;

pub const TICKS_PER_SECOND: u32 = 25_000_000;

fn read(base: usize, register: usize) -> u32 {
    // SAFETY: a register of the board, which may be read at any time.
    unsafe { read_volatile(with_exposed_provenance_mut::<u32>(base).add(register)) }
}

fn write(base: usize, register: usize, value: u32) {
    // SAFETY: a register of the board, which does nothing to memory.
    unsafe {
        write_volatile(
            with_exposed_provenance_mut::<u32>(base).add(register),
            value,
        )
    }
}

/// What a start leaves as it is: a mark, and the number of starts since then.
#[unsafe(link_section = ".uninit.boot")]
static BOOT: MaybeUninit<[AtomicU32; 2]> = MaybeUninit::uninit();
const MARK: u32 = 0x6C69_7465;

/// Tells this start from others.
pub fn boot_number() -> u32 {
    // SAFETY: integers of any value; `start` was first.
    let [_, count] = unsafe { BOOT.assume_init_ref() };
    count.load(Ordering::Relaxed)
}

fn count_boot() {
    // SAFETY: integers of any value.
    let [mark, count] = unsafe { BOOT.assume_init_ref() };
    if mark.swap(MARK, Ordering::Relaxed) == MARK {
        count.fetch_add(1, Ordering::Relaxed);
    } else {
        count.store(1, Ordering::Relaxed);
    }
}

/// Starts both.
pub fn start() {
    count_boot();
    write(UART, 4, 217); // 115,200 baud
    write(UART, 2, 1); // transmit
    write(TIMER, 2, u32::MAX);
    write(TIMER, 1, u32::MAX);
    write(TIMER, 0, 1);
}

/// Sends bytes, and waits while the UART has no room.
pub fn send(bytes: &[u8]) {
    for &byte in bytes {
        while read(UART, 1) & 1 != 0 {}
        write(UART, 0, byte.into());
    }
}

/// The time. The timer counts down.
pub fn ticks() -> u32 {
    !read(TIMER, 1)
}

/// Was the image started with this word (`-semihosting-config arg=...`)?
pub fn is_asked_for(word: &str) -> bool {
    let mut line = [MaybeUninit::uninit(); 80];
    sys_get_cmdline_uninit(&mut line).is_ok_and(|line| {
        line.split(|&byte| byte == b' ')
            .any(|w| w == word.as_bytes())
    })
}
