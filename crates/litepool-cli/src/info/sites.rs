//! Which places in the program ask for how much.

use std::path::Path;

use litepool_trace::{Event, Op, Site};
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
}

/// Finds out what the call sites asked for, event by event. Its memory is that of the live objects
/// and of the sites.
#[derive(Default)]
pub(super) struct SiteProfiler {
    /// Size and site of each live object, by its number. An object of an unknown site is at site 0.
    objects: FxHashMap<u32, (u64, u32)>,
    /// By the site's number.
    sites: Vec<Counts>,
    /// How many peaks there were so far, each higher than the one before.
    peaks: u64,
}

#[derive(Clone, Default)]
struct Counts {
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
        match event.op {
            Op::Allocate { id, size, .. } => {
                self.objects.insert(id, (size, event.site));
                let site = self.site(event.site);
                site.allocations += 1;
                site.total = site.total.saturating_add(size);
                site.live_objects += 1;
                site.live = site.live.saturating_add(size);
            }
            Op::Resize { id, size } => {
                if let Some((old, site)) = self.objects.get_mut(&id) {
                    let (before, site) = (std::mem::replace(old, size), *site);
                    let site = self.site(site);
                    site.total = site.total.saturating_add(size.saturating_sub(before));
                    site.live = site.live.saturating_sub(before).saturating_add(size);
                }
            }
            Op::Free { id } => {
                if let Some((size, site)) = self.objects.remove(&id) {
                    let site = self.site(site);
                    site.live_objects -= 1;
                    site.live = site.live.saturating_sub(size);
                }
            }
        }
        self.peaks += u64::from(is_peak);
    }

    /// How many known sites allocate.
    pub(super) fn allocating(&self) -> u64 {
        let known = self.sites.iter().skip(1);
        known.filter(|site| site.allocations > 0).count() as u64
    }

    /// The `most` sites that hold the most bytes at the peak, then those that allocate the most.
    pub(super) fn top(mut self, sites: &[Site], most: usize) -> Vec<SiteFacts> {
        let mut facts: Vec<SiteFacts> = sites
            .iter()
            .enumerate()
            .map(|(index, site)| {
                let counts = self.site(index as u32 + 1);
                SiteFacts {
                    module: site.module.clone(),
                    offset: site.offset,
                    allocations: counts.allocations,
                    total_bytes: counts.total,
                    bytes_at_peak: counts.at_peak,
                    leaked_objects: counts.live_objects,
                    leaked_bytes: counts.live,
                }
            })
            .filter(|site| site.allocations > 0)
            .collect();
        facts.sort_by_key(|site| std::cmp::Reverse((site.bytes_at_peak, site.total_bytes)));
        facts.truncate(most);
        facts
    }

    /// A site, with what it held at the last peak written down, so that it can change.
    fn site(&mut self, number: u32) -> &mut Counts {
        let index = number as usize;
        if index >= self.sites.len() {
            self.sites.resize(index + 1, Counts::default());
        }
        let site = &mut self.sites[index];
        if site.peak != self.peaks {
            (site.at_peak, site.peak) = (site.live, self.peaks);
        }
        site
    }
}

#[cfg(test)]
mod tests;
