//! Starts the program with the recorder in front of its allocator, and waits for its end.

use std::env;
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Child, Command, ExitStatus};
use std::thread;

use anyhow::{Context, Result, bail};
use litepool_trace::recording::{ENV_CHILDREN, ENV_FILE};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use tempfile::TempDir;

/// The recorder: a shared library, built by this crate's build script.
static RECORDER: &[u8] = include_bytes!(env!("LITEPOOL_RECORDER"));

const PRELOAD: &str = "LD_PRELOAD";

/// A directory for the recorder and its logs. It goes with this value, unless it is to be kept.
pub(super) struct Workshop {
    directory: PathBuf,
    /// Removes the directory.
    _temporary: Option<TempDir>,
    /// The recorder, where it isn't in the directory that goes.
    library: PathBuf,
    _library_directory: Option<TempDir>,
}

impl Workshop {
    /// A new directory: `keep`, or a temporary one.
    pub(super) fn new(keep: Option<&Path>) -> Result<Self> {
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
        fs::write(&library, RECORDER)
            .with_context(|| format!("cannot write {}", library.display()))?;
        let Some(keep) = keep else {
            let directory = absolute(temporary.path())?;
            return Ok(Self {
                directory,
                _temporary: Some(temporary),
                library,
                _library_directory: None,
            });
        };
        DirBuilder::new()
            .mode(0o700)
            .create(keep)
            .with_context(|| {
                format!(
                    "cannot make the directory {} for the raw logs; remove what is there",
                    keep.display()
                )
            })?;
        Ok(Self {
            directory: absolute(keep)?,
            _temporary: None,
            library,
            _library_directory: Some(temporary),
        })
    }

    /// The first process's raw log; those of others are named after it.
    pub(super) fn raw(&self) -> PathBuf {
        self.directory.join("raw")
    }

    /// Starts the program under the recorder.
    pub(super) fn start(&self, program: &[OsString], children: bool) -> Result<Child> {
        let Some((name, arguments)) = program.split_first() else {
            bail!("no program to run is given")
        };
        let mut preload = self.library.clone().into_os_string();
        if preload.to_string_lossy().contains([' ', ':']) {
            bail!(
                "the dynamic linker can't load {}: its path contains a blank or a colon; set TMPDIR to another directory",
                self.library.display()
            );
        }
        if let Some(others) = env::var_os(PRELOAD).filter(|others| !others.is_empty()) {
            preload.push(":");
            preload.push(others);
        }
        Command::new(name)
            .args(arguments)
            .env(PRELOAD, preload)
            .env(ENV_FILE, self.raw())
            .env(ENV_CHILDREN, if children { "1" } else { "0" })
            .spawn()
            .with_context(|| format!("cannot run {}", Path::new(name).display()))
    }
}

/// Takes care of signals while the program runs. What is typed to interrupt it reaches the program itself, which
/// decides what to do; the command stays to save the recording. A request to terminate is handed on.
pub(super) struct Relay(Signals);

impl Relay {
    /// Takes over. To be done before the program is started, so that no signal ends the command alone.
    pub(super) fn new() -> Result<Self> {
        let signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]);
        signals.map(Self).context("cannot take care of signals")
    }

    /// Waits for the program's end.
    pub(super) fn wait(self, child: &mut Child) -> Result<ExitStatus> {
        let Self(mut signals) = self;
        let handle = signals.handle();
        let pid = child.id();
        let forwarder = thread::spawn(move || {
            for signal in signals.forever() {
                if signal == SIGTERM {
                    terminate(pid);
                }
            }
        });
        let status = child.wait().context("cannot wait for the program's end");
        handle.close();
        drop(forwarder.join());
        status
    }
}

fn terminate(pid: u32) {
    // SAFETY: no memory is involved. The process is our child and not yet waited for, so the number is still its.
    if unsafe { libc::kill(pid as libc::pid_t, SIGTERM) } != 0 {
        eprintln!(
            "litepool: cannot hand the signal on: {}",
            io::Error::last_os_error()
        );
    }
}

/// The code to exit with: the program's own, or 128 + the signal that ended it.
pub(super) fn exit_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.map_or(u8::MAX, |code| code as u8)
}
