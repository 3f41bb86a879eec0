//! The arguments of what listens to a device.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::channel::Channel;
use crate::top::{Sort, Thresholds};
use crate::units::parse_time;

/// A device to record.
#[derive(Args, Debug)]
pub(crate) struct FromDevice {
    /// Record a device: a file of what it sent, `-` for standard input, a serial line (/dev/ttyACM0),
    /// tcp:HOST:PORT (QEMU, RTT servers of `OpenOCD` and J-Link; tried until somebody is there), or listen:PORT.
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) from: Option<Channel>,
    #[command(flatten)]
    pub(crate) listening: Listening,
    /// End after so long, as 30s or 5min, counted from the first byte.
    #[arg(long = "for", value_name = "TIME", value_parser = duration, requires = "from")]
    pub(crate) duration: Option<Duration>,
    /// End when nothing has come for so long, once the channel is open.
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "from")]
    pub(crate) idle: Option<Duration>,
}

/// How to listen to a device.
#[derive(Args, Debug)]
pub(crate) struct Listening {
    /// The program that runs on the device: for functions, files and lines. They go into the trace.
    #[arg(long, value_name = "FIRMWARE")]
    pub(crate) elf: Option<PathBuf>,
    /// The speed of a serial line, in bits per second.
    #[arg(long, value_name = "N", default_value_t = 115_200, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) baud: u32,
}

/// Show what the heap of a device is doing now: pools, tasks, call sites, rates, alarms.
///
/// A device sends its heap's events (docs/stream.md). On a terminal it is a screen that follows them; its keys
/// stand in its last line. Elsewhere, or with --once, it is one page in the end.
///
/// What lies between blocks is taken for free memory: what headers and rounding take the device does not tell.
///
/// Exit code 1 if an alarm was raised, 2 if nothing came.
#[derive(Args, Debug)]
pub(crate) struct Top {
    /// Where the device is heard: a file of what it sent, `-` for standard input, a serial line
    /// (/dev/ttyACM0), tcp:HOST:PORT, or listen:PORT.
    #[arg(value_name = "CHANNEL")]
    pub(crate) from: Channel,
    #[command(flatten)]
    pub(crate) listening: Listening,
    /// End after so long, as 30s or 5min, counted from the first byte.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) duration: Option<Duration>,
    /// End when nothing has come for so long, once the channel is open.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) idle: Option<Duration>,
    #[command(flatten)]
    pub(crate) thresholds: Thresholds,
    /// Ring the terminal's bell when an alarm is raised.
    #[arg(long)]
    pub(crate) bell: bool,
    /// What the call sites are sorted by.
    #[arg(long, value_name = "KEY", value_enum, default_value = "bytes")]
    pub(crate) sort: Sort,
    /// How many call sites a page has.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) sites: usize,
    /// Print one page in the end, on a terminal too.
    #[arg(long)]
    pub(crate) once: bool,
    /// Print a line of JSON every --interval, and one in the end.
    #[arg(long)]
    pub(crate) json: bool,
    /// How often.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1s")]
    pub(crate) interval: Duration,
}

/// Reads a time with its unit.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    match parse_time(text) {
        Some(time) if time > 0 => Ok(Duration::from_micros(time)),
        _ => Err(format!("`{text}` is not a time; write 500ms, 30s, 5min")),
    }
}
