//! Drawn pools. A letter is 16 bytes of a used block, from the call site of that letter; equal
//! letters beside each other are one block, unless a `|` divides them. `.` is free, `#` is no part
//! of the pool, `[ab.]` is a slab with an object of 16 bytes for each place, `\n` ends a region.

use litepool::{Algorithm, Choices, RecordLayout, SlabLayout};
use litepool_trace::{Interned, WordSize};

use super::*;
use crate::memory_image::MemoryImage;
use crate::snapshot::{Origin, Pool};

mod heap;
mod oracle;

/// Bytes of a place in a drawing.
const PLACE: u64 = 16;

fn choices() -> Choices {
    Choices {
        algorithm: Algorithm::Tlsf,
        size_bits: 16,
        granule: 4,
        hardened: true,
        record: RecordLayout {
            owner: None,
            sites: None,
        },
        slab: SlabLayout::NONE,
        joined: false,
    }
}

/// A request whose block takes so many places.
fn places(number: u64) -> Request {
    Request {
        size: PLACE * number - 4,
        ..Request::default()
    }
}

fn block(pool: usize, address: u64, places: u64, what: char) -> Block {
    let is_free = what == '.';
    Block {
        pool,
        address: Some(address),
        size: PLACE * places - 4,
        extent: PLACE * places,
        state: match what {
            '.' => BlockState::Free,
            '[' => BlockState::Slab,
            _ => BlockState::Used,
        },
        in_slab: false,
        task: None,
        module: None,
        number: None,
        birth: None,
        stack: if is_free || what == '[' {
            0
        } else {
            what as u32
        },
    }
}

/// The blocks of a drawing; allocated in the order of their addresses.
fn drawn(drawing: &str) -> Snapshot {
    let (mut pool, mut address) = (0, 0x1000);
    let mut blocks: Vec<Block> = Vec::new();
    let (mut slab, mut is_open) = (None, false);
    for what in drawing.chars() {
        let last = blocks.last().map(|block: &Block| block.stack);
        match what {
            '|' => is_open = false,
            '#' => (address, is_open) = (address + PLACE, false),
            '\n' => (pool, address, is_open) = (pool + 1, address - 0x800, false),
            '[' => {
                slab = Some(blocks.len());
                blocks.push(Block {
                    extent: 0,
                    ..block(pool, address, 1, '[')
                });
            }
            ']' => (slab, is_open) = (None, false),
            _ => {
                if let Some(slab) = slab {
                    blocks[slab].extent += PLACE;
                    let object = block(pool, address, 1, what);
                    blocks.push(Block {
                        in_slab: true,
                        ..object
                    });
                } else if is_open && last == Some(block(pool, 0, 1, what).stack) {
                    let last = blocks.last_mut().unwrap();
                    (last.size, last.extent) = (last.size + PLACE, last.extent + PLACE);
                } else {
                    blocks.push(block(pool, address, 1, what));
                    is_open = true;
                }
                address += PLACE;
            }
        }
    }
    let used = blocks.iter_mut().filter(|b| b.state == BlockState::Used);
    for (number, block) in used.enumerate() {
        block.number = Some(number as u64);
    }
    snapshot(pool + 1, blocks)
}

fn snapshot(pools: usize, blocks: Vec<Block>) -> Snapshot {
    let pool = |region| Pool {
        region,
        regions: pools,
        choices: Some(choices()),
        ..Pool::default()
    };
    Snapshot {
        origin: Origin::Dump { files: Vec::new() },
        word: WordSize::Bits32,
        pools: (0..pools).map(pool).collect(),
        blocks,
        interned: Interned::default(),
        memory: MemoryImage::default(),
        live_tasks: None,
        passed_over: Vec::new(),
    }
}

/// The call sites of a window's blocks, as letters.
fn letters(pins: &Pins<'_>, window: &Window) -> String {
    let stacks = pins.blocks(window).map(|block| block.stack);
    stacks.filter_map(char::from_u32).collect()
}

fn by_site(block: &Block, sites: &mut Vec<char>) {
    sites.extend(char::from_u32(block.stack));
}

