//! What the kernel tells of a process's address space, in `/proc/self/maps`.

use crate::proc::Bytes;

/// The fixed part of a line of `/proc/self/maps`.
pub(crate) struct Mapping {
    pub(crate) first: u64,
    pub(crate) end: u64,
    pub(crate) readable: bool,
    pub(crate) executable: bool,
    /// Offset of `first` in the file.
    pub(crate) offset: u64,
    /// A number for the file; 0 if there is none.
    pub(crate) file: u64,
}

impl Mapping {
    /// Reads `first-end rwxp offset major:minor inode`, up to the blank or line end after it.
    pub(crate) fn parse(bytes: &mut Bytes) -> Option<Self> {
        let first = hexadecimal(bytes)?;
        let end = hexadecimal(bytes)?;
        let (readable, _, executable, _) = (
            bytes.next()? == b'r',
            bytes.next()?,
            bytes.next()? == b'x',
            bytes.next()?,
        );
        bytes.next()?;
        let offset = hexadecimal(bytes)?;
        let (major, minor) = (hexadecimal(bytes)?, hexadecimal(bytes)?);
        // Decimal, but any reading of it tells files apart.
        let inode = hexadecimal(bytes)?;
        let file = if inode == 0 {
            0
        } else {
            inode ^ major.rotate_left(40) ^ minor.rotate_left(52)
        };
        Some(Self {
            first,
            end,
            readable,
            executable,
            offset,
            file,
        })
    }
}

/// The rest of a line: the mapping's name.
pub(crate) fn name(bytes: &mut Bytes) -> impl Iterator<Item = u8> {
    bytes
        .by_ref()
        .skip_while(|&byte| byte == b' ')
        .take_while(|&byte| byte != b'\n')
}

/// Reads a hexadecimal number and the byte after it.
fn hexadecimal(bytes: &mut Bytes) -> Option<u64> {
    let mut value: u64 = 0;
    loop {
        match char::from(bytes.next()?).to_digit(16) {
            Some(digit) => value = value << 4 | u64::from(digit),
            None => return Some(value),
        }
    }
}
