//! litepool on a Cortex-M3: every operation's instructions counted exactly, and what it promises verified on the device.
//!
//! - `board.rs`: the memory for pools, and how the image ends
//! - `clock.rs`: instructions of one call; `proof.rs`: that they are counted exactly
//! - `report.rs`: results to the host, as lines of JSON; `tally.rs`: mean and maximum
//! - `subject.rs`: what is asked of an allocator; `subjects/`: the allocators
//! - `bench.rs`: an allocator whose operations are counted, and whose objects keep their contents
//! - `workloads/`: the work

#![no_std]
#![no_main]

mod bench;
mod board;
mod clock;
mod dice;
mod proof;
mod report;
mod subject;
mod subjects;
mod tally;
mod workloads;

use clock::Clock;
use report::Passed;

#[cortex_m_rt::entry]
fn main() -> ! {
    let clock = Clock::start();
    proof::counting_is_exact(&clock);
    let configurations = subjects::run_all(&clock);
    report::line(&Passed {
        passed: configurations,
    });
    board::exit(Ok(()))
}
