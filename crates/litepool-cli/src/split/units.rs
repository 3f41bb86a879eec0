//! What can be moved to a pool of its own: the requests of a call site, or those of a range of sizes.
//!
//! A unit is something that the program's author can act on: a line that is to call another pool, or a
//! wrapper that is to choose the pool by the size. Where one function makes most requests, its callers
//! tell them apart, as far as the stacks go; where those end, sizes do.

use litepool_replay::{Groups, Object, Part};
use litepool_snapshot::Call;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::job::Job;
use crate::naming::Naming;
use crate::sites;

#[cfg(test)]
pub(super) mod tests;

/// The most call sites that are told apart: those that hold the most. The others are one unit.
const MOST_SITES: usize = 40;
/// A site that holds more than this part of the live peak is told apart further.
const DOMINATES: u64 = 4;
/// The most callers that tell a site's requests apart.
const MOST_CALLERS: usize = 4;
/// The sizes that ranges end at, in bytes.
const BOUNDS: [u64; 12] = [16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 4096, 16_384];

/// A call site, with as many of its callers as it takes; several are those that were not told apart.
pub(super) type Site = Vec<Call>;

/// Requests that go to the same pool.
#[derive(Serialize, Clone, Debug)]
pub(super) struct Unit {
    /// Whose: the call that wanted the memory, and as many of its callers as tell it from others; null
    /// where the size alone decides, empty where the site is unknown or one of many small ones.
    #[serde(serialize_with = "calls")]
    pub(super) site: Option<Site>,
    /// The sizes, in bytes.
    pub(super) from_bytes: u64,
    /// The largest; null: all above.
    pub(super) to_bytes: Option<u64>,
    #[serde(flatten)]
    pub(super) facts: Facts,
}

/// What was seen of its objects.
#[derive(Serialize, Clone, Copy, Default, Debug)]
pub(super) struct Facts {
    /// Objects that were allocated, or came to it by a resize.
    pub(super) objects: u64,
    /// The most requested bytes that were live at a time.
    pub(super) live_peak: u64,
    /// Half of the objects lived for no more operations than this power of two.
    pub(super) median_lifetime: u64,
    /// Requested bytes of an object on average.
    pub(super) mean_bytes: u64,
}

/// A division of all requests into units.
#[derive(Debug)]
pub(super) struct Units {
    pub(super) all: Vec<Unit>,
    /// By them an object's unit is found: its label is its site.
    pub(super) groups: Groups,
}

impl Units {
    /// By call sites, and sizes of those that dominate.
    pub(super) fn by_site(job: &Job, whole: &Part, naming: &mut Naming) -> Self {
        let (numbers, of_object) = numbered(job.stacks());
        let calls: Vec<Site> = numbers
            .iter()
            .map(|&stack| {
                let stack = naming.stack(job.interned(), stack);
                stack.calls_from_site().to_vec()
            })
            .collect();
        let peaks = peaks(whole, &of_object, numbers.len());
        let (names, site_of_stack) = told_apart(&calls, &peaks, whole.live_peak);
        let of_object: Vec<u32> = of_object
            .iter()
            .map(|&stack| site_of_stack[stack as usize])
            .collect();
        Self::new(whole, names.into_iter().map(Some).collect(), of_object)
    }

    /// By sizes alone.
    pub(super) fn by_size(whole: &Part, objects: usize) -> Self {
        Self::new(whole, vec![None], vec![0; objects])
    }

    fn new(whole: &Part, names: Vec<Option<Site>>, of_object: Vec<u32>) -> Self {
        let peaks = peaks(whole, &of_object, names.len());
        let (mut all, mut sites) = (Vec::new(), Vec::new());
        for (name, peak) in names.into_iter().zip(peaks) {
            let dominates = name.is_none() || peak > whole.live_peak / DOMINATES;
            let bounds: &[u64] = if dominates { &BOUNDS } else { &[] };
            sites.push((all.len(), bounds.to_vec()));
            let ends = bounds.iter().map(|&bound| Some(bound)).chain([None]);
            let mut from = 0;
            for end in ends {
                all.push(Unit {
                    site: name.clone(),
                    from_bytes: from,
                    to_bytes: end,
                    facts: Facts::default(),
                });
                from = end.map_or(0, |end| end + 1);
            }
        }
        let mut units = Self {
            all,
            groups: Groups::new(of_object, sites),
        };
        for (unit, facts) in units.facts(whole).into_iter().enumerate() {
            units.all[unit].facts = facts;
        }
        units
    }

    /// The unit of an object, numbered in the order of allocation, while it has this size. O(1).
    pub(super) fn unit(&self, object: usize, size: u64) -> usize {
        self.groups.of(object, size)
    }

    /// The numbers of the units that have objects.
    pub(super) fn in_use(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.all.len()).filter(|&unit| self.all[unit].facts.objects > 0)
    }

    fn facts(&self, whole: &Part) -> Vec<Facts> {
        let mut seen = Seen {
            of: vec![OfUnit::default(); self.all.len()],
        };
        whole.objects(&mut |number, object, before, after| {
            let unit = |size| self.unit(object.number, size);
            let (from, to) = (before.map(unit), after.map(unit));
            seen.step(number, object, from.zip(before), to.zip(after));
        });
        seen.of.iter().map(OfUnit::facts).collect()
    }
}

