//! Finding and reading files: programs, and the debug files of programs.

use std::fs::File;
use std::io::Read;
use std::iter::repeat_n;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SymbolsError;
use super::elf::Elf;

/// Where distributions install debug files.
pub(super) const DEBUG_DIRECTORY: &str = "/usr/lib/debug";

/// Reads a file whole. Only a regular one: others may have no end, or wait.
pub(super) fn read(path: &Path) -> Result<Arc<[u8]>, SymbolsError> {
    let failed = |source| SymbolsError::Io {
        path: path.into(),
        source,
    };
    // Before it is opened: opening a pipe waits.
    let status = path.metadata().map_err(failed)?;
    if !status.is_file() {
        return Err(SymbolsError::NotRegular { path: path.into() });
    }
    let length = usize::try_from(status.len()).unwrap_or(usize::MAX);
    let mut bytes: Arc<[u8]> = repeat_n(0, length).collect();
    if let Some(bytes) = Arc::get_mut(&mut bytes) {
        let mut file = File::open(path).map_err(failed)?;
        file.read_exact(bytes).map_err(failed)?;
    }
    Ok(bytes)
}

/// The separate debug file of a program, if there is one, and its path. GDB looks in the same places
/// ("Debugging Information in Separate Files").
pub(super) fn debug_file(
    elf: &Elf,
    path: &Path,
    directory: &Path,
    notes: &mut Vec<String>,
) -> Option<(Elf, PathBuf)> {
    let by_id = by_build_id(&elf.build_id, directory);
    let (name, crc) = match &elf.debug_link {
        Some((name, crc)) => (Some(name.as_path()), Some(*crc)),
        None => (None, None),
    };
    let by_name = name.map(|name| by_name(name, path, directory));
    for candidate in by_id.into_iter().chain(by_name.into_iter().flatten()) {
        if is_same_file(&candidate, path) {
            continue;
        }
        let Ok(debug) = read(&candidate).and_then(Elf::parse) else {
            continue;
        };
        let is_ours = if elf.build_id.is_empty() || debug.build_id.is_empty() {
            crc == Some(crc32fast::hash(&debug.bytes))
        } else {
            elf.build_id == debug.build_id
        };
        if is_ours {
            return Some((debug, candidate));
        }
        notes.push(of_another_build(&candidate, path));
    }
    None
}

/// The file that a program, or its debug file, shares debug information with.
pub(super) fn alternative_file(
    elf: &Elf,
    path: &Path,
    directory: &Path,
    notes: &mut Vec<String>,
) -> Option<Elf> {
    // A program that was stripped may still say with what it shared.
    let link = elf.alternative_link.as_ref();
    let (name, id) = link.filter(|_| elf.has_debug_info())?;
    // The name is relative to where the file really is.
    let real = path.canonicalize();
    let beside = real.as_deref().unwrap_or(path).parent()?.join(name);
    for candidate in std::iter::once(beside).chain(by_build_id(id, directory)) {
        let Ok(alternative) = read(&candidate).and_then(Elf::parse_shared) else {
            continue;
        };
        if alternative.build_id == *id {
            return Some(alternative);
        }
        notes.push(of_another_build(&candidate, path));
    }
    notes.push(format!(
        "{} shares debug information with {}, which is not there: some functions have no lines",
        path.display(),
        name.display()
    ));
    None
}

fn of_another_build(debug: &Path, program: &Path) -> String {
    format!(
        "{} belongs to another build than {}: it is not used",
        debug.display(),
        program.display()
    )
}

/// `.build-id/ab/cdef….debug` in the directory.
fn by_build_id(id: &[u8], directory: &Path) -> Option<PathBuf> {
    let (first, rest) = id.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let rest: String = rest.iter().map(|byte| format!("{byte:02x}")).collect();
    let directory = directory.join(".build-id").join(format!("{first:02x}"));
    Some(directory.join(format!("{rest}.debug")))
}

/// The places of a debug file with a name.
fn by_name(name: &Path, program: &Path, directory: &Path) -> Vec<PathBuf> {
    // A name with directories could point anywhere.
    let Some(name) = name.file_name() else {
        return Vec::new();
    };
    let real = program.canonicalize();
    let Some(beside) = real.as_deref().unwrap_or(program).parent() else {
        return Vec::new();
    };
    let below = beside.strip_prefix("/").unwrap_or(beside);
    vec![
        beside.join(name),
        beside.join(".debug").join(name),
        directory.join(below).join(name),
    ]
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
