//! Call sites: from an address to a module and an offset in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use crate::error::TraceError;
use crate::file::Writer;
use crate::interned::{Frame, Module};

/// Where code was mapped at the present point of the log, and the sites that the trace knows.
#[derive(Default)]
pub(super) struct Modules {
    /// By first address. No two overlap.
    ranges: BTreeMap<u64, Range>,
    /// What each address means now.
    known: BTreeMap<u64, u32>,
    /// The highest number that the trace gave.
    count: u32,
    /// The paths of all modules that were ever mapped.
    paths: BTreeSet<String>,
}

#[derive(Clone, PartialEq, Eq)]
struct Range {
    end: u64,
    /// The address that is offset 0 of the module.
    base: u64,
    module: String,
}

impl Modules {
    /// From here on this range belongs to this module. What was mapped there before, even in part,
    /// is no more.
    ///
    /// O(log n), and what goes is paid for when it came.
    pub(super) fn map(&mut self, first: u64, bytes: u64, base: u64, module: &[u8]) {
        let module: String = if module.is_empty() {
            "[anonymous]".into()
        } else {
            String::from_utf8_lossy(module).into()
        };
        if !self.paths.contains(&module) {
            self.paths.insert(module.clone());
        }
        let range = Range {
            end: first.saturating_add(bytes),
            base,
            module,
        };
        if first >= range.end || self.ranges.get(&first) == Some(&range) {
            return;
        }
        self.forget(first, range.end);
        let before = self.ranges.range(..first).next_back();
        if let Some((&start, old)) = before.filter(|(_, old)| old.end > first) {
            let end = old.end;
            self.ranges.remove(&start);
            self.forget(start, end);
        }
        while let Some((&start, old)) = self.ranges.range(first..range.end).next() {
            let end = old.end;
            self.ranges.remove(&start);
            self.forget(start, end);
        }
        self.ranges.insert(first, range);
    }

    /// The meaning of the addresses of this range has changed.
    fn forget(&mut self, first: u64, end: u64) {
        while let Some((&address, _)) = self.known.range(first..end).next() {
            self.known.remove(&address);
        }
    }

    /// The trace's number for the call site at this address; 0 if no module is known there.
    pub(super) fn site<W: Write>(
        &mut self,
        address: u64,
        writer: &mut Writer<W>,
    ) -> Result<u32, TraceError> {
        if let Some(&site) = self.known.get(&address) {
            return Ok(site);
        }
        let range = self
            .ranges
            .range(..=address)
            .next_back()
            .map(|(_, range)| range);
        let site = match range.filter(|range| address < range.end) {
            None => 0,
            Some(Range { base, module, .. }) => {
                let offset = address.wrapping_sub(*base);
                let module = writer.module(&Module {
                    path: module.clone(),
                    build_id: Vec::new(),
                })?;
                let frame = writer.frame(&Frame {
                    module,
                    offset,
                    locations: Vec::new(),
                })?;
                writer.stack(0, frame)?
            }
        };
        self.count = self.count.max(site);
        self.known.insert(address, site);
        Ok(site)
    }

    /// How many sites the trace has.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The paths of all modules that were ever mapped, in alphabetic order.
    pub(super) fn into_paths(self) -> Vec<String> {
        self.paths.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
