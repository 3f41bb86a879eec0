//! What the call sites of leaks held over time.

use rustc_hash::FxHashMap;

use crate::blob::Blob;
use crate::model::Source;
use crate::names::Names;

/// Gives each leak of a source that has holdings the curve of its call site. O(changes + leaks x
/// columns).
pub fn add(source: &mut Source, names: &Names<'_>, blob: &mut Blob) {
    let Some(holdings) = &source.holdings else {
        return;
    };
    let leaks = source.leaks.iter().enumerate();
    let by_site: FxHashMap<Option<u32>, usize> =
        leaks.map(|(index, leak)| (leak.site, index)).collect();
    let owners = holdings.owners.iter();
    let leak_of: Vec<Option<usize>> = owners
        .map(|&(stack, _)| by_site.get(&names.site_of(stack)).copied())
        .collect();
    let starts: Vec<u32> = blob.numbers(holdings.starts).collect();
    let owners: Vec<u32> = blob.numbers(holdings.owner).collect();
    let bytes: Vec<i32> = blob.numbers(holdings.bytes).collect();
    let mut live = vec![0_i64; source.leaks.len()];
    let mut curves = vec![Vec::with_capacity(starts.len()); source.leaks.len()];
    for bounds in starts.windows(2) {
        for change in bounds[0] as usize..bounds[1] as usize {
            if let Some(leak) = leak_of[owners[change] as usize] {
                live[leak] += i64::from(bytes[change]);
            }
        }
        for (curve, &live) in curves.iter_mut().zip(&live) {
            curve.push(live as f64);
        }
    }
    for (leak, curve) in source.leaks.iter_mut().zip(curves) {
        leak.curve = Some(blob.row(curve));
    }
}
