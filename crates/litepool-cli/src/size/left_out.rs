//! What was not tried, and how to have it tried.

use serde::Serialize;

use super::affordable;
use super::find;
use super::workload::Workload;

/// Steps of a walk in a second on a usual desk: an order of magnitude.
const STEPS_A_SECOND: u64 = 1 << 30;
/// Operations of the other algorithms in a second.
const OPERATIONS_A_SECOND: u64 = 50 << 20;

/// Configurations that were left out, because they would have taken long.
#[derive(Serialize, Debug)]
pub(super) struct LeftOut {
    configurations: Vec<&'static str>,
    /// About how many seconds they take on one processor.
    seconds: u64,
}

impl LeftOut {
    /// `None` if none was.
    pub(super) fn of(workload: &Workload) -> Option<Self> {
        let operations = workload.operations() * (16 + 4 * find::effort(workload).sizes);
        let seconds = |walks| match walks {
            true => operations.saturating_mul(workload.objects()) / STEPS_A_SECOND,
            false => operations / OPERATIONS_A_SECOND,
        };
        let left_out = workload.left_out.iter();
        let seconds = left_out.map(|configuration| seconds(affordable::walks(configuration)));
        let names = workload
            .left_out
            .iter()
            .map(|configuration| configuration.name);
        (!workload.left_out.is_empty()).then(|| Self {
            configurations: names.collect(),
            seconds: seconds.fold(0, u64::saturating_add),
        })
    }

    pub(super) fn text(&self) -> String {
        let walkers = self
            .configurations
            .iter()
            .all(|name| name.ends_with("little"));
        let names = match walkers {
            true => "little, alone and behind slabs (it walks all blocks for each request)".into(),
            false => self.configurations.join(", "),
        };
        let time = match self.seconds {
            0..=90 => format!("{} s", self.seconds.max(1)),
            seconds => format!("{} min", seconds.div_ceil(60)),
        };
        format!("Left out: {names}. --config all tries it, in some {time} of processor time.")
    }
}
