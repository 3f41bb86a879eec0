//! `litepool split`: whether several pools, or classes of small objects, need less than one pool.

mod classes;
mod configuration;
mod deal;
mod facts;
mod labels;
mod load;
mod measure;
mod search;
mod text;
mod units;

use anyhow::Result;
use litepool_replay::search::Effort;
use litepool_replay::{Configuration, Part, SlabClass};
use rayon::prelude::*;

use crate::args::Split;
use crate::code::{self, Replayed};
use crate::job::Job;
use crate::naming::Naming;
use crate::output::{note, print, print_json, word_note};
use crate::progress::Progress;
use crate::{NO, YES};
use facts::Report;
use load::Load;
use measure::{Exact, Measure};
use search::{Limits, Orders, search};
use units::Units;

/// What each further pool and each class has to save, in per cent of the one pool.
const THRESHOLD: u64 = 1;
/// Operations that a search over plans replays, about: some seconds on two processors. It always
/// has as many as some dozen plans take.
const WORK: u64 = 1_000_000_000;
const LEAST_REPLAYS: u64 = 60;
/// How many plans are measured at most, as far as a progress bar knows.
const STEPS: u64 = 150;

/// A plan in full: what each pool serves, with which classes, and how large each is.
struct Answer<'p> {
    pools: Vec<Answered<'p>>,
    /// The number of the division whose units the pools have; none: one pool serves all.
    division: Option<usize>,
}

/// A pool of it.
#[derive(Clone)]
struct Answered<'p> {
    units: Vec<usize>,
    part: &'p Part,
    classes: Vec<SlabClass>,
    bytes: u64,
}

impl Answer<'_> {
    fn bytes(&self) -> u64 {
        self.pools.iter().map(|pool| pool.bytes).sum()
    }

    /// Further pools, classes, and the slab that these take: what has to pay.
    fn extras(&self) -> u64 {
        let classes = self.pools.iter().map(|pool| pool.classes.len() as u64);
        self.pools.len() as u64 - 1 + classes.sum::<u64>() + u64::from(self.has_classes())
    }

    fn has_classes(&self) -> bool {
        self.pools.iter().any(|pool| !pool.classes.is_empty())
    }
}

/// What a division's best plan deals to each pool: its units, and their part.
type Dealt = Vec<(Vec<usize>, Part)>;

/// Looks for a split, and prints it.
///
/// # Errors
/// The trace can't be read, or standard output not written.
pub(crate) fn run(args: &Split) -> Result<u8> {
    let job = Job::with_owners(&args.input, &args.device)?;
    let mut naming = Naming::of_trace(job.interned());
    let whole = job.whole()?;
    let progress = Progress::new("Trying splits", STEPS);
    let report = match one_pool(&job, whole, &progress) {
        None => Report::none(&job, args.pool),
        Some((configuration, one)) => {
            let divisions = [
                Units::by_site(&job, whole, &mut naming),
                Units::by_size(whole, job.stacks().len()),
            ];
            let price = one * THRESHOLD / 100;
            let splitter = Splitter {
                job: &job,
                whole,
                configuration,
                max_size: args.device.max_size,
                one,
                price,
                most_pools: args.pools.into(),
                progress: &progress,
            };
            // If one pool does for the size that was asked about, no split is looked for.
            let is_enough = args.pool.is_some_and(|pool| one <= pool);
            let looked_at = if is_enough { &[][..] } else { &divisions[..] };
            let dealt: Vec<Dealt> = looked_at.iter().map(|units| splitter.plan(units)).collect();
            let answers = if is_enough {
                Vec::new()
            } else {
                splitter.answers(&dealt)
            };
            Report::new(&splitter, &divisions, &answers, args.pool)
        }
    };
    drop(progress);
    for line in naming.notes() {
        note(line);
    }
    if args.json {
        print_json(&report)?;
    } else {
        let note = word_note(job.recorded, job.word);
        print(&report.text(note.as_deref()))?;
    }
    Ok(if report.is_yes() { YES } else { NO })
}

/// The configuration whose one pool is the smallest, and that.
fn one_pool(job: &Job, whole: &Part, progress: &Progress) -> Option<(Configuration, u64)> {
    let effort = Effort::for_operations(job.facts.operations);
    let found: Vec<Option<u64>> = job
        .configurations
        .par_iter()
        .map(|configuration| {
            let found = whole.smallest(configuration, job.placement, effort, || ());
            progress.advance(5);
            Some(found?.size)
        })
        .collect();
    let found = job.configurations.iter().zip(found);
    let found = found.filter_map(|(configuration, bytes)| Some((*configuration, bytes?)));
    found.min_by_key(|(_, bytes)| *bytes)
}

