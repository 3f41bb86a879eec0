//! The page as text: its parts, joined into one file that loads nothing.

use std::io::{self, Write};

const HTML: &str = include_str!("page/index.html");
const STYLES: [&str; 2] = [
    include_str!("page/style.css"),
    include_str!("page/sections.css"),
];

/// One script, in this order: a file uses what stands above it while it is read, anything once the page runs.
const SCRIPTS: [&str; 24] = [
    include_str!("page/core.js"),
    include_str!("page/words.js"),
    include_str!("page/format.js"),
    include_str!("page/names.js"),
    include_str!("page/colours.js"),
    include_str!("page/header.js"),
    include_str!("page/axis.js"),
    include_str!("page/gestures.js"),
    include_str!("page/moment.js"),
    include_str!("page/keys.js"),
    include_str!("page/timeline.js"),
    include_str!("page/legend.js"),
    include_str!("page/pixels.js"),
    include_str!("page/map.js"),
    include_str!("page/strip.js"),
    include_str!("page/held.js"),
    include_str!("page/parts.js"),
    include_str!("page/failure.js"),
    include_str!("page/diff.js"),
    include_str!("page/flame.js"),
    include_str!("page/who.js"),
    include_str!("page/leaks.js"),
    include_str!("page/pools.js"),
    include_str!("page/start.js"),
];

/// Writes the page around what it shows: the JSON document and the blob of rows, each compressed and in Base64.
/// `encoding` is what the compression is called in a browser's `DecompressionStream`: `gzip`, `deflate` or
/// `deflate-raw`.
///
/// # Errors
///
/// Those of `out`.
pub fn write(out: &mut dyn Write, encoding: &str, document: &str, blob: &str) -> io::Result<()> {
    for part in HTML.split("{{") {
        let (name, rest) = part.split_once("}}").unwrap_or(("", part));
        match name {
            "style" => {
                for style in STYLES {
                    out.write_all(style.as_bytes())?;
                }
            }
            "script" => {
                for script in SCRIPTS {
                    out.write_all(script.as_bytes())?;
                }
            }
            "encoding" => out.write_all(encoding.as_bytes())?,
            "document" => out.write_all(document.as_bytes())?,
            "blob" => out.write_all(blob.as_bytes())?,
            _ => {}
        }
        out.write_all(rest.as_bytes())?;
    }
    Ok(())
}
