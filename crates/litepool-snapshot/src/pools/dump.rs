//! The pools of a memory image as a [`Snapshot`].

use std::ops::Range;

use litepool::track::Task as PoolTask;
use litepool::{Image, State};
use litepool_trace::{Interned, WordSize};
use rustc_hash::FxHashMap;
use thiserror::Error;

use super::defects::told;
use super::regions::{Placed, heaps};
use super::select::{Found, select};
use super::sites::Stacks;
use super::survey::Walked;
use super::window::Window;
use crate::memory_image::MemoryImage;
use crate::snapshot::{
    Block, BlockState, Defect, Origin, OwnerUsage, PassedOver, Pool, Snapshot, Task, UsageOf,
    Verdict, WhyPassedOver,
};
use crate::symbols::Symbols;
use crate::task_names;

/// There is no pool in a dump.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub struct NoPool {
    /// Bytes that were searched.
    pub searched: u64,
    /// Places that looked like a pool.
    pub passed_over: Vec<PassedOver>,
}

impl std::fmt::Display for NoPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no pool of litepool's in {} bytes", self.searched)?;
        let version = self.passed_over.iter().find_map(|place| match place.why {
            WhyPassedOver::Version(version) => Some((place.address, version)),
            _ => None,
        });
        if let Some((address, version)) = version {
            write!(
                f,
                "; at {address:#x} there is one of layout version {version}, which this \
                 version does not read"
            )?;
        }
        Ok(())
    }
}

impl Snapshot {
    /// Finds every pool in the memory of a device, checks it and walks it. The program's `symbols`
    /// give the pools and the tasks (the array `litepool_task_names`) their names; `files` is what
    /// the memory was read from.
    ///
    /// A pool is found by its first words, wherever it stands, on an address that is a multiple of
    /// 4; they are believed if the end block or the first blocks agree with them. If only
    /// the first words are overwritten, and all that follows them is sound, the pool is found as
    /// well.
    ///
    /// Time and memory are linear in the size of the image.
    ///
    /// # Errors
    ///
    /// [`NoPool`], if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ptr::NonNull;
    /// use litepool::{Heap, config::Pool256K};
    /// use litepool_snapshot::memory_image::{MemoryImage, Segment};
    /// use litepool_snapshot::{Snapshot, Verdict};
    ///
    /// // The RAM of a device, with a pool in its upper half.
    /// let mut ram = [0_u64; 256];
    /// let pool = NonNull::from(&mut ram[128..]).cast::<u8>();
    /// // SAFETY: the array outlives the heap, which is not used after the RAM is read.
    /// unsafe { Heap::<Pool256K>::from_raw(pool, 1024) }?.allocate(100)?;
    ///
    /// // What a debugger reads out.
    /// let bytes = ram.iter().flat_map(|word| word.to_le_bytes()).collect();
    /// let memory = MemoryImage::from_segments(vec![Segment { address: 0x2000_0000, bytes }])?;
    /// let snapshot = Snapshot::of_dump(memory, None, vec!["ram.bin".into()])?;
    /// assert_eq!(snapshot.pools[0].base, Some(0x2000_0400));
    /// assert_eq!(snapshot.pools[0].verdict, Verdict::Sound);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_dump(
        memory: MemoryImage,
        symbols: Option<&Symbols>,
        files: Vec<String>,
    ) -> Result<Self, NoPool> {
        let windows: Vec<Window<'_>> = memory.segments().iter().filter_map(Window::of).collect();
        let (found, passed_over) = select(&windows, &memory);
        if found.is_empty() {
            let lengths = memory.segments().iter().map(|it| it.bytes.len() as u64);
            return Err(NoPool {
                searched: lengths.sum(),
                passed_over,
            });
        }
        let mut assembly = Assembly::new(symbols);
        let placed: Vec<Placed> = found.iter().filter_map(placed).collect();
        for heap in heaps(&placed) {
            for &index in &heap {
                let regions = placed[heap[0]].joined.count;
                assembly.add(&found[index], &placed[index], regions);
            }
        }
        assembly.nest(&found);
        let Assembly {
            pools,
            blocks,
            stacks,
            ..
        } = assembly;
        drop(found);
        drop(windows);
        let word = word(&memory, symbols);
        let threads = symbols.map(|symbols| task_names::of(&memory, symbols, word));
        Ok(Self {
            origin: Origin::Dump { files },
            word,
            pools,
            blocks,
            interned: Interned {
                threads: threads.unwrap_or_default(),
                ..stacks.finish()
            },
            memory,
            live_tasks: None,
            passed_over,
        })
    }
}

