use super::*;

const KIB: usize = 1024;

/// `copies` of so many bytes.
fn segment(address: u64, length: usize, copies: usize) -> Segment {
    let bytes: Vec<u8> = (0..length).map(|index| (index / 3) as u8).collect();
    Segment {
        address,
        bytes: bytes.repeat(copies),
    }
}

#[test]
fn memory_at_four_addresses_is_read_once() {
    let mut segment = segment(0x0100_0000, 16 * KIB, 4);
    let remark = leave_out(&mut segment);
    assert_eq!(segment.bytes.len(), 16 * KIB);
    assert_eq!(
        remark.unwrap(),
        "0x1004000 to 0x1010000 is the same memory as 0x1000000 to 0x1004000, at other addresses: \
         left out"
    );
}

#[test]
fn what_differs_in_one_byte_is_no_copy() {
    let mut segment = segment(0x2000_0000, 64 * KIB, 2);
    *segment.bytes.last_mut().unwrap() ^= 1;
    assert_eq!(leave_out(&mut segment), None);
    assert_eq!(segment.bytes.len(), 128 * KIB);
}

#[test]
fn small_pieces_empty_memory_and_other_boundaries_are_left_alone() {
    let empty = Segment {
        address: 0x2000_0000,
        bytes: vec![0; 128 * KIB],
    };
    for mut segment in [
        empty,
        segment(0x2000_0000, 8 * KIB, 2),
        segment(0x2000_1000, 16 * KIB, 2),
        segment(0x2000_0000, 20 * KIB, 2),
        segment(0, 0, 1),
    ] {
        let length = segment.bytes.len();
        assert_eq!(leave_out(&mut segment), None);
        assert_eq!(segment.bytes.len(), length);
    }
}
