//! How long a configuration takes, on this host.

use std::time::{Duration, Instant};

use super::Line;
use crate::job::Job;
use crate::memory::Memory;
use crate::progress::Progress;

/// Runs for each configuration, at most; the median of them counts.
pub(super) const MOST_RUNS: usize = 15;
/// And at least.
const FEWEST_RUNS: usize = 3;
/// No new round begins after this time.
const BUDGET: Duration = Duration::from_secs(2);

/// Times the configurations that fit, in turn and in rounds, so that a disturbance of the host meets all alike.
pub(super) fn measure(job: &Job, memory: &mut Memory, lines: &mut [Line], progress: &Progress) {
    let operations = job.script.ops.len();
    if operations == 0 {
        return;
    }
    let start = Instant::now();
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); lines.len()];
    for round in 0..MOST_RUNS {
        if round >= FEWEST_RUNS && start.elapsed() > BUDGET {
            break;
        }
        for (index, line) in lines.iter().enumerate() {
            if line.result == "fits" {
                times[index].push(job.configurations[index].time(&job.script, memory));
            }
            progress.advance(1);
        }
    }
    for (line, times) in lines.iter_mut().zip(&mut times) {
        times.sort_unstable();
        line.timed_runs = times.len();
        line.ns_per_operation = times
            .get(times.len() / 2)
            .map(|median| median.as_nanos() as f64 / operations as f64);
    }
}
