//! Where a link leads.

use std::path::{Path, PathBuf};

use crate::repository::{URL, normal};

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// Into the repository.
    Here {
        /// The file or directory, by its path from the root.
        path: PathBuf,
        /// The anchor, if it has one.
        anchor: Option<String>,
        /// Whether it is written as an address on the web.
        is_absolute: bool,
    },
    /// To another site. It is not looked up: a test needs no network.
    Elsewhere,
    /// Out of the repository by a relative path: nowhere.
    Outside,
}

/// Where a link on the page `from` leads.
#[must_use]
pub fn target(from: &Path, destination: &str) -> Target {
    let own = destination.strip_prefix(URL).and_then(|path| {
        path.strip_prefix("/blob/main/")
            .or_else(|| path.strip_prefix("/tree/main/"))
    });
    if own.is_none() && (destination.contains("://") || destination.starts_with("mailto:")) {
        return Target::Elsewhere;
    }
    let (path, anchor) = match own.unwrap_or(destination).split_once('#') {
        Some((path, anchor)) => (path, Some(anchor.to_string())),
        None => (own.unwrap_or(destination), None),
    };
    let directory = from.parent().unwrap_or(Path::new(""));
    let path = match own {
        Some(_) => normal(Path::new(path)),
        None if path.is_empty() => Some(from.to_path_buf()),
        None => normal(&directory.join(path)),
    };
    match path {
        Some(path) => Target::Here {
            path,
            anchor,
            is_absolute: own.is_some(),
        },
        None => Target::Outside,
    }
}

#[cfg(test)]
mod tests;
