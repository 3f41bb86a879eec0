//! A pool's figures while a trace is replayed in it.

use anyhow::{Result, bail};
use litepool::Stats;
use litepool_replay::{Memory, Outcome, StatsAt};

use super::{only, pool_size, side_by_side};
use crate::args::{Device, Input};
use crate::job::{Job, PIECE};
use crate::units::count;

/// A pool, and its figures.
pub(crate) struct PoolStats {
    pub(crate) configuration: &'static str,
    pub(crate) size: usize,
    /// After each of the operations that were asked for.
    pub(crate) stats: Vec<Stats>,
}

/// Replays a trace in one pool, and takes the pool's figures after so many operations each: in
/// ascending order, 0 before the first.
///
/// # Errors
/// The trace can't be read, there is no such pool, or the trace does not fit in it.
pub(crate) fn stats_at(
    input: &Input,
    device: &Device,
    size: Option<u64>,
    moments: Vec<u64>,
) -> Result<PoolStats> {
    let job = Job::prepare(input, device, PIECE)?;
    let configuration = only(&job.configurations)?;
    let size = pool_size(size, &job);
    let mut memory = Memory::new(size, job.placement)?;
    let pool = format!("a pool of {} bytes ({})", count(size), configuration.name);
    let empty = match configuration.start(&mut memory, 0) {
        Ok(run) => run.stats(),
        Err(reason) => bail!("there can't be {pool}: {reason}\n  --pool names another size"),
    };
    let at_start = moments.iter().take_while(|&&moment| moment == 0).count();
    let observers = vec![StatsAt::new(moments[at_start..].to_vec())];
    let memories = &mut [memory];
    let runs = side_by_side::play(&[*configuration], &job, memories, observers)?;
    let mut stats = vec![empty; at_start];
    for (outcome, taken) in runs {
        match outcome {
            Outcome::Completed => stats.extend(taken.finish()),
            Outcome::Failed(failure) => bail!(
                "the trace does not fit in {pool}: operation {} fails\n  --pool names another size; \
                 `litepool size` finds the smallest",
                count(failure.operation)
            ),
            Outcome::NoPool(reason) => bail!("there can't be {pool}: {reason}"),
            Outcome::Broken(operation, what) => bail!(
                "{pool}: THE HEAP IS AT FAULT at operation {operation}: {what}\n  please report it \
                 with the trace"
            ),
        }
    }
    Ok(PoolStats {
        configuration: configuration.name,
        size,
        stats,
    })
}
