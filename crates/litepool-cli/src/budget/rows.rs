//! The cells of the tables, whatever they are written in.

use super::blame::{Grown, What};
use super::check::{Check, Of, Verdict};
use super::figures::Unit;
use crate::units::count;

/// What a row says: figure, limit, baseline, now, change, verdict.
pub(super) fn cells(check: &Check) -> [String; 6] {
    let text = |value: Option<u64>| value.map_or("-".into(), |value| check.unit.text(value));
    let now = match (&check.of, check.verdict) {
        (Of::Pool, Verdict::Within) => "fits".into(),
        (Of::Pool, _) => "fails".into(),
        _ if check.now.is_none() => "none".into(),
        _ => text(check.now),
    };
    [
        name(&check.of),
        text(check.limit.map(|limit| limit.most)),
        text(check.baseline),
        now,
        change(check),
        check.verdict.in_words().into(),
    ]
}

/// What is compared, in words.
pub(super) fn name(of: &Of) -> String {
    match of {
        Of::Figure(figure) => figure.name().into(),
        Of::Pool => "pool".into(),
        Of::Task(name) => format!("task {name}"),
        Of::Site(name) => format!("call site {name}"),
    }
}

/// By how much it changed, with a sign.
fn change(check: &Check) -> String {
    match (check.baseline, check.now) {
        (Some(before), Some(now)) if now > before => format!("+{}", check.unit.text(now - before)),
        (Some(before), Some(now)) if now < before => format!("-{}", check.unit.text(before - now)),
        (Some(_), Some(_)) => "=".into(),
        _ => "-".into(),
    }
}

/// What is wrong, in a sentence; empty if nothing is.
pub(super) fn sentence(check: &Check) -> String {
    let name = name(&check.of);
    let words = |value| check.unit.words(value);
    let limit = check
        .limit
        .map(|limit| words(limit.most))
        .unwrap_or_default();
    let now = check.now.map(words).unwrap_or_default();
    let why = check.why.as_deref().unwrap_or_default();
    match (check.verdict, &check.of) {
        (Verdict::Within | Verdict::Less, _) => String::new(),
        (Verdict::NoBaseline, _) => format!("{name}: {why}"),
        (Verdict::Over, Of::Pool) => format!("the pool of {limit} does not serve the trace: {why}"),
        (Verdict::Over, _) if check.now.is_none() => format!("{name}: {why}"),
        (Verdict::Over, Of::Task(_) | Of::Site(_)) => {
            format!("{name} holds up to {now}, over its limit of {limit}")
        }
        (Verdict::Over, _) => format!("{name}: {now}, over the limit of {limit}"),
        (Verdict::Grown, _) => {
            let before = check.baseline.unwrap_or(0);
            let more = words(check.now.unwrap_or(0).saturating_sub(before));
            let allowed = check.allowed(before);
            let tolerated = if allowed > before {
                format!(" (tolerated: {})", words(allowed - before))
            } else {
                String::new()
            };
            format!("{name}: {now}, {more} more than in the baseline{tolerated}")
        }
    }
}

/// How a call site grew, in a sentence.
pub(super) fn grown_sentence(grown: &Grown) -> String {
    let (site, growth) = (&grown.site, Unit::Bytes.words(grown.growth));
    let (now, before) = (count(grown.now), count(grown.before));
    match grown.what {
        What::AtPeak => {
            format!("{site} holds {growth} more at the live peak: {now}, and {before} before")
        }
        What::NeverFreed => {
            format!("{site} never frees {growth} more: {now}, and {before} before")
        }
    }
}
