//! What came between two snapshots, and what is still there at a third.
//!
//! Blocks are matched by the numbers of their allocations, never by address: an address is used
//! again. Where numbers mean nothing, as in different runs, sums are compared instead.

use litepool_trace::{Interned, Module};
use rustc_hash::FxHashMap;

use crate::snapshot::{Block, BlockState, Origin, Snapshot};

/// Why the blocks of two snapshots can't be matched one by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoMatch {
    /// They are of different kinds, as of a trace and a dump.
    #[error("they are of different kinds: of a trace, of a dump, or printed by a device")]
    Kinds,
    /// They are tables that a device printed.
    #[error("a table that a device printed does not number its blocks")]
    Printed,
    /// Two traces are two runs.
    #[error("they are of different traces, that is, of different runs")]
    Traces,
    /// The programs have different build ids.
    #[error("they are of different builds of the program")]
    Builds,
    /// The pools are not the same.
    #[error("their pools differ in address or size")]
    Pools,
    /// The blocks of a dump have no numbers.
    #[error(
        "the blocks have no allocation numbers; a configuration that tracks allocations has them"
    )]
    NoNumbers,
    /// The later dump has blocks that the earlier one would have, or others of the same number.
    #[error(
        "the numbers of their allocations contradict each other: the device was restarted, or the \
         later one is named first"
    )]
    Restarted,
}

/// What became of the blocks between snapshots of the same run.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Born {
    /// Those that were allocated between the first and the second snapshot and are still there at
    /// the third, as indices of its blocks.
    pub there: Vec<usize>,
    /// Those that were allocated between the first two, and were freed before the third, as indices
    /// of the second one's blocks.
    pub freed: Vec<usize>,
    /// Those of the first snapshot that were gone at the second, as indices of its blocks.
    pub gone: Vec<usize>,
    /// Those that had another size at the second, as indices of the first one's blocks and of the
    /// second one's.
    pub resized: Vec<(usize, usize)>,
}

/// Matches the used blocks of three moments of one run by their numbers. O(blocks).
///
/// # Errors
/// They can't be matched.
///
/// # Examples
///
/// ```
/// use litepool_snapshot::{Moment, Snapshot, diff};
/// use litepool_trace::{Import, Reader};
///
/// let csv = "op,id,size\nallocate,1,10\nallocate,2,20\nallocate,3,30\nfree,2,\n";
/// let file = Import::from_reader(csv.as_bytes(), None)?.trace.to_writer(Vec::new())?;
/// let after = |operations| {
///     let reader = Reader::new(&file[..])?;
///     Snapshot::of_trace(reader, Moment::Operation(operations), "demo.lpt")
/// };
/// let (a, b, c) = (after(1)?, after(3)?, after(4)?);
/// // Of the two blocks that came after `a`, one is still there at the end.
/// let born = diff::born(&a, &b, &c)?;
/// assert_eq!((born.there.len(), born.freed.len()), (1, 1));
/// assert_eq!(c.blocks[born.there[0]].size, 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn born(a: &Snapshot, b: &Snapshot, c: &Snapshot) -> Result<Born, NoMatch> {
    same_run(a, b)?;
    same_run(b, c)?;
    let (in_a, in_b, in_c) = (numbered(a), numbered(b), numbered(c));
    let mut born = Born::default();
    for (key, &before) in &in_a {
        match in_b.get(key) {
            None => born.gone.push(before),
            Some(&after) if a.blocks[before].size != b.blocks[after].size => {
                born.resized.push((before, after));
            }
            Some(_) => {}
        }
    }
    for (key, &index) in in_b.iter().filter(|(key, _)| !in_a.contains_key(key)) {
        match in_c.get(key) {
            None => born.freed.push(index),
            Some(&index) => born.there.push(index),
        }
    }
    born.there.sort_unstable();
    born.freed.sort_unstable();
    born.gone.sort_unstable();
    born.resized.sort_unstable();
    Ok(born)
}

/// The address of a block's pool, and the number of its allocation in it.
type Key = (u64, u64);