/// The windows of a drawing in the order of their addresses, as letters.
fn windows(drawing: &str, request: Request) -> Vec<String> {
    let snapshot = drawn(drawing);
    let pins = Pins::of(&snapshot, 0, request).unwrap();
    pins.windows().iter().map(|w| letters(&pins, w)).collect()
}

#[test]
fn a_window_is_what_has_to_go_and_no_more() {
    let drawing = "a..b..c.d..e";
    assert_eq!(windows(drawing, places(4)), ["b", "c", "d"]);
    assert_eq!(windows(drawing, places(5)), ["b", "cd", "de"]);
    assert_eq!(windows(drawing, places(6)), ["ab", "bc", "cd"]);
}

#[test]
fn the_run_reaches_from_the_used_block_before_to_the_one_behind() {
    let snapshot = drawn("aa..bbb.c");
    let pins = Pins::of(&snapshot, 0, places(6)).unwrap();
    let [window] = pins.windows() else {
        panic!("{:?}", pins.windows());
    };
    assert_eq!((window.blocks, window.bytes), (1, 3 * PLACE));
    assert_eq!(window.run, 0x1000 + 2 * PLACE..0x1000 + 8 * PLACE);
    assert_eq!(window.size(), pins.need());
}

#[test]
fn the_cheapest_has_the_fewest_bytes_and_none_shares_a_block() {
    let snapshot = drawn("...aaa..b|b..cccc...d");
    let pins = Pins::of(&snapshot, 0, places(6)).unwrap();
    let cheapest: Vec<String> = pins.cheapest(9).iter().map(|w| letters(&pins, w)).collect();
    assert_eq!(cheapest, ["bb", "a", "c"]);
    assert_eq!(pins.cheapest(1).len(), 1);
}

/// A block that is large enough by itself is in nobody's way: any other of its size would do.
#[test]
fn what_does_not_split_free_space_is_a_window_but_no_pin() {
    let snapshot = drawn("aaaa.b..c...#dddd");
    let pins = Pins::of(&snapshot, 0, places(4)).unwrap();
    let all: Vec<String> = pins.windows().iter().map(|w| letters(&pins, w)).collect();
    let splits: Vec<u64> = pins.windows().iter().map(|w| w.split / PLACE).collect();
    assert_eq!(all, ["a", "b", "c", "d"]);
    assert_eq!(splits, [1, 3, 5, 0]);
    let cheapest = pins.cheapest(9);
    let cheapest: Vec<String> = cheapest.iter().map(|w| letters(&pins, w)).collect();
    assert_eq!(cheapest, ["b", "c"]);
    assert_eq!(letters(&pins, pins.oldest().unwrap()), "b");
    assert_eq!(letters(&pins, pins.youngest().unwrap()), "c");
    let without = pins.without(by_site);
    let splits: Vec<(char, u64)> = without.iter().map(|w| (w.group, w.split / PLACE)).collect();
    assert_eq!(splits, [('b', 3), ('c', 5), ('a', 1), ('d', 0)]);
}

#[test]
fn the_youngest_and_the_oldest_are_alternatives() {
    let mut snapshot = drawn("..a..#..b..#..cc..");
    let ages = |snapshot: &mut Snapshot, ages: [Option<u64>; 3]| {
        let used = snapshot.blocks.iter_mut();
        let used = used.filter(|block| block.state == BlockState::Used);
        used.zip(ages).for_each(|(block, age)| block.number = age);
    };
    ages(&mut snapshot, [Some(700), Some(3), Some(900)]);
    let pins = Pins::of(&snapshot, 0, places(5)).unwrap();
    assert_eq!(letters(&pins, pins.youngest().unwrap()), "c");
    assert_eq!(letters(&pins, pins.oldest().unwrap()), "b");
    assert_eq!(pins.oldest().unwrap().numbers, Some((3, 3)));

    ages(&mut snapshot, [Some(700), None, None]);
    let pins = Pins::of(&snapshot, 0, places(5)).unwrap();
    assert_eq!(letters(&pins, pins.oldest().unwrap()), "a");
}

