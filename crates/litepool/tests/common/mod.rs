//! What the integration tests share: memory for pools, and an oracle of live ranges and contents.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part")]

pub mod chain;
pub mod control;
mod held;
mod model;
pub mod pools;

use std::ptr::NonNull;

use litepool::fit::Fit;
use litepool::track::{CallSites, Owners};
use litepool::{Config, Heap};
use litepool_testing::config::WithRecord;
use litepool_testing::{Flush, Guarded};

pub use held::Held;
pub use model::{Model, Object, assert_unchanged};

/// Bytes on a boundary that no pool asks more of, with inaccessible pages around them.
pub struct Memory(Guarded);

impl Memory {
    pub fn new(size: usize) -> Self {
        Self(Guarded::new(size, Flush::Low))
    }

    /// The same, with the end that is asked for against an inaccessible page.
    pub fn flush(size: usize, flush: Flush) -> Self {
        Self(Guarded::new(size, flush))
    }

    pub fn copy_of(bytes: &[u8]) -> Self {
        Self(Guarded::copy_of(bytes, Flush::Low))
    }

    pub fn base(&self) -> NonNull<u8> {
        self.0.base()
    }

    pub fn size(&self) -> usize {
        self.0.size()
    }

    pub fn at(&self, offset: usize) -> NonNull<u8> {
        self.0.at(offset)
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes()
    }

    pub fn word(&self, offset: usize) -> u32 {
        self.0.word(offset)
    }

    pub fn set_word(&self, offset: usize, word: u32) {
        // SAFETY: inside the allocation (checked by `at`).
        unsafe { self.at(offset).cast::<u32>().write_unaligned(word) }
    }

    pub fn set_byte(&self, offset: usize, byte: u8) {
        assert!(offset < self.size());
        // SAFETY: inside the allocation.
        unsafe { self.at(offset).write(byte) }
    }

    /// Writes all bytes.
    pub fn restore(&self, bytes: &[u8]) {
        assert_eq!(bytes.len(), self.size());
        let bytes = NonNull::from(bytes).cast();
        // SAFETY: both have so many bytes.
        unsafe { self.base().copy_from_nonoverlapping(bytes, self.size()) }
    }

    pub fn heap<C: Config>(&self) -> Heap<'_, C> {
        self.heap_of(self.size()).unwrap()
    }

    pub fn heap_of<C: Config>(&self, size: usize) -> Result<Heap<'_, C>, litepool::InitError> {
        assert!(size <= self.size());
        // SAFETY: the memory outlives the heap, and the tests access it only in between.
        unsafe { Heap::from_raw(self.base(), size) }
    }

    pub fn attach<C: Config>(&self) -> Result<Heap<'_, C>, litepool::AttachError> {
        // SAFETY: as `heap`; the bytes are initialised.
        unsafe { Heap::attach(self.base(), self.size()) }
    }
}

/// A configuration whose used blocks have a long record.
pub type Recorded<C> = WithRecord<C, (Owners<3, 2>, CallSites<2>)>;

/// Bits of a header's seal.
pub fn seal_bits<C: Config>() -> u32 {
    29 - C::MAX_SIZE.div_ceil(C::GRANULE).next_power_of_two().ilog2()
}

/// Bytes of a link.
pub fn link<C: Config>() -> usize {
    if seal_bits::<C>() >= 13 { 2 } else { 4 }
}

/// Are free blocks in lists? Not with [`BestFitLittle`](litepool::fit::BestFitLittle).
pub fn has_links<C: Config>() -> bool {
    C::Fit::RESIZES_ALIGNED
}

/// Numbers that look random, the same each time.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        (self.0 >> 33) as usize % limit
    }
}

/// Runs a test for every configuration without a slab, and for some with one.
#[macro_export]
macro_rules! for_every_config {
    ($name:ident, $test:ident) => {
        $crate::for_every_fit!($name, $test);
        $crate::for_these! { [<$name _with_slab>], $test:
            tlsf_u16_granule_4_fast: WithSlab<Standard<Tlsf, Small, 4>, Fast>;
            best_fit_u32_granule_8_expanding: WithSlab<Standard<BestFit, Large, 8>, Expanding>;
            tlsf_u16_granule_4_expanding: WithSlab<Standard<Tlsf, Small, 4>, Expanding>;
            tlsf_u32_granule_8_odd: WithSlab<Standard<Tlsf, Large, 8>, Odd>;
            best_fit_u32_granule_8_fast: WithSlab<Standard<BestFit, Large, 8>, Fast>;
            tlsf_u32_granule_8_fast: WithSlab<Standard<Tlsf, Large, 8>, Fast>;
            tlsf_u16_granule_4_fast_recorded: Recorded<WithSlab<Standard<Tlsf, Small, 4>, Fast>>;
            tlsf_u16_granule_4_expanding_hardened:
                Hardened<WithSlab<Standard<Tlsf, Small, 4>, Expanding>>;
            tlsf_u32_granule_8_fast_recorded_hardened:
                Hardened<Recorded<WithSlab<Standard<Tlsf, Large, 8>, Fast>>>;
            best_fit_little_u16_granule_4_fixed:
                WithSlab<Standard<BestFitLittle, Small, 4>, Fixed>;
        }
    };
}

