//! Reads a channel in a thread of its own.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::{Channel, tcp};

/// How much is read at a time.
const PIECE: usize = 16 << 10;

/// How many pieces wait for whoever listens, at most: then the channel waits.
const PIECES: usize = 64;

/// What there is to be known of a channel.
#[derive(Debug)]
pub(crate) enum Report {
    /// It can't be opened yet, and why; it is tried again.
    Waiting(String),
    /// It is open.
    Open,
    /// What came.
    Bytes(Vec<u8>),
    /// Nothing more comes: the channel has ended, perhaps by this error.
    End(Option<io::Error>),
}

/// A channel that is read.
pub(crate) struct Pump {
    reports: Receiver<Report>,
}

impl Pump {
    /// Opens the channel, and reads it until it ends. `baud`: of a serial line.
    pub(crate) fn start(channel: Channel, baud: u32) -> Self {
        let (reporter, reports) = sync_channel(PIECES);
        thread::spawn(move || pump(&channel, baud, &reporter));
        Self { reports }
    }

    /// The next report; `None` if there is none for so long.
    pub(crate) fn next(&self, patience: Duration) -> Option<Report> {
        match self.reports.recv_timeout(patience) {
            Ok(report) => Some(report),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Report::End(None)),
        }
    }
}

/// Reads to the end. Whoever listens may be gone before.
fn pump(channel: &Channel, baud: u32, reporter: &SyncSender<Report>) {
    let end = open(channel, baud, reporter)
        .and_then(|mut input| {
            drop(reporter.send(Report::Open));
            read(&mut *input, reporter)
        })
        .err();
    drop(reporter.send(Report::End(end)));
}

fn open(
    channel: &Channel,
    baud: u32,
    reporter: &SyncSender<Report>,
) -> io::Result<Box<dyn Read + Send>> {
    let mut last = String::new();
    let waiting = |why: String| {
        if why != last {
            last.clone_from(&why);
            drop(reporter.send(Report::Waiting(why)));
        }
    };
    match channel {
        Channel::Stdin => Ok(Box::new(io::stdin())),
        Channel::Path(path) => open_path(path, baud, waiting),
        Channel::Connect(address) => Ok(Box::new(tcp::connect(address, waiting)?)),
        Channel::Listen(address) => Ok(Box::new(tcp::accept(address, waiting)?)),
    }
}

#[cfg(unix)]
fn open_path(
    path: &Path,
    baud: u32,
    waiting: impl FnMut(String),
) -> io::Result<Box<dyn Read + Send>> {
    if path.starts_with("/dev") {
        return Ok(Box::new(super::tty::open(path, baud, waiting)?));
    }
    Ok(Box::new(File::open(path)?))
}

#[cfg(not(unix))]
fn open_path(path: &Path, _: u32, _: impl FnMut(String)) -> io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(File::open(path)?))
}

fn read(input: &mut dyn Read, reporter: &SyncSender<Report>) -> io::Result<()> {
    loop {
        let mut piece = vec![0; PIECE];
        match input.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                piece.truncate(length);
                if reporter.send(Report::Bytes(piece)).is_err() {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