/// Finds the best of each kind of split.
struct Splitter<'j> {
    job: &'j Job,
    whole: &'j Part,
    configuration: Configuration,
    /// Its `MAX_SIZE` where one was asked for.
    max_size: Option<u64>,
    /// The smallest one pool.
    one: u64,
    /// Bytes that each further pool and each class must save.
    price: u64,
    most_pools: usize,
    progress: &'j Progress,
}

impl Splitter<'_> {
    /// The best splits: of pools alone for each division, and each of them, and the one pool, with
    /// classes.
    fn answers<'p>(&'p self, dealt: &'p [Dealt]) -> Vec<Answer<'p>> {
        let one = Answered {
            units: Vec::new(),
            part: self.whole,
            classes: Vec::new(),
            bytes: self.one,
        };
        let mut answers = Vec::new();
        answers.extend(self.with_classes(None, vec![one]));
        for (division, dealt) in dealt.iter().enumerate() {
            let exact = self.exact(Effort::for_operations(self.job.facts.operations));
            let pools: Option<Vec<Answered<'p>>> = dealt
                .iter()
                .map(|(units, part)| {
                    Some(Answered {
                        units: units.clone(),
                        part,
                        classes: Vec::new(),
                        bytes: exact.smallest(part)?.0,
                    })
                })
                .collect();
            if let Some(pools) = pools.filter(|pools| pools.len() > 1) {
                answers.extend(self.with_classes(Some(division), pools.clone()));
                answers.push(Answer {
                    pools,
                    division: Some(division),
                });
            }
        }
        answers
    }

    /// The best plan for a division that a search finds, dealt.
    fn plan(&self, units: &Units) -> Dealt {
        let granule = self.configuration.granule as u64;
        let judge = Measure::new(
            self.whole,
            units,
            Load::new(self.whole, units, granule),
            self.exact(measure::COARSE),
        );
        let in_use: Vec<usize> = units.in_use().collect();
        let by = |key: &dyn Fn(&units::Facts) -> u64| {
            let mut order = in_use.clone();
            order.sort_by_key(|&unit| (key(&units.all[unit].facts), unit));
            order
        };
        let orders = Orders(vec![
            by(&|facts| facts.median_lifetime),
            by(&|facts| facts.mean_bytes),
        ]);
        let least = LEAST_REPLAYS.saturating_mul(self.job.facts.operations);
        let limits = Limits {
            pools: self.most_pools,
            price: self.price,
            work: WORK.max(least),
        };
        let measured = || self.progress.advance(1);
        let found = search(&judge, units.all.len(), &orders, self.one, limits, measured);
        let members = search::members(&found.plan).into_iter();
        let members = members.map(|mut pool| {
            pool.retain(|unit| in_use.contains(unit));
            pool
        });
        members
            .zip(deal::deal(self.whole, units, &found.plan))
            .collect()
    }

    /// These pools with the classes that pay in each; nothing if none does in any, or the configuration
    /// has a slab of its own, which classes would have to take the place of.
    fn with_classes<'p>(
        &self,
        division: Option<usize>,
        mut pools: Vec<Answered<'p>>,
    ) -> Option<Answer<'p>> {
        if code::slab(self.configuration.name).is_some() {
            return None;
        }
        let mut any = false;
        for answered in &mut pools {
            let (part, bytes) = (answered.part, answered.bytes);
            let pool = |effort| classes::Pool {
                part,
                configuration: self.configuration,
                placement: self.job.placement,
                effort,
                bytes,
                price: self.price,
            };
            let choice = pool(measure::COARSE).choose(|| self.progress.advance(1));
            let full = Effort::for_operations(self.job.facts.operations);
            if choice.classes.is_empty() {
                continue;
            }
            if let Some(bytes) = pool(full).measure(&choice.classes) {
                any = true;
                answered.bytes = bytes;
                answered.classes = choice.classes;
            }
        }
        any.then_some(Answer { pools, division })
    }

    fn replayed(&self) -> Replayed {
        Replayed {
            configuration: self.configuration,
            max_size: self.max_size,
        }
    }

    fn exact(&self, effort: Effort) -> Exact {
        Exact {
            configuration: self.configuration,
            placement: self.job.placement,
            effort,
        }
    }
}
