//! What to do about a trace that takes too much.

use super::blame::What;
use super::check::{Check, Checked, Of};
use super::figures::Figure;
use super::{Facts, Report, TraceReport, TraceResult};

/// Commands that tell more, each with what it tells.
pub(super) fn hints(trace: &TraceReport) -> Vec<(String, &'static str)> {
    let (TraceResult::Checked(checked), Some(facts)) = (&trace.result, &trace.facts) else {
        return Vec::new();
    };
    if checked.within {
        return Vec::new();
    }
    let file = argument(&trace.file);
    let over = |of: &dyn Fn(&Of) -> bool| {
        let mut over = checked
            .checks
            .iter()
            .filter(|check| !check.verdict.is_within());
        over.find(|check| of(&check.of)).is_some()
    };
    let mut hints = Vec::new();
    if over(&|of| *of == Of::Pool) {
        let pool = facts.pool.unwrap_or(0);
        let device = device(facts);
        hints.push((
            format!("litepool explain {file} --pool {pool}{device}"),
            "what would save it",
        ));
    }
    if over(&|of| of.concerns() == What::NeverFreed) {
        hints.push((format!("litepool leaks {file}"), "who does not free"));
    }
    if over(&|of| of.concerns() == What::AtPeak) {
        if let Some(pool) = pool_before(checked) {
            let device = device(facts);
            hints.push((
                format!("litepool replay {file} --pool {pool}{device}"),
                "where the pool of the baseline fails now, and what is in the way",
            ));
        }
        hints.push((
            format!("litepool blocks {file} --at peak --by site"),
            "who holds what at the peak",
        ));
        hints.push((
            format!("litepool diff OLD.lpt@peak {file}@peak"),
            "what changed since another trace",
        ));
    }
    hints.push((
        format!("litepool report {file} -o report.html"),
        "all of it, to look at",
    ));
    hints
}

/// The command that takes what is now for the baseline.
pub(super) fn update(report: &Report) -> Option<String> {
    let has_changed = |trace: &TraceReport| match &trace.result {
        TraceResult::Checked(checked) => checked.checks.iter().any(is_for_update),
        TraceResult::Trouble { .. } => false,
    };
    let is_wanted = report.baseline.is_some() && !report.updated;
    (is_wanted && report.traces.iter().any(has_changed))
        .then(|| format!("litepool budget {} --update", argument(&report.settings)))
}

fn is_for_update(check: &Check) -> bool {
    use super::check::Verdict;

    matches!(
        check.verdict,
        Verdict::Grown | Verdict::Less | Verdict::NoBaseline
    )
}

/// The smallest pool of the baseline, if it does not do any more although no call site has more.
fn pool_before(checked: &Checked) -> Option<u64> {
    let is_pool = |check: &&Check| check.of == Of::Figure(Figure::SmallestPool);
    let pool = checked.checks.iter().find(is_pool)?;
    let has_grown = checked.grown.iter().any(|grown| grown.what == What::AtPeak);
    pool.baseline
        .filter(|_| !pool.verdict.is_within() && !has_grown)
}

/// Options of other commands for the same device.
fn device(facts: &Facts) -> String {
    format!(" --word {} --config {}", facts.word, facts.configuration)
}

/// A path as a shell takes it.
fn argument(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@,".contains(c);
    if path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_arguments_of_a_shell() {
        assert_eq!(argument("traces/a-b_1.lpt"), "traces/a-b_1.lpt");
        assert_eq!(argument("my trace.lpt"), "'my trace.lpt'");
        assert_eq!(argument("it's;rm"), r"'it'\''s;rm'");
    }
}
