//! The files of a dump are read, and its pools found.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Error, Result, bail};
use litepool_snapshot::memory_image::{DumpFile, read};
use litepool_snapshot::{NoPool, PassedOver, Snapshot, Symbols, WhyPassedOver};
use litepool_trace::Format;

use crate::units::count;

/// The snapshot of the dump in these files; the program gives its pools their names.
///
/// # Errors
/// The files can't be read, or have no pool. The error says what to do.
pub(crate) fn open_dump(files: &[OsString], elf: Option<&Path>) -> Result<Snapshot> {
    let mut bytes = Vec::new();
    for file in files {
        bytes.push(DumpFile::parse(file)?.load()?);
    }
    if let [log] = &bytes[..]
        && let Some(printed) = Snapshot::of_printed(log)?
    {
        return Ok(printed);
    }
    // Memory has a zero byte soon.
    if let [log] = &bytes[..]
        && !log.bytes.contains(&0)
        && Format::detect(&log.bytes) == Some(Format::EspIdf)
    {
        bail!(
            "{}: this log has a heap trace of ESP-IDF, far behind its beginning; --format esp-idf \
             reads it",
            log.name
        );
    }
    let names: Vec<String> = bytes.iter().map(|file| file.name.clone()).collect();
    let memory = read(bytes)?;
    let symbols = elf
        .map(|path| {
            let symbols = Symbols::open(path);
            symbols.with_context(|| format!("cannot read {}", path.display()))
        })
        .transpose()?;
    let hints = memory.hints().to_vec();
    Snapshot::of_dump(memory, symbols.as_ref(), names.clone())
        .map_err(|none| no_pool(&names, &none, &hints))
}

/// How many places are told at which only the first words of a pool stand.
const CHANCES: usize = 3;

/// What was found instead of a pool, and what may be missing.
fn no_pool(files: &[String], none: &NoPool, hints: &[String]) -> Error {
    let mut text = format!(
        "{}: no pool in {} bytes",
        files.join(", "),
        count(none.searched)
    );
    let chance = |place: &&PassedOver| place.why == WhyPassedOver::Chance;
    let more = none.passed_over.iter().filter(chance).nth(CHANCES);
    let mut chances = 0;
    for place in &none.passed_over {
        match place.why {
            WhyPassedOver::Version(version) => {
                text += &format!(
                    "\n  at {:#x} there is one of layout version {version}; the litepool that made \
                     it reads it",
                    place.address
                );
            }
            WhyPassedOver::Chance if chances < CHANCES => {
                chances += 1;
                text += &format!(
                    "\n  at {:#x} stand the first words of one, but what follows is none",
                    place.address
                );
            }
            _ => {}
        }
    }
    if more.is_some() {
        text += "\n  and so at more places";
    }
    for hint in hints {
        text += &format!("\n  {hint}");
    }
    text += "\n  a pool is found by its control block: its memory has to be in the dump from its \
             beginning on";
    Error::msg(text)
}
