//! Why a file tells no names.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a file tells no names.
#[derive(Error, Debug)]
#[non_exhaustive]
pub enum SymbolsError {
    /// The file can't be read.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is a device, a directory or a pipe.
    #[error("{path} is no regular file: name the program's ELF file")]
    NotRegular {
        /// The file.
        path: PathBuf,
    },
    /// It is no program.
    #[error("{}{what}: name the program's ELF file, as the linker wrote it", prefix(.path))]
    NotProgram {
        /// The file; empty: bytes without a name.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// It is damaged.
    #[error("{}a damaged ELF file: {what}", prefix(.path))]
    Damaged {
        /// The file; empty: bytes without a name.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

impl SymbolsError {
    /// The same of a file with a name.
    pub(super) fn at(self, file: &Path) -> Self {
        match self {
            Self::NotProgram { what, .. } => Self::NotProgram {
                path: file.into(),
                what,
            },
            Self::Damaged { what, .. } => Self::Damaged {
                path: file.into(),
                what,
            },
            other => other,
        }
    }
}

fn prefix(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        String::new()
    } else {
        format!("{}: ", path.display())
    }
}
