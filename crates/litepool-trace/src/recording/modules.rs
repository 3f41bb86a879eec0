//! Return addresses: from an address to a module and an offset in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::ops::Bound;
use std::rc::Rc;

use crate::error::TraceError;
use crate::file::Writer;
use crate::interned::{Frame, Location, Module};

/// Says where in the sources a return address is, which is this offset in this module. Empty:
/// unknown.
pub(super) type Namer<'n> = dyn FnMut(&Module, u64) -> Vec<Location> + 'n;

/// Where code was mapped at the present point of the log, and the frames that the trace knows.
pub(super) struct Modules<'n> {
    namer: &'n mut Namer<'n>,
    /// By first address. No two overlap.
    ranges: BTreeMap<u64, Range>,
    /// The trace's number of each address, which means something now.
    known: BTreeMap<u64, u32>,
    /// The paths of all modules that were ever mapped.
    paths: BTreeSet<String>,
}

#[derive(Clone, PartialEq, Eq)]
struct Range {
    end: u64,
    /// The address that is offset 0 of the module.
    base: u64,
    module: Rc<Module>,
}

impl<'n> Modules<'n> {
    /// Nothing is mapped yet. Each frame's names are asked for once.
    pub(super) fn new(namer: &'n mut Namer<'n>) -> Self {
        Self {
            namer,
            ranges: BTreeMap::new(),
            known: BTreeMap::new(),
            paths: BTreeSet::new(),
        }
    }

    /// From here on this range belongs to this module. What was mapped there before, even in part,
    /// is no more.
    ///
    /// O(log n), and what goes is paid for when it came.
    pub(super) fn map(
        &mut self,
        first: u64,
        bytes: u64,
        base: u64,
        path: &[u8],
        build_id: Vec<u8>,
    ) {
        let path: String = if path.is_empty() {
            "[anonymous]".into()
        } else {
            String::from_utf8_lossy(path).into()
        };
        if !self.paths.contains(&path) {
            self.paths.insert(path.clone());
        }
        let range = Range {
            end: first.saturating_add(bytes),
            base,
            module: Rc::new(Module { path, build_id }),
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

    /// The meaning of the addresses of this range has changed. Those of frames are one higher.
    fn forget(&mut self, first: u64, end: u64) {
        let range = (Bound::Excluded(first), Bound::Included(end));
        while let Some((&address, _)) = self.known.range(range).next() {
            self.known.remove(&address);
        }
    }

    /// The range that an instruction before this address lies in: a return address may be the first
    /// one behind it.
    fn range(&self, address: u64) -> Option<&Range> {
        let instruction = address.checked_sub(1)?;
        let (_, range) = self.ranges.range(..=instruction).next_back()?;
        (instruction < range.end).then_some(range)
    }

    /// Whether a module is known at this return address.
    pub(super) fn is_known(&self, address: u64) -> bool {
        self.range(address).is_some()
    }

    /// The trace's number of the frame with this return address. What lies in no known module is
    /// said to lie in one of that name, whose offsets are addresses.
    pub(super) fn frame<W: Write>(
        &mut self,
        address: u64,
        writer: &mut Writer<W>,
    ) -> Result<u32, TraceError> {
        if let Some(&frame) = self.known.get(&address) {
            return Ok(frame);
        }
        let (its_module, base) = match self.range(address) {
            Some(range) => (Rc::clone(&range.module), range.base),
            None => (Rc::new(unknown()), 0),
        };
        let module = writer.module(&its_module)?;
        let offset = address.wrapping_sub(base);
        let frame = writer.frame(&Frame {
            module,
            offset,
            locations: (self.namer)(&its_module, offset),
        })?;
        self.known.insert(address, frame);
        Ok(frame)
    }

    /// The paths of all modules that were ever mapped, in alphabetic order.
    pub(super) fn into_paths(self) -> Vec<String> {
        self.paths.into_iter().collect()
    }
}

/// Stands for code of which nothing is known.
fn unknown() -> Module {
    Module {
        path: "[unknown]".into(),
        build_id: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
