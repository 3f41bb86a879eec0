//! An image with a palette, as PNG (ISO/IEC 15948).

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Pixels, row after row from the top; each is an index of the palette.
pub(super) struct Image {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
    /// Red, green, blue, alpha. At most 256.
    pub(super) palette: Vec<[u8; 4]>,
}

/// What a PNG begins with.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

impl Image {
    /// As a file; `None` if nothing is in it. O(pixels), and their compression.
    pub(super) fn png(&self) -> Option<Vec<u8>> {
        if self.width == 0 || self.pixels.len() != self.width * self.height {
            return None;
        }
        let mut pixels = ZlibEncoder::new(Vec::new(), Compression::best());
        for row in self.pixels.chunks(self.width) {
            // Not filtered: neighbours in a palette have nothing in common.
            pixels.write_all(&[0]).ok()?;
            pixels.write_all(row).ok()?;
        }
        let pixels = pixels.finish().ok()?;

        let mut header = Vec::new();
        header.extend(u32::try_from(self.width).ok()?.to_be_bytes());
        header.extend(u32::try_from(self.height).ok()?.to_be_bytes());
        // Eight bits, with a palette; the only compression, filters and no interlacing.
        header.extend([8, 3, 0, 0, 0]);
        let colours: Vec<u8> = self
            .palette
            .iter()
            .flat_map(|c| [c[0], c[1], c[2]])
            .collect();
        let alphas: Vec<u8> = self.palette.iter().map(|c| c[3]).collect();

        let mut file = SIGNATURE.to_vec();
        chunk(&mut file, *b"IHDR", &header)?;
        chunk(&mut file, *b"PLTE", &colours)?;
        chunk(&mut file, *b"tRNS", &alphas)?;
        chunk(&mut file, *b"IDAT", &pixels)?;
        chunk(&mut file, *b"IEND", &[])?;
        Some(file)
    }
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], bytes: &[u8]) -> Option<()> {
    file.extend(u32::try_from(bytes.len()).ok()?.to_be_bytes());
    let start = file.len();
    file.extend(kind);
    file.extend_from_slice(bytes);
    let sum = crc32fast::hash(&file[start..]);
    file.extend(sum.to_be_bytes());
    Some(())
}

#[cfg(test)]
mod tests;
