//! Timeline and map for documents.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use litepool_report::model::Source;
use litepool_report::{Blob, svg};

use super::Opened;
use crate::args::Report;
use crate::output::write_file;

/// Writes the pictures into a directory, which is made if there is none.
///
/// # Errors
/// The input can't be read, or the pictures can't be written.
pub(super) fn write(opened: &mut [Opened], args: &Report, directory: &Path) -> Result<()> {
    let (mut sources, mut blob) = (Vec::new(), Blob::default());
    for input in opened {
        let named = match input {
            Opened::Trace(trace) => trace.named(args),
            Opened::Dump(_) => Vec::new(),
        };
        ensure!(
            sources.len() + named.len() <= svg::MOST_PANELS,
            "a picture has {} panels at most; name fewer configurations",
            svg::MOST_PANELS
        );
        for &configuration in &named {
            if let Opened::Trace(trace) = input {
                trace.choose(configuration);
            }
            sources.push(input.source(1, &mut blob)?);
        }
        if named.is_empty() {
            sources.push(input.source(1, &mut blob)?);
        }
    }
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make the directory {}", directory.display()))?;
    let timeline = svg::timeline(&sources, &blob).map(|picture| ("timeline.svg".into(), picture));
    for (name, picture) in timeline.into_iter().chain(maps(&sources, &blob)) {
        write_file(&directory.join(name), picture.as_bytes())?;
    }
    Ok(())
}

/// The maps, with the names of their files.
fn maps(sources: &[Source], blob: &Blob) -> impl Iterator<Item = (String, String)> {
    let maps = sources.iter().enumerate();
    maps.filter_map(move |(index, source)| {
        let name = match sources {
            [_] => "map.svg".to_owned(),
            _ => format!("map-{}.svg", index + 1),
        };
        Some((name, svg::map(source, blob)?))
    })
}
