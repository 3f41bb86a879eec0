//! A small device: its variables, then the stack of `main`, then a pool.

mod device;
mod oracle;

use device::{Device, HEADER, IDLE_STACK, RECORDER, STACK, VARIABLES};

use super::{BlindSpot, Leak, Reach, ReachError};

const REACHED: Reach = Reach::Reached {
    inside: false,
    named: true,
};
const INSIDE: Reach = Reach::Reached {
    inside: true,
    named: true,
};
const ELSEWHERE: Reach = Reach::Reached {
    inside: false,
    named: false,
};

#[test]
fn a_block_that_a_variable_points_to_is_reached() {
    let mut device = Device::new();
    let block = device.block(16);
    device.set(VARIABLES, block);
    assert_eq!(device.reach(block), REACHED);
    assert_eq!(device.path(block), "cache → 0x2004");
}

#[test]
fn a_block_that_nothing_points_to_is_a_leak() {
    let mut device = Device::new();
    let block = device.block(16);
    assert_eq!(device.reach(block), Reach::Leaked);
    assert_eq!(device.path(block), "");
}

#[test]
fn whoever_is_reached_reaches_others() {
    let mut device = Device::new();
    let chain = [device.block(8), device.block(8), device.block(8)];
    device.set(VARIABLES + 8, chain[2]);
    device.set(chain[2] + 4, chain[0]);
    device.set(chain[0], chain[1]);
    assert_eq!(device.reach(chain[1]), REACHED);
    let path = "cache + 8 → 0x201c + 4 → 0x2004 + 0 → 0x2010";
    assert_eq!(device.path(chain[1]), path);
}

#[test]
fn the_path_is_the_shortest_one() {
    let mut device = Device::new();
    let (first, second, third) = (device.block(8), device.block(8), device.block(8));
    device.set(VARIABLES, first);
    device.set(first, second);
    device.set(second, third);
    device.set(first + 4, third);
    assert_eq!(device.path(third), "cache → 0x2004 + 4 → 0x201c");
}

#[test]
fn a_long_path_is_told_by_its_ends() {
    let mut device = Device::new();
    let list: Vec<u64> = (0..100).map(|_| device.block(4)).collect();
    device.set(VARIABLES, list[0]);
    for pair in list.windows(2) {
        device.set(pair[0], pair[1]);
    }
    let path = "cache → 0x2004 + 0 → 0x200c + 0 → 0x2014 + 0 → 0x201c + 0 → … 92 blocks … \
                → 0x2304 + 0 → 0x230c + 0 → 0x2314 + 0 → 0x231c";
    assert_eq!(device.path(list[99]), path);
}

#[test]
fn a_pointer_behind_the_beginning_is_a_weaker_sign() {
    let mut device = Device::new();
    let (block, next) = (device.block(16), device.block(8));
    device.set(VARIABLES, block + 12);
    device.set(block, next);
    assert_eq!(device.reach(block), INSIDE);
    assert_eq!(device.reach(next), INSIDE, "what it leads to is no surer");
    let path = "cache → byte 12 of 0x2004 + 0 → 0x2018";
    assert_eq!(device.path(next), path);
}

#[test]
fn a_pointer_to_the_beginning_counts_more_than_a_shorter_path() {
    let mut device = Device::new();
    let (block, other) = (device.block(16), device.block(8));
    device.set(VARIABLES, block + 4);
    device.set(VARIABLES + 4, other);
    device.set(other, block);
    assert_eq!(device.reach(block), REACHED);
    assert_eq!(device.path(block), "cache + 4 → 0x2018 + 0 → 0x2004");
}

#[test]
fn a_pointer_to_the_end_or_to_the_header_does_not_count() {
    let mut device = Device::new();
    let (first, second) = (device.block(16), device.block(16));
    device.set(VARIABLES, first + 16);
    device.set(VARIABLES + 4, second - HEADER);
    device.set(VARIABLES + 8, second + 16);
    assert_eq!(device.reach(first), Reach::Leaked);
    assert_eq!(device.reach(second), Reach::Leaked);
}

#[test]
fn a_pointer_is_an_aligned_word() {
    let mut device = Device::new();
    let block = device.block(16);
    device.set(VARIABLES + 2, block);
    assert_eq!(device.reach(block), Reach::Leaked);
}

