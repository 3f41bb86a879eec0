//! What pins the free space of a pool, by function and task: the section of a report.

mod functions;
mod text;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use anyhow::Result;
use litepool_snapshot::pins::{Pins, Request, Room, Window, Without};
use litepool_snapshot::{Block, Call, Snapshot, Task};
use serde::Serialize;

use crate::naming::Naming;
use crate::sites;
use functions::Functions;
pub(crate) use functions::functions;

/// How many windows a report has at most.
const WINDOWS: usize = 10;
/// What is less than this part of a pool is little.
const SCARCE: u64 = 50;
/// How many functions.
const FUNCTIONS: usize = 32;

/// What pins the free space. Sizes in bytes, those of blocks with their headers.
#[derive(Serialize, Debug)]
pub(crate) struct PinsFacts {
    /// What was requested, and at which alignment (0: the granule).
    pub(crate) request: u64,
    pub(crate) align: u64,
    /// The block that it takes.
    pub(crate) need: u64,
    /// All free blocks together.
    pub(crate) free: u64,
    /// The largest request that fits.
    pub(crate) largest_free: u64,
    /// `there`, `pinned`, `full` or `too small`.
    pub(crate) room: &'static str,
    /// Bytes without which the pool is full or too small.
    pub(crate) missing: u64,
    /// Bytes and number of the used blocks.
    pub(crate) used: u64,
    pub(crate) used_blocks: u64,
    /// Sets of used blocks without any one of which the request fits, the cheapest first; none has
    /// a block of another.
    pub(crate) windows: Vec<WindowFacts>,
    /// The set whose oldest block is the youngest, and the one whose youngest is the oldest.
    pub(crate) youngest: Option<WindowFacts>,
    pub(crate) oldest: Option<WindowFacts>,
    /// The pool without what a function allocated, itself or by what it called: first those
    /// without which the request fits, the fewest bytes first.
    pub(crate) without_function: Vec<WithoutFacts>,
    /// The pool without what a task allocated, likewise.
    pub(crate) without_task: Vec<WithoutFacts>,
    /// Who holds the most, by the function that allocated it itself.
    pub(crate) holders: Vec<Share>,
}

/// A set of used blocks in the way.
#[derive(Serialize, Clone, PartialEq, Debug)]
pub(crate) struct WindowFacts {
    /// The address of the payload of the free block that there would be, and its bytes.
    pub(crate) address: u64,
    pub(crate) size: u64,
    /// The blocks in it, and their bytes.
    pub(crate) blocks: u64,
    pub(crate) bytes: u64,
    /// Bytes that are free already: what they split.
    pub(crate) split: u64,
    /// The numbers of the first and the last allocation among them.
    pub(crate) first_number: Option<u64>,
    pub(crate) last_number: Option<u64>,
    /// The operations of a trace that allocated them.
    pub(crate) first_operation: Option<u64>,
    pub(crate) last_operation: Option<u64>,
    /// Whose they are, most bytes first.
    pub(crate) shares: Vec<Share>,
    held: Vec<Held>,
}

/// What one call site has of something.
#[derive(Serialize, Clone, PartialEq, Debug)]
pub(crate) struct Share {
    #[serde(serialize_with = "sites::site")]
    pub(crate) site: Option<Call>,
    pub(crate) task: Option<String>,
    /// Whose name that is.
    #[serde(skip)]
    pub(crate) of: Option<Task>,
    pub(crate) blocks: u64,
    pub(crate) bytes: u64,
}

/// A used block in the way.
#[derive(Serialize, Clone, PartialEq, Debug)]
struct Held {
    address: Option<u64>,
    /// What the owner may use, and with the header.
    size: u64,
    extent: u64,
    #[serde(serialize_with = "sites::site")]
    site: Option<Call>,
    task: Option<String>,
    number: Option<u64>,
    operation: Option<u64>,
}

