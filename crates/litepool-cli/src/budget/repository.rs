//! Where the sources are in the repository, whatever directory they were compiled in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[cfg(test)]
mod tests;

/// The repository that `litepool.toml` is in.
#[derive(Debug)]
pub(super) struct Repository {
    /// Its directory.
    root: PathBuf,
    /// Directories that stand for it.
    sources: Vec<String>,
}

/// What others wrote, and what they compiled: never a part of the repository because of its name
/// alone.
const FOREIGN: [&str; 5] = [
    "/.cargo/",
    "/rustc/",
    "/usr/",
    "/lib/rustlib/",
    "/nix/store/",
];

impl Repository {
    /// The one that a file is in: up from its directory to one that has a `.git`. Without one, its
    /// directory. `sources`: directories that stand for the repository's.
    pub(super) fn of(file: &Path, sources: &[String]) -> Self {
        let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        let directory = file.parent().unwrap_or(Path::new(""));
        let has_git = |directory: &&Path| directory.join(".git").exists();
        let root = directory.ancestors().find(has_git).unwrap_or(directory);
        let of_root = root.to_string_lossy().into_owned();
        let clean = |directory: &String| directory.trim_end_matches('/').to_owned();
        Self {
            root: root.to_owned(),
            sources: sources.iter().map(clean).chain([of_root]).collect(),
        }
    }

    /// Finds out where the sources were compiled, if that is another directory than where they are
    /// now: the one that makes most of these files ones of the repository. Returns it, if there is
    /// one.
    pub(super) fn learn<'f>(&mut self, files: impl Iterator<Item = &'f str>) -> Option<&str> {
        let files: BTreeSet<&str> = files
            .filter(|file| file.starts_with('/') && self.path(file).is_none())
            .filter(|file| !FOREIGN.iter().any(|foreign| file.contains(foreign)))
            .collect();
        let mut directories = BTreeMap::<&str, usize>::new();
        for file in files {
            let ends = file.match_indices('/').map(|(index, _)| index);
            let directory = ends
                .filter(|&end| self.is_here(&file[end + 1..]))
                .map(|end| &file[..end])
                .next();
            if let Some(directory) = directory {
                *directories.entry(directory).or_default() += 1;
            }
        }
        let most = directories
            .into_iter()
            .max_by_key(|&(directory, files)| (files, std::cmp::Reverse(directory)));
        self.sources.push(most?.0.to_owned());
        self.sources.last().map(String::as_str)
    }

    /// A source file from the repository's directory; `None` if it is not in it.
    pub(super) fn path(&self, file: &str) -> Option<String> {
        if !file.starts_with('/') {
            return self.is_here(file).then(|| clean(file)).flatten();
        }
        let file = clean(file)?;
        let within = |directory: &String| {
            let path = file.strip_prefix(directory.as_str())?.strip_prefix('/')?;
            self.is_here(path).then(|| path.to_owned())
        };
        self.sources.iter().find_map(within)
    }

    /// The same of a file that is there.
    pub(super) fn path_of(&self, file: &Path) -> String {
        let whole = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        let path = whole.strip_prefix(&self.root).unwrap_or(&whole);
        path.to_string_lossy().into_owned()
    }

    /// Whether the repository has a file of this name.
    fn is_here(&self, path: &str) -> bool {
        clean(path).is_some_and(|path| self.root.join(path).is_file())
    }
}

/// The path without `.` and `..`; `None` if it leads above where it begins.
fn clean(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let start = if path.starts_with('/') { "/" } else { "" };
    (!parts.is_empty()).then(|| format!("{start}{}", parts.join("/")))
}
