//! What a report says of a pool whose blocks are known.

use litepool_snapshot::memory_image::MemoryImage;
use litepool_snapshot::{Birth, BlockState, Origin, Pool};
use litepool_trace::{Frame, Interned, Location, Module, Stack, WordSize};

use super::*;

/// Functions by their lines: `main` calls all others, `log_init` what allocates for it.
const FUNCTIONS: [(&str, &str, u32); 5] = [
    ("main", "src/main.c", 10),
    ("net_rx", "src/net.c", 42),
    ("log_init", "src/log.c", 7),
    ("xmalloc", "src/util.c", 3),
    ("", "", 0),
];

/// Call stacks: 1 `main`, 2 `net_rx`, 3 `log_init`, 4 `xmalloc` of `log_init`, 5 `xmalloc` of
/// `net_rx`, 6 an address of `main`.
fn interned() -> Interned {
    let frame = |&(function, file, line): &(&str, &str, u32)| Frame {
        module: 0,
        offset: 0x10,
        locations: match function {
            "" => Vec::new(),
            _ => vec![Location {
                function: function.into(),
                file: file.into(),
                line,
            }],
        },
    };
    let stacks = [(0, 0), (1, 1), (2, 1), (3, 3), (3, 2), (4, 1)];
    Interned {
        modules: vec![Module {
            path: "/usr/bin/demo".into(),
            ..Module::default()
        }],
        frames: FUNCTIONS.iter().map(frame).collect(),
        stacks: stacks.map(|(frame, parent)| Stack { frame, parent }).into(),
        threads: vec!["main".into(), "net".into()],
        ..Interned::default()
    }
}

/// A pool of these blocks: bytes, and the call stack and the task of a used one.
fn snapshot(blocks: &[(u64, Option<(u32, u32)>)]) -> Snapshot {
    let choices = litepool_choices();
    let (mut address, mut number) = (256, 0);
    let blocks = blocks.iter().map(|&(extent, of)| {
        let used = of.is_some();
        number += u64::from(used);
        address += extent;
        Block {
            pool: 0,
            address: Some(address - extent),
            size: extent - 4,
            extent,
            state: if used {
                BlockState::Used
            } else {
                BlockState::Free
            },
            in_slab: false,
            task: of.map(|(_, task)| Task::Number(task)),
            module: None,
            number: used.then(|| number - 1),
            birth: used.then_some(Birth {
                operation: 10 * number,
                time: 0,
            }),
            stack: of.map_or(0, |(stack, _)| stack),
        }
    });
    Snapshot {
        blocks: blocks.collect(),
        origin: Origin::Trace {
            file: "demo.lpt".into(),
            operation: 0,
            time: 0,
        },
        word: WordSize::Bits32,
        pools: vec![Pool {
            choices: Some(choices),
            ..Pool::default()
        }],
        interned: interned(),
        memory: MemoryImage::default(),
        live_tasks: None,
        passed_over: Vec::new(),
    }
}

/// Those of a 32-bit pool without a slab.
fn litepool_choices() -> litepool::Choices {
    let mut memory = [std::mem::MaybeUninit::uninit(); 1024];
    let heap = litepool::Heap::<litepool::config::Pool256K>::new(&mut memory).unwrap();
    *heap.choices()
}

fn facts(blocks: &[(u64, Option<(u32, u32)>)], size: u64) -> PinsFacts {
    let request = Request {
        size,
        ..Request::default()
    };
    let snapshot = snapshot(blocks);
    let mut naming = Naming::new(&snapshot, None).unwrap();
    PinsFacts::of(&snapshot, 0, request, &mut naming).unwrap()
}

const FREE: Option<(u32, u32)> = None;
const MAIN: Option<(u32, u32)> = Some((1, 0));
const NET: Option<(u32, u32)> = Some((5, 1));
const LOG: Option<(u32, u32)> = Some((4, 0));
const ADDRESS: Option<(u32, u32)> = Some((6, 1));

#[test]
fn the_cheapest_set_is_told_with_site_and_age_and_whose_blocks_had_better_be_elsewhere() {
    let pool = [
        (4000, MAIN),
        (8000, FREE),
        (32, LOG),
        (16, FREE),
        (64, LOG),
        (6000, FREE),
        (400, NET),
        (6000, FREE),
        (16, ADDRESS),
    ];
    let facts = facts(&pool, 10_000);
    assert_eq!(
        (facts.room, facts.need, facts.free),
        ("pinned", 10_004, 20_016)
    );
    assert_eq!(
        facts.text(),
        "  Used blocks split the free space. Without any one of these sets it fits:
                 blocks  bytes   split  operations  allocated by
    least bytes       2     96  14,016    20 to 30  log_init (log.c:7), main
                      1    400  12,000          40  net_rx (net.c:42), net
                      1  4,000   8,000          10  main (src/main.c:10), main
  Without the 2 blocks of log_init (96 bytes) the largest request would be
  14,108 bytes, instead of 7,996.
  It also fits without the block of net_rx (400 bytes).
  Of the tasks, it fits without the 2 blocks of net (416 bytes).
"
    );
    assert_eq!(facts.best_without(), Some("log_init"));
}

/// Who is called by the better answer only, and holds no more than that, is not told again.
#[test]
fn a_caller_that_only_holds_more_is_left_out() {
    let facts = facts(&[(400, FREE), (32, LOG), (400, FREE), (16, NET)], 600);
    let names: Vec<&str> = facts
        .without_function
        .iter()
        .map(|f| f.name.as_str())
        .collect();
    assert_eq!(names, ["log_init", "net_rx"]);
}

#[test]
fn of_a_full_pool_it_is_told_who_holds_it() {
    let pool = [
        (4000, MAIN),
        (800, FREE),
        (32, LOG),
        (600, FREE),
        (1400, NET),
    ];
    assert_eq!(
        facts(&pool, 2000).text(),
        "  At least 604 bytes would have to be freed: moving blocks makes no room for it.
  Most is held by
                                bytes  blocks
    main (src/main.c:10), main  4,000       1
    net_rx (net.c:42), net      1,400       1
    log_init (log.c:7), main       32       1
"
    );
    assert_eq!(
        facts(&pool, 20_000).text(),
        "  Even the empty pool is 13,172 bytes too small for it.\n"
    );
}

/// What nobody could name is told by its address; what is nearly full, as such.
#[test]
fn where_little_is_free_more_room_for_one_is_too_little_for_the_next() {
    let pool = [
        (9000, MAIN),
        (40, FREE),
        (16, ADDRESS),
        (40, FREE),
        (9000, MAIN),
    ];
    let text = facts(&pool, 70).text();
    assert!(text.contains("demo+0x10, net"), "{text}");
    assert!(
        text.contains("Only 0.4 % of the pool is free: a larger one"),
        "{text}"
    );
}
