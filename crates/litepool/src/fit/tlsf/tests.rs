use super::*;
use crate::config::{Pool32, Pool256K};

/// The list's number as the published text counts, from 0.
fn list_of(bytes: u32) -> u32 {
    slot_of(bytes / 4) - 1
}

#[test]
fn blocks_below_128_bytes_have_a_list_for_each_size() {
    for size in (4..128).step_by(4) {
        assert_eq!(list_of(size), size / 4 - 1);
    }
    assert_eq!(list_of(40), 9);
}

#[test]
fn larger_blocks_have_eight_lists_for_each_power_of_two() {
    for size in (128..1u32 << 20).step_by(4) {
        let n = size.ilog2();
        let expected = 31 + 8 * (n - 7) + (size - (1 << n)) / (1 << (n - 3));
        assert_eq!(list_of(size), expected, "of {size} bytes");
    }
    assert_eq!(list_of(580), 48);
    assert_eq!((list_of(576), list_of(636), list_of(640)), (48, 48, 49));
}

#[test]
fn there_are_223_lists_for_2_gib_and_every_one_can_be_reached() {
    let last = (1 << 29) - 1;
    assert_eq!(slot_of(last) - 1, 222);
    assert_eq!(Arena::<Pool32>::BITMAP_WORDS, 7);
    assert_eq!(slot_of(u32::from(u16::MAX)) / 32 + 1, 4);
    assert_eq!(Arena::<Pool256K>::BITMAP_WORDS, 4);
}

#[test]
fn a_lower_bound_is_the_first_size_of_its_slot() {
    for size in 1..100_000 {
        let first = size == 1 || slot_of(size - 1) != slot_of(size);
        assert_eq!(is_lower_bound(size), first, "of {size} granules");
    }
}

#[test]
fn a_pool_carries_only_the_lists_that_it_can_fill() {
    let state = <Tlsf as Fit>::state_bytes::<Pool256K>;
    assert!(state(512) < 160);
    assert!(state(512) < state(1024) && state(1024) < state(65_535));
}

#[test]
fn two_sizes_share_a_slot_exactly_if_their_slots_are_equal() {
    for size in 1..2000 {
        for other in (1..2000).filter(|&other| other != size) {
            assert_eq!(share_slot(size, other), slot_of(size) == slot_of(other));
        }
    }
}