/// What the program or the dump says; if neither does, a device has 32 bits unless it has addresses
/// beyond them.
fn word(memory: &MemoryImage, symbols: Option<&Symbols>) -> WordSize {
    let stated = symbols.map(Symbols::word).or(memory.word_size());
    let last = memory.segments().last();
    stated.unwrap_or(match last {
        Some(segment) if segment.range().end > 1 << 32 => WordSize::Bits64,
        _ => WordSize::Bits32,
    })
}

fn placed(found: &Found<'_>) -> Option<Placed> {
    let image = found.opened.image()?;
    Some(Placed {
        joined: image.joined(),
        choices: *image.choices(),
    })
}

struct Assembly<'s> {
    symbols: Option<&'s Symbols>,
    pools: Vec<Pool>,
    blocks: Vec<Block>,
    /// The index of each pool and of its first block, by the pool's address.
    first_blocks: FxHashMap<u64, (usize, usize)>,
    stacks: Stacks<'s>,
}

impl<'s> Assembly<'s> {
    fn new(symbols: Option<&'s Symbols>) -> Self {
        Self {
            symbols,
            pools: Vec::new(),
            blocks: Vec::new(),
            first_blocks: FxHashMap::default(),
            stacks: Stacks::new(symbols),
        }
    }

    /// The variable that the pool is, or that it is in.
    fn name(&self, base: u64) -> String {
        let variable = self.symbols.and_then(|symbols| symbols.variable(base));
        variable.map_or_else(String::new, |variable| match base - variable.range.start {
            0 => variable.name.clone(),
            offset => format!("{} + {offset}", variable.name),
        })
    }

    fn add(&mut self, found: &Found<'_>, placed: &Placed, regions: usize) {
        let Some(image) = found.opened.image() else {
            return;
        };
        let (base, size) = (found.opened.address, found.opened.bytes().len());
        let survey = &found.survey;
        let first_block = self.blocks.len();
        let place = (self.pools.len(), first_block);
        self.first_blocks.insert(base, place);
        for walked in &survey.blocks {
            let block = self.block(base, walked);
            self.blocks.push(block);
        }
        let at = |range: &Range<usize>| base + range.start as u64..base + range.end as u64;
        self.pools.push(Pool {
            name: self.name(base),
            region: placed.joined.number,
            regions,
            joined_peak: placed.joined.peak as u64,
            within: None,
            base: Some(base),
            size: size as u64,
            choices: Some(*image.choices()),
            stats: Some(image.stats()),
            classes: image
                .classes()
                .map(|class| (class.object_bytes(), class.slab_bytes()))
                .collect(),
            usage: usage(&image),
            verdict: verdict(&image, found, first_block, self.symbols),
            lost: survey.lost.iter().map(at).collect(),
            missing: (size - found.opened.present) as u64,
        });
    }

    fn block(&mut self, base: u64, walked: &Walked) -> Block {
        let sites = walked.allocation.map(|allocation| allocation.sites);
        Block {
            pool: self.pools.len(),
            address: Some(base + walked.offset as u64),
            size: walked.payload as u64,
            extent: walked.size as u64,
            state: match walked.state {
                State::Free => BlockState::Free,
                State::Slab => BlockState::Slab,
                _ => BlockState::Used,
            },
            in_slab: walked.in_slab,
            task: walked.owner.map(|owner| task(owner.task)),
            module: walked.owner.and_then(|owner| owner.module),
            number: walked
                .allocation
                .map(|allocation| u64::from(allocation.number)),
            birth: None,
            stack: sites.map_or(0, |sites| self.stacks.number(&sites)),
        }
    }

