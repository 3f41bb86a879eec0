//! Collections in pools: those of the crates `allocator-api2` and `hashbrown`, and the standard
//! library's with the feature `nightly`.

#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![cfg(any(feature = "allocator-api2", feature = "nightly"))]

use std::alloc::Layout;
use std::mem::MaybeUninit;

use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::lock::{Lock, Spin, Unlocked};
use litepool::{Config, Pool};
use litepool_testing::config::{self, Fast, Standard, WithSlab};

type Large<L> = Pool<WithSlab<Standard<Tlsf, config::Large, 8>, Fast>, L>;
type Small<L> = Pool<Standard<BestFit, config::Small, 4>, L>;
type Little<L> = Pool<Standard<BestFitLittle, config::Small, 4>, L>;

#[cfg(feature = "allocator-api2")]
fn unready() -> &'static Small<Spin> {
    Box::leak(Box::default())
}

fn pool_of<C: Config, L: Lock>(size: usize) -> &'static Pool<C, L> {
    let pool: &'static Pool<C, L> = Box::leak(Box::default());
    pool.init_static(Vec::leak(vec![MaybeUninit::uninit(); size]))
        .unwrap();
    pool
}

fn is_empty<C: Config, L: Lock>(pool: &Pool<C, L>) -> bool {
    pool.lock(|heap| heap.check()).unwrap().unwrap();
    pool.refused_frees() == 0 && pool.stats().unwrap().used == 0
}

/// What a trait of that shape has to do.
macro_rules! keeps_the_contract {
    ($name:ident, $module:path) => {
        mod $name {
            use super::*;
            use api::Allocator;
            use $module as api;

            /// Grows, shrinks, changes the alignment, from nothing and back to nothing.
            fn layouts_are_kept<C: Config>() {
                let pool: &Pool<C, Unlocked> = pool_of(64 << 10);
                keeps_layouts(pool, || is_empty(pool));
            }

            fn keeps_layouts(pool: impl Allocator, is_empty: impl Fn() -> bool) {
                let steps = [
                    (0, 1),
                    (10, 1),
                    (100, 4),
                    (100, 64),
                    (1000, 8),
                    (4000, 256),
                    (90, 16),
                    (0, 32),
                    (0, 1),
                    (33, 32),
                    (0, 1),
                ];
                let layout = |(size, align)| Layout::from_size_align(size, align).unwrap();
                let mut old = layout(steps[0]);
                let mut block = pool.allocate(old).unwrap();
                for new in steps.map(layout) {
                    let kept = old.size().min(new.size());
                    // SAFETY: the block has the old layout, and is used as that says.
                    unsafe {
                        let start = block.cast::<u8>();
                        (0..old.size()).for_each(|at| start.add(at).write(at as u8));
                        block = if new.size() < old.size() {
                            pool.shrink(start, old, new).unwrap()
                        } else {
                            pool.grow_zeroed(start, old, new).unwrap()
                        };
                        assert_eq!(block.len(), new.size());
                        let start = block.cast::<u8>();
                        assert!(start.addr().get().is_multiple_of(new.align()));
                        assert!((0..kept).all(|at| start.add(at).read() == at as u8));
                        assert!((kept..new.size()).all(|at| start.add(at).read() == 0));
                    }
                    old = new;
                }
                assert!(is_empty());
                assert!(pool.allocate(layout((1 << 20, 1))).is_err());
                let zeroed = pool.allocate_zeroed(layout((300, 128))).unwrap();
                // SAFETY: ours, and of this layout.
                unsafe {
                    assert!(zeroed.as_ref().iter().all(|&byte| byte == 0));
                    pool.deallocate(zeroed.cast(), layout((300, 128)));
                }
                assert!(is_empty());
            }

            #[test]
            fn layouts_are_kept_by_tlsf_with_a_slab() {
                layouts_are_kept::<WithSlab<Standard<Tlsf, config::Large, 8>, Fast>>();
            }

            #[test]
            fn layouts_are_kept_by_best_fit() {
                layouts_are_kept::<Standard<BestFit, config::Small, 4>>();
            }

            #[test]
            fn layouts_are_kept_by_best_fit_little() {
                layouts_are_kept::<Standard<BestFitLittle, config::Small, 4>>();
            }
        }
    };
}

