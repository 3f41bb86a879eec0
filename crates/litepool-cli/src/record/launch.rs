//! Starts the program with the recorder in front of its allocator.

use std::env;
use std::ffi::{CString, OsStr};
use std::fs::{self, DirBuilder};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Child, Command};

use anyhow::{Context, Result, bail};
use litepool_trace::recording::{ENV_CHILDREN, ENV_DEPTH, ENV_FILE, Notices};
use tempfile::TempDir;

use super::signals::Signals;
use super::unrecorded;
use super::watch::Watch;
use crate::args::Record;

/// The recorder: a shared library, built by this crate's build script.
static RECORDER: &[u8] = include_bytes!(env!("LITEPOOL_RECORDER"));

/// The recorder for programs of 32 bits, where the build could make one.
#[cfg(narrow_recorder)]
static NARROW_RECORDER: Option<&[u8]> = Some(include_bytes!(env!("LITEPOOL_NARROW_RECORDER")));
#[cfg(not(narrow_recorder))]
static NARROW_RECORDER: Option<&[u8]> = None;

const PRELOAD: &str = "LD_PRELOAD";

/// A directory for the recorder and its logs. It goes with this value, unless it is to be kept.
pub(super) struct Workshop {
    directory: PathBuf,
    /// The recorder, in a directory that goes.
    library: PathBuf,
    temporary: TempDir,
}

impl Workshop {
    /// A new directory for the recording of this program: `keep`, or a temporary one.
    pub(super) fn new(keep: Option<&Path>, program: &OsStr) -> Result<Self> {
        let recorder = recorder(program)?;
        let temporary = tempfile::Builder::new()
            .prefix("litepool-")
            .tempdir()
            .with_context(|| {
                format!(
                    "cannot make a directory in {}; set TMPDIR to one you can write to",
                    env::temp_dir().display()
                )
            })?;
        let library = absolute(temporary.path().join("liblitepool_record.so"))?;
        if library.to_string_lossy().contains([' ', ':']) {
            bail!(
                "the dynamic linker can't load {}: its path contains a blank or a colon; set \
                 TMPDIR to another directory",
                library.display()
            );
        }
        if forbids_programs(temporary.path()) {
            bail!(
                "no library can be loaded from {}: it is mounted noexec; set TMPDIR to another \
                 directory",
                env::temp_dir().display()
            );
        }
        fs::write(&library, recorder)
            .with_context(|| format!("cannot write {}", library.display()))?;
        if let Some(keep) = keep {
            DirBuilder::new()
                .mode(0o700)
                .create(keep)
                .with_context(|| {
                    format!(
                        "cannot make the directory {} for the raw logs; remove what is there",
                        keep.display()
                    )
                })?;
        }
        let workshop = Self {
            directory: absolute(keep.unwrap_or(temporary.path()))?,
            library,
            temporary,
        };
        Notices::create(&workshop.raw())
            .with_context(|| format!("cannot write in {}", workshop.directory.display()))?;
        Ok(workshop)
    }

    /// The first process's raw log; those of others are named after it.
    pub(super) fn raw(&self) -> PathBuf {
        self.directory.join("raw")
    }

    /// What must not stay behind.
    pub(super) fn temporary(&self) -> &Path {
        self.temporary.path()
    }

    /// Starts the program under the recorder.
    pub(super) fn start(&self, args: &Record, signals: &Signals, watch: &Watch) -> Result<Child> {
        let Some((name, arguments)) = args.program.split_first() else {
            bail!("no program to run is given")
        };
        let mut preload = self.library.clone().into_os_string();
        if let Some(others) = env::var_os(PRELOAD).filter(|others| !others.is_empty()) {
            preload.push(":");
            preload.push(others);
        }
        let mut command = Command::new(name);
        command
            .args(arguments)
            .env(PRELOAD, preload)
            .env(ENV_FILE, self.raw())
            .env(ENV_CHILDREN, if args.children { "1" } else { "0" })
            .env(ENV_DEPTH, args.depth.to_string());
        signals.prepare(&mut command, watch.program());
        command.spawn().with_context(|| {
            if self.directory != self.temporary.path() {
                drop(fs::remove_dir_all(&self.directory));
            }
            format!("cannot run {}", Path::new(name).display())
        })
    }
}

/// The recorder of the program's word size.
fn recorder(program: &OsStr) -> Result<&'static [u8]> {
    if !unrecorded::is_narrow(program) {
        return Ok(RECORDER);
    }
    NARROW_RECORDER.with_context(|| {
        format!(
            "{} is a program of 32 bits, and this litepool was built without the recorder for \
             those: install gcc-multilib, run `rustup target add i686-unknown-linux-gnu`, and \
             build litepool again",
            program.display()
        )
    })
}

/// Whether nothing in this directory can be run, or loaded as a library.
fn forbids_programs(directory: &Path) -> bool {
    let Ok(path) = CString::new(directory.as_os_str().as_bytes()) else {
        return false;
    };
    let mut found = MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the path ends with a zero; the place takes the result, and all zeroes is a valid one.
    let (answer, found) = unsafe {
        let answer = libc::statvfs(path.as_ptr(), found.as_mut_ptr());
        (answer, found.assume_init())
    };
    answer == 0 && found.f_flag & libc::ST_NOEXEC != 0
}
