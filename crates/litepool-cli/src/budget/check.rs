//! Compares what was measured with the limits and with the baseline.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::baseline::{Baseline, Entry};
use super::blame::{Grown, Largest, What, grown, largest};
use super::figures::{Figure, Tolerance, Unit};
use super::holders::{Held, Site, SourceLine};
use super::measure::Measured;
use super::settings::{Limit, TraceSettings};

#[cfg(test)]
mod tests;

/// What measurements are compared with, beside the limits.
#[derive(Clone, Copy)]
pub(super) enum Against<'b> {
    /// No baseline is wanted.
    Limits,
    /// These figures; what is more than they allow has grown.
    Baseline(&'b Baseline),
    /// These figures, which are about to be replaced: nothing is too much.
    Replaced(&'b Baseline),
}

/// What came of a trace.
#[derive(Serialize, Debug)]
pub(super) struct Checked {
    /// Whether everything is within its limits.
    pub(super) within: bool,
    pub(super) checks: Vec<Check>,
    /// If something is not: the call sites that hold more than in the baseline, the worst first.
    pub(super) grown: Vec<Grown>,
    /// If something is not, and none has grown: the call sites that hold most.
    pub(super) largest: Vec<Largest>,
}

/// One thing that is compared.
#[derive(Serialize, Clone, Debug)]
pub(super) struct Check {
    pub(super) of: Of,
    pub(super) unit: Unit,
    #[serde(serialize_with = "most")]
    pub(super) limit: Option<Limit>,
    pub(super) baseline: Option<u64>,
    pub(super) tolerance: Option<Tolerance>,
    /// What was measured; `None`: there is no such figure.
    pub(super) now: Option<u64>,
    pub(super) verdict: Verdict,
    /// What the figures can't say.
    pub(super) why: Option<String>,
    /// Of a call site: where it is in the repository.
    pub(super) place: Option<SourceLine>,
}

fn most<S: Serializer>(limit: &Option<Limit>, to: S) -> Result<S::Ok, S::Error> {
    limit.map(|limit| limit.most).serialize(to)
}

/// What it is.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Of {
    Figure(Figure),
    /// The device's pool, which has to serve the trace.
    Pool,
    Task(String),
    Site(String),
}

impl Of {
    /// Which bytes of the call sites it has to do with.
    pub(super) fn concerns(&self) -> What {
        match self {
            Self::Figure(Figure::NeverFreed | Figure::SuspectedLeaks | Figure::Leaks) => {
                What::NeverFreed
            }
            _ => What::AtPeak,
        }
    }
}

/// What came of it.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    Within,
    /// Within, and less than in the baseline.
    Less,
    /// More than the baseline allows.
    Grown,
    /// More than the limit, or what has to be is not.
    Over,
    /// It is not in the baseline, or not under these conditions.
    NoBaseline,
}

impl Verdict {
    /// Whether the budget is kept.
    pub(super) fn is_within(self) -> bool {
        matches!(self, Self::Within | Self::Less)
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Less => "less",
            Self::Grown => "GROWN",
            Self::Over => "OVER",
            Self::NoBaseline => "NO BASELINE",
        }
    }
}

/// Compares a trace.
pub(super) fn check(trace: &TraceSettings, measured: &Measured, against: Against<'_>) -> Checked {
    let checks = Checks {
        trace,
        measured,
        against,
    };
    let mut all = checks.figures();
    all.extend(checks.pool());
    all.extend(checks.tasks());
    all.extend(checks.sites());
    let whats = concerned(&all);
    let grown = match checks.entry() {
        Some(entry) => grown(measured, entry, &whats),
        None => Vec::new(),
    };
    let largest = match whats.first() {
        Some(&what) if grown.is_empty() => largest(measured, what),
        _ => Vec::new(),
    };
    Checked {
        within: all.iter().all(|check| check.verdict.is_within()),
        checks: all,
        grown,
        largest,
    }
}

struct Checks<'c> {
    trace: &'c TraceSettings,
    measured: &'c Measured,
    against: Against<'c>,
}

