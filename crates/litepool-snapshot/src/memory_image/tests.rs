//! Segments in order, and what is found in them.

use proptest::prelude::*;

use super::*;

fn segment(address: u64, bytes: &[u8]) -> Segment {
    Segment {
        address,
        bytes: bytes.to_vec(),
    }
}

fn image(segments: &[(u64, &[u8])]) -> Result<MemoryImage, String> {
    let segments = segments.iter().map(|&(at, bytes)| segment(at, bytes));
    MemoryImage::from_segments(segments.collect()).map_err(|error| error.to_string())
}

#[test]
fn segments_are_sorted_and_those_that_touch_are_one() {
    let image = image(&[(20, b"xy"), (12, b"cd"), (10, b"ab"), (30, b"")]).unwrap();
    assert_eq!(image.segments(), [segment(10, b"abcd"), segment(20, b"xy")]);
}

#[test]
fn those_that_overlap_are_one_if_they_agree() {
    let joined = image(&[(10, b"abcd"), (12, b"cdef"), (11, b"bc")]).unwrap();
    assert_eq!(joined.segments(), [segment(10, b"abcdef")]);
    assert_eq!(
        image(&[(10, b"abcd"), (14, b"ef"), (15, b"Fg")]).unwrap_err(),
        "0xe to 0x10 and 0xf to 0x11 overlap and have different bytes at 0xf: give only one of \
         them, or correct an address"
    );
}

#[test]
fn memory_ends_with_the_last_address() {
    assert!(image(&[(u64::MAX - 2, b"ab")]).is_ok());
    assert_eq!(
        image(&[(u64::MAX - 1, b"ab")]).unwrap_err(),
        "memory (2 bytes at 0xfffffffffffffffe) reaches beyond the last address: correct its \
         address"
    );
}

#[test]
fn bytes_are_there_if_all_of_them_are() {
    let image = image(&[(10, b"abcd"), (20, b"xy")]).unwrap();
    assert_eq!(image.bytes(11..13), Some(&b"bc"[..]));
    assert_eq!(image.bytes(10..14), Some(&b"abcd"[..]));
    for range in [9..11, 13..15, 10..21, 0..0, u64::MAX..u64::MAX] {
        assert_eq!(image.bytes(range.clone()), None, "{range:?}");
    }
    let backwards = Range { start: 12, end: 11 };
    assert_eq!(image.bytes(backwards), None);
}

#[test]
fn words_are_aligned_unless_asked_for_by_address() {
    let image = image(&[(6, &[0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])]).unwrap();
    assert_eq!(image.word_at(9, WordSize::Bits32), Some(0x0504_0302));
    assert_eq!(image.word_at(14, WordSize::Bits32), None);
    assert_eq!(image.word_at(u64::MAX, WordSize::Bits32), None);
    let all: Vec<_> = image.words(0..u64::MAX, WordSize::Bits32).collect();
    assert_eq!(all, [(8, 0x0403_0201), (12, 0x0807_0605)]);
    let wide: Vec<_> = image.words(0..u64::MAX, WordSize::Bits64).collect();
    assert_eq!(wide, [(8, 0x0807_0605_0403_0201)]);
    assert_eq!(image.words(9..16, WordSize::Bits32).count(), 1);
    assert_eq!(image.words(12..12, WordSize::Bits32).count(), 0);
    let backwards = Range { start: 12, end: 8 };
    assert_eq!(image.words(backwards, WordSize::Bits32).count(), 0);
}

/// Pieces of memory whose bytes depend on their addresses, so that all agree.
fn pieces() -> impl Strategy<Value = Vec<(u64, usize)>> {
    prop::collection::vec((0_u64..200, 0_usize..20), 0..20)
}

fn byte(address: u64) -> u8 {
    (address * 37 % 251) as u8
}

proptest! {
    /// Whatever agrees can be joined: every byte stays where it was, and no others are there.
    #[test]
    fn joining_keeps_every_byte(pieces in pieces(), base in prop_oneof![Just(0), Just(1 << 40)]) {
        let segments = pieces.iter().map(|&(at, length)| Segment {
            address: base + at,
            bytes: (at..at + length as u64).map(byte).collect(),
        });
        let image = MemoryImage::from_segments(segments.collect()).unwrap();
        for at in 0..250 {
            let expected = pieces
                .iter()
                .any(|&(start, length)| (start..start + length as u64).contains(&at))
                .then(|| byte(at));
            let found = image.bytes(base + at..base + at + 1).map(|bytes| bytes[0]);
            prop_assert_eq!(found, expected);
        }
        for pair in image.segments().windows(2) {
            prop_assert!(pair[0].range().end < pair[1].address);
        }
    }
}
