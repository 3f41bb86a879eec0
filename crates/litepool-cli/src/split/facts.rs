//! The report: one pool, the best split, and what it saves.

use litepool_replay::FixedPool;
use litepool_replay::search::Effort;
use litepool_trace::WordSize;
use serde::Serialize;

use super::units::{Unit, Units};
use super::{Answer, Answered, Splitter, THRESHOLD};
use crate::code::Replayed;
use crate::job::Job;
use crate::output::TraceFacts;

/// What was found. Sizes in bytes.
#[derive(Serialize, Debug)]
pub(super) struct Report {
    pub(super) trace: TraceFacts,
    pub(super) word: u32,
    /// What each further pool and each class has to save, in per cent of the one pool.
    pub(super) threshold_percent: u64,
    /// The memory that was asked about, if any.
    pub(super) pool: Option<u64>,
    /// The smallest one pool; null if the trace completes in none.
    pub(super) one_pool: Option<OnePool>,
    /// The best split; null if one pool is best.
    pub(super) split: Option<Split>,
    /// The best one of pools alone, where the best one has classes, and it pays, too.
    pub(super) pools_alone: Option<Split>,
}

/// The pool as it is.
#[derive(Serialize, Debug)]
pub(super) struct OnePool {
    /// The configuration whose one pool is the smallest. All pools have it.
    pub(super) configuration: &'static str,
    pub(super) granule: usize,
    pub(super) bytes: u64,
    pub(super) control_block: u64,
    /// The same configuration, for the source text.
    #[serde(skip)]
    pub(super) replayed: Replayed,
}

/// Pools and classes in the place of one pool.
#[derive(Serialize, Debug)]
pub(super) struct Split {
    /// Of all pools together.
    pub(super) bytes: u64,
    pub(super) saved: u64,
    pub(super) saved_percent: f64,
    /// Whether every size was measured as the heap does it. Else a block grew while a slot of its size
    /// was free, which the heap may have used.
    pub(super) is_exact: bool,
    /// The general pool is the last one.
    pub(super) pools: Vec<PoolFacts>,
}

/// One pool of a split.
#[derive(Serialize, Debug)]
pub(super) struct PoolFacts {
    pub(super) bytes: u64,
    /// Of a pool without classes.
    pub(super) control_block: u64,
    /// The most requested bytes that are live in it at a time.
    pub(super) live_peak: u64,
    /// What it serves; null: all that the others don't.
    pub(super) serves: Option<Vec<Unit>>,
    pub(super) classes: Vec<ClassFacts>,
    /// The same in a pool of fixed slots, which is the kernel's and not litepool's, where that is
    /// smaller; null for the general pool.
    pub(super) fixed_slots: Option<FixedSlots>,
}

/// A pool of fixed slots: `LOS_MemboxInit`, `k_mem_slab_init`, `osMemoryPoolNew`.
#[derive(Serialize, Debug)]
pub(super) struct FixedSlots {
    /// All of it.
    pub(super) bytes: u64,
    pub(super) classes: Vec<SlotFacts>,
}

/// Slots of one size.
#[derive(Serialize, Debug)]
pub(super) struct SlotFacts {
    pub(super) slot_bytes: u64,
    pub(super) slots: u64,
}

/// A class with fixed slabs.
#[derive(Serialize, Debug)]
pub(super) struct ClassFacts {
    /// Bytes of an object at most.
    pub(super) object_bytes: usize,
    /// Bytes of a slab.
    pub(super) slab_bytes: usize,
    pub(super) slabs: usize,
    /// How many objects the slabs hold, and how many of these were in use at a time.
    pub(super) objects: usize,
    pub(super) most_used: usize,
    /// Bytes of all slabs.
    pub(super) bytes: usize,
}

impl Report {
    /// No pool serves the trace.
    pub(super) fn none(job: &Job, pool: Option<u64>) -> Self {
        Self {
            word: job.word.bytes() * 8,
            threshold_percent: THRESHOLD,
            trace: job.facts.clone(),
            pool,
            one_pool: None,
            split: None,
            pools_alone: None,
        }
    }

