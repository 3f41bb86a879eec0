//! What is said of a recording of a device.

use std::fs;
use std::path::Path;

use super::Recorded;
use crate::input::reception::noted;
use crate::listen::Listener;
use crate::output::{hanging, one_line};
use crate::units::{count, counted, microseconds};

/// How many resets are told one by one.
pub(super) const RESETS: usize = 3;

const WIDTH: usize = 80;

/// Everything, in lines.
pub(super) fn text(listener: &Listener, path: &Path, recorded: &Recorded) -> String {
    let Recorded {
        profile, reception, ..
    } = recorded;
    let title = match listener.receiver.header().program.as_str() {
        "" => "a device",
        title => title,
    };
    let time = if reception.has_clock {
        format!(" in {}", microseconds(profile.duration))
    } else {
        String::new()
    };
    let mut text = format!(
        "Recorded {} from {}:\n{} on {} by {}{time};\nlive peak {} bytes, {} never freed.\n",
        one_line(title, 40),
        one_line(&listener.name, 60),
        counted(profile.operations, "operation"),
        counted(profile.allocations, "object"),
        counted(profile.threads, "task"),
        count(profile.peak_bytes),
        counted(profile.leaked_objects, "object"),
    );
    text += &format!("Wrote {}", path.display());
    text += &match fs::metadata(path) {
        Ok(status) if status.is_file() => format!(" ({} bytes)", count(status.len())),
        _ => String::new(),
    };
    text += &format!(
        " from {} in {}, {} bytes.\n",
        counted(reception.received, "event"),
        counted(reception.frames, "frame"),
        count(reception.bytes),
    );
    if let Some(error) = &recorded.error {
        text += &hanging("- ", &format!("the channel ended: {error}"), WIDTH);
    }
    if profile.refused > 0 {
        let refused = counted(profile.refused, "request");
        text += &hanging(
            "- ",
            &format!("{refused} refused: the device's heap had no room"),
            WIDTH,
        );
    }
    for line in noted(reception) {
        text += &hanging("- ", &line, WIDTH);
    }
    let path = path.display();
    for (index, operation) in recorded.resets.iter().enumerate() {
        let which = if index == 0 {
            "the heap before the reset"
        } else {
            "before the next one"
        };
        text += &hanging(
            "- ",
            &format!("{which}: litepool leaks {path} --at {operation}"),
            WIDTH,
        );
    }
    text + &format!("Next: litepool leaks {path}; litepool info {path}\n")
}
