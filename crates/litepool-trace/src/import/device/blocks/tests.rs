use super::*;

#[test]
fn a_block_takes_the_place_of_those_that_it_overlaps() {
    let mut blocks = Blocks::default();
    for address in [100, 140, 180, 220] {
        assert!(blocks.insert(1, address, 40).is_empty());
    }
    assert_eq!(blocks.insert(1, 150, 40), [140, 180]);
    assert_eq!(blocks.insert(1, 150, 8), [150]);
    assert!(blocks.insert(1, 158, 8).is_empty());
}

#[test]
fn a_block_without_bytes_has_its_address_for_itself() {
    let mut blocks = Blocks::default();
    blocks.insert(1, 100, 0);
    assert_eq!(blocks.insert(1, 100, 0), [100]);
    assert!(blocks.insert(1, 101, 0).is_empty());
}

#[test]
fn a_pool_may_lie_in_a_block_of_another_one() {
    let mut blocks = Blocks::default();
    blocks.insert(1, 100, 1000);
    assert!(blocks.insert(200, 240, 16).is_empty());
    assert_eq!(blocks.remove_pool(200), [240]);
    assert_eq!(blocks.clear().collect::<Vec<_>>(), [100]);
}

#[test]
fn the_ends_of_the_address_space_are_addresses() {
    let mut blocks = Blocks::default();
    blocks.insert(u64::MAX, u64::MAX, u64::MAX);
    blocks.insert(u64::MAX, 0, 1);
    assert_eq!(blocks.remove_pool(u64::MAX), [0, u64::MAX]);
}
