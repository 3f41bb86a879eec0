//! The configurations that the command line chooses.

use anyhow::{Result, bail};
use litepool_replay::{Configuration, bits, configurations};
use litepool_trace::WordSize;

use crate::args::Device;
use crate::units::count;

#[cfg(test)]
mod tests;

/// The configurations for a word size that the device's names choose: in full, by their beginning
/// (`slab`), or `all`; the usual ones if there is no name. With the device's `MAX_SIZE`, where it
/// is told.
///
/// # Errors
/// A name that chooses nothing, or a `MAX_SIZE` that none of the chosen has.
pub fn select(word: WordSize, device: &Device) -> Result<Vec<Configuration>> {
    let known = || configurations(word);
    let chosen_by = |name: &str, full: &str| {
        name == "all"
            || full
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let names = &device.config;
    for name in names {
        if !known().any(|configuration| chosen_by(name, configuration.name)) {
            let all: Vec<&str> = known().map(|configuration| configuration.name).collect();
            bail!(
                "no configuration for {} bits is called `{name}`{}; there are: {}",
                bits(word),
                hint(name),
                all.join(", ")
            );
        }
    }
    let chosen: Vec<Configuration> = known()
        .filter(|c| {
            if names.is_empty() {
                c.is_usual()
            } else {
                names.iter().any(|name| chosen_by(name, c.name))
            }
        })
        .filter_map(|c| c.with_max_size(device.max_size.unwrap_or(0)))
        .collect();
    if let (Some(max_size), true) = (device.max_size, chosen.is_empty()) {
        bail!(
            "--max-size: none of these configurations has pools of {} bytes",
            count(max_size)
        );
    }
    Ok(chosen)
}

/// What became of a name that once was one.
fn hint(name: &str) -> &'static str {
    if name.ends_with("-u16") || name.ends_with("-u32") {
        " (the pool's size decides how wide links are; --max-size asks for wider ones)"
    } else if name.starts_with("deferred") {
        " (blocks are merged at once now)"
    } else {
        ""
    }
}
