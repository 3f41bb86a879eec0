//! `litepool record`: runs a program under the recorder and converts what it logged to a trace.

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
#[cfg(target_os = "linux")]
pub(crate) use linux::run;

/// Recording needs a dynamic linker that preloads libraries.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub(crate) fn run(_: &crate::args::Record) -> anyhow::Result<u8> {
    anyhow::bail!(
        "`record` works on Linux only; record there and copy the trace here, or use `litepool import` on what \
         another tool wrote"
    )
}
