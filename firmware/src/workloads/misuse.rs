//! Bad pointers and an overrun: refused, with the heap untouched. Nothing is counted.

use super::{Live, keep};
use crate::bench::Bench;
use crate::board::pool_memory;
use crate::clock::Clock;
use crate::subject::Subject;

/// Bytes of the pool: room for a slab's first slabs and more.
const POOL: usize = 8 << 10;

/// Frees and resizes what is no block, each kind of which is told from a live one.
pub fn run<S: Subject>(clock: &Clock) {
    for size in [12, S::PLAIN] {
        let mut bench = Bench::<S>::new(clock, POOL).expect("a small pool");
        let (live, freed) = used_and_free(&mut bench, size);
        for block in live.iter().map(|object| object.block()) {
            for offset in [1, 2, 4, 8] {
                bench.refuses(block.wrapping_add(offset));
            }
        }
        for object in &freed {
            bench.refuses(object.block());
        }
        let (base, _) = pool_memory();
        for foreign in [
            base.as_ptr(),
            base.as_ptr().wrapping_sub(64),
            base.as_ptr().wrapping_add(POOL),
            (&raw const bench).cast_mut().cast(),
            core::ptr::without_provenance_mut(0xFFFF_FFF8),
        ] {
            bench.refuses(foreign);
        }
        bench.verify(&live);
    }
    overrun::<S>(clock);
}

/// Live objects, and between them some that were freed.
fn used_and_free<S: Subject>(bench: &mut Bench<S>, size: usize) -> (Live, Live) {
    let (mut live, mut freed) = (Live::new(), Live::new());
    for number in 0..12 {
        let object = bench.allocate(size).0.expect("room in an empty pool");
        keep(
            if number % 3 == 1 {
                &mut freed
            } else {
                &mut live
            },
            object,
        );
    }
    for object in &freed {
        bench.free(*object);
    }
    (live, freed)
}

/// A word is written behind a block: neither the block nor the next is freed, until the word is what it was.
fn overrun<S: Subject>(clock: &Clock) {
    let mut bench = Bench::<S>::new(clock, POOL).expect("a small pool");
    let (mut live, _) = used_and_free(&mut bench, S::PLAIN);
    let [culprit, victim, ..] = live[2..] else {
        unreachable!("eight objects are live")
    };
    let behind = bench.end_of(&culprit).cast::<u32>();
    // SAFETY: a word in the pool behind the block: the next one's header. It is put back before anything else happens.
    let word = unsafe { behind.read() };
    for damage in [0, u32::MAX, 0x5A5A_5A5A] {
        // SAFETY: as above.
        unsafe { behind.write(damage) };
        bench.refuses(culprit.block());
        // What is before it can't be told: it stays, but its own header says how large it is.
        bench.keeps(victim.block());
        // SAFETY: as above.
        unsafe { behind.write(word) };
    }
    bench.verify(&live);
    while let Some(object) = live.pop() {
        bench.free(object);
    }
    bench.verify([]);
}
