//! What Valgrind's Massif writes, and `ms_print` and Massif-Visualizer read.
//!
//! Up to a hundred snapshots, as many operations apart, and one at the peak; each tenth, and that
//! one, with a tree of who holds the memory: `nCHILDREN: BYTES TEXT`, callers below whom they call.
//! Time is in milliseconds; of a trace that is shorter than a tenth of a second, or has no times,
//! in bytes allocated and freed, as Massif's manual advises for short programs.
//!
//! `mem_heap_extra_B` is what the allocator adds, which a trace does not tell: 0, unless a replay
//! did ([`PoolUsage`](crate::PoolUsage)). `mem_stacks_B` is 0: stacks are not recorded.
//!
//! Source: Massif's manual and `ms_print` of Valgrind.

mod tree;

use std::io::{self, Write};

use litepool_snapshot::{ContextProfiler, printable};
use litepool_trace::{Event, Interned, Profile};

use crate::stacks::Stacks;
use crate::valgrind::STYLE;
use crate::{About, Export, Names, Options};

use tree::Tree;

/// Snapshots that are as many operations apart.
const SNAPSHOTS: u64 = 100;
/// Each so many-th of them has a tree.
const DETAILED: usize = 10;
/// Microseconds of a trace that has its snapshots in milliseconds.
const LONG: u64 = 100_000;

/// Writes that.
pub(crate) struct Massif<'a> {
    out: &'a mut dyn Write,
    profiler: ContextProfiler,
    stacks: Stacks,
    /// After how many operations there is a snapshot.
    moments: Vec<u64>,
    /// The number of the operation that makes the peak, from 1.
    peak_at: u64,
    in_milliseconds: bool,
    /// Operations done, and bytes allocated and freed by them.
    done: u64,
    moved: u64,
    live: u64,
    snapshots: usize,
    /// What the pool had in use at each snapshot, if that is known.
    in_use: &'a [u64],
}

/// After how many operations there is a snapshot, of a trace of this profile.
#[must_use]
pub fn massif_snapshots(profile: &Profile) -> Vec<u64> {
    let operations = profile.operations;
    let even = (0..=SNAPSHOTS).map(|number| {
        let done = u128::from(number) * u128::from(operations);
        done.div_ceil(SNAPSHOTS.into()) as u64
    });
    let peak = (operations > 0).then_some(profile.peak_at + 1);
    let mut moments: Vec<u64> = even.chain(peak).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// What is told of who holds the memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Empty,
    Detailed,
    Peak,
}

impl<'a> Massif<'a> {
    pub(crate) fn new(
        out: &'a mut dyn Write,
        about: About<'a>,
        options: Options,
    ) -> io::Result<Self> {
        let in_milliseconds = about.profile.duration >= LONG;
        let program = plain(about.program);
        let unit = if in_milliseconds { "ms" } else { "B" };
        let extra = match about.pool {
            Some(pool) => format!("that of {}", plain(pool.name)),
            None => "not known".into(),
        };
        writeln!(
            out,
            "desc: (a trace of litepool; extra-heap is {extra})\ncmd: {program}\ntime_unit: {unit}"
        )?;
        let mut massif = Self {
            out,
            profiler: ContextProfiler::default(),
            stacks: Stacks::new(STYLE, options.task_root),
            moments: massif_snapshots(about.profile),
            peak_at: about.profile.peak_at + 1,
            in_milliseconds,
            done: 0,
            moved: 0,
            live: 0,
            snapshots: 0,
            in_use: about.pool.map_or(&[], |pool| pool.in_use),
        };
        massif.snapshot(0, Detail::Empty)?;
        Ok(massif)
    }

    /// What is due after so many operations, if anything is.
    fn due(&self) -> Option<Detail> {
        let is_due = self.moments.get(self.snapshots) == Some(&self.done);
        is_due.then(|| {
            let is_last = self.snapshots + 1 == self.moments.len();
            if self.done == self.peak_at {
                Detail::Peak
            } else if is_last || self.snapshots.is_multiple_of(DETAILED) {
                Detail::Detailed
            } else {
                Detail::Empty
            }
        })
    }

    fn snapshot(&mut self, time: u64, detail: Detail) -> io::Result<()> {
        let time = if self.in_milliseconds {
            time / 1000
        } else {
            self.moved
        };
        let tree = match detail {
            Detail::Empty => "empty",
            Detail::Detailed => "detailed",
            Detail::Peak => "peak",
        };
        let live = self.profiler.live().bytes;
        let in_use = self.in_use.get(self.snapshots).copied();
        let extra = in_use.unwrap_or(live).saturating_sub(live);
        writeln!(
            self.out,
            "#-----------\nsnapshot={}\n#-----------\ntime={time}\nmem_heap_B={live}\n\
             mem_heap_extra_B={extra}\nmem_stacks_B=0\nheap_tree={tree}",
            self.snapshots
        )?;
        self.snapshots += 1;
        if detail == Detail::Empty {
            return Ok(());
        }
        let mut tree = Tree::default();
        for (context, profile) in self.profiler.contexts() {
            tree.add(self.stacks.frames(context.stack), profile.live.bytes);
        }
        tree.write(self.stacks.texts(), self.out)
    }
}

/// A text that has no comment in it, which would be left out.
fn plain(text: &str) -> String {
    printable(text).replace('#', "_")
}

impl Export for Massif<'_> {
    fn event(&mut self, event: &Event, interned: &Interned, names: &mut Names) -> io::Result<()> {
        if event.op().is_none() {
            return Ok(());
        }
        self.stacks
            .count(event, &mut self.profiler, interned, names);
        let live = self.profiler.live().bytes;
        self.moved = self.moved.saturating_add(live.abs_diff(self.live));
        self.live = live;
        self.done += 1;
        match self.due() {
            Some(detail) => self.snapshot(event.time, detail),
            None => Ok(()),
        }
    }

    fn finish(&mut self, _: &Interned, _: &mut Names) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
