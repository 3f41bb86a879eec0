//! Which places in the program ask for how much.

use std::cmp::Reverse;

use litepool_snapshot::{Call, Resolver, SiteInStack};
use litepool_trace::{Event, Interned, Op};
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
    /// Size and stack of each live object, by its number. An object of an unknown stack has stack 0.
    objects: FxHashMap<u32, (u64, u32)>,
    /// By the stack's number.
    stacks: Vec<Counts>,
    /// How many peaks there were so far, each higher than the one before.
    peaks: u64,
}

#[derive(Clone, Default)]
struct Counts {
    /// Whether there was an operation at this stack.
    is_mentioned: bool,
    allocations: u64,
    total: u64,
    live_objects: u64,
    live: u64,
    at_peak: u64,
    /// Which peak that was. If there were others since, `live` has not changed since then.
    peak: u64,
}

impl Counts {
    fn asked(&self) -> Asked {
        Asked {
            allocations: self.allocations,
            total_bytes: self.total,
            bytes_at_peak: self.at_peak,
            leaked_objects: self.live_objects,
            leaked_bytes: self.live,
        }
    }
}

impl SiteProfiler {
    /// Takes the next event into account. `is_peak`: whether more bytes are live after it than ever
    /// before.
    pub(super) fn event(&mut self, event: &Event, is_peak: bool) {
        let Some(op) = event.op() else {
            return;
        };
        self.stack(event.stack).is_mentioned = true;
        match op {
            Op::Allocate { id, size, .. } => {
                self.objects.insert(id, (size, event.stack));
                let stack = self.stack(event.stack);
                stack.allocations += 1;
                stack.total = stack.total.saturating_add(size);
                stack.live_objects += 1;
                stack.live = stack.live.saturating_add(size);
            }
            Op::Resize { id, size } => {
                if let Some((old, stack)) = self.objects.get_mut(&id) {
                    let (before, stack) = (std::mem::replace(old, size), *stack);
                    let stack = self.stack(stack);
                    stack.total = stack.total.saturating_add(size.saturating_sub(before));
                    stack.live = stack.live.saturating_sub(before).saturating_add(size);
                }
            }
            Op::Free { id } => {
                if let Some((size, stack)) = self.objects.remove(&id) {
                    let stack = self.stack(stack);
                    stack.live_objects -= 1;
                    stack.live = stack.live.saturating_sub(size);
                }
            }
        }
        self.peaks += u64::from(is_peak);
    }

    /// What the sites asked for: at most so many of them, each with at most so many of its stacks.
    pub(super) fn finish(
        mut self,
        interned: &Interned,
        resolver: &mut Resolver,
        [most_sites, most_stacks]: [usize; 2],
    ) -> Sites {
        let mut sites: FxHashMap<Call, (Asked, Vec<u32>)> = FxHashMap::default();
        for stack in 1..self.stacks.len() as u32 {
            let counts = self.stack(stack);
            if !counts.is_mentioned {
                continue;
            }
            let asked = counts.asked();
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
            top_call_stacks: self.top_stacks(stacks, most_stacks, interned, resolver),
            site,
        };
        Sites {
            all,
            allocating,
            top: sites.into_iter().map(&mut facts).collect(),
        }
    }

    /// The first of these stacks.
    fn top_stacks(
        &self,
        mut stacks: Vec<u32>,
        most: usize,
        interned: &Interned,
        resolver: &mut Resolver,
    ) -> Vec<StackFacts> {
        let asked = |stack: u32| self.stacks[stack as usize].asked();
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

    /// A stack, with what it held at the last peak written down, so that it can change.
    fn stack(&mut self, number: u32) -> &mut Counts {
        let index = number as usize;
        if index >= self.stacks.len() {
            self.stacks.resize(index + 1, Counts::default());
        }
        let stack = &mut self.stacks[index];
        if stack.peak != self.peaks {
            (stack.at_peak, stack.peak) = (stack.live, self.peaks);
        }
        stack
    }
}

#[cfg(test)]
mod tests;
