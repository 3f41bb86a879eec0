//! Limits of tasks and call sites that there are none of: nothing holds them, though it seems so.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Serialize;

use super::document::nearest;
use super::measure::Measured;
use super::settings::Settings;

/// A limit that means nothing.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(super) struct Misnamed {
    /// The number of its line, from 1.
    pub(super) line: u32,
    /// In a sentence.
    pub(super) what: String,
}

/// What a limit is one of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Task,
    Site,
}

/// The limits of tasks and call sites that none of the traces has to which they apply. Nothing is
/// said of those of traces that could not be measured.
pub(super) fn find(settings: &Settings, measured: &[Result<Measured>]) -> Vec<Misnamed> {
    // Whether a trace has what the limit is for.
    let mut limits = BTreeMap::<(u32, Kind, &str), bool>::new();
    for (trace, measured) in settings.traces.iter().zip(measured) {
        let held = measured.as_ref().ok().map(|measured| &measured.held);
        for (name, limit) in &trace.of.tasks {
            let has = held.is_none_or(|held| held.tasks.contains_key(name));
            *limits.entry((limit.line, Kind::Task, name)).or_default() |= has;
        }
        for (name, limit) in &trace.of.sites {
            let has = held.is_none_or(|held| held.sites_called(name).next().is_some());
            *limits.entry((limit.line, Kind::Site, name)).or_default() |= has;
        }
    }
    let names = names(measured);
    let none = limits.into_iter().filter(|(_, has)| !has);
    let misnamed = none.map(|((line, kind, name), _)| {
        let alike = names.iter().filter(|(other, _)| *other == kind);
        let meant = match nearest(name, alike.map(|(_, name)| *name)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "remove the limit, or correct its name".into(),
        };
        let kind = match kind {
            Kind::Task => "task",
            Kind::Site => "call site",
        };
        let what = format!("no trace has a {kind} `{name}`; {meant}");
        Misnamed { line, what }
    });
    misnamed.collect()
}

/// What there is in the traces.
fn names(measured: &[Result<Measured>]) -> BTreeSet<(Kind, &str)> {
    let mut names = BTreeSet::new();
    for measured in measured.iter().flatten() {
        names.extend(measured.held.tasks.keys().map(|name| (Kind::Task, &**name)));
        for (name, site) in &measured.held.sites {
            names.extend([(Kind::Site, &**name), (Kind::Site, &*site.function)]);
        }
    }
    names
}
