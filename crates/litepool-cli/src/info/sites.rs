//! Which places in the program ask for how much.

use std::cmp::Reverse;

use litepool_snapshot::{Call, Resolver, SiteInStack};
use litepool_trace::{Interned, StackCounts};
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::sites;

/// What one call site asked for. An object belongs to the site that allocated it, whoever resizes or frees it.
#[derive(Serialize, Clone, Debug)]
pub(super) struct SiteFacts {
    #[serde(serialize_with = "sites::call")]
    pub(super) site: Call,
    #[serde(flatten)]
    pub(super) asked: Asked,
    /// How many call stacks lead there.
    pub(super) call_stacks: u64,
    /// Those that hold the most bytes at the peak.
    pub(super) top_call_stacks: Vec<StackFacts>,
}

/// What one call stack asked for.
#[derive(Serialize, Clone, Debug)]
pub(super) struct StackFacts {
    #[serde(flatten)]
    pub(super) asked: Asked,
    /// All of it, the innermost call first.
    #[serde(serialize_with = "sites::stack")]
    pub(super) stack: Vec<Call>,
    /// The same for people: who called the site.
    #[serde(skip)]
    pub(super) calls: Option<SiteInStack>,
}

/// What was asked for.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Asked {
    /// Objects allocated.
    pub(super) allocations: u64,
    /// Bytes allocated in all, growth by resizing included.
    pub(super) total_bytes: u64,
    /// Bytes live at the trace's live peak.
    pub(super) bytes_at_peak: u64,
    /// Objects never freed.
    pub(super) leaked_objects: u64,
    /// Bytes never freed.
    pub(super) leaked_bytes: u64,
}

impl Asked {
    /// Adds what one of its stacks asked for.
    fn add(&mut self, counts: Self) {
        self.allocations += counts.allocations;
        self.total_bytes = self.total_bytes.saturating_add(counts.total_bytes);
        self.bytes_at_peak = self.bytes_at_peak.saturating_add(counts.bytes_at_peak);
        self.leaked_objects += counts.leaked_objects;
        self.leaked_bytes = self.leaked_bytes.saturating_add(counts.leaked_bytes);
    }

    /// What holds the most bytes at the peak comes first, then what allocates the most.
    fn order(&self) -> impl Ord + use<> {
        Reverse((self.bytes_at_peak, self.total_bytes))
    }
}

/// What all sites asked for.
pub(super) struct Sites {
    /// How many known sites allocate, resize or free.
    pub(super) all: u64,
    /// How many allocate.
    pub(super) allocating: u64,
    /// The first of those.
    pub(super) top: Vec<SiteFacts>,
}

impl From<&StackCounts> for Asked {
    fn from(counts: &StackCounts) -> Self {
        Self {
            allocations: counts.allocations,
            total_bytes: counts.total_bytes,
            bytes_at_peak: counts.bytes_at_peak,
            leaked_objects: counts.live_objects,
            leaked_bytes: counts.live_bytes,
        }
    }
}

impl Sites {
    /// What the sites asked for: at most so many of them, each with at most so many of its stacks.
    pub(super) fn of(
        counts: &[StackCounts],
        interned: &Interned,
        resolver: &mut Resolver,
        [most_sites, most_stacks]: [usize; 2],
    ) -> Self {
        let mut sites: FxHashMap<Call, (Asked, Vec<u32>)> = FxHashMap::default();
        for (stack, counts) in (0..).zip(counts).skip(1) {
            if !counts.is_mentioned {
                continue;
            }
            let asked = Asked::from(counts);
            if let Some(call) = Call::site(interned, stack, resolver) {
                let (sum, stacks) = sites.entry(call).or_default();
                sum.add(asked);
                stacks.push(stack);
            }
        }
        let all = sites.len() as u64;
        let mut sites: Vec<(Call, (Asked, Vec<u32>))> = sites.into_iter().collect();
        sites.retain(|(_, (asked, _))| asked.allocations > 0);
        let allocating = sites.len() as u64;
        sites.sort_by_cached_key(|(call, (asked, _))| (asked.order(), call.clone()));
        sites.truncate(most_sites);
        let mut facts = |(site, (asked, stacks)): (Call, (Asked, Vec<u32>))| SiteFacts {
            asked,
            call_stacks: stacks.len() as u64,
            top_call_stacks: top_stacks(counts, stacks, most_stacks, interned, resolver),
            site,
        };
        Self {
            all,
            allocating,
            top: sites.into_iter().map(&mut facts).collect(),
        }
    }
}

/// The first of these stacks.
fn top_stacks(
    counts: &[StackCounts],
    mut stacks: Vec<u32>,
    most: usize,
    interned: &Interned,
    resolver: &mut Resolver,
) -> Vec<StackFacts> {
    let asked = |stack: u32| Asked::from(&counts[stack as usize]);
    stacks.retain(|&stack| asked(stack).allocations > 0);
    stacks.sort_by_key(|&stack| (asked(stack).order(), stack));
    stacks.truncate(most);
    let mut facts = |stack| StackFacts {
        asked: asked(stack),
        stack: Call::of_stack(interned, stack, resolver),
        calls: SiteInStack::of(interned, stack, resolver),
    };
    stacks.into_iter().map(&mut facts).collect()
}

#[cfg(test)]
mod tests;