/// Steps of lifetimes that are told apart, each twice the last.
const LIFETIMES: usize = 32;

/// What was counted of a unit.
#[derive(Clone, Default)]
struct OfUnit {
    live: u64,
    peak: u64,
    objects: u64,
    bytes: u64,
    /// How many lived so many operations, by the logarithm.
    lifetimes: [u64; LIFETIMES],
}

struct Seen {
    of: Vec<OfUnit>,
}

impl Seen {
    fn step(
        &mut self,
        number: usize,
        object: Object,
        from: Option<(usize, u64)>,
        to: Option<(usize, u64)>,
    ) {
        if let Some((unit, size)) = from {
            let unit = &mut self.of[unit];
            unit.live = unit.live.saturating_sub(size);
            if to.is_none() {
                let lifetime = (number - object.since).max(1).ilog2() as usize + 1;
                unit.lifetimes[lifetime.min(LIFETIMES - 1)] += 1;
            }
        }
        if let Some((unit, size)) = to {
            let is_new = from.is_none_or(|(before, _)| before != unit);
            let unit = &mut self.of[unit];
            unit.live = unit.live.saturating_add(size);
            unit.peak = unit.peak.max(unit.live);
            if is_new {
                unit.objects += 1;
                unit.bytes = unit.bytes.saturating_add(size);
            }
        }
    }
}

impl OfUnit {
    fn facts(&self) -> Facts {
        let mut seen = 0;
        // Those that were never freed outlive all others.
        let median = self.lifetimes.iter().position(|&count| {
            seen += count;
            2 * seen >= self.objects
        });
        Facts {
            objects: self.objects,
            live_peak: self.peak,
            median_lifetime: 1 << median.unwrap_or(LIFETIMES),
            mean_bytes: self.bytes / self.objects.max(1),
        }
    }
}

/// The distinct numbers in the order of their first occurrence, and which of them each is.
fn numbered(stacks: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let (mut numbers, mut index) = (Vec::new(), FxHashMap::default());
    let of_object = stacks.iter().map(|&stack| {
        *index.entry(stack).or_insert_with(|| {
            numbers.push(stack);
            numbers.len() as u32 - 1
        })
    });
    let of_object = of_object.collect();
    (numbers, of_object)
}

/// The most requested bytes that each of `groups` groups has live at a time.
fn peaks(whole: &Part, of_object: &[u32], groups: usize) -> Vec<u64> {
    let mut live = vec![(0_u64, 0_u64); groups];
    whole.objects(&mut |_, object, before, after| {
        let (live, peak) = &mut live[of_object[object.number] as usize];
        *live = live
            .saturating_sub(before.unwrap_or(0))
            .saturating_add(after.unwrap_or(0));
        *peak = (*peak).max(*live);
    });
    live.into_iter().map(|(_, peak)| peak).collect()
}

/// The sites of stacks, given from the site outwards with the most bytes that each has live: the sites,
/// the heaviest first, and which of them each stack is. A site that dominates is told apart by its
/// callers.
fn told_apart(calls: &[Site], peaks: &[u64], live_peak: u64) -> (Vec<Site>, Vec<u32>) {
    let mut depth = vec![1_usize; calls.len()];
    let name = |stack: usize, depth: usize| {
        let calls: &Site = &calls[stack];
        calls[..depth.min(calls.len())].to_vec()
    };
    let mut weights: FxHashMap<Site, u64> = FxHashMap::default();
    for round in 0..=MOST_CALLERS {
        weights.clear();
        for stack in 0..calls.len() {
            let weight = weights.entry(name(stack, depth[stack])).or_default();
            *weight = weight.saturating_add(peaks[stack]);
        }
        if round == MOST_CALLERS {
            break;
        }
        for stack in 0..calls.len() {
            if weights[&name(stack, depth[stack])] > live_peak / DOMINATES {
                depth[stack] = round + 2;
            }
        }
    }
    let mut sites: Vec<Site> = weights.keys().cloned().collect();
    sites.sort_by_cached_key(|site| (std::cmp::Reverse(weights[site]), site.clone()));
    let others = sites.len() > MOST_SITES;
    sites.truncate(MOST_SITES);
    let index: FxHashMap<Site, u32> = sites.iter().cloned().zip(0..).collect();
    if others {
        sites.push(Vec::new());
    }
    let rest = sites.len() as u32 - 1;
    let of_stack = (0..calls.len())
        .map(|stack| {
            index
                .get(&name(stack, depth[stack]))
                .copied()
                .unwrap_or(rest)
        })
        .collect();
    (sites, of_stack)
}

fn calls<S: serde::Serializer>(site: &Option<Site>, to: S) -> Result<S::Ok, S::Error> {
    match site {
        Some(calls) => sites::stack(calls, to),
        None => to.serialize_none(),
    }
}

impl Facts {
    /// Of both together; of the live peaks the sum, which their common peak is not above.
    pub(super) fn with(&self, other: &Self) -> Self {
        let objects = self.objects + other.objects;
        let bytes = |facts: &Self| u128::from(facts.mean_bytes) * u128::from(facts.objects);
        Self {
            objects,
            live_peak: self.live_peak.saturating_add(other.live_peak),
            median_lifetime: self.median_lifetime.max(other.median_lifetime),
            mean_bytes: ((bytes(self) + bytes(other)) / u128::from(objects.max(1))) as u64,
        }
    }
}