/// The pool without the blocks of a group.
#[derive(Serialize, Clone, PartialEq, Debug)]
pub(crate) struct WithoutFacts {
    pub(crate) name: String,
    pub(crate) blocks: u64,
    pub(crate) bytes: u64,
    /// The largest request that would fit.
    pub(crate) largest_free: u64,
    /// Would the one in question?
    pub(crate) serves: bool,
    /// The most bytes that are free already and would serve it.
    pub(crate) split: u64,
}

impl PinsFacts {
    /// Of the pool of this index, and what is joined with it.
    ///
    /// # Errors
    /// The snapshot does not tell where blocks stand, or what they take.
    pub(crate) fn of(
        snapshot: &Snapshot,
        pool: usize,
        request: Request,
        naming: &mut Naming,
    ) -> Result<Self> {
        let pins = Pins::of(snapshot, pool, request)?;
        let (room, missing) = match pins.room() {
            Room::There => ("there", 0),
            Room::Pinned => ("pinned", 0),
            Room::Full { missing } => ("full", missing),
            Room::TooSmall { missing } => ("too small", missing),
        };
        let mut namer = Namer {
            snapshot,
            functions: Functions::of(snapshot, naming),
        };
        let mut facts = |window: &Window| namer.window(&pins, window);
        Ok(Self {
            request: request.size,
            align: request.align,
            need: pins.need(),
            free: pins.free(),
            largest_free: pins.largest_free(),
            room,
            missing,
            used: pins.used(),
            used_blocks: pins.used_blocks(),
            windows: pins.cheapest(WINDOWS).into_iter().map(&mut facts).collect(),
            youngest: pins.youngest().map(&mut facts),
            oldest: pins.oldest().map(&mut facts),
            without_function: namer.without_functions(&pins),
            without_task: namer.without_tasks(&pins),
            holders: namer.shares(pins.all_used()),
        })
    }
}

impl PinsFacts {
    /// Bytes that were requested.
    pub(crate) fn request(&self) -> u64 {
        self.request
    }

    /// Is it only that used blocks are in the way?
    pub(crate) fn is_pinned(&self) -> bool {
        self.room == "pinned"
    }

    /// The function without whose blocks the request fits, with the fewest bytes.
    pub(crate) fn best_without(&self) -> Option<&str> {
        let best = self.answers(&self.without_function).next()?;
        (self.is_pinned() && !self.is_scarce()).then_some(&best.name)
    }

    /// Is so little free that room for this request leaves too little for the next?
    fn is_scarce(&self) -> bool {
        self.free < (self.used + self.free) / SCARCE
    }

    /// Those without which the request fits, if that is an answer. What holds a quarter of the pool
    /// is none; nor is what does not split free space, but is large itself.
    fn answers<'a>(&self, all: &'a [WithoutFacts]) -> impl Iterator<Item = &'a WithoutFacts> {
        let (most, least) = ((self.used + self.free) / 4, self.need.div_ceil(2));
        let is_answer =
            move |one: &&WithoutFacts| one.serves && one.bytes <= most && one.split >= least;
        all.iter().filter(is_answer)
    }
}

/// Gives names to what blocks mention by number.
struct Namer<'s, 'n> {
    snapshot: &'s Snapshot,
    functions: Functions<'s, 'n>,
}

