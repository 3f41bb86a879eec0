//! The kinds of objects that weigh most: by call site, or by size where no sites are known.

use std::cmp::Reverse;

use litepool_replay::Part;
use litepool_snapshot::Call;
use rustc_hash::FxHashMap;

use crate::job::AllocationSites;
use crate::units::count;

#[cfg(test)]
mod tests;

/// How many kinds are moved, one after the other.
pub(super) const MOST: usize = 10;

/// Sizes are told apart in steps of so many bytes.
const STEP: u64 = 8;

/// What the objects of a kind have in common.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// The call that wanted their memory.
    Site(Call),
    /// The bytes that were requested when they were allocated, from the first to the last.
    Sizes(u64, u64),
}

/// A kind of objects, and how heavy it is. Bytes are requested bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Heavy {
    pub(crate) kind: Kind,
    /// Live when the request fails.
    pub(crate) at_failure: u64,
    /// The most that were live at a time, up to the end of the trace.
    pub(crate) peak: u64,
}

/// The heaviest kinds, and whose each object is.
#[derive(Debug)]
pub(super) struct Heaviest {
    pub(super) kinds: Vec<Heavy>,
    /// For each object in the order of their allocation: the index of its kind, or [`MOST`].
    of_object: Vec<u8>,
}

impl Heaviest {
    /// The ten heaviest call sites of a trace: those with most bytes live before the operation with
    /// the number `failed` (from 1), and those with the highest peaks, in turn. Where fewer than
    /// two sites are known, the ten heaviest sizes. O(operations).
    pub(super) fn of(whole: &Part, sites: &AllocationSites, failed: usize) -> Self {
        let by_site = Self::chosen(whole, &sites.of_object, failed, |site| {
            let call = sites.calls.get(site as usize)?.clone();
            call.map(Kind::Site)
        });
        if by_site.kinds.len() > 1 {
            return by_site;
        }
        let (of_object, steps) = by_size(whole);
        Self::chosen(whole, &of_object, failed, |size| {
            let last = steps[size as usize] * STEP;
            Some(Kind::Sizes((last + 1).saturating_sub(STEP), last))
        })
    }

    /// The kind of an object, which is an index of the kinds.
    pub(super) fn of_object(&self, object: usize) -> Option<usize> {
        let kind = usize::from(*self.of_object.get(object)?);
        (kind < MOST).then_some(kind)
    }

    fn chosen(
        whole: &Part,
        of_object: &[u32],
        failed: usize,
        named: impl Fn(u32) -> Option<Kind>,
    ) -> Self {
        let weights = weigh(whole, of_object, failed);
        let known = (0..).zip(&weights).filter_map(|(label, weight)| {
            let kind = named(label)?;
            let heavy = Heavy {
                kind,
                at_failure: weight.at_failure,
                peak: weight.peak,
            };
            (weight.peak > 0).then_some((label, heavy))
        });
        let chosen = heaviest(known.collect());
        let mut kinds = vec![MOST as u8; weights.len()];
        for ((label, _), index) in chosen.iter().zip(0..) {
            kinds[*label as usize] = index;
        }
        let kind = |&label: &u32| kinds.get(label as usize).copied().unwrap_or(MOST as u8);
        Self {
            of_object: of_object.iter().map(kind).collect(),
            kinds: chosen.into_iter().map(|(_, heavy)| heavy).collect(),
        }
    }
}

/// The first of both orders, in turn, until there are enough.
fn heaviest(all: Vec<(u32, Heavy)>) -> Vec<(u32, Heavy)> {
    let mut at_failure: Vec<&(u32, Heavy)> = all.iter().collect();
    at_failure.sort_by_key(|(label, heavy)| (Reverse((heavy.at_failure, heavy.peak)), *label));
    let mut by_peak: Vec<&(u32, Heavy)> = all.iter().collect();
    by_peak.sort_by_key(|(label, heavy)| (Reverse((heavy.peak, heavy.at_failure)), *label));
    let in_turn = at_failure.into_iter().zip(by_peak);
    let mut chosen: Vec<(u32, Heavy)> = Vec::new();
    for heavy in in_turn.flat_map(|(one, other)| [one, other]) {
        if chosen.len() < MOST && !chosen.iter().any(|(label, _)| *label == heavy.0) {
            chosen.push(heavy.clone());
        }
    }
    chosen
}

/// What the objects of a kind weigh.
#[derive(Clone, Copy, Default)]
struct Weight {
    live: u64,
    at_failure: u64,
    peak: u64,
}

fn weigh(whole: &Part, of_object: &[u32], failed: usize) -> Vec<Weight> {
    let kinds = of_object.iter().max().map_or(0, |&last| last as usize + 1);
    let mut weights = vec![Weight::default(); kinds];
    whole.objects(&mut |number, object, before, after| {
        if number + 1 == failed {
            weights.iter_mut().for_each(|one| one.at_failure = one.live);
        }
        let kind = of_object.get(object.number).copied().unwrap_or(0);
        if let Some(weight) = weights.get_mut(kind as usize) {
            let (before, after) = (before.unwrap_or(0), after.unwrap_or(0));
            weight.live = weight.live.saturating_sub(before).saturating_add(after);
            weight.peak = weight.peak.max(weight.live);
        }
    });
    weights
}

/// For each object the index of its size, and for each index how many steps that is.
fn by_size(whole: &Part) -> (Vec<u32>, Vec<u64>) {
    let (mut of_object, mut steps) = (Vec::new(), Vec::new());
    let mut known: FxHashMap<u64, u32> = FxHashMap::default();
    whole.objects(&mut |_, _, before, after| {
        let (None, Some(size)) = (before, after) else {
            return;
        };
        // A faulty trace may state sizes that no machine has.
        let step = size.div_ceil(STEP).min(u64::MAX / STEP);
        let index = *known.entry(step).or_insert_with(|| {
            steps.push(step);
            steps.len() as u32 - 1
        });
        of_object.push(index);
    });
    (of_object, steps)
}

impl Kind {
    /// For people, in at most `width` characters.
    pub(crate) fn text(&self, width: usize) -> String {
        match self {
            Self::Site(call) => call.text(width),
            Self::Sizes(first, last) => {
                format!("objects of {} to {} bytes", count(*first), count(*last))
            }
        }
    }

    /// The call site, if that is what the objects have in common.
    pub(crate) fn site(&self) -> Option<&Call> {
        match self {
            Self::Site(call) => Some(call),
            Self::Sizes(..) => None,
        }
    }
}
