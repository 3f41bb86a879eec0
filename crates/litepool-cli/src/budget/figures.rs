//! The figures of a trace that a budget limits, and how they are written.

use serde::{Serialize, Serializer};

use crate::units::{count, parse_percent, parse_size};

#[cfg(test)]
mod tests;

/// One of the figures of a trace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Figure {
    /// The most requested bytes that were live.
    Peak,
    /// The smallest pool that serves the trace.
    SmallestPool,
    /// The highest fragmentation in the pool that the device has.
    Fragmentation,
    /// Bytes that were not freed at the end.
    NeverFreed,
    /// Of these, the bytes of call sites that may be leaks: they creep, or their task is gone.
    SuspectedLeaks,
    /// Of these, the bytes of call sites that grow throughout the run.
    Leaks,
}

impl Figure {
    /// All, in the order in which they are told.
    pub(super) const ALL: [Self; 6] = [
        Self::Peak,
        Self::SmallestPool,
        Self::Fragmentation,
        Self::NeverFreed,
        Self::SuspectedLeaks,
        Self::Leaks,
    ];

    /// The key in litepool.toml and in the baseline.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Peak => "peak",
            Self::SmallestPool => "smallest-pool",
            Self::Fragmentation => "fragmentation",
            Self::NeverFreed => "never-freed",
            Self::SuspectedLeaks => "suspected-leaks",
            Self::Leaks => "leaks",
        }
    }

    /// What it is called in a report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Peak => "live peak",
            Self::SmallestPool => "smallest pool",
            Self::Fragmentation => "fragmentation",
            Self::NeverFreed => "never freed",
            Self::SuspectedLeaks => "suspected leaks",
            Self::Leaks => "leaks",
        }
    }

    /// What it is counted in.
    pub(super) fn unit(self) -> Unit {
        match self {
            Self::Fragmentation => Unit::Percent,
            _ => Unit::Bytes,
        }
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.key())
    }
}

/// What a figure is counted in.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unit {
    /// Bytes.
    Bytes,
    /// Hundredths of a per cent.
    #[serde(rename = "hundredths of a per cent")]
    Percent,
}

impl Unit {
    /// The value for people: `98,304`, `12.34 %`.
    pub(super) fn text(self, value: u64) -> String {
        match self {
            Self::Bytes => count(value),
            Self::Percent => format!("{}.{:02} %", count(value / 100), value % 100),
        }
    }

    /// The same, with the unit in any case: `98,304 bytes`.
    pub(super) fn words(self, value: u64) -> String {
        match (self, value) {
            (Self::Bytes, 1) => "1 byte".into(),
            (Self::Bytes, _) => format!("{} bytes", count(value)),
            (Self::Percent, _) => self.text(value),
        }
    }

    /// Reads a value.
    ///
    /// # Errors
    /// A sentence that says what one looks like.
    pub(super) fn parse(self, text: &str) -> Result<u64, String> {
        match self {
            Self::Bytes => parse_size(text),
            Self::Percent => parse_percent(text).map(hundredths),
        }
    }
}

/// How much more than the baseline is no growth.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Tolerance {
    /// So many units of the figure.
    By(u64),
    /// So many hundredths of a per cent of the baseline.
    Part(u64),
}

impl Tolerance {
    /// Reads one: of bytes a size or a part of the baseline (`2%`); of a percentage the points.
    ///
    /// # Errors
    /// A sentence that says what is accepted.
    pub(super) fn parse(unit: Unit, text: &str) -> Result<Self, String> {
        match unit {
            Unit::Percent => unit.parse(text).map(Self::By),
            Unit::Bytes if text.trim_end().ends_with('%') => {
                parse_percent(text).map(hundredths).map(Self::Part)
            }
            Unit::Bytes => parse_size(text)
                .map(Self::By)
                .map_err(|error| format!("{error}, or a part of the baseline: 2%")),
        }
    }

    /// The most that is no growth.
    pub(super) fn above(self, baseline: u64) -> u64 {
        match self {
            Self::By(units) => baseline.saturating_add(units),
            Self::Part(part) => {
                let more = u128::from(baseline) * u128::from(part) / 10_000;
                baseline.saturating_add(u64::try_from(more).unwrap_or(u64::MAX))
            }
        }
    }
}

/// A percentage in hundredths of a per cent.
fn hundredths(percent: f64) -> u64 {
    (percent * 100.0).round() as u64
}
