//! The words that marking begins with.

use std::ops::Range;

use crate::snapshot::{Origin, Snapshot};
use crate::symbols::{Symbols, Variable};

use super::ReachError;
use super::graph::pool_range;

/// Where marking begins. No address is in two of the lists.
pub struct Roots {
    /// The program's variables, without pools that lie in them, stacks and recorders.
    pub named: Vec<Range<u64>>,
    /// Bytes of the program's variables that the dump does not have.
    pub missing: u64,
    /// What registers held.
    pub registers: Vec<u64>,
    /// Variables that are stacks or recorders: a word there may be left over.
    pub stacks: Vec<Range<u64>>,
    /// All other memory of the dump that is in no pool, and no code.
    pub elsewhere: Vec<Range<u64>>,
    /// Bytes of pools whose blocks can't be told: whatever was there may have been used.
    pub lost: Vec<Range<u64>>,
}

impl Roots {
    /// Those of a snapshot.
    pub fn of(snapshot: &Snapshot, symbols: Option<&Symbols>) -> Result<Self, ReachError> {
        if !matches!(snapshot.origin, Origin::Dump { .. }) {
            return Err(ReachError::NoContents);
        }
        let pools: Vec<_> = snapshot.pools.iter().filter_map(pool_range).collect();
        let memory: Vec<_> = (snapshot.memory.segments().iter())
            .map(|segment| segment.range())
            .collect();
        let sections = symbols.map_or(&[][..], Symbols::data_sections);
        let sections: Vec<_> = sections
            .iter()
            .map(|section| section.range.clone())
            .collect();
        let variables = without(sections, &pools);
        let named = common(variables.clone(), &memory);
        let code = symbols.map_or(&[][..], Symbols::code);
        let elsewhere = without(without(without(memory, &pools), &named), code);
        if let (Some(first), []) = (variables.first(), &named[..]) {
            return Err(ReachError::NoVariables {
                address: first.start,
            });
        }
        if named.is_empty() && elsewhere.is_empty() {
            return Err(ReachError::NoRoots);
        }
        let stacks = common(named.clone(), &symbols.map_or(Vec::new(), left_over_in));
        let recorders = symbols.map_or(Vec::new(), recorders_of);
        let lost = snapshot.pools.iter().flat_map(|pool| pool.lost.clone());
        Ok(Self {
            missing: length(&variables) - length(&named),
            named: without(without(named, &stacks), &recorders),
            stacks: without(stacks, &recorders),
            registers: snapshot.memory.registers().to_vec(),
            elsewhere,
            lost: sorted(lost.collect()),
        })
    }
}

/// Bytes of the smallest stack, and of the smallest recorder.
const STACK: u64 = 64;
const RECORDER: u64 = 512;

/// The variables in which words are left over, by their names: nothing else tells them. Stacks, and
/// recorders, whose ring has the addresses of blocks that events were of.
fn left_over_in(symbols: &Symbols) -> Vec<Range<u64>> {
    named(symbols, |name, size| {
        let name = name.to_ascii_lowercase();
        size >= STACK && name.contains("stack") || size >= RECORDER && name.contains("recorder")
    })
}

/// The C library's recorder: nothing in it holds a block.
fn recorders_of(symbols: &Symbols) -> Vec<Range<u64>> {
    named(symbols, |name, _| name == "litepool_c::record::RECORDER")
}

/// The variables of which this is so, by their names and sizes.
fn named(symbols: &Symbols, is_wanted: impl Fn(&str, u64) -> bool) -> Vec<Range<u64>> {
    let size = |variable: &Variable| variable.range.end - variable.range.start;
    let variables = symbols.variables().iter();
    variables
        .filter(|variable| is_wanted(&variable.name, size(variable)))
        .map(|variable| variable.range.clone())
        .collect()
}

/// How many addresses these are.
pub fn length(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end - range.start).sum()
}

/// In the order of their addresses, with those that touch or overlap as one.
fn sorted(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// What is in `ranges` and not in `others`, in the order of addresses. O(n log n).
pub fn without(ranges: Vec<Range<u64>>, others: &[Range<u64>]) -> Vec<Range<u64>> {
    let others = sorted(others.to_vec());
    let mut left = Vec::new();
    let mut next = 0;
    for range in sorted(ranges) {
        let mut from = range.start;
        while next < others.len() && others[next].end <= from {
            next += 1;
        }
        let mut other = next;
        while other < others.len() && others[other].start < range.end {
            if from < others[other].start {
                left.push(from..others[other].start);
            }
            from = from.max(others[other].end);
            other += 1;
        }
        if from < range.end {
            left.push(from..range.end);
        }
        next = other.saturating_sub(1).max(next);
    }
    left
}

/// What is in both, in the order of addresses.
fn common(ranges: Vec<Range<u64>>, others: &[Range<u64>]) -> Vec<Range<u64>> {
    let outside = without(ranges.clone(), others);
    without(ranges, &outside)
}
