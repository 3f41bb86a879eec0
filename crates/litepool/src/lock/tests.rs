use std::cell::UnsafeCell;
use std::thread;

use super::{Held, Lock, Unlocked};

/// A number that two threads must not change at the same time.
struct Guarded<L> {
    lock: L,
    number: UnsafeCell<u32>,
}

// SAFETY: the number is under the lock.
unsafe impl<L: Lock + Sync> Sync for Guarded<L> {}

impl<L: Lock> Guarded<L> {
    fn add_one(&self) {
        let _held = Held::new(&self.lock);
        // SAFETY: the lock is held.
        unsafe { *self.number.get() += 1 };
    }
}

fn keeps_threads_apart<L: Lock + Sync>() {
    let guarded = Guarded {
        lock: L::NEW,
        number: UnsafeCell::new(0),
    };
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2000 {
                    guarded.add_one();
                }
            });
        }
    });
    assert_eq!(guarded.number.into_inner(), 8000);
}

#[cfg(target_has_atomic = "8")]
#[test]
fn a_spin_lock_keeps_threads_apart() {
    keeps_threads_apart::<super::Spin>();
}

#[cfg(feature = "critical-section")]
#[test]
fn a_critical_section_keeps_threads_apart() {
    keeps_threads_apart::<super::CriticalSection>();
}

#[cfg(feature = "critical-section")]
#[test]
fn a_critical_section_may_be_entered_by_its_holder() {
    let _outer = Held::new(&super::CriticalSection);
    let _inner = Held::new(&super::CriticalSection);
}

#[test]
fn no_lock_may_be_taken_by_its_holder() {
    let lock = Unlocked::NEW;
    let _outer = Held::new(&lock);
    let _inner = Held::new(&lock);
}
