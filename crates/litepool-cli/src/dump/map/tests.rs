use std::iter;

use litepool_snapshot::{Block, BlockState, Pool};

use super::*;

const BASE: u64 = 0x2000_0000;

fn block(offset: u64, extent: u64, state: BlockState, in_slab: bool) -> Block {
    Block {
        pool: 0,
        address: Some(BASE + offset),
        size: extent.saturating_sub(4),
        extent,
        state,
        in_slab,
        task: None,
        module: None,
        number: None,
        birth: None,
        stack: 0,
    }
}

fn pool(size: u64) -> Pool {
    Pool {
        base: Some(BASE),
        size,
        ..Pool::default()
    }
}

fn map(pool: &Pool, blocks: &[Block], wrong: &[u64]) -> Map {
    Map::of(pool, blocks.iter(), wrong, 46).unwrap()
}

#[test]
fn addresses_run_from_left_to_right_and_on_in_the_next_row() {
    let blocks = [
        block(68, 128, BlockState::Used, false),
        block(196, 1024 - 192, BlockState::Free, false),
    ];
    let map = map(&pool(1024), &blocks, &[]);
    assert_eq!(map.step(), 16);
    let rows = "  0x20000000  cccc████████····················\n  \
                0x20000200  ································\n";
    assert_eq!(map.text(Style::PLAIN), rows);
    assert_eq!(map.legend(), "█▓▒░ used, · free, c control block");
}

#[test]
fn a_character_shows_how_much_of_its_bytes_is_used() {
    let used = |offset, extent| block(offset, extent, BlockState::Used, false);
    let blocks = [
        used(4, 4),
        used(20, 8),
        used(36, 12),
        used(52, 16),
        used(68, 1),
    ];
    let map = map(&pool(512), &blocks, &[]);
    assert_eq!(
        map.text(Style::PLAIN),
        "  0x20000000  ▒▓██░···························\n"
    );
}

#[test]
fn slabs_what_is_wrong_lost_or_missing_has_characters_of_its_own() {
    let blocks = [
        block(4, 128, BlockState::Slab, false),
        block(32, 16, BlockState::Used, true),
        block(48, 16, BlockState::Free, true),
    ];
    let pool = Pool {
        lost: iter::once(BASE + 128..BASE + 160).collect(),
        missing: 64,
        ..pool(512)
    };
    let map = map(&pool, &blocks, &[BASE + 160]);
    let row = "  0x20000000  ==█=====??!·················----\n";
    assert_eq!(map.text(Style::PLAIN), row);
    let legend = "█▓▒░ used, · free, = slab, with room, ? lost, ! wrong, - not in the dump";
    assert_eq!(map.legend(), legend);
}

#[test]
fn a_large_pool_has_as_many_rows_as_a_screen_shows() {
    let map = Map::of(&pool(64 << 20), iter::empty(), &[], 80).unwrap();
    assert!(map.text(Style::PLAIN).lines().count() <= 12);
    assert!(
        map.text(Style::PLAIN)
            .lines()
            .all(|line| line.chars().count() <= 80)
    );
    assert_eq!(map.step(), 128 << 10);
}
