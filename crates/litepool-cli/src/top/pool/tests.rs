use super::*;

/// A pool of 1,000 bytes whose control block has 100.
fn pool() -> Pool {
    let mut pool = Pool {
        address: 1_000,
        size: 1_000,
        ..Pool::default()
    };
    pool.insert(1_100, 96);
    pool.insert(1_200, 96);
    pool.insert(1_300, 200);
    pool
}

#[test]
fn what_lies_between_blocks_is_free() {
    let mut pool = pool();
    let rest = Free {
        bytes: 500,
        largest: 500,
        ranges: 1,
    };
    // Gaps of four bytes are headers.
    assert_eq!(pool.free(16), rest);
    pool.remove(1_200, 96);
    let free = pool.free(16);
    assert_eq!((free.bytes, free.largest, free.ranges), (604, 500, 2));
    assert_eq!(free.fragmentation().unwrap().round(), 17.0);
    assert_eq!((pool.used, pool.peak), (296, 392));
}

#[test]
fn below_the_lowest_block_of_all_is_the_control_block() {
    let mut pool = pool();
    pool.remove(1_100, 96);
    assert_eq!(pool.free(16).bytes, 600);
}

#[test]
fn an_untouched_pool_is_free() {
    let pool = Pool {
        size: 64,
        ..Pool::default()
    };
    assert_eq!(pool.free(16).largest, 64);
    assert_eq!(Pool::default().free(16), Free::default());
}

#[test]
fn a_map_says_how_much_of_each_cell_is_used() {
    let pool = pool();
    let map = pool.map(9);
    assert_eq!(map[0], 0.96);
    assert_eq!(map[2], 1.0);
    assert_eq!(map[8], 0.0);
}

#[test]
fn addresses_that_can_not_be_do_no_harm() {
    let mut pool = Pool {
        address: u64::MAX - 4,
        size: u64::MAX,
        ..Pool::default()
    };
    pool.insert(0, u64::MAX);
    pool.insert(u64::MAX, u64::MAX);
    pool.insert(5, 0);
    pool.free(16);
    assert_eq!(pool.map(3).len(), 3);
}
