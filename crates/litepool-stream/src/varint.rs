//! Numbers in as few bytes as they need: LEB128 (DWARF 5, section 7.6), and signed ones in zigzag
//! order (0, -1, 1, -2 …), as protocol buffers have them.

/// The longest number, in bytes.
pub(crate) const LONGEST: usize = 10;

/// A signed number as an unsigned one: small ones stay small.
pub(crate) const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// The other way.
pub(crate) const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Takes a number from the front of `bytes`. `None` if they end before, or say more than 64 bits.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for index in 0..LONGEST {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7F);
        // The tenth byte has room for one bit.
        if index == LONGEST - 1 && byte > 1 {
            return None;
        }
        number |= bits << (7 * index);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}
