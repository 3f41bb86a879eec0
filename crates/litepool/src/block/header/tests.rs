use super::*;
use std::format;

/// Places in a pool of so many bits of a size: its granules, and the end.
fn ends(size_bits: u32) -> impl Iterator<Item = u32> {
    let most = 1u32 << size_bits;
    (0..most.min(300)).chain((0..100).map(move |step| most - step.min(most)))
}

#[test]
fn a_header_keeps_its_fields_apart() {
    for size_bits in 6..=29 {
        let size = (1 << size_bits) - 1;
        let header = Header::used(size, 77, size_bits);
        assert_eq!(header.size(size_bits), size);
        assert!(header.is_used() && !header.is_free() && !header.is_impossible());
        assert!(!header.is_aligned() && !header.is_previous_free());
        assert!(header.is_sealed(77, size_bits));

        let behind = header.with_previous_free();
        assert!(behind.is_previous_free() && behind.is_used());
        assert_eq!(behind.without_previous_free(), header);
        assert!(behind.is_sealed(77, size_bits));

        let free = Header::free(size, 77, size_bits);
        assert!(free.is_free() && !free.is_used() && !free.is_impossible());
        assert_eq!(free.with_used(), header);

        let neither = free.with_aligned(size_bits);
        assert!(neither.is_impossible() && !neither.is_used() && !neither.is_free());
    }
}

#[test]
fn a_free_block_counts_by_its_size_and_a_used_one_as_larger_than_any() {
    for size_bits in 6..=29 {
        let free = Header::free(5, 77, size_bits);
        assert_eq!(free.size_if_free(size_bits), 5);
        let used = free.with_used().with_previous_free();
        assert!(used.size_if_free(size_bits) >= 1 << 31);
    }
}

#[test]
fn every_bit_of_the_end_counts() {
    for size_bits in 6..=28 {
        let counts = |end: u32, bit: u32| {
            !Header::used(3, end, size_bits).is_sealed(end ^ (1u32 << bit), size_bits)
        };
        for bit in 0..=size_bits {
            if seal_bits(size_bits) > 1 {
                assert!(ends(size_bits).all(|end| counts(end, bit)));
            } else {
                assert!(ends(size_bits).any(|end| counts(end, bit)));
            }
        }
    }
}

/// Of the other ends, no more have the same seal than the modulus can't tell apart.
#[test]
fn a_seal_tells_ends_apart_as_well_as_its_bits_can() {
    for size_bits in 6..=28u32 {
        let header = Header::used(3, 1 << (size_bits - 1), size_bits);
        let most = (1 << size_bits).min(1 << 14);
        let same = (0..most)
            .filter(|&end| header.is_sealed(end, size_bits))
            .count() as u32;
        let values = (1u32 << seal_bits(size_bits)) - 1;
        let expected = most / values.max(2);
        assert!(
            same <= expected + expected / 4 + 2,
            "{same} of {size_bits} bits"
        );
    }
}

#[test]
fn where_a_size_takes_all_bits_there_is_no_seal() {
    assert_eq!(seal_bits(29), 0);
    for end in ends(29) {
        assert!(Header::used(3, 5, 29).is_sealed(end, 29));
        assert_eq!(Header::free(3, end, 29), Header(3));
    }
}

#[test]
fn a_flipped_bit_of_a_header_breaks_its_seal() {
    for size_bits in 6..=28 {
        for end in ends(size_bits).filter(|&end| end > 3) {
            for size in [3, end / 2, end - 1] {
                let header = Header::used(size, end, size_bits);
                for bit in 0..FIELD_BITS {
                    let flipped = Header(header.0 ^ 1 << bit);
                    let its_end = end - size + flipped.size(size_bits);
                    assert!(!flipped.is_sealed(its_end, size_bits));
                }
            }
        }
    }
}

/// An aligned block's seal is the complement, so that the flag alone makes no aligned block of a
/// plain one, and none the other way round.
#[test]
fn an_aligned_seal_agrees_with_the_flag() {
    for size_bits in 6..=28 {
        for end in ends(size_bits) {
            let header = Header::used(3, end, size_bits);
            let aligned = header.with_aligned(size_bits);
            assert!(aligned.is_aligned() && aligned.is_used());
            assert_eq!(aligned.size(size_bits), 3);
            assert!(aligned.is_sealed(end, size_bits));
            for other in [header, aligned] {
                let flipped = Header(other.0 ^ 1 << 29);
                assert!(!flipped.is_sealed(end, size_bits));
            }
        }
    }
}

#[test]
fn a_header_prints_decoded() {
    let text = format!("{:?}", Header::used(3, 9, 16).with_previous_free());
    assert!(
        text.contains("used: true") && text.contains("previous free: true"),
        "{text}"
    );
    assert!(text.contains("aligned: false"), "{text}");
}
