//! Listens to a device: what `record --from` and `top` have in common.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, bail};
use litepool_snapshot::Symbols;
use litepool_trace::Receiver;

use crate::args::Listening;
use crate::channel::{Channel, Interrupt, Pump, Report};
use crate::output::note;

/// How a trace begins. A device's first byte is a 0.
const TRACE: &[u8] = b"\x89LPT";

/// A device that is listened to.
pub(crate) struct Listener {
    /// What its channel is called.
    pub(crate) name: String,
    pub(crate) receiver: Receiver,
    pump: Pump,
    interrupt: Interrupt,
    /// When the first byte came.
    first: Option<Instant>,
    /// When the last one came; before one has, when the channel was opened.
    last: Option<Instant>,
    limits: Limits,
}

/// When to end.
#[derive(Clone, Copy, Default)]
pub(crate) struct Limits {
    /// So long after the first byte.
    pub(crate) duration: Option<Duration>,
    /// When nothing has come for so long.
    pub(crate) idle: Option<Duration>,
}

/// What was heard.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Nothing, for now.
    Nothing,
    /// The channel is not there yet, and why.
    Waiting(String),
    /// The channel is there.
    Open,
    /// Something that the receiver has.
    Bytes,
    /// Nothing more will be. An error, if that is why.
    End(Option<String>),
}

impl Listener {
    /// Begins to listen.
    ///
    /// # Errors
    /// The firmware can't be read.
    pub(crate) fn start(channel: &Channel, how: &Listening, limits: Limits) -> Result<Self> {
        let mut receiver = Receiver::new();
        if let Some(path) = &how.elf {
            receiver = named(receiver, path)?;
        }
        Ok(Self {
            name: channel.to_string(),
            receiver,
            interrupt: Interrupt::catch(),
            pump: Pump::start(channel.clone(), how.baud),
            first: None,
            last: None,
            limits,
        })
    }

    /// What is heard next, within so long.
    ///
    /// # Errors
    /// The channel can't be opened, or ended before anything came.
    pub(crate) fn hear(&mut self, patience: Duration) -> Result<Heard> {
        if self.interrupt.came() || self.is_over() {
            self.receiver.finish();
            return Ok(Heard::End(None));
        }
        Ok(match self.pump.next(patience) {
            None => Heard::Nothing,
            Some(Report::Waiting(why)) => Heard::Waiting(why),
            Some(Report::Open) => {
                self.last = Some(Instant::now());
                Heard::Open
            }
            Some(Report::Bytes(bytes)) => {
                if self.first.is_none() && bytes.starts_with(TRACE) {
                    bail!(
                        "{0} is a trace, and no device's stream: litepool info {0}",
                        self.name
                    );
                }
                let now = Instant::now();
                self.first.get_or_insert(now);
                self.last = Some(now);
                self.receiver.feed(&bytes);
                Heard::Bytes
            }
            Some(Report::End(error)) => {
                self.receiver.finish();
                match error {
                    Some(error) if self.first.is_none() => {
                        return Err(self.cannot_read(error));
                    }
                    error => Heard::End(error.map(|error| error.to_string())),
                }
            }
        })
    }

    /// Whether somebody wanted it to end.
    pub(crate) fn interrupted(&self) -> bool {
        self.interrupt.came()
    }

    /// How long ago the first byte came.
    pub(crate) fn elapsed(&self) -> Option<Duration> {
        self.first.map(|first| first.elapsed())
    }

    /// How long nothing has come, since the channel was opened.
    pub(crate) fn silence(&self) -> Option<Duration> {
        self.last.map(|last| last.elapsed())
    }

    fn is_over(&self) -> bool {
        let over = |since: Option<Instant>, limit: Option<Duration>| match (since, limit) {
            (Some(since), Some(limit)) => since.elapsed() >= limit,
            _ => false,
        };
        over(self.first, self.limits.duration) || over(self.last, self.limits.idle)
    }

    fn cannot_read(&self, error: std::io::Error) -> Error {
        Error::new(error).context(format!("cannot read {}", self.name))
    }
}

/// The receiver, with the names of a program.
fn named(receiver: Receiver, path: &Path) -> Result<Receiver> {
    let symbols = Symbols::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.display().to_string();
    let mut is_told = false;
    Ok(receiver.with_namer(move |build_id, address| {
        if is_other(build_id, symbols.build_id()) {
            if !is_told {
                note(format_args!(
                    "{name} is another build than the one that runs on the device: nothing is named after it"
                ));
                is_told = true;
            }
            return Vec::new();
        }
        symbols.locations(address)
    }))
}

/// Whether these are two builds. A device may have room for the beginning of its build id alone.
fn is_other(device: &[u8], file: &[u8]) -> bool {
    !device.is_empty() && !file.is_empty() && !file.starts_with(device)
}
