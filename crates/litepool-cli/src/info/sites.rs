//! Which places in the program ask for how much.

use std::path::Path;

use litepool_trace::{Event, Interned, Op};
use rustc_hash::FxHashMap;
use serde::Serialize;

/// What one call site asked for. An object belongs to the site that allocated it, whoever resizes or frees it.
#[derive(Serialize, Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct SiteFacts {
    /// The program or library, as recorded.
    pub(super) module: String,
    /// The return address in it.
    pub(super) offset: u64,
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

impl SiteFacts {
    /// A short name: the module's last part and the offset.
    pub(super) fn name(&self) -> String {
        let module = Path::new(&self.module)
            .file_name()
            .map_or("?".into(), |name| name.to_string_lossy());
        format!("{module}+{:#x}", self.offset)
    }

    /// Adds what one of its stacks asked for.
    fn add(&mut self, counts: &Counts) {
        self.allocations += counts.allocations;
        self.total_bytes = self.total_bytes.saturating_add(counts.total);
        self.bytes_at_peak = self.bytes_at_peak.saturating_add(counts.at_peak);
        self.leaked_objects += counts.live_objects;
        self.leaked_bytes = self.leaked_bytes.saturating_add(counts.live);
    }
}

/// What all sites asked for.
pub(super) struct Sites {
    /// How many known sites allocate, resize or free.
    pub(super) all: u64,
    /// Those that allocate: first those that hold the most bytes at the peak, then those that
    /// allocate the most.
    pub(super) allocating: Vec<SiteFacts>,
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

    /// What the sites asked for. Stacks of the same innermost frame are one site.
    pub(super) fn finish(mut self, interned: &Interned) -> Sites {
        let mut sites = vec![None::<SiteFacts>; interned.frames.len()];
        for (number, stack) in (1..).zip(&interned.stacks) {
            let counts = self.stack(number).clone();
            let index = stack.frame as usize;
            let (Some(site), Some(frame)) = (sites.get_mut(index), interned.frames.get(index))
            else {
                continue;
            };
            if counts.is_mentioned {
                let site = site.get_or_insert_with(|| SiteFacts {
                    module: interned
                        .module_of(frame)
                        .map_or_else(String::new, |module| module.path.clone()),
                    offset: frame.offset,
                    ..SiteFacts::default()
                });
                site.add(&counts);
            }
        }
        let mut sites: Vec<SiteFacts> = sites.into_iter().flatten().collect();
        let all = sites.len() as u64;
        sites.retain(|site| site.allocations > 0);
        sites.sort_by_key(|site| std::cmp::Reverse((site.bytes_at_peak, site.total_bytes)));
        Sites {
            all,
            allocating: sites,
        }
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
