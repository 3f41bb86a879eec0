//! Getting a trace from a file or from standard input, as often as it is needed, event by event.

pub(crate) mod reception;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, bail};
use litepool_trace::{
    Copier, Event, EventKind, Format, Header, Importer, Interned, Notes, TraceError, WordSize,
    Writer,
};

use crate::output::note;
use crate::units::{count, counted};

/// A trace that was read once.
pub(crate) struct Source {
    /// What to call it in a report.
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) header: Header,
    /// What the events of the first reading mention by number.
    pub(crate) interned: Interned,
    /// How many operations the recording lost at its end, where it was taken up to there.
    pub(crate) lost: Option<u64>,
    again: Again,
    until_loss: bool,
}

/// Where a trace can be read again.
enum Again {
    /// In the file that was named.
    File(PathBuf),
    /// In a copy in the format of traces, which goes with this value.
    Copy(File),
    /// Nowhere.
    Never,
}

/// How to read.
#[derive(Clone, Copy, Default)]
pub(crate) struct Reading {
    /// The format, where the content does not tell.
    pub(crate) format: Option<Format>,
    /// Whether the trace will be read again.
    pub(crate) again: bool,
    /// Whether a recording that lost operations is taken for what it is up to there.
    pub(crate) until_loss: bool,
}

/// Reads a trace of any format from `path`, or from standard input for `-`, and shows each event to
/// `see`. What an importer had to leave out is told on standard error. Memory is that of the live
/// objects and of what the events mention by number.
///
/// # Errors
/// There is no trace. The error says what to do.
pub(crate) fn read(
    path: &Path,
    how: Reading,
    see: impl FnMut(&Event) -> Result<()>,
) -> Result<Source> {
    if path.as_os_str() == "-" {
        let name = "standard input".to_owned();
        return first(name, None, io::stdin().lock(), how, see);
    }
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    let is_regular = match file.metadata() {
        Ok(file) if file.is_dir() => bail!(
            "{name} is a directory; give a trace file, such as `litepool record -o FILE` makes"
        ),
        metadata => metadata.is_ok_and(|file| file.is_file()),
    };
    first(name, is_regular.then_some(path), file, how, see)
}

/// The first reading. `path`: where the same can be read again.
fn first(
    name: String,
    path: Option<&Path>,
    input: impl Read,
    how: Reading,
    mut see: impl FnMut(&Event) -> Result<()>,
) -> Result<Source> {
    let mut input = BufReader::new(input);
    let beginning = input.fill_buf();
    if beginning
        .with_context(|| format!("cannot read {name}"))?
        .is_empty()
    {
        bail!("{name} is empty: did the recording fail?");
    }
    let mut importer =
        Importer::from_reader(input, how.format).map_err(|error| advise(&name, error))?;
    let mut again = match path {
        _ if !how.again => Again::Never,
        Some(path) if importer.format() == Format::Litepool => Again::File(path.to_owned()),
        _ => Again::Copy(tempfile::tempfile().context(
            "cannot make a temporary file for the trace; set TMPDIR to a directory with room",
        )?),
    };
    let mut copy = match &mut again {
        Again::Copy(file) => Some(Copy::new(file)?),
        _ => None,
    };
    let mut gaps = Gaps::default();
    let lost = each(
        &mut importer,
        &name,
        how.until_loss,
        &mut |event, interned| {
            see(event)?;
            gaps.see(event);
            if let Some(copy) = &mut copy {
                copy.take(event, interned)?;
            }
            Ok(true)
        },
    )?;
    if let Some(lost) = lost {
        note(format_args!(
            "{name}: taken up to the loss of {}",
            operations(lost)
        ));
    }
    copy.map(|copy| copy.finish(importer.interned()))
        .transpose()?;
    for line in noted(importer.notes()).chain(gaps.noted()) {
        note(format_args!("{name}: {line}"));
    }
    let format = importer.format();
    let (mut header, interned) = importer.into_parts();
    if header.program.is_empty() {
        header.program.clone_from(&name);
    }
    Ok(Source {
        name,
        format,
        header,
        interned,
        lost,
        again,
        until_loss: how.until_loss,
    })
}

impl Source {
    /// Reads the trace again, and shows each event to `see`, with what the events so far mention by
    /// number, until it says `false`. Returns all that they mention.
    ///
    /// # Errors
    /// The trace can't be read any more; and what `see` says.
    pub(crate) fn again(
        &self,
        mut see: impl FnMut(&Event, &Interned) -> Result<bool>,
    ) -> Result<Interned> {
        let input: Box<dyn Read + '_> = match &self.again {
            Again::File(path) => Box::new(File::open(path).with_context(|| self.lost_it())?),
            Again::Copy(file) => {
                let mut file = file;
                file.rewind().with_context(|| self.lost_it())?;
                Box::new(file)
            }
            Again::Never => bail!("{}", self.lost_it()),
        };
        let mut importer = Importer::from_reader(input, Some(Format::Litepool))
            .map_err(|error| advise(&self.name, error))?;
        each(&mut importer, &self.name, self.until_loss, &mut see)?;
        let (_, interned) = importer.into_parts();
        Ok(interned)
    }

    fn lost_it(&self) -> String {
        format!("cannot read {} again", self.name)
    }
}