#[test]
fn where_there_is_room_nothing_is_in_the_way() {
    let snapshot = drawn("a..b....c");
    let pins = Pins::of(&snapshot, 0, places(4)).unwrap();
    assert_eq!(pins.room(), Room::There);
    assert!(pins.windows().is_empty());
}

/// Of a full pool some blocks have to be freed: moving them makes no room.
#[test]
fn a_pool_is_pinned_full_or_too_small() {
    let snapshot = drawn("a..b..c.");
    let room = |number| Pins::of(&snapshot, 0, places(number)).unwrap().room();
    assert_eq!(room(2), Room::There);
    assert_eq!(room(3), Room::Pinned);
    assert_eq!(room(5), Room::Pinned);
    assert_eq!(room(6), Room::Full { missing: PLACE });
    assert_eq!(room(8), Room::Full { missing: 3 * PLACE });
    assert_eq!(room(10), Room::TooSmall { missing: 2 * PLACE });
    assert_eq!(windows("a..b..c.", places(6)), ["ab", "bc"]);
    assert!(windows("a..b..c.", places(10)).is_empty());
}

/// Between regions, and where a dump's pool is damaged, there is nothing to be had.
#[test]
fn no_window_reaches_across_what_is_not_of_the_pool() {
    assert_eq!(windows("..a.#.b..", places(4)), ["a", "b"]);
    assert!(windows("..a.#.b..", places(5)).is_empty());
    assert_eq!(windows("..a.\n.b..", places(4)), ["a", "b"]);
    assert!(windows("..a.\n.b..", places(5)).is_empty());
}

/// A pool of its own has its own room, whatever stands beside it.
#[test]
fn only_joined_regions_are_looked_at_together() {
    let mut snapshot = drawn("..a\n....b\n..c");
    assert_eq!(
        Pins::of(&snapshot, 2, places(4)).unwrap().room(),
        Room::There
    );
    for pool in &mut snapshot.pools {
        (pool.region, pool.regions) = (0, 0);
    }
    let of_pool = |pool| Pins::of(&snapshot, pool, places(3)).unwrap();
    assert_eq!((of_pool(0).pools(), of_pool(2).pools()), (0..1, 2..3));
    assert_eq!(of_pool(1).room(), Room::There);
    assert_eq!(of_pool(2).room(), Room::Full { missing: PLACE });
}

#[test]
fn a_slab_goes_with_its_objects_only() {
    assert_eq!(windows("..[a.b]..c.", places(7)), ["ab"]);
    let snapshot = drawn("..[a.b]..c.");
    let pins = Pins::of(&snapshot, 0, places(7)).unwrap();
    assert_eq!(
        (pins.windows()[0].blocks, pins.windows()[0].bytes),
        (2, 3 * PLACE)
    );
    assert_eq!(pins.free(), 5 * PLACE);

    let without = pins.without(by_site);
    assert!(without.iter().all(|group| !group.serves));
    let snapshot = drawn("..[a.a]..c.");
    let without = Pins::of(&snapshot, 0, places(7)).unwrap().without(by_site);
    assert_eq!((without[0].group, without[0].blocks), ('a', 2));
    assert!(without[0].serves);
}

/// A heap frees an empty slab that it kept before it refuses a request.
#[test]
fn an_empty_slab_counts_as_free() {
    let snapshot = drawn("a..[...]..b");
    assert_eq!(
        Pins::of(&snapshot, 0, places(7)).unwrap().room(),
        Room::There
    );
}

#[test]
fn a_block_that_is_to_be_resized_is_not_in_its_own_way() {
    let snapshot = drawn("..a.b..c");
    let at = |letter: char| {
        let mut blocks = snapshot.blocks.iter();
        blocks.find(|b| b.stack == letter as u32).unwrap().address
    };
    let resized = |letter, number| {
        let request = Request {
            resized: at(letter),
            ..places(number)
        };
        Pins::of(&snapshot, 0, request).unwrap()
    };
    assert_eq!(resized('a', 4).room(), Room::There);
    let pins = resized('a', 5);
    assert_eq!((pins.room(), pins.free()), (Room::Pinned, 6 * PLACE));
    assert_eq!(letters(&pins, pins.cheapest(1)[0]), "b");
}