#[test]
fn blocks_that_only_point_to_each_other_are_one_leak() {
    let mut device = Device::new();
    let ring = [device.block(8), device.block(16), device.block(24)];
    device.set(ring[0], ring[1]);
    device.set(ring[1], ring[2]);
    device.set(ring[2] + 20, ring[0]);
    let leak = Leak {
        block: 0,
        others: 2,
        bytes_of_others: 40,
    };
    assert_eq!(device.leaks(), [leak]);
    assert_eq!(device.reach(ring[2]), Reach::LeakedThrough { leak: 0 });
}

#[test]
fn what_a_leak_holds_leaked_through_it() {
    let mut device = Device::new();
    let (body, reply, ring) = (device.block(48), device.block(8), device.block(4));
    device.set(reply + 4, body);
    device.set(body, ring);
    device.set(ring, body);
    let leak = Leak {
        block: 1,
        others: 2,
        bytes_of_others: 52,
    };
    assert_eq!(device.leaks(), [leak]);
    assert_eq!(device.reach(reply), Reach::Leaked);
    assert_eq!(device.reach(body), Reach::LeakedThrough { leak: 1 });
}

#[test]
fn what_two_leaks_hold_is_counted_once() {
    let mut device = Device::new();
    let (one, two, shared) = (device.block(8), device.block(8), device.block(32));
    device.set(one, shared);
    device.set(two, shared);
    let leaks = device.leaks();
    assert_eq!(leaks.len(), 2);
    assert_eq!(
        leaks.iter().map(|leak| leak.bytes_of_others).sum::<u64>(),
        32
    );
}

#[test]
fn what_is_reached_does_not_leak_through_a_leak() {
    let mut device = Device::new();
    let (leak, shared) = (device.block(8), device.block(8));
    device.set(leak, shared);
    device.set(VARIABLES, shared);
    assert_eq!(device.reach(shared), REACHED);
    assert_eq!(device.leaks()[0].others, 0);
}

#[test]
fn a_word_on_a_stack_reaches_but_may_be_left_over() {
    let mut device = Device::new();
    let (first, second) = (device.block(16), device.block(16));
    device.set(STACK + 8, first);
    device.set(IDLE_STACK + 8, second);
    assert_eq!(device.reach(first), ELSEWHERE);
    assert_eq!(device.path(first), "the word at 0x1808 → 0x2004");
    assert_eq!(device.reach(second), ELSEWHERE);
    assert_eq!(device.path(second), "idle_stack + 8 → 0x2018");
}

#[test]
fn a_recorder_holds_no_block() {
    let mut device = Device::new();
    let block = device.block(16);
    device.set(RECORDER + 40, block);
    device.recorder = Some("litepool_c::record::RECORDER");
    assert_eq!(device.reach(block), Reach::Leaked);
    // By its name alone another one is not known for certain.
    device.recorder = Some("station::RECORDER");
    assert_eq!(device.reach(block), ELSEWHERE);
    device.recorder = Some("cassettes");
    assert_eq!(device.reach(block), REACHED);
}

#[test]
fn a_variable_counts_more_than_a_word_on_a_stack() {
    let mut device = Device::new();
    let (block, other) = (device.block(16), device.block(8));
    device.set(STACK, block);
    device.set(VARIABLES, other);
    device.set(other, block + 4);
    assert_eq!(device.reach(block), INSIDE);
    assert_eq!(device.path(block), "cache → 0x2018 + 0 → byte 4 of 0x2004");
}

#[test]
fn a_register_reaches() {
    let mut device = Device::new();
    let block = device.block(16);
    device.registers = vec![7, block, 0xFFFF_FFFF];
    assert_eq!(device.reach(block), REACHED);
    assert_eq!(device.path(block), "a register → 0x2004");
    assert_eq!(device.blind_spots(), []);
}

#[test]
fn a_stack_in_a_block_reaches_if_it_is_reached() {
    let mut device = Device::new();
    let (stack, held) = (device.block(64), device.block(8));
    device.set(stack + 60, held);
    assert_eq!(device.reach(held), Reach::LeakedThrough { leak: 0 });
    // What an RTOS keeps of a task: where its stack pointer is.
    device.set(VARIABLES, stack + 40);
    assert_eq!(device.reach(held), INSIDE);
}

