//! What processes told that were not recorded.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::layout::SANDBOX;
use super::layout::notices::{BYTES, FILTERS, FIRST, SUFFIX, UNNAMED, WORDS};

/// The notices of processes that have no log. Who wants them creates the file before the first
/// program is started, in the place that [`ENV_FILE`](super::ENV_FILE) names.
#[derive(Debug)]
pub struct Notices {
    /// By process: what the recorder said.
    reasons: HashMap<u32, u32>,
    unnamed: u64,
}

impl Notices {
    /// Creates the file for the notices beside the raw log that is going to be made. Every byte is
    /// written, so that later neither a full disk nor a limit of a program's can keep a notice out.
    ///
    /// # Errors
    /// The system's.
    pub fn create(raw: &Path) -> io::Result<()> {
        let mut bytes = vec![0; BYTES as usize];
        bytes[FILTERS * 8..][..8].copy_from_slice(&own_filters().to_ne_bytes());
        File::create_new(path(raw))?.write_all(&bytes)
    }

    /// Reads the notices.
    ///
    /// # Errors
    /// The system's; so if [`Notices::create`] made no file.
    pub fn read(raw: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        File::open(path(raw))?.take(BYTES).read_to_end(&mut bytes)?;
        bytes.resize(BYTES as usize, 0);
        let words: Vec<u64> = bytes
            .as_chunks()
            .0
            .iter()
            .map(|&word| u64::from_ne_bytes(word))
            .collect();
        let reasons = words[FIRST..WORDS]
            .iter()
            .take_while(|&&word| word != 0)
            .map(|&word| (word as u32, (word >> 32) as u32))
            .collect();
        Ok(Self {
            reasons,
            unnamed: words[UNNAMED],
        })
    }

    /// How many processes were not recorded.
    #[must_use]
    pub fn processes(&self) -> u64 {
        self.reasons.len() as u64 + self.unnamed
    }

    /// How many of them were not recorded because only the first process was to be.
    #[must_use]
    pub fn not_wanted(&self) -> u64 {
        self.reasons.values().filter(|&&reason| reason == 0).count() as u64
    }

    /// Why the process with this number was not recorded, or the last program that it became was
    /// not: see [`stop_reason`](super::stop_reason). `None` if it left no notice, or was not to be
    /// recorded.
    #[must_use]
    pub fn reason(&self, process: u32) -> Option<u32> {
        self.reasons
            .get(&process)
            .copied()
            .filter(|&reason| reason != 0)
    }

    /// The reasons of those that should have been recorded, by process. For
    /// [`stop_reason`](super::stop_reason).
    pub fn failures(&self) -> impl Iterator<Item = (u32, u32)> {
        self.reasons
            .iter()
            .map(|(&process, &reason)| (process, reason))
            .filter(|&(_, reason)| reason != 0)
    }
}

/// What stopped a recording, or kept it from beginning, in words.
#[must_use]
pub fn stop_reason(reason: u32) -> String {
    const FILE_TOO_LARGE: u32 = 27;
    const OUT_OF_MEMORY: u32 = 12;
    match reason {
        SANDBOX => "the program entered a sandbox (seccomp), where the log can't grow".into(),
        FILE_TOO_LARGE => {
            "the log would be larger than files of the program may be (ulimit -f)".into()
        }
        OUT_OF_MEMORY => {
            "the log would take address space that the program needs (ulimit -v)".into()
        }
        other => io::Error::from_raw_os_error(other.cast_signed()).to_string(),
    }
}

/// Where the notices are.
fn path(raw: &Path) -> PathBuf {
    let mut path = raw.as_os_str().to_owned();
    path.push(SUFFIX);
    path.into()
}

/// How many seccomp filters this process has, as the kernel says since Linux 5.9.
fn own_filters() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("Seccomp_filters:"));
    line.and_then(|number| number.trim().parse().ok())
        .unwrap_or(0)
}
