//! How long a configuration takes, on this host.

use std::time::{Duration, Instant};

use anyhow::Result;
use litepool_replay::Memory;

use super::Line;
use crate::job::Job;
use crate::progress::Progress;

/// Runs for each configuration, at most; the median of them counts.
pub(super) const MOST_RUNS: usize = 15;
/// And at least.
const FEWEST_RUNS: usize = 3;
/// No new round begins after this time.
const BUDGET: Duration = Duration::from_secs(2);

/// Times the configurations that fit, in turn and in rounds, so that a disturbance of the host
/// meets all alike. Reading the trace is not timed.
///
/// # Errors
/// The trace can't be read any more.
pub(super) fn measure(
    job: &Job,
    memories: &mut [Memory],
    lines: &mut [Line],
    progress: &Progress,
) -> Result<()> {
    let start = Instant::now();
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); lines.len()];
    let fitting: Vec<usize> = (0..lines.len())
        .filter(|&index| lines[index].result == "fits")
        .collect();
    for round in 0..MOST_RUNS {
        if round >= FEWEST_RUNS && start.elapsed() > BUDGET {
            break;
        }
        for group in fitting.chunks(memories.len()) {
            for (&index, time) in group.iter().zip(once(job, memories, group)?) {
                times[index].push(time);
            }
        }
        progress.advance(lines.len() as u64);
    }
    for (line, times) in lines.iter_mut().zip(&mut times) {
        times.sort_unstable();
        line.timed_runs = times.len();
        line.ns_per_operation = times
            .get(times.len() / 2)
            .map(|median| median.as_nanos() as f64 / job.facts.operations as f64);
    }
    Ok(())
}

/// How long each of some configurations takes, from making the pool to the last operation.
fn once(job: &Job, memories: &mut [Memory], group: &[usize]) -> Result<Vec<Duration>> {
    let mut runs = Vec::new();
    for (&index, memory) in group.iter().zip(memories) {
        memory.touch();
        let start = Instant::now();
        let run = job.configurations[index].start(memory, job.slots);
        runs.push((run, start.elapsed()));
    }
    job.pieces(|ops| {
        for (run, time) in &mut runs {
            if let Ok(run) = run {
                let start = Instant::now();
                std::hint::black_box(run.play(ops, None).is_ok());
                *time += start.elapsed();
            }
        }
        true
    })?;
    Ok(runs.into_iter().map(|(_, time)| time).collect())
}
