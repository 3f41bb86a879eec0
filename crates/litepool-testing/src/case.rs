//! A heap that is made, damaged and opened again.

use std::ptr::NonNull;

use litepool::{Caller, Config, Regions};

use crate::everything::{Remembers, use_as_pool, use_everything};
use crate::mutation::{Mutation, mend_figures, places};
use crate::{Flush, Guarded};

/// A heap's life, and what then happens to its memory.
#[derive(Clone, Copy, Debug)]
pub struct Case<'c> {
    /// Bytes of each region; a multiple of 8.
    pub size: usize,
    /// Which end of each region is tight.
    pub flush: Flush,
    /// What is done with the heap, two bytes for an operation.
    pub life: &'c [[u8; 2]],
    /// What is done to its memory.
    pub damage: &'c [Mutation],
    /// Are the figures made to agree with that?
    pub mends_figures: bool,
}

impl Case<'_> {
    /// Makes the heap, damages it and opens it. One that opens is used in every way, twice: as a
    /// heap, and as a pool behind a lock. Says whether it opened; nothing, if regions of this size
    /// hold no heap.
    ///
    /// # Panics
    /// If the heap opens, and an answer of it can't be true.
    #[must_use]
    pub fn run<C: Config, const MORE: usize, R: Remembers<C, MORE>>(&self) -> Option<bool> {
        let mut memory: Vec<Guarded> = (0..=MORE)
            .map(|_| Guarded::new(self.size, self.flush))
            .collect();
        let at = regions(&memory);
        let heap = live::<C, MORE>(&at, self.life)?;
        let places = places(&heap);
        for mutation in self.damage {
            mutation.apply(&mut memory, &places);
        }
        if self.mends_figures {
            mend_figures(&heap, &mut memory);
        }
        let images: Vec<Vec<u8>> = memory.iter().map(Guarded::bytes).collect();
        // SAFETY: the memory stays to the end of this function, and is used through the heap alone
        // while it lives.
        let Ok(mut heap) = (unsafe { Regions::<C, MORE>::attach_regions(&at) }) else {
            let is_untouched = memory.iter().map(Guarded::bytes).eq(images);
            assert!(is_untouched, "memory that was refused changed");
            return Some(false);
        };
        use_everything::<C, MORE, R>(&mut heap);
        for (memory, image) in memory.iter_mut().zip(&images) {
            memory.restore(image);
        }
        // SAFETY: as above.
        unsafe { use_as_pool::<C, MORE>(&at) };
        Some(true)
    }
}

fn regions(memory: &[Guarded]) -> Vec<(NonNull<u8>, usize)> {
    let each = memory.iter();
    each.map(|memory| (memory.base(), memory.size())).collect()
}

/// A heap in these regions after so many operations. The memory must stay for as long as it is
/// used.
fn live<C: Config, const MORE: usize>(
    regions: &[(NonNull<u8>, usize)],
    life: &[[u8; 2]],
) -> Option<Regions<'static, C, MORE>> {
    let (&(base, size), more) = regions.split_first()?;
    // SAFETY: the caller keeps the memory.
    let mut heap = unsafe { Regions::<C, MORE>::from_raw(base, size) }.ok()?;
    for &(base, size) in more {
        // SAFETY: as above.
        unsafe { heap.add_region_raw(base, size) }.ok()?;
    }
    let mut held: Vec<NonNull<u8>> = Vec::new();
    for (number, &[what, how]) in life.iter().enumerate() {
        let size = match what & 3 {
            0 => usize::from(how) % 33 + 1,
            1 => usize::from(how) + 1,
            2 => 8 * (usize::from(how) + 1),
            _ => heap.stats().largest_free >> (how % 8),
        };
        let caller = Caller::task(number as u16 % 5)
            .in_module(how % 5)
            .at([what.into(); 4]);
        let _ = heap.set_preferred(number % (MORE + 1));
        let pick = |held: &Vec<NonNull<u8>>| usize::from(how) % held.len();
        match what >> 2 & 7 {
            0..=3 => held.extend(heap.allocate_for(&caller, size, 1)),
            4 => held.extend(heap.allocate_for(&caller, size, 8 << (how % 6))),
            5 if !held.is_empty() => {
                let which = pick(&held);
                // SAFETY: held, and replaced.
                if let Ok(moved) = unsafe { heap.resize(held[which], size) } {
                    held[which] = moved;
                }
            }
            _ if !held.is_empty() => {
                let which = pick(&held);
                // SAFETY: held, and forgotten.
                unsafe { heap.free(held.swap_remove(which)) }.ok()?;
            }
            _ => {}
        }
    }
    Some(heap)
}
