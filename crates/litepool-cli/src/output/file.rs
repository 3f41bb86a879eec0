//! Reports that go to a file: it appears when it is whole, and what was there before stays until then.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};

#[cfg(test)]
mod tests;

/// Writes a file. Where that fails, everything is as it was. What is no regular file, as `/dev/null`,
/// is written as it stands.
///
/// # Errors
/// It can't be written. The error names it.
pub(crate) fn write_file(path: &Path, contents: &[u8]) -> Result<()> {
    replace(path, contents).with_context(|| format!("cannot write {}", path.display()))
}

/// Adds to the end of a file, which need not be there.
///
/// # Errors
/// It can't be written. The error names it.
pub(crate) fn append_file(path: &Path, contents: &[u8]) -> Result<()> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(contents))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    // Where a link leads is where the file is going to be.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let permissions = match fs::metadata(path) {
        Ok(old) => {
            // A file that is write-protected is not to be replaced.
            let mut itself = OpenOptions::new().write(true).open(path)?;
            if !old.is_file() {
                return itself.write_all(contents);
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
    let mut new = builder
        .prefix(".litepool-")
        .tempfile_in(directory.unwrap_or(Path::new(".")))?;
    new.write_all(contents)?;
    new.persist(path).map_err(|error| error.error)?;
    Ok(())
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
