//! A way to lay out the memory that a trace asks for, and what comes of it: all by replays.

use std::borrow::Cow;
use std::sync::{Mutex, OnceLock};

use litepool_replay::search::{Effort, Trial};
use litepool_replay::{Configuration, FixedPool, Part, Placement};
use litepool_trace::WordSize;
use rustc_hash::FxHashMap;

use super::heaviest::Heaviest;
use crate::progress::Progress;

/// Where the objects of a kind are, apart from all others.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) enum Home {
    /// In a pool of their own, of the same configuration.
    Pool,
    /// In fixed slots.
    Fixed,
}

/// How memory is laid out.
#[derive(Clone, Debug)]
pub(super) struct Arrangement {
    pub(super) configuration: Configuration,
    /// Whether objects are aligned to the granule, whatever they request.
    pub(super) is_unaligned: bool,
    /// The kinds of objects that are elsewhere, in ascending order.
    pub(super) moved: Vec<(usize, Home)>,
}

/// What serves one kind of objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Own {
    /// A pool of so many bytes.
    Pool(u64),
    Fixed(FixedPool),
}

impl Own {
    fn bytes(&self) -> u64 {
        match self {
            Self::Pool(bytes) => *bytes,
            Self::Fixed(pool) => pool.bytes,
        }
    }
}

/// What came of an arrangement. Sizes in bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Verdict {
    /// What the kinds have that are elsewhere.
    pub(super) own: Vec<Own>,
    /// The smallest pool for everything else, if there is one.
    pub(super) rest: Option<u64>,
    /// Does the trace complete in the memory that there is?
    pub(super) survives: bool,
    /// The number of the operation that fails there, from 1; `None` if there is no room for a pool
    /// beside the others.
    pub(super) fails_at: Option<u64>,
}

impl Verdict {
    /// The least memory in all, if any suffices.
    pub(super) fn memory(&self) -> Option<u64> {
        let own = self.own.iter().map(Own::bytes);
        Some(own.fold(self.rest?, u64::saturating_add))
    }
}

/// The trace, and the memory that there is.
pub(super) struct Bench<'b> {
    pub(super) whole: &'b Part,
    pub(super) placement: Placement,
    pub(super) word: WordSize,
    /// Bytes of memory in all.
    pub(super) pool: usize,
    pub(super) effort: Effort,
    pub(super) heaviest: &'b Heaviest,
    pub(super) progress: &'b Progress,
    /// The trace with alignments lowered to the granule.
    unaligned: OnceLock<Part>,
    /// What was searched once: for a pool's configuration, and what is in it.
    found: Mutex<FxHashMap<Search, u64>>,
}