/// Runs a test for every configuration without a slab.
#[macro_export]
macro_rules! for_every_fit {
    ($name:ident, $test:ident) => {
        mod $name {
            mod tlsf {
                $crate::for_every_layout!(litepool::fit::Tlsf, super::super::$test);
            }
            mod best_fit {
                $crate::for_every_layout!(litepool::fit::BestFit, super::super::$test);
            }
            mod best_fit_little {
                $crate::for_every_layout!(litepool::fit::BestFitLittle, super::super::$test);
            }
        }
        $crate::for_these! { [<$name _short_of_seal>], $test:
            tlsf_granule_4: Standard<Tlsf, Huge, 4>;
            tlsf_granule_8_hardened: Hardened<Standard<Tlsf, Huge, 8>>;
            best_fit_granule_4_hardened: Hardened<Standard<BestFit, Huge, 4>>;
        }
        $crate::for_these! { [<$name _hardened>], $test:
            tlsf_u16_granule_4: Hardened<Standard<Tlsf, Small, 4>>;
            tlsf_u32_granule_8: Hardened<Standard<Tlsf, Large, 8>>;
            best_fit_u32_granule_8: Hardened<Standard<BestFit, Large, 8>>;
            best_fit_little_u16_granule_4: Hardened<Standard<BestFitLittle, Small, 4>>;
        }
        $crate::for_these! { [<$name _recorded>], $test:
            tlsf_u16_granule_4: Recorded<Standard<Tlsf, Small, 4>>;
            tlsf_u32_granule_4: Recorded<Standard<Tlsf, Large, 4>>;
            best_fit_u32_granule_8_hardened: Recorded<Hardened<Standard<BestFit, Large, 8>>>;
            best_fit_little_u32_granule_4: Recorded<Standard<BestFitLittle, Large, 4>>;
        }
    };
}

/// Runs a test for every configuration with a slab: fits x link widths x granules x fixed,
/// expanding, fast, odd.
#[macro_export]
macro_rules! for_every_slab {
    ($name:ident, $test:ident) => {
        ::paste::paste! { mod [<$name _with_slab>] {
            $crate::for_every_slab_of!(tlsf, litepool::fit::Tlsf, super::super::super::$test);
            $crate::for_every_slab_of!(
                best_fit, litepool::fit::BestFit, super::super::super::$test
            );
            $crate::for_every_slab_of!(
                best_fit_little, litepool::fit::BestFitLittle, super::super::super::$test
            );
        } }
    };
}

/// Runs a test for every slab over one algorithm.
#[macro_export]
macro_rules! for_every_slab_of {
    ($module:ident, $fit:ty, $($test:ident)::+) => {
        mod $module {
            mod fixed {
                $crate::for_every_layout!($fit, litepool_testing::config::Fixed, $($test)::+);
            }
            mod expanding {
                $crate::for_every_layout!($fit, litepool_testing::config::Expanding, $($test)::+);
            }
            mod fast {
                $crate::for_every_layout!($fit, litepool_testing::config::Fast, $($test)::+);
            }
            mod odd {
                $crate::for_every_layout!($fit, litepool_testing::config::Odd, $($test)::+);
            }
        }
    };
}

/// Runs a test for every link width and granule.
#[macro_export]
macro_rules! for_every_layout {
    ($fit:ty, $($test:ident)::+) => {
        $crate::for_every_layout!($fit, litepool_testing::config::Without, $($test)::+);
    };
    ($fit:ty, $slab:ty, $($test:ident)::+) => {
        use litepool_testing::config::{Large, Small, Standard, WithSlab};

        #[test]
        fn u16_granule_4() {
            $($test)::+::<WithSlab<Standard<$fit, Small, 4>, $slab>>();
        }
        #[test]
        fn u16_granule_8() {
            $($test)::+::<WithSlab<Standard<$fit, Small, 8>, $slab>>();
        }
        #[test]
        fn u32_granule_4() {
            $($test)::+::<WithSlab<Standard<$fit, Large, 4>, $slab>>();
        }
        #[test]
        fn u32_granule_8() {
            $($test)::+::<WithSlab<Standard<$fit, Large, 8>, $slab>>();
        }
    };
}

/// Runs a test for these configurations, in a module of this name.
#[macro_export]
macro_rules! for_these {
    ([<$($module:ident)+>], $test:ident: $($name:ident: $config:ty;)*) => {
        ::paste::paste! { mod [<$($module)+>] {
            #[allow(unused_imports, reason = "each list uses a part")]
            use {
                litepool::fit::{BestFit, BestFitLittle, Tlsf},
                litepool_testing::config::*,
                $crate::common::Recorded,
            };

            $(
                #[test]
                fn $name() {
                    super::$test::<$config>();
                }
            )*
        } }
    };
}
