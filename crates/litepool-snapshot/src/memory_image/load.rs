//! A file's bytes, decompressed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use litepool_trace::decompressed;

use super::ImageError;

/// Most bytes of a file, and of what is compressed in it: no device that this is for has more.
const MOST: u64 = 4 << 30;

/// Bytes that compressed data may always become.
const SMALL: u64 = 64 << 20;

/// How many bytes one compressed byte may become: what deflate reaches at most. Memory of one
/// value reaches it.
const RATIO: u64 = 1032;

/// The bytes of a file, or of standard input if it is called `-`.
pub(super) fn load(path: &Path) -> Result<Vec<u8>, ImageError> {
    let io = |source| ImageError::Io {
        file: path.display().to_string(),
        source,
    };
    let packed = if path.as_os_str() == "-" {
        at_most(io::stdin().lock(), MOST).map_err(io)?
    } else {
        at_most(File::open(path).map_err(io)?, MOST).map_err(io)?
    };
    let most = MOST.min(SMALL + packed.len() as u64 * RATIO);
    if let Some(content) = decompressed(&packed) {
        return at_most(content, most).map_err(io);
    }
    Ok(packed)
}

/// All bytes, if there are not more than that.
fn at_most(input: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("more than {most} bytes: cut the part out that holds the pool"),
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_all_or_nothing() {
        assert_eq!(at_most(&b"abc"[..], 3).unwrap(), b"abc");
        let error = at_most(&b"abcd"[..], 3).unwrap_err();
        assert!(error.to_string().starts_with("more than 3 bytes"));
        assert!(at_most(io::repeat(0), 1 << 20).is_err());
    }
}
