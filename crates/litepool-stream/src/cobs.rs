//! Consistent overhead byte stuffing, in place: no byte of a frame is 0, so a 0 ends it. (Cheshire
//! and Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking, 1999.)
//!
//! Each zero is replaced by the distance to the next one, and a first byte says where the first one
//! is. A frame is short enough that a distance always fits a byte, so there is one byte of overhead
//! and no other case: which is why this is here and no crate for it.

/// The longest frame that is one block, its first byte included.
pub(crate) const LONGEST: usize = 254;

/// Replaces the zeros of `frame[1..]`; the first byte is overwritten.
pub(crate) fn encode(frame: &mut [u8]) {
    debug_assert!((1..=LONGEST).contains(&frame.len()), "one block");
    let mut zero = 0;
    for index in 1..frame.len() {
        if frame[index] == 0 {
            set(frame, zero, index);
            zero = index;
        }
    }
    set(frame, zero, frame.len());
}

/// The zero at this index is so far from the next one.
fn set(frame: &mut [u8], zero: usize, next: usize) {
    // No index, for what must not panic.
    if let Some(byte) = frame.get_mut(zero) {
        *byte = (next - zero) as u8;
    }
}

/// Puts the zeros of `frame[1..]` back. False, and the frame is of no use, if this is no encoded
/// frame.
pub(crate) fn decode(frame: &mut [u8]) -> bool {
    if frame.len() > LONGEST {
        return false;
    }
    let mut zero = 0;
    while zero < frame.len() {
        let distance = usize::from(core::mem::take(&mut frame[zero]));
        if distance == 0 {
            return false;
        }
        zero += distance;
    }
    !frame.is_empty() && zero == frame.len()
}
