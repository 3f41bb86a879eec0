//! Reports that go to a file: it appears when it is whole, and what was there before stays until then.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

#[cfg(test)]
mod tests;

/// Writes a file. Where that fails, everything is as it was. What is no regular file, as `/dev/null`,
/// is written as it stands.
///
/// # Errors
/// It can't be written. The error names it.
pub(crate) fn write_file(path: &Path, contents: &[u8]) -> Result<()> {
    let mut file = NewFile::create(path)?;
    let written = file.write_all(contents);
    written.with_context(|| cannot_write(path))?;
    file.finish()
}

/// Adds to the end of a file, which need not be there.
///
/// # Errors
/// It can't be written. The error names it.
pub(crate) fn append_file(path: &Path, contents: &[u8]) -> Result<()> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(contents))
        .with_context(|| cannot_write(path))
}

/// A file that is being written, piece by piece. It takes its place when it is finished; what is
/// dropped before leaves everything as it was, except of what is no regular file.
pub(crate) struct NewFile {
    path: PathBuf,
    out: Out,
}

/// Where the bytes go.
enum Out {
    /// Beside where they are going to be.
    Beside(NamedTempFile),
    /// What is no regular file is written as it stands.
    Itself(File),
}

impl NewFile {
    /// Begins.
    ///
    /// # Errors
    /// It can't be written. The error names it.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        // Where a link leads is where the file is going to be.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let out = Out::create(&path).with_context(|| cannot_write(&path))?;
        Ok(Self { path, out })
    }

    /// The file appears, in place of what was there.
    ///
    /// # Errors
    /// It can't be written. The error names it.
    pub(crate) fn finish(self) -> Result<()> {
        if let Out::Beside(new) = self.out {
            let there = new.persist(&self.path).map_err(|error| error.error);
            there.with_context(|| cannot_write(&self.path))?;
        }
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Beside(new) => new.write(bytes),
            Out::Itself(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Beside(new) => new.flush(),
            Out::Itself(file) => file.flush(),
        }
    }
}

impl Out {
    fn create(path: &Path) -> io::Result<Self> {
        let permissions = match fs::metadata(path) {
            Ok(old) => {
                // A file that is write-protected is not to be replaced.
                let itself = OpenOptions::new().write(true).open(path)?;
                if !old.is_file() {
                    return Ok(Self::Itself(itself));
                }
                Some(old.permissions())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => usual_permissions(),
            Err(error) => return Err(error),
        };
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        if let Some(permissions) = permissions {
            builder.permissions(permissions);
        }
        let new = builder
            .prefix(".litepool-")
            .tempfile_in(directory.unwrap_or(Path::new(".")))?;
        Ok(Self::Beside(new))
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// Those of a new file: what the user's mask leaves of all.
#[cfg(unix)]
fn usual_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;

    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn usual_permissions() -> Option<Permissions> {
    None
}
