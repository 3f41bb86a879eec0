//! A real program, this one, in a pool: all of the test harness, its threads, strings, maps and a
//! parser live there.

use std::alloc::{GlobalAlloc, Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::collections::{BTreeMap, HashMap};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::mpsc;
use std::thread;

use litepool::fit::{BestFitLittle, Tlsf};
use litepool::lock::Spin;
use litepool::{Pool, State};
use litepool_testing::config::{Fast, Large, Small, Standard, WithSlab};
use serde_json::Value;

#[global_allocator]
static HEAP: Pool<WithSlab<Standard<Tlsf, Large, 8>, Fast>, Spin> = Pool::new();

const SIZE: usize = 32 << 20;
static mut MEMORY: [MaybeUninit<u8>; SIZE] = [MaybeUninit::uninit(); SIZE];

/// The loader calls it before the program's first allocation.
#[used]
#[cfg_attr(
    any(target_os = "linux", target_os = "android", target_os = "freebsd"),
    unsafe(link_section = ".init_array")
)]
#[cfg_attr(
    target_vendor = "apple",
    unsafe(link_section = "__DATA,__mod_init_func")
)]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
static BEFORE_MAIN: extern "C" fn() = initialise;

extern "C" fn initialise() {
    // SAFETY: this is the only reference to the memory.
    if let Some(memory) = unsafe { (&raw mut MEMORY).as_mut() } {
        // An error leaves the pool empty, and the first request is refused.
        let _ = HEAP.init_static(memory);
    }
}

/// A text that names itself, as JSON with some depth.
fn document(depth: usize) -> Value {
    let text = format!("level {depth} ") + &"é\u{1F980}\"\\ ".repeat(depth);
    if depth == 0 {
        return Value::String(text);
    }
    let mut members = serde_json::Map::new();
    for number in 0..3 {
        members.insert(format!("{text}{number}"), document(depth - 1));
    }
    members.insert(
        "numbers".to_owned(),
        (0..depth * 10).map(|n| n as f64 / 8.0).collect(),
    );
    Value::Object(members)
}

#[test]
fn a_parser_gets_back_what_was_written() {
    let before = document(6);
    let text = serde_json::to_string_pretty(&before).unwrap();
    let after: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(after, before);
    assert_eq!(serde_json::to_string_pretty(&after).unwrap(), text);
    HEAP.lock(|heap| heap.check()).unwrap().unwrap();
}

#[test]
fn threads_pass_what_they_allocated_to_each_other() {
    let (send, receive) = mpsc::channel::<(u64, HashMap<u64, String>)>();
    let makers: Vec<_> = (1..=4u64)
        .map(|maker| {
            let send = send.clone();
            thread::spawn(move || {
                for round in 0..50 {
                    let key = maker * 1000 + round;
                    let entries = (0..key % 97).map(|n| (n, format!("{key}/{n}").repeat(3)));
                    send.send((key, entries.collect())).unwrap();
                }
            })
        })
        .collect();
    drop(send);
    let mut seen = BTreeMap::new();
    for (key, entries) in receive {
        assert_eq!(entries.len() as u64, key % 97);
        for (n, text) in &entries {
            assert_eq!(*text, format!("{key}/{n}").repeat(3));
        }
        seen.insert(key, entries);
        HEAP.lock(|heap| heap.check()).unwrap().unwrap();
    }
    for maker in makers {
        maker.join().unwrap();
    }
    assert_eq!(seen.len(), 200);
}

#[test]
fn the_program_is_in_the_pool() {
    let text = String::from("some text that is certainly here");
    let mut found = 0;
    HEAP.lock(|heap| {
        heap.blocks()
            .for_each(|block| found += usize::from(block.state == State::Used));
    })
    .unwrap();
    assert!(found > 0);
    assert_eq!(
        HEAP.usable_size(NonNull::from(text.as_bytes()).cast())
            .map(|usable| usable >= text.len()),
        Ok(true)
    );
    assert!(HEAP.stats().unwrap().peak > 10_000);
    assert_eq!(HEAP.refused_frees(), 0);
}

