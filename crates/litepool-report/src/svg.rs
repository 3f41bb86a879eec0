//! Pictures of a heap for documents, as SVG: its timeline and its map. Each is one file of less than
//! 200 KB that loads nothing, and is drawn for light and for dark pages alike.
//!
//! - `drawing.rs`: the SVG itself; text of strangers is escaped there
//! - `axis.rs`: scales and their labels; `colours.rs`: who has which colour
//! - `timeline.rs`, `map.rs`, `memory.rs`: the pictures
//! - `png.rs`: the cells of a map, as an image inside the SVG

mod axis;
mod colours;
mod drawing;
mod map;
mod memory;
mod png;
mod timeline;

use crate::blob::Blob;
use crate::model::Source;

pub use timeline::{MOST_PANELS, timeline};

/// Of all pictures.
const WIDTH: f64 = 960.0;
/// Where a plot begins and ends.
const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - 28.0;

/// The memory of a source as a picture: of a trace address by time, of a dump all its pools. `None`:
/// it has neither. O(cells), and the image is compressed.
#[must_use]
pub fn map(source: &Source, blob: &Blob) -> Option<String> {
    match &source.map {
        Some(cells) => map::map(source, cells, blob),
        None => memory::memory(source, blob),
    }
}

#[cfg(test)]
mod tests;
