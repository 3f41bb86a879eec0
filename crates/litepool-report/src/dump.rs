//! A snapshot of a device's memory, as the page has it.

use litepool::Algorithm;
use litepool_snapshot::{Block, BlockState, Origin, Pool, Snapshot, Verdict};
use rustc_hash::FxHashMap;

use crate::blob::Blob;
use crate::keyframe::{FREE, FrameBlock, OBJECT, SLAB, USED, keyframe, thinned};
use crate::model::{Defect, PoolFacts, Source};
use crate::names::Names;

/// Blocks that are shown one by one.
const BLOCKS: usize = 150_000;

/// Puts the pools of a snapshot and all its blocks into a source, with their rows in the blob. `thrift`
/// divides how much is kept. O(blocks).
///
/// # Examples
///
/// ```
/// use litepool_report::model::Source;
/// use litepool_report::{Blob, NamedStack, Names, Naming, dump};
/// use litepool_snapshot::{Snapshot, Task, memory_image::DumpBytes};
///
/// /// Knows no call stacks, and tasks by number.
/// struct Numbers;
/// impl Naming for Numbers {
///     fn stack(&mut self, _: u32) -> NamedStack {
///         NamedStack::default()
///     }
///     fn task(&mut self, task: Task) -> String {
///         format!("{task:?}")
///     }
/// }
///
/// // What a device printed: one used block.
/// let log = "node          size        LR[0]\n0x20000320: 0x128  0x08004eba\n";
/// let log = DumpBytes { name: "log.txt".into(), address: None, bytes: log.into() };
/// let snapshot = Snapshot::of_printed(&log)?.expect("a table");
/// let (mut source, mut blob, mut numbers) = (Source::default(), Blob::default(), Numbers);
/// dump::put(&snapshot, 1, &mut source, &mut Names::new(&mut numbers), &mut blob);
/// assert_eq!((source.pools.len(), source.keyframes.len()), (1, 1));
/// # Ok::<(), litepool_snapshot::NoSuchTable>(())
/// ```
pub fn put(
    snapshot: &Snapshot,
    thrift: u32,
    source: &mut Source,
    names: &mut Names<'_>,
    blob: &mut Blob,
) {
    let pools = snapshot.pools.len();
    // A block's pool is a byte.
    let shown = pools.min(usize::from(u8::MAX) + 1);
    if shown < pools {
        source
            .notes
            .push(format!("{} more pools are not shown", pools - shown));
    }
    let bases: Vec<u64> = (0..shown).map(|pool| base(snapshot, pool)).collect();
    let blocks = snapshot.blocks.iter().filter(|block| block.pool < shown);
    let mut owners = Owners::default();
    let mut blocks: Vec<FrameBlock> = blocks
        .map(|block| frame_block(block, bases[block.pool], &mut owners, names))
        .collect();
    let most = BLOCKS / thrift.max(1) as usize;
    let is_whole = blocks.len() <= most;
    if !is_whole {
        source.notes.push(format!(
            "neighbouring blocks are shown as one: there are more than {most}"
        ));
        blocks = thinned(&blocks, most);
    }
    let facts = |(index, &base)| pool_facts(snapshot, index, base, is_whole);
    source.pools = bases.iter().enumerate().map(facts).collect();
    let owner = |owner: u32| owners.all[owner as usize];
    source.keyframes = vec![keyframe("dump", 0, None, &blocks, owner, blob)];
    let used = snapshot.blocks.iter();
    let used = used.filter(|block| block.state == BlockState::Used);
    for block in used {
        source.objects += 1;
        source.live_peak = source.live_peak.saturating_add(block.size);
    }
}

/// Owners of blocks: (stack, task) of the page.
#[derive(Default)]
struct Owners {
    all: Vec<(u32, Option<u32>)>,
    numbers: FxHashMap<(u32, Option<u32>), u32>,
}

