//! Who is to blame: the call sites that grew, or that hold most.

use std::cmp::Reverse;

use serde::Serialize;

use super::baseline::Entry;
use super::holders::{Held, SourceLine};
use super::measure::Measured;

/// A call site that holds more than in the baseline.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(super) struct Grown {
    pub(super) site: String,
    /// Of these, by which more.
    pub(super) growth: u64,
    pub(super) what: What,
    pub(super) before: u64,
    pub(super) now: u64,
    /// Where it is in the repository.
    pub(super) place: Option<SourceLine>,
}

/// Which bytes of a call site.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum What {
    /// Those that were live at the peak.
    AtPeak,
    /// Those that were not freed.
    NeverFreed,
}

impl What {
    fn of(self, held: &Held) -> u64 {
        match self {
            Self::AtPeak => held.at_peak,
            Self::NeverFreed => held.at_end,
        }
    }

    fn before(self, entry: &Entry, site: &str) -> u64 {
        let bytes = match self {
            Self::AtPeak => &entry.at_peak,
            Self::NeverFreed => &entry.never_freed,
        };
        bytes.get(site).copied().unwrap_or(0)
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::AtPeak => "at the peak",
            Self::NeverFreed => "never freed",
        }
    }
}

/// A call site that holds much.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(super) struct Largest {
    pub(super) site: String,
    pub(super) what: What,
    pub(super) bytes: u64,
    /// Where it is in the repository.
    pub(super) place: Option<SourceLine>,
}

/// How many call sites are told of that hold most.
const LARGEST: usize = 5;

/// The call sites that hold more than in the baseline, the worst first.
pub(super) fn grown(measured: &Measured, entry: &Entry, whats: &[What]) -> Vec<Grown> {
    let mut grown: Vec<Grown> = Vec::new();
    for (name, site) in &measured.held.sites {
        for &what in whats {
            let (before, now) = (what.before(entry, name), what.of(&site.held));
            if now > before {
                grown.push(Grown {
                    site: name.clone(),
                    growth: now - before,
                    what,
                    before,
                    now,
                    place: site.place.clone(),
                });
            }
        }
    }
    // Stable: those that grew by the same are in the order of their names.
    grown.sort_by_key(|grown| Reverse(grown.growth));
    grown
}

/// The call sites that hold most.
pub(super) fn largest(measured: &Measured, what: What) -> Vec<Largest> {
    let sites = measured.held.sites.iter();
    let mut largest: Vec<Largest> = sites
        .map(|(name, site)| Largest {
            site: name.clone(),
            what,
            bytes: what.of(&site.held),
            place: site.place.clone(),
        })
        .filter(|site| site.bytes > 0)
        .collect();
    largest.sort_by_key(|site| Reverse(site.bytes));
    largest.truncate(LARGEST);
    largest
}
