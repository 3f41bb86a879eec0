//! What a dump tells, as the report has it.

use std::rc::Rc;

use litepool_replay::bits;
use litepool_snapshot::pins::Request;
use litepool_snapshot::reach::Reachability;
use litepool_snapshot::{
    Block, BlockState, Call, Origin, PassedOver, Pool, Snapshot, Verdict, WhyPassedOver,
};
use serde::Serialize;

use super::configuration::ConfigurationFacts;
use super::owners::{self, OwnerFacts};
use super::sites::{SiteFacts, sums};
use super::verdict::DefectFacts;
use crate::naming::{CallStack, Naming};
use crate::pins::PinsFacts;
use crate::sites;
use crate::snapshot::OriginFacts;

/// The report. Sizes in bytes, addresses as text.
#[derive(Serialize, Debug)]
pub(super) struct Report {
    pub(super) files: Vec<String>,
    /// Where a printed table begins in its log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u64>,
    pub(super) word: u32,
    pub(super) memory: Vec<MemoryFacts>,
    pub(super) heaps: Vec<HeapFacts>,
    /// Places where a pool seems to begin that are none.
    pub(super) passed_over: Vec<PassedOverFacts>,
    /// How the files were read, and what could not be named.
    pub(super) notes: Vec<String>,
}

/// Bytes that the dump has.
#[derive(Serialize, Debug)]
pub(super) struct MemoryFacts {
    pub(super) address: String,
    pub(super) bytes: u64,
}

/// A pool, or several that were joined as regions of one heap.
#[derive(Serialize, Debug)]
pub(super) struct HeapFacts {
    /// The name of its variable; empty: unknown.
    pub(super) name: String,
    pub(super) configuration: Option<ConfigurationFacts>,
    pub(super) regions: Vec<RegionFacts>,
    /// The numbers of regions that were joined and are not in the dump.
    pub(super) missing_regions: Vec<usize>,
    pub(super) figures: Figures,
    /// Largest first.
    pub(super) tasks: Vec<OwnerFacts>,
    pub(super) modules: Vec<OwnerFacts>,
    /// Most bytes first.
    pub(super) call_sites: Vec<SiteFacts>,
    /// `sound`, `corrupt`, `cut off` (what the dump has of it is sound), or `unchecked`: there is
    /// nothing to check but what a device printed.
    pub(super) verdict: &'static str,
    pub(super) defects: Vec<DefectFacts>,
    /// What stands in the way of a request: of the one that was named, else of the largest that
    /// was refused, unless the pool is corrupt.
    pub(super) pins: Option<PinsFacts>,
}

/// A pool's memory.
#[derive(Serialize, Debug)]
pub(super) struct RegionFacts {
    pub(super) region: usize,
    pub(super) address: Option<String>,
    pub(super) size: u64,
    /// The address of the block of another pool in which it lies.
    pub(super) within: Option<String>,
    /// Bytes at its end that the dump does not have.
    pub(super) missing: u64,
    /// Addresses in which no block could be told.
    pub(super) lost: Vec<[String; 2]>,
    pub(super) blocks: Vec<BlockFacts>,
    /// Its index in the snapshot.
    #[serde(skip)]
    pub(super) pool: usize,
}

/// What blocks add up to, as they were found.
#[derive(Serialize, Default, Debug)]
pub(super) struct Figures {
    pub(super) used: u64,
    pub(super) used_blocks: u64,
    pub(super) slabs: u64,
    pub(super) slab_bytes: u64,
    /// What a table of used blocks does not tell.
    #[serde(flatten)]
    pub(super) pool: Option<PoolFigures>,
}

/// What is free, and what the pool counts.
#[derive(Serialize, Default, Debug)]
pub(super) struct PoolFigures {
    pub(super) size: u64,
    pub(super) free: u64,
    pub(super) free_blocks: u64,
    /// The largest request that a free block holds.
    pub(super) largest_free: u64,
    /// The highest number of used bytes, as the pool counts it.
    pub(super) peak: u64,
    /// Requests that were refused for want of room, as the pool counts them.
    pub(super) refused: u64,
    pub(super) largest_refused: u64,
    /// Bytes that are used, as the pool counts them.
    pub(super) counted_used: u64,
}

/// A block, or an object of a slab.
#[derive(Serialize, Debug)]
pub(super) struct BlockFacts {
    pub(super) address: String,
    pub(super) size: u64,
    pub(super) extent: u64,
    /// `used`, `free` or `slab`.
    pub(super) state: &'static str,
    pub(super) in_slab: bool,
    pub(super) task: Option<String>,
    pub(super) module: Option<u8>,
    pub(super) number: Option<u64>,
    /// The call that wanted the memory.
    #[serde(serialize_with = "sites::site")]
    pub(super) site: Option<Call>,
    /// The innermost call first.
    pub(super) stack: Rc<CallStack>,
}

