//! The files of the repository.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::page::Page;

/// Where the repository is read on the web. Stated once, for all crates, in the workspace's
/// manifest.
pub const URL: &str = env!("CARGO_PKG_REPOSITORY");

/// The repository: where it is, and its pages.
pub struct Repository {
    root: PathBuf,
    pages: BTreeMap<PathBuf, Page>,
}

impl Repository {
    /// The repository that this crate stands in. Reads every page.
    ///
    /// # Errors
    ///
    /// A directory or page can't be read.
    pub fn here() -> io::Result<Self> {
        Self::at(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../..")
                .canonicalize()?,
        )
    }

    /// The repository at `root`. Reads every page.
    ///
    /// # Errors
    ///
    /// A directory or page can't be read.
    pub fn at(root: PathBuf) -> io::Result<Self> {
        let mut pages = BTreeMap::new();
        for path in files(&root, &|name| name.ends_with(".md"))? {
            let text = fs::read_to_string(root.join(&path))?;
            pages.insert(path.clone(), Page::new(path, text));
        }
        Ok(Self { root, pages })
    }

    /// Its directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All pages, by their paths from the root.
    #[must_use]
    pub fn pages(&self) -> &BTreeMap<PathBuf, Page> {
        &self.pages
    }

    /// Sources and settings that may name a page, by their paths from the root. A name without a
    /// dot is that of a script.
    ///
    /// # Errors
    ///
    /// A directory can't be read.
    pub fn sources(&self) -> io::Result<Vec<PathBuf>> {
        let endings = [
            ".rs", ".toml", ".c", ".h", ".sh", ".yml", ".cmake", ".gni", ".py", ".mjs", ".js",
        ];
        files(&self.root, &|name| {
            !name.contains('.') || endings.iter().any(|ending| name.ends_with(ending))
        })
    }

    /// The directories of crates that are published: members of the workspace whose manifest does
    /// not say otherwise.
    #[must_use]
    pub fn published(&self) -> Vec<PathBuf> {
        let Ok(crates) = fs::read_dir(self.root.join("crates")) else {
            return Vec::new();
        };
        let is_published = |path: &PathBuf| {
            let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap_or_default();
            manifest.contains("version.workspace = true") && !manifest.contains("publish = false")
        };
        let crates = crates.flatten().map(|entry| entry.path());
        let mut published: Vec<_> = crates
            .filter(is_published)
            .filter_map(|path| path.strip_prefix(&self.root).ok().map(Path::to_path_buf))
            .collect();
        published.sort();
        published
    }
}

/// The files below `root` whose name `wants`, by their paths from there. What is built, hidden, or
/// a link elsewhere is left out.
fn files(root: &Path, wants: &dyn Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let kind = entry.file_type()?;
            if kind.is_dir() && !name.starts_with('.') && name != "target" {
                directories.push(entry.path());
            } else if kind.is_file() && wants(&name) {
                let path = entry.path();
                found.push(
                    path.strip_prefix(root)
                        .map_or(path.clone(), Path::to_path_buf),
                );
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `path` without `.` and `..`; nothing if it leads out of where it begins.
#[must_use]
pub fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => normal.push(name),
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}

/// The relative path that leads from the directory of the file `from` to `to`.
#[must_use]
pub fn relative(from: &Path, to: &Path) -> PathBuf {
    let from: Vec<_> = from
        .parent()
        .unwrap_or(Path::new(""))
        .components()
        .collect();
    let to: Vec<_> = to.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| Component::ParentDir);
    up.chain(to[common..].iter().copied()).collect()
}
