use proptest::prelude::*;

use super::*;

fn bytes_of(value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, value);
    bytes
}

#[test]
fn small_numbers_take_one_byte_and_the_largest_ten() {
    assert_eq!(bytes_of(0), [0]);
    assert_eq!(bytes_of(127), [127]);
    assert_eq!(bytes_of(128), [0x80, 1]);
    assert_eq!(bytes_of(u64::MAX).len(), 10);
}

#[test]
fn a_number_that_is_cut_off_or_too_large_is_refused() {
    assert_eq!(take(&mut &[][..]), None);
    assert_eq!(take(&mut &[0x80][..]), None);
    assert_eq!(take(&mut &[0xff; 10][..]), None);
    assert_eq!(
        take(&mut &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2][..]),
        None
    );
}

proptest! {
    #[test]
    fn every_number_comes_back_and_what_follows_is_left(value: u64, rest: Vec<u8>) {
        let mut bytes = bytes_of(value);
        bytes.extend_from_slice(&rest);
        let mut slice = &bytes[..];
        prop_assert_eq!(take(&mut slice), Some(value));
        prop_assert_eq!(slice, &rest[..]);
    }
}
