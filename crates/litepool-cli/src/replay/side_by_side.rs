//! Several configurations in turn, piece by piece of the trace, so that it is read once for all of
//! them.

use anyhow::Result;

use crate::job::Job;
use litepool_replay::{Configuration, Memory, Observer, Outcome, Run};

/// Bytes that the pools may have together.
const SIDE_BY_SIDE: usize = 256 << 20;

/// Memory for as many pools as are replayed side by side: at least one.
///
/// # Errors
/// The host does not have that much.
pub(super) fn memories(pool: usize, job: &Job) -> Result<Vec<Memory>> {
    let number = (SIDE_BY_SIDE / pool.max(1)).clamp(1, job.configurations.len());
    (0..number)
        .map(|_| Ok(Memory::new(pool, job.placement)?))
        .collect()
}

/// A run, or how it ended.
type State<'m> = Result<Box<dyn Run + 'm>, Outcome>;

/// Runs the trace in pools of these configurations, side by side, with an observer for each.
///
/// # Errors
/// The trace can't be read any more.
pub(super) fn play<O: Observer>(
    configurations: &[Configuration],
    job: &Job,
    memories: &mut [Memory],
    observers: Vec<O>,
) -> Result<Vec<(Outcome, O)>> {
    let mut runs: Vec<(State<'_>, O)> = configurations
        .iter()
        .zip(memories)
        .zip(observers)
        .map(|((configuration, memory), observer)| {
            let run = configuration.start(memory, job.slots);
            (run.map_err(Outcome::NoPool), observer)
        })
        .collect();
    job.pieces(|ops| {
        for (state, observer) in &mut runs {
            if let Ok(run) = state
                && let Err(outcome) = run.play(ops, Some(observer))
            {
                *state = Err(outcome);
            }
        }
        runs.iter().any(|(state, _)| state.is_ok())
    })?;
    let ended = runs.into_iter().map(|(state, mut observer)| {
        let outcome = match state {
            Ok(mut run) => run.end(Some(&mut observer)),
            Err(outcome) => outcome,
        };
        (outcome, observer)
    });
    Ok(ended.collect())
}