/// A place that is no pool.
#[derive(Serialize, Debug)]
pub(super) struct PassedOverFacts {
    pub(super) address: String,
    /// `another version`, `remains`, `chance`, or `not looked at`.
    pub(super) why: &'static str,
    pub(super) version: Option<u8>,
    /// The pool that has its memory now.
    pub(super) of: Option<String>,
}

/// An address as text.
pub(super) fn hex(address: u64) -> String {
    format!("{address:#x}")
}

impl Report {
    /// `request`: for which it is to be told what is in its way.
    pub(super) fn new(snapshot: &Snapshot, naming: &mut Naming, request: Option<u64>) -> Self {
        let origin = OriginFacts::new(snapshot);
        let segments = snapshot.memory.segments().iter();
        let memory = segments.map(|segment| MemoryFacts {
            address: hex(segment.address),
            bytes: segment.bytes.len() as u64,
        });
        // Nothing else asks what leads to a block.
        let has_suspect = snapshot.pools.iter().any(|pool| match &pool.verdict {
            Verdict::Corrupt(defects) => defects.iter().any(|defect| defect.suspect.is_some()),
            _ => false,
        });
        let reach = has_suspect.then(|| Reachability::of(snapshot, naming.firmware()));
        let reach = reach.transpose();
        let unknown = reach.as_ref().err().map(ToString::to_string);
        let reach = reach.ok().flatten();
        let mut report = Self {
            files: origin.files,
            line: origin.line,
            word: bits(snapshot.word),
            memory: memory.collect(),
            heaps: heaps(&snapshot.pools)
                .into_iter()
                .map(|pools| HeapFacts::new(snapshot, &pools, naming, reach.as_ref(), request))
                .collect(),
            passed_over: snapshot
                .passed_over
                .iter()
                .map(PassedOverFacts::new)
                .collect(),
            notes: snapshot.memory.remarks().to_vec(),
        };
        report
            .notes
            .extend(unknown.into_iter().chain(naming.notes()));
        report
    }

    /// Is a pool corrupt?
    pub(super) fn is_corrupt(&self) -> bool {
        self.heaps.iter().any(|heap| heap.verdict == "corrupt")
    }
}

/// The pools as heaps: those of later regions belong to the one before.
fn heaps(pools: &[Pool]) -> Vec<Vec<usize>> {
    let mut heaps: Vec<Vec<usize>> = Vec::new();
    let mut regions = 0;
    for (index, pool) in pools.iter().enumerate() {
        match heaps.last_mut() {
            Some(heap) if pool.region > 0 && pool.regions > 1 && regions == pool.regions => {
                heap.push(index);
            }
            _ => heaps.push(vec![index]),
        }
        regions = pool.regions;
    }
    heaps
}

impl HeapFacts {
    fn new(
        snapshot: &Snapshot,
        pools: &[usize],
        naming: &mut Naming,
        reach: Option<&Reachability>,
        request: Option<u64>,
    ) -> Self {
        let first = &snapshot.pools[pools[0]];
        let regions: Vec<RegionFacts> = pools
            .iter()
            .map(|&pool| RegionFacts::new(snapshot, pool, naming))
            .collect();
        let missing = |number: &usize| regions.iter().all(|region| region.region != *number);
        let defects: Vec<DefectFacts> = pools
            .iter()
            .flat_map(|&pool| match &snapshot.pools[pool].verdict {
                Verdict::Corrupt(defects) => &defects[..],
                _ => &[],
            })
            .map(|defect| DefectFacts::new(snapshot, defect, naming, reach))
            .collect();
        let is_cut = regions.iter().any(|region| region.missing > 0);
        let is_unchecked = |&pool: &usize| snapshot.pools[pool].verdict == Verdict::Unchecked;
        let verdict = if !defects.is_empty() {
            "corrupt"
        } else if is_cut {
            "cut off"
        } else if pools.iter().any(is_unchecked) {
            "unchecked"
        } else {
            "sound"
        };
        let figures = Figures::of(snapshot, pools);
        let refused = figures
            .largest_refused()
            .filter(|&size| size > 0 && defects.is_empty());
        let pins = request.or(refused).and_then(|size| {
            let request = Request {
                size,
                ..Request::default()
            };
            // Of another heap it is not known what a block takes.
            PinsFacts::of(snapshot, pools[0], request, naming).ok()
        });
        Self {
            name: first.name.clone(),
            configuration: ConfigurationFacts::of(first),
            missing_regions: (0..first.regions).filter(missing).collect(),
            figures,
            pins,
            tasks: owners::tasks(snapshot, pools, naming),
            modules: owners::modules(snapshot, pools),
            call_sites: sums(snapshot, pools, naming),
            verdict,
            defects,
            regions,
        }
    }
}

