//! The changes that are tried, one by one and together.

use litepool_replay::{Configuration, configurations};
use litepool_trace::{Profile, WordSize};
use rayon::prelude::*;

use super::arrangement::{Arrangement, Bench, Home, Verdict};
use crate::units::count;

/// Most changes that are combined.
const MOST_TOGETHER: usize = 4;
/// How many changes are tried to be combined: those that save most alone.
const MOST_HELPFUL: usize = 8;
/// One more change must save this part of the memory (1/256), unless it saves the trace.
const WORTH: u64 = 256;
/// Where requests walk the blocks: most blocks walked in one replay, which takes about a second.
const MOST_STEPS: u64 = 1 << 28;

/// One change.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// Another configuration: another name, granule, or width of links.
    Configuration(Configuration),
    /// Alignments lowered to the granule.
    Unaligned,
    /// A kind of objects elsewhere.
    Moved(usize, Home),
}

/// Changes that were tried together, and what came of it. Of a single one that is a set of one.
pub(super) struct Tried {
    pub(super) changes: Vec<Change>,
    pub(super) verdict: Verdict,
}

/// A configuration that was not tried, and why.
pub(super) struct Skipped {
    pub(super) configuration: Configuration,
    pub(super) reason: String,
}

impl Change {
    /// Can both be made?
    fn goes_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::Configuration(_), Self::Configuration(_))
            | (Self::Unaligned, Self::Unaligned) => false,
            (Self::Moved(one, _), Self::Moved(other, _)) => one != other,
            _ => true,
        }
    }
}

impl Arrangement {
    /// This one with these changes.
    pub(super) fn with(&self, changes: &[Change]) -> Self {
        let mut changed = self.clone();
        for change in changes {
            match *change {
                Change::Configuration(other) => changed.configuration = other,
                Change::Unaligned => changed.is_unaligned = true,
                Change::Moved(kind, home) => changed.moved.push((kind, home)),
            }
        }
        changed.moved.sort_unstable();
        changed
    }
}

/// All configurations that there are beside the one that fails, for this trace: with at least that
/// `MAX_SIZE` where the device states one, with narrower links where it need not, and of 32-bit
/// devices with a granule of 8 bytes, too (a pool does not depend on the processor's word, only on
/// its granule).
pub(super) fn other_configurations(
    failing: &Configuration,
    word: WordSize,
    max_size: Option<u64>,
    profile: &Profile,
) -> (Vec<Configuration>, Vec<Skipped>) {
    let same = configurations(word).filter(|one| one.name == failing.name);
    let narrower = same.filter(|one| one.identity() != failing.identity());
    let others = configurations(word).filter(|one| one.name != failing.name);
    let wide = others.filter_map(|one| one.with_max_size(max_size.unwrap_or(0)));
    let coarse = configurations(WordSize::Bits64)
        .filter(|one| word == WordSize::Bits32 && one.name == failing.name);
    let (mut chosen, mut skipped) = (Vec::new(), Vec::new());
    for configuration in narrower.chain(wide).chain(coarse) {
        let (operations, objects) = (profile.operations, profile.peak_objects);
        let steps = operations.saturating_mul(objects);
        if profile.peak_bytes > configuration.largest() as u64 {
            skipped.push(Skipped {
                configuration,
                reason: format!(
                    "its largest pool has {} bytes",
                    count(configuration.largest())
                ),
            });
        } else if configuration.walks_blocks() && steps > MOST_STEPS {
            skipped.push(Skipped {
                configuration,
                reason: format!(
                    "requests walk the blocks: {} operations on up to {} objects take too long",
                    count(operations),
                    count(objects)
                ),
            });
        } else {
            chosen.push(configuration);
        }
    }
    (chosen, skipped)
}

impl Bench<'_> {
    /// Tries each of these configurations, lowered alignments where there are any, and each of the
    /// heaviest kinds in a pool of its own and in fixed slots. In that order.
    pub(super) fn singles(&self, base: &Arrangement, others: &[Configuration]) -> Vec<Tried> {
        let others = others.iter().map(|&one| vec![Change::Configuration(one)]);
        let is_aligned = self.whole.largest_align > base.configuration.granule as u64;
        let unaligned = is_aligned.then(|| vec![Change::Unaligned]);
        // Both leave the same behind, which is searched once.
        let homes = [Home::Pool, Home::Fixed];
        let moved = 0..self.heaviest.kinds.len();
        let moved = moved.map(|kind| homes.map(|home| Change::Moved(kind, home)).to_vec());
        let all: Vec<Vec<Change>> = others.chain(unaligned).chain(moved).collect();
        let tried = all.into_par_iter().flat_map_iter(|changes| {
            changes.into_iter().map(|change| {
                let changes = vec![change];
                let verdict = self.verdict(&base.with(&changes), u64::MAX);
                Tried { changes, verdict }
            })
        });
        tried.collect()
    }

    /// Combines the changes that save memory, greedily: to those that are made, the one is added
    /// with which the trace needs least, until it completes in the memory that there is or nothing
    /// saves much more. `None` if no two go together.
    pub(super) fn together(
        &self,
        base: &Arrangement,
        singles: &[Tried],
        least: Option<u64>,
    ) -> Option<Tried> {
        let saves = |tried: &&Tried| {
            let memory = tried.verdict.memory();
            memory.is_some_and(|memory| least.is_none_or(|least| memory < least))
        };
        let mut helpful: Vec<&Tried> = singles.iter().filter(saves).collect();
        helpful.sort_by_key(|tried| tried.verdict.memory());
        helpful.truncate(MOST_HELPFUL);
        let best = helpful.first()?;
        let (mut changes, mut verdict) = (best.changes.clone(), best.verdict.clone());
        while changes.len() < MOST_TOGETHER && !verdict.survives {
            let memory = verdict.memory()?;
            let more = helpful.iter().flat_map(|tried| tried.changes.iter());
            let more = more.filter(|more| changes.iter().all(|made| made.goes_with(**more)));
            let sets = more.map(|&more| [&changes[..], &[more]].concat());
            let sets: Vec<Vec<Change>> = sets.collect();
            let tried = sets.into_par_iter().filter_map(|changes| {
                let verdict = self.verdict(&base.with(&changes), memory - 1);
                verdict.memory().is_some().then_some((changes, verdict))
            });
            let tried: Vec<(Vec<Change>, Verdict)> = tried.collect();
            let next = tried
                .into_iter()
                .min_by_key(|(_, verdict)| verdict.memory());
            let is_worth = |(_, verdict): &(Vec<Change>, Verdict)| {
                let saved = verdict.memory().map_or(0, |needed| memory - needed);
                verdict.survives || saved >= memory / WORTH
            };
            let Some(next) = next.filter(is_worth) else {
                break;
            };
            (changes, verdict) = next;
        }
        (changes.len() > 1).then_some(Tried { changes, verdict })
    }
}
