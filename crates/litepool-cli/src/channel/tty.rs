//! Serial lines: raw, at a given speed.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::termios::{
    ControlModes, OptionalActions, SpecialCodeIndex, isatty, tcgetattr, tcsetattr,
};

/// How long until a line that is not there is looked for again.
const AGAIN: Duration = Duration::from_millis(300);

/// Opens a serial line, or another device of the system. One that is not there yet may be plugged in later: it
/// is waited for.
///
/// # Errors
/// It can't be opened, or not at that speed.
pub(super) fn open(path: &Path, baud: u32, mut waiting: impl FnMut(String)) -> io::Result<File> {
    loop {
        match open_now(path, baud) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                waiting(format!("{error}; looking again"));
            }
            result => return result,
        }
        thread::sleep(AGAIN);
    }
}

fn open_now(path: &Path, baud: u32) -> io::Result<File> {
    // A modem's line would be waited for without the second flag, and the command controlled by it
    // without the first.
    let flags = OFlags::NOCTTY | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if isatty(&file) {
        make_raw(&file, baud)?;
    }
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

/// Eight bits, nothing added, nothing taken away, whatever the modem's lines say.
fn make_raw(file: &File, baud: u32) -> io::Result<()> {
    let mut termios = tcgetattr(file)?;
    termios.make_raw();
    termios.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD;
    termios.control_modes -= ControlModes::CRTSCTS | ControlModes::CSTOPB;
    termios.special_codes[SpecialCodeIndex::VMIN] = 1;
    termios.special_codes[SpecialCodeIndex::VTIME] = 0;
    termios.set_speed(baud)?;
    tcsetattr(file, OptionalActions::Flush, &termios)?;
    Ok(())
}
