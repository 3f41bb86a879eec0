//! A report as a file: the document and its rows, compressed, inside the page.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use litepool_snapshot::is_printable;

use crate::blob::Blob;
use crate::model::Page;
use crate::page;

/// What a browser's `DecompressionStream` calls the compression (RFC 1950).
const ENCODING: &str = "deflate";

/// A page with its rows of numbers.
///
/// ```
/// use litepool_report::{Report, model::Source};
///
/// let mut report = Report::default();
/// report.page.generator = "my tool 1.0".into();
/// report.page.sources.push(Source { name: "ram.bin".into(), kind: "dump", ..Source::default() });
/// let html = report.html()?;
/// assert!(html.starts_with(b"<!DOCTYPE html>"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Default, Debug)]
pub struct Report {
    /// The document.
    pub page: Page,
    /// The rows that it mentions.
    pub blob: Blob,
}

impl Report {
    /// The page as HTML, that needs nothing but a browser. Base64 has no character that would end the
    /// element that it stands in, so no name of a program can.
    ///
    /// # Errors
    /// The document can't be written as JSON.
    pub fn html(&self) -> io::Result<Vec<u8>> {
        // JSON has escapes for control characters; the others here would turn the text around a name.
        let document = serde_json::to_string(&self.page)?;
        let document = document.replace(|c| !is_printable(c), "\u{fffd}");
        let document = base64(&compressed(document.as_bytes())?);
        let blob = base64(&compressed(self.blob.bytes())?);
        let mut html = Vec::with_capacity(document.len() + blob.len() + (256 << 10));
        page::write(&mut html, ENCODING, &document, &blob)?;
        Ok(html)
    }
}

fn compressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes)?;
    out.finish()
}

/// The bytes as Base64 (RFC 4648, section 4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests;
