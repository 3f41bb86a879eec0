//! Which places in the program ask for how much.

use std::cmp::Reverse;

use litepool_snapshot::{Call, Context, ContextProfile, ContextProfiler, Resolver, SiteInStack};
use litepool_trace::{Event, Interned};
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

/// Finds out what the call sites asked for, event by event. Its memory is that of the live objects
/// and of the call stacks.
#[derive(Default)]
pub(super) struct SiteProfiler {
    profiler: ContextProfiler,
    /// Whether there was an operation at a call stack, by its number.
    mentioned: Vec<bool>,
}

impl From<ContextProfile> for Asked {
    fn from(profile: ContextProfile) -> Self {
        Self {
            allocations: profile.total.objects,
            total_bytes: profile.total.bytes,
            bytes_at_peak: profile.at_peak.bytes,
            leaked_objects: profile.live.objects,
            leaked_bytes: profile.live.bytes,
        }
    }
}

impl SiteProfiler {
    /// Takes the next event into account.
    pub(super) fn event(&mut self, event: &Event) {
        if event.op().is_none() {
            return;
        }
        let stack = event.stack as usize;
        if stack >= self.mentioned.len() {
            self.mentioned.resize(stack + 1, false);
        }
        self.mentioned[stack] = true;
        let context = Context {
            stack: event.stack,
            ..Context::default()
        };
        self.profiler.event_in(event, context);
    }

    /// What the sites asked for: at most so many of them, each with at most so many of its stacks.
    pub(super) fn finish(
        self,
        interned: &Interned,
        resolver: &mut Resolver,
        [most_sites, most_stacks]: [usize; 2],
    ) -> Sites {
        let contexts = self.profiler.contexts();
        let asked: FxHashMap<u32, Asked> = contexts
            .map(|(context, profile)| (context.stack, profile.into()))
            .collect();
        let asked = |stack: u32| asked.get(&stack).copied().unwrap_or_default();
        let mut sites: FxHashMap<Call, (Asked, Vec<u32>)> = FxHashMap::default();
        let stacks = (0..).zip(&self.mentioned).skip(1);
        for (stack, _) in stacks.filter(|&(_, &is_mentioned)| is_mentioned) {
            if let Some(call) = Call::site(interned, stack, resolver) {
                let (sum, stacks) = sites.entry(call).or_default();
                sum.add(asked(stack));
                stacks.push(stack);
            }
        }
        let all = sites.len() as u64;
        let mut sites: Vec<(Call, (Asked, Vec<u32>))> = sites.into_iter().collect();
        sites.retain(|(_, (asked, _))| asked.allocations > 0);
        let allocating = sites.len() as u64;
        sites.sort_by_cached_key(|(call, (asked, _))| (asked.order(), call.clone()));
        sites.truncate(most_sites);
        let mut facts = |(site, (sum, stacks)): (Call, (Asked, Vec<u32>))| SiteFacts {
            asked: sum,
            call_stacks: stacks.len() as u64,
            top_call_stacks: top_stacks(stacks, most_stacks, &asked, interned, resolver),
            site,
        };
        Sites {
            all,
            allocating,
            top: sites.into_iter().map(&mut facts).collect(),
        }
    }
}

/// The first of these stacks.
fn top_stacks(
    mut stacks: Vec<u32>,
    most: usize,
    asked: &impl Fn(u32) -> Asked,
    interned: &Interned,
    resolver: &mut Resolver,
) -> Vec<StackFacts> {
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
