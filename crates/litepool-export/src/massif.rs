//! What Valgrind's Massif writes, and `ms_print` and Massif-Visualizer read.
//!
//! Up to a hundred snapshots, as many operations apart, and one at the peak; each tenth, and that one, with
//! a tree of who holds the memory: `nCHILDREN: BYTES TEXT`, callers below whom they call. Time is in
//! milliseconds; of a trace that is shorter than a tenth of a second, or has no times, in bytes
//! allocated and freed, as Massif's manual advises for short programs.
//!
//! Source: Massif's manual and `ms_print` of Valgrind. `mem_heap_extra_B` is what the allocator
//! adds, which a trace does not tell: 0, unless a replay told it ([`Options::overheads`]).
//! `mem_stacks_B` is 0: stacks are not recorded.

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
const DETAILED: u64 = 10;
/// Microseconds of a trace that has its snapshots in milliseconds.
const LONG: u64 = 100_000;

/// Writes that.
pub(crate) struct Massif<'a> {
    out: &'a mut dyn Write,
    profiler: ContextProfiler,
    stacks: Stacks,
    /// Operations in all.
    operations: u64,
    /// The number of the operation that makes the peak, from 1.
    peak_at: u64,
    in_milliseconds: bool,
    /// Operations done, and bytes allocated and freed by them.
    done: u64,
    moved: u64,
    live: u64,
    snapshots: u64,
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
        about: About<'_>,
        options: Options,
    ) -> io::Result<Self> {
        let Profile {
            operations,
            peak_at,
            duration,
            ..
        } = *about.profile;
        let in_milliseconds = duration >= LONG;
        let program = plain(about.program);
        let unit = if in_milliseconds { "ms" } else { "B" };
        writeln!(
            out,
            "desc: (a trace of litepool)\ncmd: {program}\ntime_unit: {unit}"
        )?;
        let mut massif = Self {
            out,
            profiler: ContextProfiler::default(),
            stacks: Stacks::new(STYLE, options.task_root),
            operations,
            peak_at: peak_at + 1,
            in_milliseconds,
            done: 0,
            moved: 0,
            live: 0,
            snapshots: 0,
        };
        massif.snapshot(0, Detail::Empty)?;
        Ok(massif)
    }

    /// What is due after so many operations, if anything is.
    fn due(&self) -> Option<Detail> {
        if self.done == self.peak_at {
            return Some(Detail::Peak);
        }
        let number =
            |done: u64| u128::from(done) * u128::from(SNAPSHOTS) / u128::from(self.operations);
        let (before, now) = (number(self.done - 1), number(self.done));
        if before == now {
            None
        } else if now.is_multiple_of(u128::from(DETAILED)) {
            Some(Detail::Detailed)
        } else {
            Some(Detail::Empty)
        }
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
        writeln!(
            self.out,
            "#-----------\nsnapshot={}\n#-----------\ntime={time}\nmem_heap_B={}\n\
             mem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree={tree}",
            self.snapshots,
            self.profiler.live().bytes
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