/// Its slab stays where it is, although it begins where its first object does.
#[test]
fn an_object_that_is_to_be_resized_does_not_take_its_slab_along() {
    let snapshot = drawn("..[ab]..c");
    let request = Request {
        resized: snapshot.blocks[1].address,
        ..places(5)
    };
    let pins = Pins::of(&snapshot, 0, request).unwrap();
    assert_eq!(
        (pins.room(), pins.free()),
        (Room::Full { missing: PLACE }, 4 * PLACE)
    );
}

/// It has to begin on a boundary, or with a whole block before it.
#[test]
fn an_aligned_request_needs_the_place_besides_the_room() {
    let aligned = |align| Request { align, ..places(3) };
    assert_eq!(windows(".a..#", aligned(0)), ["a"]);
    assert_eq!(windows("aab...cc..", aligned(64)), ["ab", "c"]);
    // Two bytes remember the alignment.
    let snapshot = drawn("...");
    let need = |align| Pins::of(&snapshot, 0, aligned(align)).unwrap().need();
    assert_eq!((need(4), need(8)), (3 * PLACE, 3 * PLACE + 4));
}

/// The sentence that people want: without the blocks of `a` there were room.
#[test]
fn the_pool_without_a_call_site_is_told_for_all_of_them() {
    let snapshot = drawn("a.b..a|a.bb.c.");
    let pins = Pins::of(&snapshot, 0, places(5)).unwrap();
    let without = |site, blocks, places, largest, split| Without {
        group: site,
        blocks,
        bytes: PLACE * places,
        largest_free: PLACE * largest - 4,
        serves: split > 0,
        split: PLACE * split,
    };
    assert_eq!(pins.largest_free(), PLACE * 2 - 4);
    assert_eq!(
        pins.without(by_site),
        [
            without('a', 3, 3, 5, 3),
            without('b', 2, 3, 4, 0),
            without('c', 1, 1, 3, 0),
        ]
    );
}

/// Whoever calls `xmalloc` is found, and `main`, which calls everybody, comes last.
#[test]
fn of_several_callers_the_one_with_the_fewest_bytes_comes_first() {
    let snapshot = drawn("a..b..b.d..aaa");
    let pins = Pins::of(&snapshot, 0, places(6)).unwrap();
    let callers = |block: &Block, callers: &mut Vec<&str>| {
        callers.extend(["xmalloc", "main"]);
        callers.extend((block.stack == u32::from(b'b')).then_some("log_init"));
    };
    let order: Vec<&str> = pins.without(callers).iter().map(|w| w.group).collect();
    assert_eq!(order, ["log_init", "main", "xmalloc"]);
}

#[test]
fn what_can_not_be_told_is_an_error_that_says_why() {
    let mut snapshot = drawn("a.b.");
    let error = |snapshot: &Snapshot, pool| Pins::of(snapshot, pool, places(2)).unwrap_err();
    assert_eq!(error(&snapshot, 1), PinsError::NoPool(1));
    snapshot.blocks[0].address = None;
    assert_eq!(error(&snapshot, 0), PinsError::NoAddresses);
    snapshot.pools[0].choices = None;
    assert_eq!(error(&snapshot, 0), PinsError::NoConfiguration);
}

/// A dump is whatever somebody made of it.
#[test]
fn whatever_a_snapshot_says_it_comes_to_an_end() {
    let mut snapshot = drawn("a.b.c.[a.].");
    for (block, address) in snapshot
        .blocks
        .iter_mut()
        .zip([u64::MAX, 0, 7, 7, u64::MAX - 3])
    {
        (block.address, block.extent) = (Some(address), u64::MAX);
    }
    for (size, align) in [
        (0, 0),
        (u64::MAX, 0),
        (1, u64::MAX),
        (1, 3),
        (u64::MAX, 1 << 63),
    ] {
        let request = Request {
            size,
            align,
            resized: Some(7),
        };
        let pins = Pins::of(&snapshot, 0, request).unwrap();
        let _ = (
            pins.room(),
            pins.cheapest(3),
            pins.free(),
            pins.without(by_site),
        );
    }
}
