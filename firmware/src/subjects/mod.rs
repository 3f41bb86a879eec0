//! The allocators, and the order in which they are measured.

mod litepool;

use crate::clock::Clock;
use crate::workloads::run;
use litepool::Pool;

/// Gives the work to every allocator and returns how many there are.
pub fn run_all(clock: &Clock) -> usize {
    let all: [fn(&Clock); 9] = [
        run::<Pool<litepool::TlsfU16>>,
        run::<Pool<litepool::TlsfU16Links>>,
        run::<Pool<litepool::TlsfU32>>,
        run::<Pool<litepool::TlsfU32Links>>,
        run::<Pool<litepool::Bounded>>,
        run::<Pool<litepool::WithExpandingSlab>>,
        run::<Pool<litepool::BestU32>>,
        run::<Pool<litepool::BestU32Links>>,
        run::<Pool<litepool::LittleU16>>,
    ];
    for run in all {
        run(clock);
    }
    all.len()
}