/// Shows each event to `see`, with what the events so far mention by number, until it says `false`.
/// Returns how many operations the recording lost, where it is to be taken up to there.
fn each(
    importer: &mut Importer<'_>,
    name: &str,
    until_loss: bool,
    see: &mut dyn FnMut(&Event, &Interned) -> Result<bool>,
) -> Result<Option<u64>> {
    let mut refused = None;
    let end = importer.each(&mut |event, interned| {
        see(event, interned).unwrap_or_else(|error| {
            refused = Some(error);
            false
        })
    });
    match (refused, end) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(None),
        (None, Err(TraceError::Lost { lost, .. })) if until_loss => Ok(Some(lost)),
        (None, Err(error)) => Err(advise(name, error)),
    }
}

/// Writes a copy of what is read once.
struct Copy<'f> {
    writer: Writer<BufWriter<&'f mut File>>,
    copier: Copier,
}

impl<'f> Copy<'f> {
    fn new(file: &'f mut File) -> Result<Self> {
        // The wider word: it takes every size.
        let header = Header {
            word: WordSize::Bits64,
            program: String::new(),
        };
        let writer = Writer::new(BufWriter::new(file), &header).context(COPY)?;
        Ok(Self {
            writer,
            copier: Copier::new(),
        })
    }

    fn take(&mut self, event: &Event, interned: &Interned) -> Result<()> {
        self.copier
            .event(event, interned, &mut self.writer)
            .context(COPY)
    }

    fn finish(mut self, interned: &Interned) -> Result<()> {
        self.copier
            .finish(interned, &mut self.writer)
            .context(COPY)?;
        let mut out = self.writer.finish().context(COPY)?;
        out.flush().context(COPY)
    }
}

const COPY: &str = "cannot write a temporary file for the trace (TMPDIR)";

/// The error, and what the user can do about it.
fn advise(name: &str, error: TraceError) -> Error {
    let advice = match error {
        TraceError::Io { .. } => return Error::new(error).context(format!("cannot read {name}")),
        TraceError::Version { .. } => {
            "record the program again, or use the litepool that wrote the file"
        }
        TraceError::Truncated { .. } => "copy it again, or record the program again",
        TraceError::Damaged { .. } | TraceError::Invalid { .. } => {
            "the file can't be trusted: copy it again (as binary), or record the program again"
        }
        TraceError::Lost { .. } => {
            "record the program again, with more room on the disk or in TMPDIR; or take what is there: \
             litepool import --until-loss FROM -o TO"
        }
        TraceError::Foreign { .. } | TraceError::Unrecognised => {
            "if it is text of one of these tools, name its --format; a table of used blocks or a \
             memory dump has no history: it is read by litepool blocks, leaks, diff, dump"
        }
        TraceError::Line { .. } | TraceError::LineFault { .. } => {
            "mend the line, or name another --format"
        }
        _ => return Error::new(error).context(name.to_owned()),
    };
    Error::msg(format!("{name}: {error}\n  {advice}"))
}

/// Where events are missing in a trace.
#[derive(Default)]
struct Gaps {
    gaps: u64,
    lost: u64,
}

impl Gaps {
    fn see(&mut self, event: &Event) {
        if let EventKind::Gap { lost } = event.kind {
            self.gaps += 1;
            self.lost = self.lost.saturating_add(lost);
        }
    }

    /// What it means for every answer.
    fn noted(&self) -> Option<String> {
        let lost = match self.lost {
            0 => "events".to_owned(),
            lost => counted(lost, "event"),
        };
        (self.gaps > 0).then(|| {
            format!(
                "{lost} were lost in {}, so that no figure is exact",
                counted(self.gaps, "gap")
            )
        })
    }
}

/// What is not in the trace, or was made up, one line for each kind.
fn noted(notes: &Notes) -> impl Iterator<Item = String> {
    let cut = notes.cut_line.map(|line| {
        format!(
            "line {}, the last one, was cut off and is left out",
            count(line)
        )
    });
    let double = notes.first_double_free.map(|line| {
        format!(
            "{} left out, the first on line {}: the program freed what it had freed already",
            counted(notes.double_frees, "double free"),
            count(line)
        )
    });
    let unreadable = notes.first_unreadable_line.map(|line| {
        format!(
            "{} left out, the first is line {}: something else was printed in between",
            counted(notes.unreadable_lines, "line"),
            count(line)
        )
    });
    let counts = [
        (
            notes.unplaced_frees,
            "free",
            "at a moment that is not told, taken for the latest possible one: peaks may be lower",
        ),
        (
            notes.repeated_records,
            "record",
            "left out, which the text has twice",
        ),
        (
            notes.foreign_frees,
            "free",
            "of unknown objects kept, but not replayed",
        ),
        (
            notes.adopted_resizes,
            "resize",
            "of unknown objects taken for allocations",
        ),
        (
            notes.implied_frees,
            "missing free",
            "added: the address was used again",
        ),
        (
            notes.failed_requests,
            "refused request",
            "noted; a replay does not repeat what was refused",
        ),
        (
            notes.rounded_alignments,
            "alignment",
            "rounded up to a power of two, as the C library does",
        ),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, noun, what)| format!("{} {what}", counted(number, noun)));
    let lines = cut.into_iter().chain(double).chain(unreadable);
    let received = notes.reception.iter().flat_map(reception::noted);
    lines.chain(counts).chain(received)
}

fn operations(number: u64) -> String {
    counted(number, "operation")
}
