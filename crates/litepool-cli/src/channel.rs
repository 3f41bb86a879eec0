//! Channels on which a device is heard: files, standard input, serial lines, TCP.
//!
//! - `pump.rs`: reads in a thread of its own, so that whoever listens can do something else
//! - `tcp.rs`, `tty.rs`: how such a channel is opened; `interrupt.rs`: Ctrl-C ends the listening

mod interrupt;
mod pump;
mod tcp;
#[cfg(unix)]
mod tty;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub(crate) use interrupt::Interrupt;
pub(crate) use pump::{Pump, Report};

/// Where a device is heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Channel {
    /// Standard input.
    Stdin,
    /// A file, a pipe, or a serial line.
    Path(PathBuf),
    /// A server of TCP, as `host:port`.
    Connect(String),
    /// A port on which the device, or who forwards it, connects, as `host:port`.
    Listen(String),
}

impl Channel {
    /// The file it is, as the command's arguments have it: `-` is standard input.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdin => Some(Path::new("-")),
            Self::Path(path) => Some(path),
            Self::Connect(_) | Self::Listen(_) => None,
        }
    }

    /// Whether it is a file, which ends by itself.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::Path(path) if path.is_file())
    }
}

impl FromStr for Channel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "-" {
            Ok(Self::Stdin)
        } else if let Some(address) = text.strip_prefix("tcp:") {
            let address = address.strip_prefix("//").unwrap_or(address);
            has_port(address).map(|()| Self::Connect(address.into()))
        } else if let Some(address) = text.strip_prefix("listen:") {
            // From this machine alone, unless an address says otherwise.
            let address = match address.parse::<u16>() {
                Ok(port) => format!("127.0.0.1:{port}"),
                Err(_) => address.into(),
            };
            has_port(&address).map(|()| Self::Listen(address))
        } else if text.is_empty() {
            Err("name a file, `-`, a serial line, tcp:HOST:PORT or listen:PORT".into())
        } else {
            Ok(Self::Path(text.into()))
        }
    }
}

fn has_port(address: &str) -> Result<(), String> {
    let port = address
        .rsplit_once(':')
        .map(|(host, port)| (host.is_empty(), port.parse::<u16>()));
    match port {
        Some((false, Ok(_))) => Ok(()),
        _ => Err(format!(
            "`{address}` is no HOST:PORT, as in tcp:localhost:4444 or listen:4444"
        )),
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Path(path) => path.display().fmt(f),
            Self::Connect(address) => write!(f, "tcp:{address}"),
            Self::Listen(address) => write!(f, "listen:{address}"),
        }
    }
}

#[cfg(test)]
mod tests;
