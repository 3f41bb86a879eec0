//! Allocators as values: a table of functions, each made for one allocator, so that the loops inside are static.

use std::time::Duration;

use cpu_time::ThreadTime;

use crate::arena::Arena;
use crate::replay::{Slot, release, replay};
use crate::subject::{Kind, Subject};
use crate::workload::Workload;
use crate::worst::{self, Figures, Plan};

/// How a replay went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// Processor time of all operations behind the warm-up, without making the heap or releasing what is left. It stands still while
    /// another program has the processor.
    pub elapsed: Duration,
    /// The step that could not be served, if any.
    pub failed_at: Option<usize>,
}

/// One allocator.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Name in tables.
    pub name: &'static str,
    /// Name of its crate, if it is one.
    pub package: Option<&'static str>,
    /// Where its memory comes from.
    pub kind: Kind,
    /// Width in bits of the machine whose layout this is.
    pub layout: u32,
    /// Largest pool in bytes.
    pub max_pool: usize,
    /// Bytes of state outside the pool.
    pub outside: usize,
    run: fn(&Workload, &mut Arena, usize, &mut Vec<Slot>) -> Option<Outcome>,
    worst: fn(&Plan, &mut Arena, &dyn Fn()) -> Figures,
}

impl Entry {
    /// The entry of an allocator.
    pub fn of<S: Subject>() -> Self {
        Self {
            name: S::NAME,
            package: S::CRATE,
            kind: S::KIND,
            layout: S::LAYOUT,
            max_pool: S::MAX_POOL,
            outside: if S::KIND == Kind::Pool { S::OUTSIDE } else { 0 },
            run: run::<S>,
            worst: worst::measure::<S>,
        }
    }

    /// Replays a workload in a fresh heap over the first `pool` bytes of the arena; `None` if no heap can be made of
    /// that. `slots` is scratch space.
    ///
    /// # Panics
    /// If the arena is smaller than `pool`.
    pub fn run(
        &self,
        work: &Workload,
        arena: &mut Arena,
        pool: usize,
        slots: &mut Vec<Slot>,
    ) -> Option<Outcome> {
        assert!(pool <= arena.size(), "the pool does not fit in the arena");
        (self.run)(work, arena, pool, slots)
    }

    /// Counts instructions of single operations; `tick` is called after each scenario.
    pub fn worst(&self, plan: &Plan, arena: &mut Arena, tick: &dyn Fn()) -> Figures {
        (self.worst)(plan, arena, tick)
    }
}

fn run<S: Subject>(
    work: &Workload,
    arena: &mut Arena,
    pool: usize,
    slots: &mut Vec<Slot>,
) -> Option<Outcome> {
    slots.clear();
    slots.resize(work.slots, Slot::VACANT);
    // SAFETY: the arena is borrowed for as long as the heap lives, and is at least `pool` bytes.
    let mut heap = unsafe { S::create(arena.base(), pool) }?;
    let (warmup, timed) = work.steps.split_at(work.warmup);
    // SAFETY: the slots are vacant and the heap is fresh.
    let mut result = unsafe { replay(&mut heap, warmup, slots) };
    let start = ThreadTime::now();
    if result.is_ok() {
        // SAFETY: the slots are as the steps before left them.
        result = unsafe { replay(&mut heap, timed, slots) }.map_err(|step| work.warmup + step);
    }
    let elapsed = start.elapsed();
    if S::KIND == Kind::Process {
        // SAFETY: the slots are what the replay left. A pool is simply dropped, a process must get its memory back.
        unsafe { release(&mut heap, slots) };
    }
    Some(Outcome {
        elapsed,
        failed_at: result.err(),
    })
}