/// The used blocks that have a number, by it.
fn numbered(snapshot: &Snapshot) -> FxHashMap<Key, usize> {
    let used = snapshot
        .blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| is_used(block));
    used.filter_map(|(index, block)| Some(((heap(snapshot, block), block.number?), index)))
        .collect()
}

fn is_used(block: &Block) -> bool {
    block.state == BlockState::Used
}

/// The address of the first region of a block's pool: its regions count allocations together.
fn heap(snapshot: &Snapshot, block: &Block) -> u64 {
    let first = snapshot.pools.get(block.pool).map_or(0, |pool| pool.region);
    let first = block.pool.saturating_sub(first);
    snapshot
        .pools
        .get(first)
        .and_then(|pool| pool.base)
        .unwrap_or(0)
}

/// Whether two snapshots are of one run, the first one not later: only then does a number mean the
/// same in both.
fn same_run(a: &Snapshot, b: &Snapshot) -> Result<(), NoMatch> {
    match (&a.origin, &b.origin) {
        (Origin::Trace { file, .. }, Origin::Trace { file: other, .. }) => {
            if file == other {
                Ok(())
            } else {
                Err(NoMatch::Traces)
            }
        }
        (Origin::Dump { .. }, Origin::Dump { .. }) => same_device_run(a, b),
        (Origin::Printed { .. }, Origin::Printed { .. }) => Err(NoMatch::Printed),
        _ => Err(NoMatch::Kinds),
    }
}

fn same_device_run(a: &Snapshot, b: &Snapshot) -> Result<(), NoMatch> {
    if !same_builds(&a.interned, &b.interned) {
        return Err(NoMatch::Builds);
    }
    let places = |snapshot: &Snapshot| -> Vec<_> {
        snapshot
            .pools
            .iter()
            .map(|pool| (pool.base, pool.size, pool.choices))
            .collect()
    };
    if places(a) != places(b) {
        return Err(NoMatch::Pools);
    }
    let has_none = |snapshot: &Snapshot| {
        snapshot
            .blocks
            .iter()
            .any(|block| is_used(block) && block.number.is_none())
    };
    if has_none(a) || has_none(b) {
        return Err(NoMatch::NoNumbers);
    }
    let (in_a, in_b) = (numbered(a), numbered(b));
    let newest = newest(&in_a);
    let contradicts = |(key, &after): (&Key, &usize)| match in_a.get(key) {
        Some(&before) => !same_block((a, &a.blocks[before]), (b, &b.blocks[after])),
        // What came before the newest block of the first dump would have been in it.
        None => newest.get(&key.0).is_some_and(|&newest| key.1 < newest),
    };
    if in_b.iter().any(contradicts) {
        Err(NoMatch::Restarted)
    } else {
        Ok(())
    }
}

/// The highest number of each pool.
fn newest(blocks: &FxHashMap<Key, usize>) -> FxHashMap<u64, u64> {
    let mut newest = FxHashMap::default();
    for &(pool, number) in blocks.keys() {
        let most = newest.entry(pool).or_insert(number);
        *most = number.max(*most);
    }
    newest
}

/// Whether two blocks of the same number can be one: what a reallocation does not change agrees.
fn same_block((a, before): (&Snapshot, &Block), (b, after): (&Snapshot, &Block)) -> bool {
    let frames = |snapshot: &Snapshot, block: &Block| -> Vec<(u32, u64)> {
        let frames = snapshot.interned.frames_of(block.stack);
        frames.map(|frame| (frame.module, frame.offset)).collect()
    };
    (before.task, before.module) == (after.task, after.module)
        && frames(a, before) == frames(b, after)
}

/// Whether what appears in the call stacks of both is the same build, as far as build ids tell.
#[must_use]
pub fn same_builds(a: &Interned, b: &Interned) -> bool {
    let name = |module: &Module| {
        module
            .path
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or("")
            .to_owned()
    };
    let ids: FxHashMap<String, &[u8]> = a
        .modules
        .iter()
        .map(|module| (name(module), &module.build_id[..]))
        .collect();
    b.modules.iter().all(|module| {
        let other = ids.get(&name(module));
        other.is_none_or(|id| id.is_empty() || module.build_id.is_empty() || *id == module.build_id)
    })
}

#[cfg(test)]
mod tests;
