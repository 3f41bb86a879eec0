//! How a dump is named: a file, and the address of its bytes.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{ImageError, load};

/// A file with memory, and the address of its first byte, if the file does not tell it.
///
/// ```
/// use litepool_snapshot::memory_image::DumpFile;
///
/// let file = DumpFile::parse("ram.bin@0x20000000".as_ref())?;
/// assert_eq!((file.path.to_str(), file.address), (Some("ram.bin"), Some(0x2000_0000)));
/// # Ok::<(), litepool_snapshot::memory_image::ImageError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DumpFile {
    /// The file; `-` is standard input.
    pub path: PathBuf,
    /// The address of its first byte.
    pub address: Option<u64>,
}

/// What was read of a [`DumpFile`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DumpBytes {
    /// The file's name, for errors; an address may stand in it.
    pub name: String,
    /// The address of the first byte.
    pub address: Option<u64>,
    /// The bytes, decompressed.
    pub bytes: Vec<u8>,
}

impl DumpFile {
    /// Reads `FILE` or `FILE@ADDRESS`, the address in hexadecimal with `0x`, or in decimal. A
    /// file that exists under the whole name is that file, even if there is an @ in its name.
    ///
    /// # Errors
    ///
    /// [`ImageError::Address`], if a digit stands behind the last @, but no number.
    pub fn parse(argument: &OsStr) -> Result<Self, ImageError> {
        let whole = Self {
            path: argument.into(),
            address: None,
        };
        let Some((path, address)) = argument.to_str().and_then(|text| text.rsplit_once('@')) else {
            return Ok(whole);
        };
        if whole.path.exists() || !address.starts_with(|first: char| first.is_ascii_digit()) {
            return Ok(whole);
        }
        match number(address) {
            Some(address) => Ok(Self {
                path: path.into(),
                address: Some(address),
            }),
            None => Err(ImageError::Address {
                argument: argument.display().to_string(),
                text: address.to_owned(),
            }),
        }
    }

    /// Reads the file's bytes, and decompresses them.
    ///
    /// # Errors
    ///
    /// [`ImageError::Io`].
    pub fn load(&self) -> Result<DumpBytes, ImageError> {
        Ok(DumpBytes {
            name: self.path.display().to_string(),
            address: self.address,
            bytes: load::load(&self.path)?,
        })
    }
}

/// A number in hexadecimal or in decimal. Underscores may part its digits.
fn number(text: &str) -> Option<u64> {
    let digits = text.replace('_', "");
    let hex = digits.strip_prefix("0x").or(digits.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((&*digits, 10), |hex| (hex, 16));
    // A sign is no digit.
    let is_number = digits.chars().all(|digit| digit.is_digit(radix));
    is_number
        .then(|| u64::from_str_radix(digits, radix).ok())
        .flatten()
}

/// What a file's name says about its addresses.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Guess {
    /// The first address.
    Start(u64),
    /// The first address, and the last one or the one behind it.
    Range(u64, u64),
}

/// Finds addresses at the end of a file's name, in front of its extensions: two or one with `0x`,
/// or a name of nothing but 8 or 16 hexadecimal digits.
pub(super) fn guess(path: &Path) -> Option<Guess> {
    let name = path.file_name()?.to_str()?;
    let stem = name.split('.').next()?;
    if matches!(stem.len(), 8 | 16) && stem.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return u64::from_str_radix(stem, 16).ok().map(Guess::Start);
    }
    let (front, last) = last_address(stem)?;
    let first = front
        .strip_suffix(['_', '-', '.', '+'])
        .and_then(last_address);
    Some(match first {
        Some((_, first)) => Guess::Range(first, last),
        None => Guess::Start(last),
    })
}

/// The address with which this text ends, and what stands in front of it.
fn last_address(text: &str) -> Option<(&str, u64)> {
    let at = text.rfind("0x").or_else(|| text.rfind("0X"))?;
    let (front, address) = text.split_at(at);
    let is_apart = !front.ends_with(|last: char| last.is_ascii_alphanumeric());
    let address = number(address).filter(|_| is_apart && address.len() > 2)?;
    Some((front, address))
}

#[cfg(test)]
mod tests;