impl RegionFacts {
    fn new(snapshot: &Snapshot, index: usize, naming: &mut Naming) -> Self {
        let pool = &snapshot.pools[index];
        let within = pool.within.and_then(|block| snapshot.blocks[block].address);
        let lost = |range: &std::ops::Range<u64>| [hex(range.start), hex(range.end)];
        Self {
            region: pool.region,
            address: pool.base.map(hex),
            size: pool.size,
            within: within.map(hex),
            missing: pool.missing,
            lost: pool.lost.iter().map(lost).collect(),
            blocks: blocks_of(snapshot, &[index])
                .map(|block| BlockFacts::new(snapshot, block, naming))
                .collect(),
            pool: index,
        }
    }
}

/// The blocks of some pools.
pub(super) fn blocks_of<'s>(
    snapshot: &'s Snapshot,
    pools: &'s [usize],
) -> impl Iterator<Item = &'s Block> {
    // The blocks of a pool stand together.
    pools.iter().flat_map(|&pool| {
        let first = snapshot.blocks.partition_point(|block| block.pool < pool);
        let end = snapshot.blocks.partition_point(|block| block.pool <= pool);
        &snapshot.blocks[first..end]
    })
}

impl Figures {
    fn of(snapshot: &Snapshot, pools: &[usize]) -> Self {
        let mut figures = Self {
            pool: PoolFigures::of(snapshot, pools),
            ..Self::default()
        };
        for block in blocks_of(snapshot, pools) {
            match block.state {
                BlockState::Used => {
                    figures.used += block.extent;
                    figures.used_blocks += 1;
                }
                BlockState::Free => {}
                BlockState::Slab => {
                    figures.slabs += 1;
                    figures.slab_bytes += block.extent;
                }
            }
        }
        figures
    }

    /// The largest request that was refused, as the pool counts it; 0: none.
    pub(super) fn largest_refused(&self) -> Option<u64> {
        self.pool.as_ref().map(|pool| pool.largest_refused)
    }
}

impl PoolFigures {
    /// Of pools whose memory is there.
    fn of(snapshot: &Snapshot, pools: &[usize]) -> Option<Self> {
        if matches!(snapshot.origin, Origin::Printed { .. }) {
            return None;
        }
        let mut figures = Self::default();
        for block in blocks_of(snapshot, pools) {
            if block.state == BlockState::Free {
                figures.free += block.extent;
                if !block.in_slab {
                    figures.free_blocks += 1;
                    figures.largest_free = figures.largest_free.max(block.size);
                }
            }
        }
        for pool in pools.iter().map(|&pool| &snapshot.pools[pool]) {
            figures.size += pool.size;
            let Some(stats) = pool.stats else {
                continue;
            };
            let add = |figure: &mut u64, more: usize| *figure = figure.wrapping_add(more as u64);
            add(&mut figures.peak, stats.peak);
            add(&mut figures.refused, stats.failures);
            add(&mut figures.counted_used, stats.used);
            figures.largest_refused = figures.largest_refused.max(stats.largest_failure as u64);
        }
        let joined_peak = snapshot.pools[pools[0]].joined_peak;
        if joined_peak > 0 {
            figures.peak = joined_peak;
        }
        Some(figures)
    }
}

impl BlockFacts {
    /// Of a block of a dump.
    pub(super) fn new(snapshot: &Snapshot, block: &Block, naming: &mut Naming) -> Self {
        let stack = naming.stack(&snapshot.interned, block.stack);
        Self {
            address: hex(block.address.unwrap_or(0)),
            size: block.size,
            extent: block.extent,
            state: match block.state {
                BlockState::Used => "used",
                BlockState::Free => "free",
                BlockState::Slab => "slab",
            },
            in_slab: block.in_slab,
            task: block
                .task
                .map(|task| naming.task(&snapshot.interned, Some(task))),
            module: block.module,
            number: block.number,
            site: stack.site().cloned(),
            stack,
        }
    }
}

impl PassedOverFacts {
    fn new(place: &PassedOver) -> Self {
        let (why, version, of) = match place.why {
            WhyPassedOver::Version(version) => ("another version", Some(version), None),
            WhyPassedOver::Remains { of } => ("remains", None, Some(hex(of))),
            WhyPassedOver::Chance => ("chance", None, None),
            WhyPassedOver::TooMany => ("not looked at", None, None),
        };
        Self {
            address: hex(place.address),
            why,
            version,
            of,
        }
    }
}
