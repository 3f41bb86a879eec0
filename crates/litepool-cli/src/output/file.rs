//! Reports that go to a file: it appears when it is whole, and what was there before stays until then.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

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

/// Whether these are one file, whatever it is called.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| fs::canonicalize(path).ok();
    whole(one).is_some_and(|path| whole(other) == Some(path))
}

/// Refuses to write over what is read, whatever it is called. `-` is standard input.
///
/// # Errors
/// The output is one of the inputs. The error names it.
pub(crate) fn ensure_apart<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<()> {
    for input in inputs {
        let input = match input.as_os_str() == "-" {
            true => Path::new("/dev/stdin"),
            false => input,
        };
        ensure!(
            !is_same_file(input, output),
            "{} is read, and would be written over: name another output",
            output.display()
        );
    }
    Ok(())
}

/// A file that is being written, piece by piece. It takes its place when it is finished; what is
/// dropped or interrupted before leaves everything as it was, except of what is no regular file.
pub(crate) struct NewFile {
    path: PathBuf,
    out: Out,
}

/// Where the bytes go.
enum Out {
    /// To a file without a name, on the disk where it is going to be: it goes with this process.
    Nameless(File, Option<Permissions>),
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
        match self.out {
            Out::Nameless(file, permissions) => {
                appear(file, permissions, &self.path).with_context(|| cannot_write(&self.path))
            }
            Out::Itself(_) => Ok(()),
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (Out::Nameless(file, _) | Out::Itself(file)) = &mut self.out;
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let (Out::Nameless(file, _) | Out::Itself(file)) = &mut self.out;
        file.flush()
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
        let file = tempfile::tempfile_in(directory(path))?;
        Ok(Self::Nameless(file, permissions))
    }
}

/// The file gets its name, in the moment in which all of it is there.
fn appear(mut file: File, permissions: Option<Permissions>, path: &Path) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    if let Some(permissions) = permissions {
        builder.permissions(permissions);
    }
    let mut new = builder.prefix(".litepool-").tempfile_in(directory(path))?;
    file.rewind()?;
    // The kernel does that, without the bytes coming here.
    io::copy(&mut file, new.as_file_mut())?;
    new.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn directory(path: &Path) -> &Path {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    directory.unwrap_or(Path::new("."))
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
