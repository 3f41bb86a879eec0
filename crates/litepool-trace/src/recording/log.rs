//! The raw logs of a recording, and which of them belongs to what.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::convert::{Converter, Summary, slots_in};
use super::error::RecordingError;
use super::layout::{Kind, header};
use super::slots::Slots;
use super::texts::{Texts, text_of};
use crate::file::Writer;
use crate::interned::{Location, Module};
use crate::op::{Header, WordSize};

/// All raw logs that were written for one [`ENV_FILE`](super::ENV_FILE).
#[derive(Debug)]
pub struct Recording {
    logs: Vec<Log>,
}

impl Recording {
    /// Finds the raw logs: the one with this path, and those with this path and a process id.
    ///
    /// # Errors
    /// [`RecordingError::Missing`] if there are none, and what [`Log::open`] says of any of them, but for logs that were
    /// created and never begun.
    pub fn open(raw: &Path) -> Result<Self, RecordingError> {
        let io = |source| RecordingError::Io {
            path: raw.into(),
            offset: 0,
            source,
        };
        let missing = || RecordingError::Missing { path: raw.into() };
        let name = raw
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(missing)?;
        let directory = raw
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let mut logs = Vec::new();
        for entry in directory.read_dir().map_err(io)? {
            let entry = entry.map_err(io)?;
            if entry
                .file_name()
                .to_str()
                .and_then(|entry| entry.strip_prefix(name))
                .is_some_and(is_suffix)
            {
                match Log::open(&entry.path()) {
                    Ok(log) => logs.push(log),
                    Err(RecordingError::Unbegun { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        if logs.is_empty() {
            return Err(missing());
        }
        logs.sort_by_key(|log| log.header[header::STARTED]);
        Ok(Self { logs })
    }

    /// The logs, in the order in which they were begun.
    #[must_use]
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The log of the last program that ran in this process: a program that called `exec` has one
    /// for each.
    #[must_use]
    pub fn last_program_of(&self, pid: u32) -> Option<&Log> {
        self.logs.iter().rfind(|log| log.pid() == pid)
    }
}

/// Whether this is what the recorder adds to a name: nothing, or `.` and digits, once or twice.
fn is_suffix(suffix: &str) -> bool {
    let mut parts = suffix.split('.');
    parts.next() == Some("")
        && parts.clone().count() <= 2
        && parts.all(|part| part.parse::<u32>().is_ok())
}

/// One raw log: the heap operations of one program in one process.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    header: [u64; header::WORDS],
    word: WordSize,
    command: String,
    /// The log from which this process was forked.
    parent: Option<PathBuf>,
}

impl Log {
    /// Opens a raw log and reads its beginning.
    ///
    /// # Errors
    /// [`RecordingError`], with the place of what is wrong.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let (header, mut slots) = Slots::open(path)?;
        let damaged = |offset, what| RecordingError::Damaged {
            path: path.into(),
            offset,
            what,
        };
        let word = match header[header::WORD] {
            4 => WordSize::Bits32,
            8 => WordSize::Bits64,
            _ => {
                return Err(damaged(
                    header::WORD as u64 * 8,
                    "a word size that is neither 4 nor 8 bytes",
                ));
            }
        };
        let (mut command, mut parent, mut texts) = (String::new(), None, Texts::default());
        let mut goes_on = false;
        while let Some(Some(slot)) = slots.next()? {
            if !matches!(slot.kind, Kind::Command | Kind::Parent | Kind::Text) {
                goes_on = true;
                break;
            }
            match texts.take(slot) {
                Some((slot, text)) if slot.kind == Kind::Command => {
                    let text = text.strip_suffix(&[0]).unwrap_or(&text);
                    command = String::from_utf8_lossy(text).replace('\0', " ");
                }
                Some((_, text)) => {
                    parent = Some(path.with_file_name(String::from_utf8_lossy(&text).as_ref()));
                }
                None => {}
            }
        }
        // A log that could not grow, or whose process ended at once, may say no more than its
        // header does.
        if goes_on && header[header::PARENT] != 0 && parent.is_none() {
            return Err(damaged(
                header::PARENT as u64 * 8,
                "a forked process that doesn't name its parent's log",
            ));
        }
        Ok(Self {
            path: path.into(),
            header,
            word,
            command,
            parent,
        })
    }

    /// Where the log is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The process that was recorded.
    #[must_use]
    pub fn pid(&self) -> u32 {
        u32::try_from(self.header[header::PID]).unwrap_or(0)
    }

    /// Of a process that was forked from a recorded one, and so has its heap: that other process.
    #[must_use]
    pub fn parent(&self) -> Option<u32> {
        u32::try_from(self.header[header::PARENT])
            .ok()
            .filter(|&parent| parent != 0)
    }

    /// The program's command line, arguments separated by blanks.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// The name that the system gave the program when it was started: the first 15 bytes of its
    /// file's name.
    #[must_use]
    pub fn name(&self) -> String {
        text_of(&self.header[header::NAME..][..2])
    }

    /// The header for the trace that this log becomes.
    #[must_use]
    pub fn trace_header(&self) -> Header {
        Header {
            word: self.word,
            program: self.command.clone(),
        }
    }

    /// Converts the log. A forked process's trace begins with the past of its heap in the process
    /// that it was forked from, whose log must still be there. Memory grows with the addresses that
    /// were used, not with the log; time with the log.
    ///
    /// # Errors
    /// [`RecordingError`]: where and why this log or one that it continues can't be read, or the
    /// trace can't be written.
    pub fn convert<W: Write>(&self, writer: &mut Writer<W>) -> Result<Summary, RecordingError> {
        self.convert_with(writer, |_, _| Vec::new(), |_, _| {})
    }

    /// As [`Log::convert`]. The trace's frames get the names that `namer` gives them: the places in
    /// the sources, at most [`MAX_LOCATIONS`](crate::MAX_LOCATIONS), of the return address that is
    /// this offset in this module. `progress` learns now and then how many bytes are done, of how
    /// many.
    ///
    /// # Errors
    /// As [`Log::convert`].
    pub fn convert_with<W: Write>(
        &self,
        writer: &mut Writer<W>,
        mut namer: impl FnMut(&Module, u64) -> Vec<Location>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Summary, RecordingError> {
        let past = self.past()?;
        // A log may be growing still; what was there at first is what counts for the progress.
        let mut line = Vec::new();
        let followers = past.iter().skip(1).chain(std::iter::once(self));
        for (log, most) in past
            .iter()
            .zip(followers.map(|log| log.header[header::FORKED_AT]))
        {
            line.push((Slots::open(&log.path)?, most));
        }
        line.push((Slots::open(&self.path)?, u64::MAX));
        let all = line
            .iter()
            .map(|((_, slots), most)| slots_in(slots.bytes()).min(*most))
            .sum::<u64>();
        let all = all * super::layout::SLOT_BYTES;

        let start = past.first().unwrap_or(self).header[header::STARTED];
        let mut converter = Converter::new(writer, &mut namer, start);
        let (mut done, last) = (0, line.len() - 1);
        for (index, ((header, slots), most)) in line.iter_mut().enumerate() {
            converter.take(slots, *most, |bytes| progress(done + bytes, all))?;
            done += slots_in(slots.bytes()).min(*most) * super::layout::SLOT_BYTES;
            if index < last {
                // Slots that were claimed when the log could grow no more are beyond its end.
                converter.fork(*most > slots_in(slots.bytes()))?;
            } else {
                let stopped = u32::try_from(header[header::STOPPED]).unwrap_or(u32::MAX);
                converter.counted(header[header::LOST], stopped);
            }
        }
        Ok(converter.finish())
    }

    /// The logs that this one continues, the oldest first.
    fn past(&self) -> Result<Vec<Self>, RecordingError> {
        let mut past: Vec<Self> = Vec::new();
        let mut parent = self.parent.clone();
        while let Some(path) = parent {
            let problem = |source| RecordingError::Parent {
                path: self.path.clone(),
                source: Box::new(source),
            };
            let log = Self::open(&path).map_err(problem)?;
            // A parent was always begun before; what isn't so was put together by hand, perhaps in
            // a circle.
            let child = past.last().unwrap_or(self);
            if log.header[header::STARTED] >= child.header[header::STARTED] {
                let what = "a parent's log that was begun after its child's";
                let offset = header::STARTED as u64 * 8;
                return Err(problem(RecordingError::Damaged { path, offset, what }));
            }
            parent = log.parent.clone();
            past.push(log);
        }
        past.reverse();
        Ok(past)
    }
}
