//! Records a device: what it sends becomes a trace, while it comes.
//!
//! - `device/summary.rs`: what is said in the end

mod summary;

use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use litepool_trace::{
    Copier, Event, Happening, Interned, Profile, Profiler, Receiver, Reception, Writer,
};

use crate::args::Record;
use crate::channel::Channel;
use crate::input::reception;
use crate::listen::{Heard, Limits, Listener};
use crate::output::{NewFile, ensure_apart, note, say};
use crate::progress::Ticker;
use crate::units::{count, counted};
use crate::{NO, YES};

/// How often the line that says how far it is can change.
const TICK: Duration = Duration::from_millis(250);

/// Records until the channel ends or somebody wants it to.
///
/// # Errors
/// The channel can't be read, nothing came, or the trace can't be written.
pub(super) fn run(args: &Record, channel: &Channel) -> Result<u8> {
    if args.output.as_os_str() == "-" {
        bail!("a trace of a device is a file: --output FILE");
    }
    let elf = args.device.listening.elf.as_deref();
    ensure_apart(&args.output, channel.path().into_iter().chain(elf))?;
    let mut output = Output {
        path: &args.output,
        file: Some(BufWriter::new(NewFile::create(&args.output)?)),
        writer: None,
        copier: Copier::new(),
    };
    let limits = Limits {
        duration: args.device.duration,
        idle: args.device.idle,
    };
    let mut listener = Listener::start(channel, &args.device.listening, limits)?;
    let recorded = record(&mut listener, channel, &mut output)?;
    if recorded.profile.operations == 0 {
        bail!(
            "{}: {}",
            listener.name,
            reception::nothing(&recorded.reception)
        );
    }
    output.finish(listener.receiver.interned())?;
    say(summary::text(&listener, &args.output, &recorded));
    Ok(if recorded.reception.is_whole() {
        YES
    } else {
        NO
    })
}

/// What was recorded.
struct Recorded {
    profile: Profile,
    reception: Reception,
    /// How many operations there were before each reset: of the first ones.
    resets: Vec<u64>,
    /// Why the channel ended, if not by itself or because somebody wanted it to.
    error: Option<String>,
}

/// The trace that is being written.
struct Output<'a> {
    path: &'a Path,
    /// Where it goes, until the first event has come: what its first words say is not known before.
    file: Option<BufWriter<NewFile>>,
    writer: Option<Writer<BufWriter<NewFile>>>,
    copier: Copier,
}

impl Output<'_> {
    fn event(&mut self, event: &Event, receiver: &Receiver) -> Result<()> {
        if let Some(file) = self.file.take() {
            let writer = Writer::new(file, receiver.header());
            self.writer = Some(writer.with_context(|| cannot_write(self.path))?);
        }
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let copied = self.copier.event(event, receiver.interned(), writer);
        copied.with_context(|| cannot_write(self.path))
    }

    fn finish(self, interned: &Interned) -> Result<()> {
        let Some(mut writer) = self.writer else {
            return Ok(());
        };
        let copied = self.copier.finish(interned, &mut writer);
        copied.with_context(|| cannot_write(self.path))?;
        let file = writer.finish().with_context(|| cannot_write(self.path))?;
        let file = file.into_inner().map_err(|error| error.into_error());
        file.with_context(|| cannot_write(self.path))?.finish()
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

fn record(listener: &mut Listener, channel: &Channel, output: &mut Output<'_>) -> Result<Recorded> {
    let mut profiler = Profiler::new();
    let (mut operations, mut resets) = (0_u64, Vec::new());
    let ticker = Ticker::new();
    let error = loop {
        let heard = listener.hear(TICK)?;
        while let Some(happening) = listener.receiver.next_happening() {
            match happening {
                Happening::Event { event, .. } => {
                    output.event(&event, &listener.receiver)?;
                    profiler.event(&event);
                    operations += u64::from(event.op().is_some());
                }
                Happening::Reset { .. } if resets.len() < summary::RESETS => {
                    resets.push(operations);
                }
                _ => {}
            }
        }
        match heard {
            Heard::End(error) => break error,
            Heard::Waiting(why) => note(format_args!("waiting for {}: {why}", listener.name)),
            Heard::Open if !channel.is_file() => {
                note(format_args!("listening to {}; Ctrl-C ends", listener.name));
            }
            Heard::Open | Heard::Nothing | Heard::Bytes => {
                ticker.say(|| progress(listener, &profiler));
            }
        }
    };
    drop(ticker);
    Ok(Recorded {
        profile: profiler.finish(),
        reception: *listener.receiver.reception(),
        resets,
        error,
    })
}

/// How far it is, in a line.
fn progress(listener: &Listener, profiler: &Profiler) -> String {
    let reception = listener.receiver.reception();
    let lost = reception
        .lost_in_ring
        .saturating_add(reception.lost_on_the_way);
    let mut text = format!(
        "{} in {} bytes; live peak {} bytes",
        counted(reception.received, "event"),
        count(reception.bytes),
        count(profiler.peak().0),
    );
    if lost > 0 {
        text += &format!("; {} lost", count(lost));
    }
    if let Some(silence) = listener.silence().filter(|silence| silence.as_secs() > 1) {
        text += &format!("; nothing for {} s", silence.as_secs());
    }
    text
}
