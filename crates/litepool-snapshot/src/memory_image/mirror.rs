//! Memory that shows at several addresses, because the hardware ignores some bits of them: a dump of
//! everything that an emulator's board has holds it several times.

use super::Segment;

/// The smallest memory that is taken for a copy of another.
const SMALLEST: usize = 16 << 10;

/// Leaves the copies out of a segment that is nothing but the same memory again and again, as far
/// as a copy is on a boundary of its size and holds more than one value. Says so in a sentence.
///
/// Whatever is found in a copy would be found twice, and what points to it points to the original.
/// Linear in the segment.
pub(super) fn leave_out(segment: &mut Segment) -> Option<String> {
    let before = segment.range();
    while let Some(half) = original(segment) {
        segment.bytes.truncate(half);
    }
    let after = segment.range();
    (after != before).then(|| {
        format!(
            "{:#x} to {:#x} is the same memory as {:#x} to {:#x}, at other addresses: left out",
            after.end, before.end, after.start, after.end
        )
    })
}

/// The length of the first half, if the second one is a copy of it.
fn original(segment: &Segment) -> Option<usize> {
    let length = segment.bytes.len();
    let is_on_boundary = length.is_power_of_two() && segment.address.is_multiple_of(length as u64);
    let (first, second) = segment.bytes.split_at(length / 2);
    let holds_something = || first.iter().any(|byte| *byte != first[0]);
    let is_copy = is_on_boundary && first.len() >= SMALLEST && first == second;
    (is_copy && holds_something()).then_some(length / 2)
}

#[cfg(test)]
mod tests;
