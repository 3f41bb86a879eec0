//! `litepool record`: runs a program under the recorder and converts what it logged to a trace; or
//! receives what a device sends.
//!
//! - `linux.rs` and what it uses: a program of this machine
//! - `device.rs`: a device

mod device;
#[cfg(target_os = "linux")]
mod launch;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod output;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod runtimes;
#[cfg(target_os = "linux")]
mod signals;
#[cfg(target_os = "linux")]
mod unrecorded;
#[cfg(target_os = "linux")]
mod watch;

use anyhow::Result;

use crate::args::Record;

/// Records, and says what was recorded.
///
/// # Errors
/// Nothing could be recorded, or the trace can't be written.
pub(crate) fn run(args: &Record) -> Result<u8> {
    match &args.device.from {
        Some(channel) => device::run(args, channel),
        None if args.device.listening.elf.is_some() => {
            anyhow::bail!("--elf is the program of a device, which --from names the channel of")
        }
        None => program(args),
    }
}

#[cfg(target_os = "linux")]
use linux::run as program;

/// Recording a program needs a dynamic linker that preloads libraries.
#[cfg(not(target_os = "linux"))]
fn program(_: &Record) -> Result<u8> {
    anyhow::bail!(
        "`record` runs programs on Linux only; record there and copy the trace here, or use `litepool import` \
         on what another tool wrote"
    )
}
