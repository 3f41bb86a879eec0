//! litepool and its peers on the same work, in one run: time, memory, worst case, scale, faults.

mod arena;
mod bisect;
mod churn;
mod cli;
mod faults;
mod guard;
mod machine;
mod memory;
mod replay;
mod report;
mod results;
mod roster;
mod scale;
mod slabs;
mod statistics;
mod subject;
mod subjects;
mod tables;
mod time;
mod workload;
mod worst;

fn main() -> anyhow::Result<()> {
    cli::run(<cli::Cli as clap::Parser>::parse())
}
