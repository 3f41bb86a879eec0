//! litepool on a small processor: every operation's instructions counted exactly, and what it
//! promises verified on the device.
//!
//! - `machine/`: what differs between the machines: timer, code of known length, start, faults
//! - `board.rs`: the memory for pools, and how the image ends
//! - `clock.rs`: instructions of one call; `proof.rs`: that they are counted exactly
//! - `report.rs`: results to the host, as lines of JSON; `tally.rs`: mean and maximum
//! - `subject.rs`: what is asked of an allocator; `subjects/`: the allocators
//! - `bench.rs`: an allocator whose operations are counted, and whose objects keep their contents
//! - `workloads/`: the work
//! - `recorder.rs`: what it costs to take events down for a desk, and to send them

#![no_std]
#![no_main]

mod bench;
mod board;
mod clock;
mod dice;
#[cfg_attr(target_arch = "arm", path = "machine/cortex_m3.rs")]
#[cfg_attr(target_arch = "riscv32", path = "machine/riscv32.rs")]
mod machine;
mod proof;
mod recorder;
mod report;
mod subject;
mod subjects;
mod tally;
mod workloads;

use clock::Clock;
use report::Passed;

#[machine::entry]
fn main() -> ! {
    let clock = Clock::start();
    proof::counting_is_exact(&clock);
    let configurations = subjects::run_all(&clock);
    recorder::run(&clock);
    report::line(&Passed {
        passed: configurations,
        machine: machine::NAME,
    });
    semihosting::process::exit(0)
}
