use super::*;
use crate::config::{Pool32Large, Pool256K, layout_of};

/// The list's number as the published text counts, from 0.
fn number_of(bytes: u32) -> u32 {
    list_of(bytes / 4) - 1
}

#[test]
fn blocks_below_128_bytes_have_a_list_for_each_size() {
    for size in (4..128).step_by(4) {
        assert_eq!(number_of(size), size / 4 - 1);
    }
    assert_eq!(number_of(40), 9);
}

#[test]
fn larger_blocks_have_eight_lists_for_each_power_of_two() {
    for size in (128..1u32 << 20).step_by(4) {
        let n = size.ilog2();
        let expected = 31 + 8 * (n - 7) + (size - (1 << n)) / (1 << (n - 3));
        assert_eq!(number_of(size), expected, "of {size} bytes");
    }
    assert_eq!(number_of(580), 48);
    let around_580 = [576, 636, 640].map(number_of);
    assert_eq!(around_580, [48, 48, 49]);
}

#[test]
fn there_are_223_lists_for_2_gib_and_every_one_can_be_reached() {
    let last = (1 << 29) - 1;
    assert_eq!(list_of(last) - 1, 222);
    assert_eq!(State::words(&layout_of::<Pool32Large>()), 8);
    assert_eq!(State::words(&layout_of::<Pool256K>()), 4);
}

/// Whatever a pool can be asked for, the bitmap has a word for its list.
#[test]
fn no_request_leaves_the_bitmap() {
    for size_bits in 6..=29u32 {
        let words = (size_bits - 1) * STEPS / u32::BITS + 1;
        // What a request of the whole largest pool needs, with the largest record.
        let most = (1 << size_bits) + 16;
        assert!(list_for(most) / u32::BITS < words, "{size_bits} bits");
    }
}

#[test]
fn a_request_takes_the_first_list_all_of_whose_blocks_suffice() {
    for need in 1..100_000 {
        let list = list_for(need);
        let smallest = (need..).find(|&size| list_of(size) == list).unwrap();
        let is_first = smallest == 1 || list_of(smallest - 1) != list;
        assert!(is_first, "of {need} granules");
        let before = list_of(need);
        assert!(list == before || list == before + 1);
    }
}

#[test]
fn a_pool_has_only_the_heads_that_it_can_fill() {
    let state = |granules| <Tlsf as Fit>::state_bytes(&layout_of::<Pool256K>(), granules);
    assert!(state(512) < 160);
    assert!(state(512) < state(1024) && state(1024) < state(65_535));
}
