//! The child of a `fork` uses a pool whose lock another thread of its parent held: as the
//! documentation of `Spin` tells.

#![cfg(target_os = "linux")]

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use litepool::Pool;
use litepool::config::Pool64;
use litepool::lock::{Lock, Spin};

unsafe extern "C" {
    safe fn fork() -> i32;
    safe fn alarm(seconds: u32) -> u32;
    fn waitpid(child: i32, status: *mut i32, options: i32) -> i32;
    safe fn _exit(status: i32) -> !;
}

static POOL: Pool<Pool64, Spin> = Pool::new();

/// Allocates and frees in one; says whether it could.
fn uses_pool() -> bool {
    // SAFETY: a live block.
    POOL.allocate(100)
        .is_ok_and(|block| unsafe { POOL.free(block) }.is_ok())
        && POOL
            .lock(|heap| heap.check())
            .is_ok_and(|checked| checked.is_ok())
}

#[test]
fn a_child_uses_a_pool_whose_lock_was_held_across_the_fork() {
    POOL.init_static(Vec::leak(vec![MaybeUninit::uninit(); 16 << 10]))
        .unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        // Another thread that has the lock most of the time.
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                assert!(uses_pool());
            }
        });
        for _ in 0..20 {
            POOL.raw_lock().acquire();
            let child = fork();
            // SAFETY: acquired above, by this thread, which both processes have.
            unsafe { POOL.raw_lock().release(()) };
            if child == 0 {
                // A child that waits for ever is ended.
                alarm(20);
                _exit(i32::from(!uses_pool()));
            }
            let mut status = -1;
            // SAFETY: there is room for a status.
            assert_eq!(unsafe { waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(uses_pool());
}
