//! The host's console, by semihosting.

use core::fmt;

use semihosting::sys::arm_compat::sys_writec;

pub struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(sys_writec);
        Ok(())
    }
}