#[test]
fn alignment_and_contents_survive_reallocation() {
    for align in [1, 2, 8, 16, 64, 512, 4096] {
        let layout = |size| Layout::from_size_align(size, align).unwrap();
        // SAFETY: sizes are not 0, and each block is used as its layout says and given back once.
        unsafe {
            let mut size = 24;
            let mut block = alloc_zeroed(layout(size));
            for new_size in [100, 5000, 70_000, 71_000, 300, 10] {
                assert!(block.addr().is_multiple_of(align));
                for at in 0..size {
                    assert!([0, at as u8].contains(&block.add(at).read()));
                    block.add(at).write(at as u8);
                }
                block = realloc(block, layout(size), new_size);
                for at in 0..size.min(new_size) {
                    assert_eq!(block.add(at).read(), at as u8, "{size} to {new_size}");
                }
                block
                    .add(size.min(new_size))
                    .write_bytes(0, new_size.saturating_sub(size));
                size = new_size;
            }
            dealloc(block, layout(size));
        }
    }
    let boxed = Box::new([7u128; 9]);
    assert!(
        (&raw const *boxed)
            .addr()
            .is_multiple_of(align_of::<u128>())
    );
    assert_eq!(*boxed, [7; 9]);
}

#[test]
fn memory_that_was_used_comes_back_zeroed() {
    let layout = Layout::from_size_align(3000, 8).unwrap();
    for _ in 0..20 {
        // SAFETY: the layout is not empty; the blocks are given back once.
        unsafe {
            let block = alloc(layout);
            block.write_bytes(0xFF, 3000);
            dealloc(block, layout);
            let block = alloc_zeroed(layout);
            assert!((0..3000).all(|at| block.add(at).read() == 0));
            dealloc(block, layout);
        }
    }
}

#[test]
fn before_it_is_initialised_there_is_no_memory() {
    let pool = Pool::<Standard<Tlsf, Large, 8>, Spin>::new();
    let layout = Layout::new::<[u64; 4]>();
    // SAFETY: the layout is not empty.
    unsafe {
        assert!(pool.alloc(layout).is_null());
        assert!(pool.alloc_zeroed(layout).is_null());
    }
    assert_eq!(pool.refused_frees(), 0);
}

#[test]
fn what_cannot_be_freed_is_counted() {
    let pool: &'static Pool<Standard<Tlsf, Large, 8>, Spin> = Box::leak(Box::default());
    pool.init_static(Vec::leak(vec![MaybeUninit::uninit(); 4096]))
        .unwrap();
    let layout = Layout::new::<[u64; 4]>();
    // SAFETY: the second and third time it is refused.
    unsafe {
        let block = pool.alloc(layout);
        pool.dealloc(block, layout);
        assert_eq!(pool.refused_frees(), 0);
        pool.dealloc(block, layout);
        assert!(pool.realloc(block, layout, 100).is_null());
        pool.dealloc(block.add(8), layout);
    }
    assert_eq!(pool.refused_frees(), 2);
    pool.lock(|heap| heap.check()).unwrap().unwrap();
}

/// The algorithm that does not resize blocks from aligned requests: the pool allocates, copies and
/// frees.
#[test]
fn an_aligned_block_that_the_algorithm_does_not_resize_is_replaced() {
    let pool: &'static Pool<Standard<BestFitLittle, Small, 4>, Spin> = Box::leak(Box::default());
    pool.init_static(Vec::leak(vec![MaybeUninit::uninit(); 16 << 10]))
        .unwrap();
    let layout = |size| Layout::from_size_align(size, 64).unwrap();
    // SAFETY: blocks are used as their layouts say, and given back once.
    unsafe {
        let block = pool.alloc(layout(500));
        (0..500).for_each(|at| block.add(at).write(at as u8));
        let larger = pool.realloc(block, layout(500), 900);
        assert!(!larger.is_null() && larger != block && larger.addr().is_multiple_of(64));
        assert!((0..500).all(|at| larger.add(at).read() == at as u8));
        let smaller = pool.realloc(larger, layout(900), 100);
        assert_eq!(smaller, larger, "it may stay");
        assert!(pool.realloc(smaller, layout(100), 1 << 20).is_null());
        assert!((0..100).all(|at| smaller.add(at).read() == at as u8));
        pool.dealloc(smaller, layout(100));
    }
    assert_eq!(pool.stats().unwrap().used, 0);
    assert_eq!(pool.refused_frees(), 0);
}
