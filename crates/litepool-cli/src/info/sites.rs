//! Which places in the program ask for how much.

use std::path::Path;

use litepool_trace::{Op, Site, Trace};
use serde::Serialize;

#[cfg(test)]
mod tests;

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

/// The `most` sites that hold the most bytes at the peak (after operation `peak_at`, from 0), then those that
/// allocate the most. O(n).
pub(super) fn top(trace: &Trace, peak_at: u64, most: usize) -> Vec<SiteFacts> {
    let mut sites: Vec<SiteFacts> = trace.sites.iter().map(of_site).collect();
    let mut objects: Vec<Object> = Vec::new();
    // An object of an unknown site belongs to none.
    let index = |site: u32| (site as usize).wrapping_sub(1);
    for (number, event) in trace.events.iter().enumerate() {
        match event.op {
            Op::Allocate { size, .. } => {
                objects.push(Object {
                    size,
                    site: index(event.site),
                    live: true,
                });
                if let Some(site) = sites.get_mut(index(event.site)) {
                    site.allocations += 1;
                    site.total_bytes = site.total_bytes.saturating_add(size);
                }
            }
            Op::Resize { id, size } => {
                let object = &mut objects[id as usize];
                if let Some(site) = sites.get_mut(object.site) {
                    site.total_bytes = site
                        .total_bytes
                        .saturating_add(size.saturating_sub(object.size));
                }
                object.size = size;
            }
            Op::Free { id } => objects[id as usize].live = false,
        }
        if number as u64 == peak_at {
            add_live(&objects, &mut sites, |site, size| {
                site.bytes_at_peak = site.bytes_at_peak.saturating_add(size);
            });
        }
    }
    add_live(&objects, &mut sites, |site, size| {
        site.leaked_objects += 1;
        site.leaked_bytes = site.leaked_bytes.saturating_add(size);
    });
    sites.retain(|site| site.allocations > 0);
    sites.sort_by_key(|site| std::cmp::Reverse((site.bytes_at_peak, site.total_bytes)));
    sites.truncate(most);
    sites
}

struct Object {
    size: u64,
    site: usize,
    live: bool,
}

fn of_site(site: &Site) -> SiteFacts {
    SiteFacts {
        module: site.module.clone(),
        offset: site.offset,
        ..SiteFacts::default()
    }
}

fn add_live(objects: &[Object], sites: &mut [SiteFacts], add: impl Fn(&mut SiteFacts, u64)) {
    for object in objects.iter().filter(|object| object.live) {
        if let Some(site) = sites.get_mut(object.site) {
            add(site, object.size);
        }
    }
}