#[test]
fn words_of_free_blocks_and_of_the_pool_itself_do_not_reach() {
    let mut device = Device::new();
    let (freed, block) = (device.block(16), device.block(8));
    device.free(freed);
    device.set(freed, block);
    device.set(VARIABLES, freed);
    device.set(block - HEADER, block);
    assert_eq!(device.reach(block), Reach::Leaked);
}

#[test]
fn two_pools_that_point_at_each_other_are_one_graph() {
    let mut device = Device::new();
    let here = device.block(8);
    let there = device.block_of_second_pool(8);
    device.set(here, there);
    device.set(there, here);
    assert_eq!(device.leaks().len(), 1);
    device.set(VARIABLES, here);
    assert_eq!(device.path(there), "cache → 0x2004 + 0 → 0x4004");
}

#[test]
fn a_block_with_a_pool_in_it_is_reached_with_each_of_its_blocks() {
    let mut device = Device::new();
    let outer = device.block(256);
    let inner = device.pool_within(outer, 64, 128);
    let (block, leak, held) = (inner + 16, inner + 48, device.block(8));
    device.block_of_inner_pool(block, 16);
    device.block_of_inner_pool(leak, 16);
    device.set(VARIABLES, block);
    device.set(leak, held);
    assert_eq!(device.reach(block), REACHED);
    assert_eq!(device.reach(outer), INSIDE, "its pool is in use");
    assert_eq!(
        device.reach(leak),
        Reach::Leaked,
        "the pool's bytes are not its words"
    );
    assert_eq!(device.path(outer), "cache → 0x2054 → 0x2004");
    // Beside the pool it is a block like any other.
    device.set(outer + 4, held);
    assert_eq!(device.path(held), "cache → 0x2054 → 0x2004 + 4 → 0x2108");
}

#[test]
fn nothing_leaks_through_what_was_lost() {
    let mut device = Device::new();
    let (lost, block) = (device.block(16), device.block(8));
    device.lose(lost);
    device.set(lost + 4, block);
    assert_eq!(device.reach(block), ELSEWHERE);
    assert_eq!(
        device.blind_spots(),
        [BlindSpot::NoRegisters, BlindSpot::Lost(20)]
    );
}

#[test]
fn without_symbols_all_memory_outside_the_pools_counts() {
    let mut device = Device::new();
    let block = device.block(16);
    device.set(VARIABLES + 8, block);
    device.has_symbols = false;
    assert_eq!(device.reach(block), ELSEWHERE);
    assert_eq!(device.path(block), "the word at 0x1008 → 0x2004");
    let spots = [BlindSpot::NoSymbols(0x4000), BlindSpot::NoRegisters];
    assert_eq!(device.blind_spots(), spots);
}

#[test]
fn a_dump_of_the_pool_alone_tells_nothing() {
    let mut device = Device::new();
    device.block(16);
    (device.begins, device.ends) = (0x2000, 0x5000);
    assert_eq!(device.error(), ReachError::NoVariables { address: 0x1000 });
    device.has_symbols = false;
    assert_eq!(device.error(), ReachError::NoRoots);
}

#[test]
fn missing_variables_and_contents_are_told() {
    let mut device = Device::new();
    device.block(16);
    let last = device.block(64);
    device.begins = VARIABLES + 16;
    device.ends = last + 60;
    let spots = [
        BlindSpot::NoRegisters,
        BlindSpot::Variables(16),
        BlindSpot::Contents(1),
    ];
    assert_eq!(device.blind_spots(), spots);
}

#[test]
fn a_hundred_thousand_blocks_in_a_list_are_no_recursion() {
    let mut device = Device::new();
    let list: Vec<u64> = (0..100_000).map(|_| device.block(4)).collect();
    for pair in list.windows(2) {
        device.set(pair[0], pair[1]);
    }
    assert_eq!(device.leaks()[0].others, 99_999);
    device.set(VARIABLES, list[0]);
    assert_eq!(device.leaks(), []);
}