impl Checks<'_> {
    /// The trace in the baseline.
    fn entry(&self) -> Option<&Entry> {
        let (Against::Baseline(baseline) | Against::Replaced(baseline)) = self.against else {
            return None;
        };
        baseline.traces.get(&self.trace.name)
    }

    fn figures(&self) -> Vec<Check> {
        let of = &self.trace.of;
        let wanted = Figure::ALL.into_iter().filter(|figure| match figure {
            Figure::Fragmentation => self.measured.figures.contains_key(figure),
            Figure::SmallestPool => {
                of.limits.contains_key(figure) || !matches!(self.against, Against::Limits)
            }
            _ => true,
        });
        wanted.map(|figure| self.figure(figure)).collect()
    }

    fn figure(&self, figure: Figure) -> Check {
        let conditions = &self.measured.conditions;
        let entry = self.entry();
        let comparable = entry.filter(|entry| entry.conditions.compare(conditions, figure));
        let mut check = Check {
            of: Of::Figure(figure),
            unit: figure.unit(),
            limit: self.trace.of.limits.get(&figure).copied(),
            baseline: comparable.and_then(|entry| entry.figures.get(&figure).copied()),
            tolerance: self.trace.of.tolerance.get(&figure).copied(),
            now: self.measured.figures.get(&figure).copied(),
            verdict: Verdict::Within,
            why: None,
            place: None,
        };
        let is_strict = matches!(self.against, Against::Baseline(_));
        (check.verdict, check.why) = match (check.now, check.baseline) {
            (None, _) => (Verdict::Over, Some("no pool serves the trace".into())),
            (Some(now), _) if check.limit.is_some_and(|limit| now > limit.most) => {
                (Verdict::Over, None)
            }
            (Some(now), Some(before)) if is_strict && now > check.allowed(before) => {
                (Verdict::Grown, None)
            }
            (Some(now), Some(before)) if now < before => (Verdict::Less, None),
            (Some(_), None) if is_strict => {
                let why = match (entry, comparable) {
                    (None, _) => "the trace is not in the baseline",
                    (Some(_), None) => "the baseline was made for another device",
                    (Some(_), Some(_)) => "it is not in the baseline",
                };
                (Verdict::NoBaseline, Some(why.into()))
            }
            _ => (Verdict::Within, None),
        };
        check
    }

    fn pool(&self) -> Option<Check> {
        let pool = self.trace.of.pool?;
        let misfit = self.measured.misfit.clone();
        Some(Check {
            of: Of::Pool,
            unit: Unit::Bytes,
            limit: Some(pool),
            baseline: None,
            tolerance: None,
            now: None,
            verdict: if misfit.is_some() {
                Verdict::Over
            } else {
                Verdict::Within
            },
            why: misfit,
            place: None,
        })
    }

    fn tasks(&self) -> impl Iterator<Item = Check> {
        let tasks = self.trace.of.tasks.iter();
        tasks.map(|(name, &limit)| {
            let held = self.measured.held.tasks.get(name);
            let before = self.entry().and_then(|entry| entry.tasks.get(name));
            let none = "there is no task of this name";
            Check {
                baseline: before.copied(),
                why: held.is_none().then(|| none.into()),
                ..held_at_most(Of::Task(name.clone()), limit, held)
            }
        })
    }

    /// A limit may be that of several call sites: each has to keep it. Of several limits of a call
    /// site the lowest holds.
    fn sites(&self) -> Vec<Check> {
        let mut lowest = BTreeMap::<&str, (Limit, Option<&Site>)>::new();
        for (name, &limit) in &self.trace.of.sites {
            let mut found = self.measured.held.sites_called(name).peekable();
            if found.peek().is_none() {
                lowest.insert(name, (limit, None));
            }
            for (full, site) in found {
                let held = lowest.entry(full).or_insert((limit, Some(site)));
                if limit.most < held.0.most {
                    held.0 = limit;
                }
            }
        }
        let none = "there is no call site of this name";
        let check = |(name, (limit, site)): (&str, (Limit, Option<&Site>))| Check {
            why: site.is_none().then(|| none.into()),
            place: site.and_then(|site| site.place.clone()),
            ..held_at_most(
                Of::Site(name.to_owned()),
                limit,
                site.map(|site| &site.held),
            )
        };
        lowest.into_iter().map(check).collect()
    }
}

impl Check {
    /// The most that is no growth.
    pub(super) fn allowed(&self, baseline: u64) -> u64 {
        self.tolerance
            .map_or(baseline, |tolerance| tolerance.above(baseline))
    }
}

fn held_at_most(of: Of, limit: Limit, held: Option<&Held>) -> Check {
    let now = held.map_or(0, |held| held.most);
    Check {
        of,
        unit: Unit::Bytes,
        limit: Some(limit),
        baseline: None,
        tolerance: None,
        now: Some(now),
        verdict: if now > limit.most {
            Verdict::Over
        } else {
            Verdict::Within
        },
        why: None,
        place: None,
    }
}

/// Which bytes of the call sites have to do with what is too much.
fn concerned(checks: &[Check]) -> Vec<What> {
    let over = checks.iter().filter(|check| !check.verdict.is_within());
    let mut whats: Vec<What> = over.map(|check| check.of.concerns()).collect();
    whats.sort_unstable();
    whats.dedup();
    whats
}