    /// Notes of each pool which block it lies in.
    fn nest(&mut self, found: &[Found<'_>]) {
        // Outer pools begin before inner ones, so the last that encloses one is the innermost.
        let mut around: Vec<usize> = Vec::new();
        for (index, inner) in found.iter().enumerate() {
            let range = inner.range();
            around.retain(|&outer| found[outer].range().end > range.start);
            let within = around.iter().rev().find_map(|&outer| {
                let (_, first_block) = self.first_blocks.get(&found[outer].opened.address)?;
                Some(first_block + found[outer].block_around(&range)?)
            });
            if let Some(&(pool, _)) = self.first_blocks.get(&range.start) {
                self.pools[pool].within = within;
            }
            around.push(index);
        }
    }
}

fn verdict(
    image: &Image<'_>,
    found: &Found<'_>,
    first_block: usize,
    symbols: Option<&Symbols>,
) -> Verdict {
    let (base, size) = (found.opened.address, found.opened.bytes().len());
    let survey = &found.survey;
    let defect = |flaw| {
        let told = told(image, size, survey, flaw);
        Defect {
            address: base + told.offset as u64,
            length: told.length as u64,
            what: told.what,
            block: flaw.block.map(|index| first_block + index),
            suspect: told.suspect.map(|index| first_block + index),
            stated: told.stated.map(task),
        }
    };
    let first_words = found.opened.mended.clone().map(|wrong| Defect {
        address: base + wrong.start as u64,
        length: wrong.len() as u64,
        what: first_words(base, symbols),
        block: None,
        suspect: None,
        stated: None,
    });
    let defects: Vec<Defect> = first_words
        .into_iter()
        .chain(survey.flaws.iter().map(defect))
        .collect();
    if !defects.is_empty() {
        Verdict::Corrupt(defects)
    } else if found.opened.present < size {
        Verdict::Unchecked
    } else {
        Verdict::Sound
    }
}

/// What is to be said of first words that are overwritten. Whoever wrote them most likely wrote
/// beyond what stands before the pool.
fn first_words(base: u64, symbols: Option<&Symbols>) -> String {
    let text = "the pool's first words are overwritten; they were found again by all that follows";
    // What stands before may be rounded up.
    let variable = [1, 4, 8].into_iter().find_map(|distance| {
        let before = symbols?.variable(base.checked_sub(distance)?)?;
        (before.range.end <= base).then_some(before)
    });
    match variable {
        Some(variable) => format!(
            "{text}: the suspect is {}, which ends before it",
            variable.name
        ),
        None => text.into(),
    }
}

/// The rows of owners that ever had something.
fn usage(image: &Image<'_>) -> Vec<OwnerUsage> {
    let Some(rows) = image.choices().record.owner else {
        return Vec::new();
    };
    let mut usage = Vec::new();
    if rows.tasks != 0 {
        let tasks = (0..rows.tasks).map(PoolTask::Id);
        for of in [PoolTask::None, PoolTask::Interrupt]
            .into_iter()
            .chain(tasks)
        {
            usage.push((UsageOf::Task(task(of)), image.task_usage(of)));
        }
        usage.push((UsageOf::TasksBeyond, image.usage_of_tasks_beyond()));
    }
    if rows.modules != 0 {
        for of in std::iter::once(None).chain((0..rows.modules).map(Some)) {
            usage.push((UsageOf::Module(of), image.module_usage(of)));
        }
        usage.push((UsageOf::ModulesBeyond, image.usage_of_modules_beyond()));
    }
    let ever = usage.into_iter().filter(|(_, usage)| usage.peak != 0);
    ever.map(|(of, usage)| OwnerUsage {
        of,
        used: usage.used as u64,
        peak: usage.peak as u64,
    })
    .collect()
}

fn task(task: PoolTask) -> Task {
    match task {
        PoolTask::Id(id) => Task::Number(u32::from(id)),
        PoolTask::Interrupt => Task::Interrupt,
        PoolTask::None => Task::None,
    }
}
