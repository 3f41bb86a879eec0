use std::boxed::Box;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::vec::Vec;

use super::{ObjectBox, ObjectPool};

fn pool<T: Send, const N: usize>() -> &'static ObjectPool<T, N> {
    Box::leak(Box::default())
}

/// Counts that it was dropped.
struct Dropped<'c>(&'c AtomicUsize);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn there_is_room_for_as_many_as_stated_and_the_next_comes_back() {
    let pool = pool::<[u32; 5], 3>();
    let mut held: Vec<_> = (0..3).map(|n| pool.allocate([n; 5]).unwrap()).collect();
    assert_eq!(pool.allocate([9; 5]).unwrap_err(), [9; 5]);
    assert!((0..).zip(&held).all(|(n, object)| **object == [n; 5]));

    held.remove(1);
    let object = pool.allocate([7; 5]).unwrap();
    assert_eq!(*held[0], [0; 5]);
    assert_eq!(*held[1], [2; 5]);
    assert_eq!(ObjectBox::into_inner(object), [7; 5]);
    drop(held);
    let stats = pool.stats();
    assert_eq!((stats.capacity, stats.used, stats.peak), (3, 0, 3));
    assert_eq!((stats.failures, stats.lost), (1, 0));
}

#[test]
fn objects_are_dropped_once() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    let pool = pool::<Dropped<'static>, 1>();
    drop(pool.allocate(Dropped(&DROPS)).ok());
    assert_eq!(DROPS.load(Ordering::Relaxed), 1);
    let held = pool.allocate(Dropped(&DROPS)).ok().unwrap();
    // What is refused is the caller's.
    let refused = pool.allocate(Dropped(&DROPS)).err().unwrap();
    assert_eq!(DROPS.load(Ordering::Relaxed), 1);
    drop(refused);
    let inner = ObjectBox::into_inner(held);
    assert_eq!(DROPS.load(Ordering::Relaxed), 2);
    drop(inner);
    assert_eq!(DROPS.load(Ordering::Relaxed), 3);
    assert_eq!(pool.stats().used, 0);
}

#[test]
fn a_drop_that_panics_frees_the_slot() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("as it is to");
        }
    }
    let pool = pool::<Panics, 1>();
    let object = pool.allocate(Panics).ok().unwrap();
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(object)));
    assert!(dropped.is_err());
    assert_eq!(pool.stats().used, 0);
}

#[test]
fn objects_stand_on_their_alignment_and_apart() {
    #[repr(align(64))]
    struct Line(u8);
    let pool = pool::<Line, 4>();
    let lines: Vec<_> = (0..4)
        .map(|n| pool.allocate(Line(n)).ok().unwrap())
        .collect();
    let places: BTreeSet<usize> = lines
        .iter()
        .map(|line| (&raw const **line).addr())
        .collect();
    assert_eq!(places.len(), 4);
    assert!(places.iter().all(|place| place.is_multiple_of(64)));
    assert!((0..).zip(&lines).all(|(n, line)| line.0 == n));
}

#[test]
fn objects_of_no_bytes_are_counted() {
    let pool = pool::<(), 2>();
    let both = (pool.allocate(()).unwrap(), pool.allocate(()).unwrap());
    assert!(pool.allocate(()).is_err());
    drop(both);
    assert!(pool.allocate(()).is_ok());
    let none = self::pool::<u8, 0>();
    assert_eq!(none.allocate(5).unwrap_err(), 5);
}

#[test]
fn objects_of_one_byte_keep_their_links() {
    let pool = pool::<u8, 200>();
    for round in 0..5_u8 {
        let held: Vec<_> = (0..200)
            .map(|n: u8| pool.allocate(n ^ round).unwrap())
            .collect();
        assert!((0..).zip(&held).all(|(n, object)| **object == n ^ round));
        // Freed in another order than allocated.
        let (even, odd): (Vec<_>, Vec<_>) = held.into_iter().partition(|object| **object % 2 == 0);
        drop(odd);
        drop(even);
    }
    assert_eq!(pool.stats().peak, 200);
}

#[test]
fn a_free_slot_that_is_overwritten_leads_nobody_astray() {
    let pool = pool::<u32, 4>();
    let held: Vec<_> = (0..4).map(|n| pool.allocate(n).unwrap()).collect();
    let places: Vec<_> = held.iter().map(|object| object.object).collect();
    drop(held);
    // The last one freed is the first of the list.
    // SAFETY: a fault, as a pointer that is kept too long has it; the slots are the pool's.
    unsafe { places[3].write(0x5555_5555) };
    let first = pool.allocate(10).unwrap();
    assert!(pool.allocate(11).is_err(), "behind it nothing is believed");
    assert_eq!((*first, pool.stats().lost), (10, 3));
    drop(first);
    assert_eq!(*pool.allocate(12).unwrap(), 12);
}

#[test]
fn threads_share_a_pool() {
    let pool = pool::<Cell<usize>, 16>();
    thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for round in 0..2000 {
                    let number = thread << 16 | round;
                    let held: Vec<_> = (0..3)
                        .map(|n| pool.allocate(Cell::new(number + n)).unwrap())
                        .collect();
                    assert!(
                        (0..)
                            .zip(&held)
                            .all(|(n, object)| object.get() == number + n)
                    );
                }
            });
        }
    });
    assert_eq!((pool.stats().used, pool.stats().lost), (0, 0));
    // A box goes to another thread, and is dropped there.
    let object = pool.allocate(Cell::new(1)).unwrap();
    thread::spawn(move || drop(object)).join().unwrap();
    assert_eq!(pool.stats().used, 0);
}
