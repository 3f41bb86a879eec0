//! TCP: to a server that may not be there yet, or from a client.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// How long until a connection is tried again.
const AGAIN: Duration = Duration::from_millis(300);

/// Connects to `host:port`. As long as nobody is there it is tried again: a device, its emulator or
/// debugger may start later.
///
/// # Errors
/// The address can't be one.
pub(super) fn connect(address: &str, mut waiting: impl FnMut(String)) -> io::Result<TcpStream> {
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return Ok(stream),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(error),
            Err(error) => waiting(format!("{error}; trying again")),
        }
        thread::sleep(AGAIN);
    }
}

/// Waits for the one who connects to `host:port`.
///
/// # Errors
/// The port can't be listened on: another program does, say.
pub(super) fn accept(address: &str, mut waiting: impl FnMut(String)) -> io::Result<TcpStream> {
    let listener = TcpListener::bind(address)?;
    // Port 0 is any that is free.
    let port = listener.local_addr()?.port();
    waiting(format!("nobody has connected to port {port} yet"));
    let (stream, _) = listener.accept()?;
    Ok(stream)
}
