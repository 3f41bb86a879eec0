//! What somebody should know at once.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;

use crate::args::duration;
use crate::units::{parse_percent, parse_size};

/// When an alarm is raised. A refused request, an event that the device's ring had no room for, and a reset
/// raise one in any case.
#[derive(Args, Clone, Debug)]
pub(crate) struct Thresholds {
    /// Raise an alarm when a pool's fragmentation reaches so many per cent: 1 - largest free / all free.
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent, default_value = "70")]
    pub(super) fragmentation: f64,
    /// Raise an alarm when so many per cent of a pool are used.
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent, default_value = "95")]
    pub(super) used: f64,
    /// Raise an alarm when what a call site has live grows by so many bytes a minute. Default: never.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(super) growth: Option<u64>,
    /// Raise an alarm when nothing has come for so long.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    pub(super) silence: Duration,
}

/// Of what an alarm tells.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum About {
    Refused,
    Lost,
    Reset,
    Fragmented(u32),
    Full(u32),
    /// Of a call stack.
    Growth(u32),
    Silence,
}

/// An alarm.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    pub(super) about: About,
    pub(super) text: String,
    /// When it was raised, in microseconds.
    pub(super) time: u64,
}

/// How many alarms are told of those that are on.
const MOST: usize = 64;

/// The alarms that are on.
#[derive(Default, Debug)]
pub(super) struct Alarms {
    on: BTreeSet<About>,
    /// Those that are told, the newest last.
    told: Vec<Alarm>,
    raised: u64,
}

impl Alarms {
    /// Raises an alarm, or says it anew. Whether it is a new one.
    pub(super) fn raise(&mut self, about: About, time: u64, text: String) -> bool {
        if !self.on.insert(about.clone()) {
            if let Some(alarm) = self.told.iter_mut().find(|alarm| alarm.about == about) {
                alarm.text = text;
            }
            return false;
        }
        if self.told.len() == MOST {
            self.told.remove(0);
        }
        self.told.push(Alarm { about, text, time });
        self.raised += 1;
        true
    }

    /// It is over.
    pub(super) fn clear(&mut self, about: &About) {
        if self.on.remove(about) {
            self.told.retain(|alarm| alarm.about != *about);
        }
    }

    /// The newest of those that are on.
    pub(super) fn on(&self) -> &[Alarm] {
        &self.told
    }

    /// How many were raised so far.
    pub(super) fn raised(&self) -> u64 {
        self.raised
    }

    /// Whether any was.
    pub(super) fn were_raised(&self) -> bool {
        self.raised > 0
    }
}

#[cfg(test)]
mod tests;