#[cfg(feature = "allocator-api2")]
keeps_the_contract!(allocator_api2_trait, allocator_api2::alloc);
#[cfg(feature = "nightly")]
keeps_the_contract!(core_trait, core::alloc);

#[cfg(feature = "allocator-api2")]
#[test]
fn collections_use_two_pools_at_once() {
    use allocator_api2::boxed::Box;
    use allocator_api2::vec::Vec;
    use hashbrown::HashMap;
    use std::hash::RandomState;

    let large: &'static Large<Spin> = pool_of(1 << 20);
    let small: &'static Small<Spin> = pool_of(64 << 10);
    let little: &'static Little<Unlocked> = pool_of(16 << 10);
    {
        let mut map = HashMap::with_hasher_in(RandomState::new(), large);
        let mut order = Vec::new_in(small);
        let mut last = Vec::new_in(little);
        for number in 0..2000_u32 {
            let mut digits = Vec::new_in(large);
            digits.extend(number.to_string().bytes());
            map.insert(number, digits);
            if number % 3 == 0 {
                order.push(Box::new_in(number, small));
            } else if number % 7 == 0 {
                map.remove(&(number / 2));
            }
            last.push(number);
            last.truncate(100);
        }
        for (number, digits) in &map {
            assert_eq!(digits.as_slice(), number.to_string().as_bytes());
        }
        assert!(order.iter().map(|boxed| **boxed).eq((0..2000).step_by(3)));
        assert!(last.iter().copied().eq(0..100));
        for pool in [large.stats(), small.stats(), little.stats()] {
            assert!(pool.unwrap().used > 0);
        }
        large.lock(|heap| heap.check()).unwrap().unwrap();
    }
    assert!(is_empty(large) && is_empty(small) && is_empty(little));
}

#[cfg(feature = "allocator-api2")]
#[test]
fn a_pool_that_is_not_initialised_or_full_gives_errors() {
    use allocator_api2::vec::Vec;

    let empty = unready();
    let mut bytes: Vec<u8, _> = Vec::new_in(empty);
    assert!(bytes.try_reserve(1).is_err());
    let small: &'static Small<Spin> = pool_of(1024);
    let mut bytes: Vec<u8, _> = Vec::new_in(small);
    assert!(bytes.try_reserve(2000).is_err());
    bytes.extend_from_slice(&[1; 500]);
    assert!(bytes.try_reserve(1000).is_err());
    assert_eq!(bytes.as_slice(), [1; 500]);
}

#[cfg(feature = "nightly")]
#[test]
fn the_standard_collections_use_a_pool() {
    use std::collections::VecDeque;
    use std::sync::Arc;

    let large: &'static Large<Spin> = pool_of(1 << 20);
    let small: &'static Small<Spin> = pool_of(64 << 10);
    {
        let mut shared = Vec::new_in(large);
        let mut queue = VecDeque::new_in(small);
        for number in 0..3000_u32 {
            let cell = Arc::new_in(number, large);
            shared.push((Arc::clone(&cell), Box::new_in(number, large)));
            queue.push_back(number);
            if queue.len() > 300 {
                queue.pop_front();
            }
        }
        assert!(shared.iter().map(|(cell, _)| **cell).eq(0..3000));
        assert!(shared.iter().all(|(cell, boxed)| **cell == **boxed));
        assert!(queue.iter().copied().eq(2700..3000));
        assert!(large.stats().unwrap().used_blocks > 6000);
    }
    assert!(is_empty(large) && is_empty(small));
}
