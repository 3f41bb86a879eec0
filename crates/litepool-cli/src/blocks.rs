//! `litepool blocks`: the blocks of a moment of a trace, or of a dump.

mod sums;
mod text;

use std::cmp::Reverse;
use std::rc::Rc;

use anyhow::{Result, bail};
use litepool_snapshot::{Block, BlockState, Call, Snapshot, Task};
use serde::Serialize;

use crate::YES;
use crate::args::{Blocks, Order, State};
use crate::naming::{CallStack, Naming};
use crate::output::{print, print_json};
use crate::sites;
use crate::snapshot::{self, OriginFacts};

use sums::SumFacts;

/// The report. Sizes in bytes.
#[derive(Serialize, Debug)]
struct Report {
    origin: OriginFacts,
    /// Blocks and bytes that match, whether they are listed or not.
    matching: u64,
    matching_bytes: u64,
    /// None if they are summed.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocks: Option<Vec<BlockFacts>>,
    /// None if they are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    sums: Option<Vec<SumFacts>>,
    /// What could not be named, and why.
    notes: Vec<String>,
}

/// A block.
#[derive(Serialize, Debug)]
struct BlockFacts {
    pool: String,
    address: Option<String>,
    size: u64,
    extent: u64,
    /// `used`, `free` or `slab`.
    state: &'static str,
    in_slab: bool,
    task: Option<String>,
    task_number: Option<u32>,
    module: Option<u8>,
    number: Option<u64>,
    operation: Option<u64>,
    time_microseconds: Option<u64>,
    /// The call that wanted the memory.
    #[serde(serialize_with = "sites::site")]
    site: Option<Call>,
    /// The innermost call first.
    stack: Rc<CallStack>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contents: Option<String>,
    #[serde(skip)]
    bytes: Vec<u8>,
}

/// Prints the report.
///
/// # Errors
/// There is no snapshot, or standard output can't be written.
pub(crate) fn run(args: &Blocks) -> Result<u8> {
    let snapshot = snapshot::open(&args.input)?;
    if args.hex.is_some() && snapshot.memory.segments().is_empty() {
        bail!("--hex shows the contents of blocks, which a trace does not have; a dump does");
    }
    let mut naming = Naming::new(&snapshot, args.input.names.elf.as_deref())?;
    let mut blocks: Vec<&Block> = snapshot
        .blocks
        .iter()
        .filter(|block| args.state.has(block.state))
        .filter(|block| args.filter.matches(&snapshot, &mut naming, block))
        .collect();
    sort(&mut blocks, args.sort, &snapshot, &mut naming);
    let most = most(args.top, args.json);
    let mut report = Report {
        origin: OriginFacts::new(&snapshot),
        matching: blocks.len() as u64,
        matching_bytes: blocks
            .iter()
            .fold(0, |sum, block| block.size.saturating_add(sum)),
        blocks: None,
        sums: None,
        notes: Vec::new(),
    };
    match args.by {
        Some(by) => {
            let sums = sums::of(&blocks, by, &snapshot, &mut naming);
            report.sums = Some(sums.into_iter().take(most).collect());
        }
        None => {
            let listed = blocks.iter().take(most);
            let hex = args.hex.unwrap_or(0);
            let facts = listed.map(|block| BlockFacts::new(block, hex, &snapshot, &mut naming));
            report.blocks = Some(facts.collect());
        }
    }
    report.notes = naming.notes();
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text(args.by))?;
    }
    Ok(YES)
}

/// How many lines to show.
pub(crate) fn most(top: Option<usize>, json: bool) -> usize {
    match top {
        Some(0) => usize::MAX,
        Some(top) => top,
        None if json => usize::MAX,
        None => 20,
    }
}

impl State {
    fn has(self, state: BlockState) -> bool {
        match self {
            Self::Used => state == BlockState::Used,
            Self::Free => state == BlockState::Free,
            Self::All => true,
        }
    }
}

/// Sorts; of equals the largest and then the oldest comes first.
fn sort(blocks: &mut [&Block], order: Order, snapshot: &Snapshot, naming: &mut Naming) {
    blocks.sort_by_key(|block| (Reverse(block.size), block.number, block.address));
    let unknown_last = |value: Option<u64>| (value.is_none(), value);
    match order {
        Order::Size => {}
        Order::Address => blocks.sort_by_key(|block| unknown_last(block.address)),
        Order::Age => blocks.sort_by_key(|block| unknown_last(block.number)),
        Order::Number => blocks.sort_by_key(|block| Reverse(block.number)),
        Order::Task => blocks.sort_by_key(|block| (block.task.is_none(), block.task)),
        Order::Site => blocks.sort_by_cached_key(|block| {
            let stack = naming.stack(&snapshot.interned, block.stack);
            (stack.site().is_none(), stack.site_text())
        }),
    }
}

impl BlockFacts {
    fn new(block: &Block, hex: usize, snapshot: &Snapshot, naming: &mut Naming) -> Self {
        let interned = &snapshot.interned;
        let stack = naming.stack(interned, block.stack);
        let bytes = contents(block, hex, snapshot).unwrap_or_default().to_vec();
        Self {
            pool: snapshot
                .pools
                .get(block.pool)
                .map(|pool| pool.name.clone())
                .unwrap_or_default(),
            address: block.address.map(|address| format!("{address:#x}")),
            size: block.size,
            extent: block.extent,
            state: match block.state {
                BlockState::Used => "used",
                BlockState::Free => "free",
                BlockState::Slab => "slab",
            },
            in_slab: block.in_slab,
            task: block.task.map(|task| naming.task(interned, Some(task))),
            task_number: match block.task {
                Some(Task::Number(number)) => Some(number),
                _ => None,
            },
            module: block.module,
            number: block.number,
            operation: block.birth.map(|birth| birth.operation),
            time_microseconds: block.birth.map(|birth| birth.time),
            site: stack.site().cloned(),
            stack,
            contents: (hex > 0).then(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            bytes,
        }
    }
}

/// The first bytes of a block's payload.
fn contents<'s>(block: &Block, most: usize, snapshot: &'s Snapshot) -> Option<&'s [u8]> {
    let address = block.address?;
    let length = block.size.min(most as u64);
    snapshot.memory.bytes(address..address.checked_add(length)?)
}