    /// Chooses among the answers.
    pub(super) fn new(
        splitter: &Splitter<'_>,
        divisions: &[Units],
        answers: &[Answer<'_>],
        pool: Option<u64>,
    ) -> Self {
        let job = splitter.job;
        let configuration = splitter.configuration;
        let control_block = |bytes| {
            let exact = splitter.exact(Effort::for_operations(job.facts.operations));
            exact.control_block(bytes).unwrap_or(0)
        };
        let price = |answer: &Answer<'_>| answer.bytes() + splitter.price * answer.extras();
        // Where a size was asked for that one pool does not fit in, what fits pays.
        let is_asked = |answer: &Answer<'_>| {
            pool.is_some_and(|pool| splitter.one > pool && answer.bytes() <= pool)
        };
        let best = |may: &dyn Fn(&Answer<'_>) -> bool| {
            let pays = |answer: &&Answer<'_>| price(answer) < splitter.one || is_asked(answer);
            let all = answers.iter().filter(|answer| may(answer)).filter(pays);
            all.min_by_key(|answer| (!is_asked(answer), price(answer)))
        };
        let facts = |answer: &Answer<'_>| {
            Split::new(answer, splitter.one, divisions, job.word, &control_block)
        };
        let split = best(&|_| true);
        let pools_alone = best(&|answer| !answer.has_classes());
        let pools_alone = pools_alone.filter(|_| split.is_some_and(Answer::has_classes));
        Self {
            word: job.word.bytes() * 8,
            threshold_percent: THRESHOLD,
            trace: job.facts.clone(),
            pool,
            one_pool: Some(OnePool {
                configuration: configuration.name,
                granule: configuration.granule,
                bytes: splitter.one,
                control_block: control_block(splitter.one),
                replayed: splitter.replayed(),
            }),
            split: split.map(facts),
            pools_alone: pools_alone.map(facts),
        }
    }

    /// Whether a split is worth it; of a size that was asked for, whether it takes one and there is one.
    pub(super) fn is_yes(&self) -> bool {
        match (&self.one_pool, &self.split, self.pool) {
            (Some(one), Some(split), Some(pool)) => one.bytes > pool && split.bytes <= pool,
            (_, split, _) => split.is_some(),
        }
    }
}

impl Split {
    fn new(
        answer: &Answer<'_>,
        one: u64,
        divisions: &[Units],
        word: WordSize,
        control_block: &dyn Fn(u64) -> u64,
    ) -> Self {
        let bytes = answer.bytes();
        let saved = one.saturating_sub(bytes);
        // What most of the program's requests go to stays the general pool.
        let general = (0..answer.pools.len()).max_by_key(|&pool| {
            let pool = &answer.pools[pool];
            (pool.units.len(), pool.bytes)
        });
        let units = answer.division.map(|division| &divisions[division]);
        let facts = |(number, pool): (usize, &Answered<'_>)| PoolFacts {
            bytes: pool.bytes,
            control_block: control_block(pool.bytes),
            live_peak: pool.part.live_peak,
            serves: units.filter(|_| Some(number) != general).map(|units| {
                let serves = pool.units.iter().map(|&unit| units.all[unit].clone());
                joined(serves.collect())
            }),
            classes: ClassFacts::of(pool),
            fixed_slots: (Some(number) != general)
                .then(|| FixedSlots::of(pool, word))
                .flatten(),
        };
        let mut pools: Vec<PoolFacts> = answer.pools.iter().enumerate().map(facts).collect();
        pools.sort_by_key(|pool| (pool.serves.is_none(), std::cmp::Reverse(pool.bytes)));
        Self {
            bytes,
            saved,
            saved_percent: 100.0 * saved as f64 / one.max(1) as f64,
            is_exact: answer.pools.iter().all(|pool| behind(pool).is_exact),
            pools,
        }
    }
}

impl FixedSlots {
    fn of(pool: &Answered<'_>, word: WordSize) -> Option<Self> {
        let fixed = FixedPool::of(pool.part, word).filter(|fixed| fixed.bytes < pool.bytes)?;
        let classes = fixed.classes.iter().map(|class| SlotFacts {
            slot_bytes: class.slot,
            slots: class.slots,
        });
        Some(Self {
            bytes: fixed.bytes,
            classes: classes.collect(),
        })
    }
}

impl ClassFacts {
    fn of(pool: &Answered<'_>) -> Vec<Self> {
        let most_used = behind(pool).most_used;
        let classes = pool.classes.iter().zip(most_used);
        let facts = classes.map(|(fixed, most_used)| Self {
            object_bytes: fixed.class.object_bytes(),
            slab_bytes: fixed.class.slab_bytes(),
            slabs: fixed.slabs,
            objects: fixed.objects(),
            most_used,
            bytes: fixed.bytes(),
        });
        facts.collect()
    }
}

fn behind(pool: &Answered<'_>) -> litepool_replay::Behind {
    litepool_replay::Behind::new(pool.part, &pool.classes)
}

/// Neighbouring ranges of sizes of the same site as one. Their facts are summed up: of the live peaks this
/// is an upper bound.
fn joined(units: Vec<Unit>) -> Vec<Unit> {
    let mut all: Vec<Unit> = Vec::new();
    for unit in units {
        match all.last_mut() {
            Some(last)
                if last.site == unit.site
                    && last.to_bytes.is_some_and(|to| to + 1 == unit.from_bytes) =>
            {
                last.to_bytes = unit.to_bytes;
                last.facts = last.facts.with(&unit.facts);
            }
            _ => all.push(unit),
        }
    }
    all
}