impl Owners {
    fn number(&mut self, owner: (u32, Option<u32>)) -> u32 {
        *self.numbers.entry(owner).or_insert_with(|| {
            self.all.push(owner);
            self.all.len() as u32 - 1
        })
    }
}

/// The pool's address; of one that a device only printed that of its first block.
fn base(snapshot: &Snapshot, pool: usize) -> u64 {
    let blocks = blocks_of(snapshot, pool).iter();
    let first = || blocks.filter_map(|block| block.address).min();
    snapshot.pools[pool].base.or_else(first).unwrap_or(0)
}

/// The blocks of a pool, which stand together.
fn blocks_of(snapshot: &Snapshot, pool: usize) -> &[Block] {
    let blocks = &snapshot.blocks;
    let start = blocks.partition_point(|block| block.pool < pool);
    let end = blocks.partition_point(|block| block.pool <= pool);
    &blocks[start..end]
}

fn frame_block(block: &Block, base: u64, owners: &mut Owners, names: &mut Names<'_>) -> FrameBlock {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let offset = block.address.unwrap_or(base).saturating_sub(base);
    let is_used = block.state == BlockState::Used;
    FrameBlock {
        pool: block.pool as u8,
        offset: number(offset),
        extent: number(block.extent),
        size: number(block.size),
        state: match block.state {
            BlockState::Free => FREE,
            BlockState::Slab => SLAB,
            BlockState::Used if block.in_slab => OBJECT,
            BlockState::Used => USED,
        },
        owner: is_used.then(|| {
            let task = block.task.and_then(|task| names.task(task));
            owners.number((names.stack(block.stack), task))
        }),
        birth: block.number.unwrap_or(0),
    }
}

/// `is_whole`: whether the keyframe has each block.
fn pool_facts(snapshot: &Snapshot, index: usize, base: u64, is_whole: bool) -> PoolFacts {
    let pool = &snapshot.pools[index];
    let blocks = || blocks_of(snapshot, index).iter();
    let sum = |state: BlockState| {
        let blocks = blocks().filter(|block| block.state == state);
        blocks.fold(0_u64, |sum, block| sum.saturating_add(block.extent))
    };
    let free = blocks().filter(|block| block.state == BlockState::Free && !block.in_slab);
    let end = blocks().filter_map(|block| block.address?.checked_add(block.extent));
    let is_printed = matches!(snapshot.origin, Origin::Printed { .. });
    let defects = match &pool.verdict {
        Verdict::Corrupt(defects) => &defects[..],
        _ => &[],
    };
    let block = |block: Option<usize>| block.filter(|_| is_whole).map(|block| block as u32);
    PoolFacts {
        name: pool.name.clone(),
        configuration: configuration(pool),
        base,
        size: match pool.size {
            0 if is_printed => end.max().unwrap_or(base).saturating_sub(base),
            size => size,
        },
        granule: pool.choices.map_or(1, |choices| choices.granule as u32),
        control_block: pool.stats.map_or(0, |stats| stats.overhead as u64),
        used: sum(BlockState::Used),
        peak: pool.stats.map_or(0, |stats| stats.peak as u64),
        free: sum(BlockState::Free),
        largest_free: free.map(|block| block.size).max().unwrap_or(0),
        defects: defects
            .iter()
            .map(|defect| Defect {
                address: defect.address,
                length: defect.length,
                what: defect.what.clone(),
                block: block(defect.block),
                suspect: block(defect.suspect),
            })
            .collect(),
    }
}

/// As `replay` would call it.
fn configuration(pool: &Pool) -> String {
    let algorithm = match pool.choices.map(|choices| choices.algorithm) {
        None => return String::new(),
        Some(Algorithm::Tlsf) => "tlsf",
        Some(Algorithm::BestFit) => "best",
        Some(Algorithm::BestFitLittle) => "little",
    };
    let slab = if pool.classes.is_empty() { "" } else { "slab-" };
    format!("{slab}{algorithm}")
}
