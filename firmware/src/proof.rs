//! Counting must be exact, or no figure is worth anything: code whose length is known is counted before all else.

use core::ptr;

use crate::clock::Clock;
use crate::machine::known_operations;

/// Counts known code.
///
/// # Panics
/// If a count is not what it must be.
pub fn counting_is_exact(clock: &Clock) {
    for round in 0..3 {
        for (instructions, operation, size) in known_operations() {
            // SAFETY: they use nothing but registers and their own stack.
            let (_, counted) =
                unsafe { clock.count(operation, ptr::null_mut(), ptr::null_mut(), size) };
            assert!(
                counted == instructions,
                "{instructions} instructions were counted as {counted}, in round {round}: is it QEMU's -icount shift=10?"
            );
        }
    }
}