/// What a pool is, and what is in it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Search {
    configuration: (&'static str, usize, usize),
    is_unaligned: bool,
    content: Content,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Content {
    /// The objects of one kind.
    Kind(usize),
    /// All but those of these kinds.
    Without(Vec<usize>),
}

impl<'b> Bench<'b> {
    pub(super) fn new(
        (whole, placement, word): (&'b Part, Placement, WordSize),
        pool: usize,
        heaviest: &'b Heaviest,
        progress: &'b Progress,
    ) -> Self {
        Self {
            whole,
            placement,
            word,
            pool,
            effort: Effort::for_operations(whole.ops.len() as u64),
            heaviest,
            progress,
            unaligned: OnceLock::new(),
            found: Mutex::default(),
        }
    }

    /// Tries an arrangement: in the memory that there is, and with how little it completes, where
    /// that is at most `limit`.
    pub(super) fn verdict(&self, arrangement: &Arrangement, limit: u64) -> Verdict {
        let whole = self.whole(arrangement);
        let kinds: Vec<usize> = arrangement.moved.iter().map(|&(kind, _)| kind).collect();
        let mut parts = if kinds.is_empty() {
            Vec::new()
        } else {
            whole.parts(1 + kinds.len(), |object| {
                let kind = self.heaviest.of_object(object);
                let own = kind.and_then(|kind| kinds.iter().position(|&moved| moved == kind));
                Some(own.map_or(0, |own| own + 1))
            })
        };
        let owns = parts.split_off(parts.len().min(1));
        let rest = parts.pop().map_or(Cow::Borrowed(whole), Cow::Owned);
        let homes = arrangement.moved.iter().zip(&owns);
        let own: Option<Vec<Own>> = homes
            .map(|(&(kind, home), part)| match home {
                Home::Fixed => {
                    let largest = arrangement.configuration.largest() as u64;
                    let slots = FixedPool::of(part, self.word);
                    slots.filter(|slots| slots.bytes <= largest).map(Own::Fixed)
                }
                Home::Pool => {
                    let content = Content::Kind(kind);
                    let found = self.smallest(arrangement, content, part, u64::MAX);
                    found.map(Own::Pool)
                }
            })
            .collect();
        let Some(own) = own else {
            // No pool holds what is to be apart.
            return Verdict {
                own: Vec::new(),
                rest: None,
                survives: false,
                fails_at: None,
            };
        };
        let taken = own.iter().map(Own::bytes).fold(0, u64::saturating_add);
        let left = limit.saturating_sub(taken);
        let smallest = self.smallest(arrangement, Content::Without(kinds), &rest, left);
        let (survives, fails_at) = self.attempt(arrangement, &rest, taken);
        Verdict {
            own,
            rest: smallest,
            survives,
            fails_at,
        }
    }

    /// The least that suffices for the whole trace above the memory that there is.
    pub(super) fn more(&self, arrangement: &Arrangement) -> Option<u64> {
        let tried = || self.progress.advance(1);
        let found = self.whole(arrangement).smallest_within(
            &arrangement.configuration,
            self.placement,
            self.effort,
            self.pool..=usize::MAX,
            tried,
        );
        found.map(|found| found.size)
    }

    fn whole(&self, arrangement: &Arrangement) -> &Part {
        if arrangement.is_unaligned {
            self.unaligned
                .get_or_init(|| self.whole.without_alignment())
        } else {
            self.whole
        }
    }

    /// Does the rest complete in what the others leave of the memory?
    fn attempt(&self, arrangement: &Arrangement, rest: &Part, taken: u64) -> (bool, Option<u64>) {
        let configuration = &arrangement.configuration;
        let granule = configuration.granule;
        let left = usize::try_from(taken).ok();
        let Some(left) = left.and_then(|taken| self.pool.checked_sub(taken)) else {
            return (false, None);
        };
        // What is beyond the configuration's largest pool stays unused.
        let size = left.min(configuration.largest()) / granule * granule;
        self.progress.advance(1);
        match rest.attempt(configuration, self.placement, size, u64::MAX) {
            Trial::Completes => (true, None),
            Trial::FailsAt(operation) => {
                let whole = |operation| match arrangement.moved.is_empty() {
                    true => Some(operation),
                    false => rest.original(operation),
                };
                (false, whole(operation as usize).map(|number| number as u64))
            }
        }
    }

    fn smallest(
        &self,
        arrangement: &Arrangement,
        content: Content,
        part: &Part,
        limit: u64,
    ) -> Option<u64> {
        let configuration = &arrangement.configuration;
        let search = Search {
            configuration: configuration.identity(),
            is_unaligned: arrangement.is_unaligned,
            content,
        };
        let known = self.found.lock().ok()?.get(&search).copied();
        let found = known.or_else(|| {
            let high = usize::try_from(limit).unwrap_or(usize::MAX);
            let tried = || self.progress.advance(1);
            let effort = self.effort_of(configuration);
            let found =
                part.smallest_within(configuration, self.placement, effort, 0..=high, tried)?;
            // What was found below a limit depends on it.
            if limit == u64::MAX {
                self.found.lock().ok()?.insert(search, found.size);
            }
            Some(found.size)
        });
        found.filter(|&size| size <= limit)
    }

    /// Where requests walk the blocks, few sizes are tried beside the answer.
    fn effort_of(&self, configuration: &Configuration) -> Effort {
        if configuration.walks_blocks() {
            Effort { sizes: 1 }
        } else {
            self.effort
        }
    }
}
