//! The moment at which a trace fails in a pool, as a snapshot.

use std::path::Path;

use anyhow::{Result, bail};
use litepool_replay::{AtFailure, Memory, Outcome};
use litepool_snapshot::Snapshot;
use litepool_trace::Format;

use super::failure::Failed;
use super::{Observed, only, pool_size, side_by_side};
use crate::args::{Device, Input, ReplayIn};
use crate::job::{Job, PIECE};
use crate::units::count;

/// Replays a trace in a pool of `size` bytes, and gives all blocks of the pool at the request that
/// fails there. Their addresses are offsets in the pool.
///
/// # Errors
/// The trace can't be read, there is no such pool, or no request fails in it.
pub(crate) fn at_failure(
    path: &Path,
    format: Option<Format>,
    within: &ReplayIn,
    size: u64,
) -> Result<Snapshot> {
    let input = Input {
        file: path.to_owned(),
        format,
    };
    let device = Device {
        word: within.word,
        base_modulo: 0,
        config: vec![within.config.clone().unwrap_or_else(|| "tlsf".into())],
        max_size: None,
    };
    let job = Job::prepare(&input, &device, PIECE)?;
    let configuration = only(&job.configurations)?;
    let size = pool_size(Some(size), &job);
    let mut memories = [Memory::new(size, job.placement)?];
    let observers = vec![AtFailure::default()];
    let runs = side_by_side::play(&[*configuration], &job, &mut memories, observers)?;
    let pool = format!("a pool of {} bytes ({})", count(size), configuration.name);
    for (outcome, at_failure) in runs {
        let operation = match &outcome {
            Outcome::Failed(failure) => failure.operation,
            Outcome::Completed => bail!(
                "the trace fits in {pool}: no request fails there; `litepool size` finds the \
                 smallest pool"
            ),
            Outcome::NoPool(reason) => bail!("there can't be {pool}: {reason}"),
            Outcome::Broken(operation, what) => bail!(
                "{pool}: THE HEAP IS AT FAULT at operation {operation}: {what}\n  please report it \
                 with the trace"
            ),
        };
        let mut observed = Observed {
            outcome,
            series: Default::default(),
            placed: at_failure.finish(),
        };
        let before = job.before(&[operation])?;
        let failed = Failed::of((configuration, &mut observed)).zip(before.first());
        let snapshot = failed.and_then(|(failed, before)| failed.snapshot(before, 0));
        if let Some(snapshot) = snapshot {
            return Ok(snapshot);
        }
    }
    bail!("{} can't be read again", path.display())
}
