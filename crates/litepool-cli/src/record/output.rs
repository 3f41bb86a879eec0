//! The file that a trace is written to: it appears when it is whole, and what was there before
//! stays until then.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::signals::Signals;

/// Where a trace is going to be.
pub(super) struct Output {
    path: PathBuf,
}

/// What is written to in the meantime.
enum Target {
    /// A new file beside the one that it is going to be, which it takes the place of.
    New(NamedTempFile, PathBuf),
    /// What is no file, as `/dev/null`, or can't get a file beside it.
    Itself(File),
}

impl Output {
    /// A file that can be written, which is found out now. Nothing is changed yet.
    ///
    /// # Errors
    /// It can't be written.
    pub(super) fn new(path: &Path) -> Result<Self> {
        let output = Self { path: path.into() };
        output.target().with_context(|| output.cannot_write())?;
        Ok(output)
    }

    /// The path as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file. Where that fails, or a signal ends the command, everything is as it was.
    ///
    /// # Errors
    /// What `fill` says, and what the system says.
    pub(super) fn write<T>(
        &self,
        fill: impl FnOnce(&mut dyn Write) -> Result<(T, Keep)>,
    ) -> Result<T> {
        let mut target = self.target().with_context(|| self.cannot_write())?;
        let mut buffer = BufWriter::new(Interruptible(match &mut target {
            Target::New(file, _) => file.as_file_mut(),
            Target::Itself(file) => file,
        }));
        let (result, keep) = fill(&mut buffer)?;
        buffer.flush().with_context(|| self.cannot_write())?;
        drop(buffer);
        if let (Target::New(file, path), Keep::Yes) = (target, keep) {
            file.persist(path)
                .map_err(|error| error.error)
                .with_context(|| self.cannot_write())?;
        }
        Ok(result)
    }

    fn target(&self) -> io::Result<Target> {
        // Where a link leads is where the file is going to be.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let old = match fs::metadata(&path) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let itself = || OpenOptions::new().write(true).open(&path);
        if let Some(old) = &old {
            // A file that is write-protected is not to be replaced.
            let itself = itself()?;
            if !old.is_file() {
                return Ok(Target::Itself(itself));
            }
        }
        let permissions = old.map_or(Permissions::from_mode(0o666), |old| old.permissions());
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let new = tempfile::Builder::new()
            .prefix(".litepool-")
            .permissions(permissions)
            .tempfile_in(directory);
        match new {
            Ok(file) => Ok(Target::New(file, path)),
            Err(error) => itself().map(Target::Itself).map_err(|_| error),
        }
    }

    pub(super) fn cannot_write(&self) -> String {
        format!("cannot write {}", self.path.display())
    }
}

/// Whether what was written is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Yes,
    No,
}

/// Refuses to write when a signal is to end the command.
struct Interruptible<'a>(&'a mut File);

impl Write for Interruptible<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if Signals::ending().is_some() {
            return Err(io::Error::other("stopped by a signal"));
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