impl<'s> Namer<'s, '_> {
    fn window(&mut self, pins: &Pins<'s>, window: &Window) -> WindowFacts {
        let blocks: Vec<&Block> = pins.blocks(window).collect();
        let operations = || blocks.iter().map(|block| Some(block.birth?.operation));
        let all_known = operations().all(|operation| operation.is_some());
        let bounds = |bound: Option<Option<u64>>| bound.flatten().filter(|_| all_known);
        WindowFacts {
            address: window.run.start,
            size: window.size(),
            blocks: window.blocks,
            bytes: window.bytes,
            split: window.split,
            first_number: window.numbers.map(|numbers| numbers.0),
            last_number: window.numbers.map(|numbers| numbers.1),
            first_operation: bounds(operations().min()),
            last_operation: bounds(operations().max()),
            shares: self.shares(blocks.iter().copied()),
            held: blocks.iter().map(|block| self.held(block)).collect(),
        }
    }

    /// Whose these blocks are: by call site and task, most bytes first.
    fn shares<'b>(&mut self, blocks: impl Iterator<Item = &'b Block>) -> Vec<Share> {
        let mut by_site: HashMap<(u32, Option<Task>), (u64, u64)> = HashMap::new();
        for block in blocks {
            let site = self.functions.site(block.stack);
            let share = by_site.entry((site, block.task)).or_default();
            *share = (share.0 + 1, share.1.saturating_add(block.extent));
        }
        let mut shares: Vec<_> = by_site.into_iter().collect();
        shares.sort_unstable_by_key(|&(of, (blocks, bytes))| {
            (std::cmp::Reverse((bytes, blocks)), of)
        });
        let named = shares
            .into_iter()
            .map(|((site, task), (blocks, bytes))| Share {
                site: self.functions.call(site).cloned(),
                task: task.map(|task| self.task(task)),
                of: task,
                blocks,
                bytes,
            });
        named.collect()
    }

    fn held(&mut self, block: &Block) -> Held {
        let site = self.functions.site(block.stack);
        Held {
            address: block.address,
            size: block.size,
            extent: block.extent,
            site: self.functions.call(site).cloned(),
            task: block.task.map(|task| self.task(task)),
            number: block.number,
            operation: block.birth.map(|birth| birth.operation),
        }
    }

    fn task(&self, task: Task) -> String {
        let interned = &self.snapshot.interned;
        self.functions.naming().task(interned, Some(task))
    }

    /// The pool without each function's blocks; without those functions that only hold more than a
    /// better one that they call.
    fn without_functions(&mut self, pins: &Pins<'_>) -> Vec<WithoutFacts> {
        let mut all = pins.without(|block, functions| {
            functions.extend_from_slice(self.functions.all(block.stack));
        });
        let mut of_stack: HashMap<u32, u64> = HashMap::new();
        for block in pins.all_used() {
            *of_stack.entry(block.stack).or_default() += 1;
        }
        let mut better = Vec::new();
        while better.len() < FUNCTIONS && !all.is_empty() {
            let best = all.remove(0);
            let shared = self.shared_with(best.group, &of_stack);
            all.retain(|other| {
                let holds_all = shared.get(&other.group) == Some(&best.blocks);
                let is_better = other.serves != best.serves
                    || !best.serves && other.largest_free != best.largest_free;
                !holds_all || is_better
            });
            better.push(best);
        }
        named(better, |&function| self.functions.name(function).to_owned()).collect()
    }

    /// How many blocks of a function the others have, too.
    fn shared_with(&mut self, function: u32, of_stack: &HashMap<u32, u64>) -> HashMap<u32, u64> {
        let mut shared = HashMap::new();
        for (&stack, blocks) in of_stack {
            let functions = self.functions.all(stack);
            if functions.contains(&function) {
                for &function in functions {
                    *shared.entry(function).or_default() += blocks;
                }
            }
        }
        shared
    }

    fn without_tasks(&self, pins: &Pins<'_>) -> Vec<WithoutFacts> {
        let without = pins.without(|block, tasks| tasks.extend(block.task));
        named(without, |&task| self.task(task)).collect()
    }
}

/// The groups by their names.
fn named<G>(
    groups: Vec<Without<G>>,
    name: impl Fn(&G) -> String,
) -> impl Iterator<Item = WithoutFacts> {
    groups.into_iter().map(move |without| WithoutFacts {
        name: name(&without.group),
        blocks: without.blocks,
        bytes: without.bytes,
        largest_free: without.largest_free,
        serves: without.serves,
        split: without.split,
    })
}
