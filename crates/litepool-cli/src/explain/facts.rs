//! What is told of a change, to people and machines.

use litepool_report::model;
use litepool_snapshot::Call;
use serde::Serialize;

use super::arrangement::{Arrangement, Own, Verdict};
use super::changes::{Change, Tried};
use super::heaviest::{Heaviest, Kind};
use crate::sites;

/// A change to the pool or to the program, tried by a replay. Sizes in bytes.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(crate) struct ChangeFacts {
    /// `configuration`, `more-bytes`, `own-pool`, `fixed-objects`, `alignment`, `together`.
    pub(crate) kind: &'static str,
    /// The configuration with the change.
    pub(crate) configuration: &'static str,
    pub(crate) granule: usize,
    /// The largest pool of its narrowest links.
    pub(crate) narrowest_links_up_to: usize,
    /// Whether requests are aligned to the granule only.
    pub(crate) alignment_lowered: bool,
    /// Does the trace complete? With more bytes: in these; else in the memory that there is.
    pub(crate) survives: bool,
    /// The operation that fails in the memory that there is, from 1; null if none does, or if there
    /// is no room for the pool.
    pub(crate) fails_at: Option<u64>,
    /// The least memory in all in which the trace completes; null if there is none.
    pub(crate) memory: Option<u64>,
    /// Of it, the pool for everything that is not moved.
    pub(crate) pool: Option<u64>,
    /// What is moved, and what it gets.
    pub(crate) moved: Vec<MovedFacts>,
    /// Of changes that were combined: what each is, as above.
    pub(crate) steps: Vec<&'static str>,
}

/// Objects that are moved.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(crate) struct MovedFacts {
    /// What they are.
    #[serde(skip)]
    pub(crate) objects: Kind,
    /// Their call site; null if they have their sizes in common.
    #[serde(serialize_with = "site")]
    pub(crate) site: Option<Call>,
    /// The smallest and the largest of their sizes; null if they have their call site in common.
    pub(crate) sizes: Option<(u64, u64)>,
    /// Bytes of the pool of their own, or of all fixed slots.
    pub(crate) bytes: u64,
    /// The fixed slots: empty for a pool of their own.
    pub(crate) slots: Vec<SlotsFacts>,
}

/// Fixed slots of one size.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SlotsFacts {
    pub(crate) size: u64,
    pub(crate) number: u64,
}

fn site<S: serde::Serializer>(site: &Option<Call>, to: S) -> Result<S::Ok, S::Error> {
    sites::site(site, to)
}

impl ChangeFacts {
    pub(super) fn new(tried: &Tried, base: &Arrangement, heaviest: &Heaviest) -> Self {
        let Tried { changes, verdict } = tried;
        let steps = changes.iter().map(|change| name(*change));
        let steps: Vec<&'static str> = steps.collect();
        Self {
            kind: match steps[..] {
                [kind] => kind,
                _ => "together",
            },
            survives: verdict.survives,
            fails_at: verdict.fails_at,
            memory: verdict.memory(),
            pool: verdict.rest,
            moved: moved(&base.with(changes), verdict, heaviest),
            steps: if steps.len() > 1 { steps } else { Vec::new() },
            ..Self::nothing(&base.with(changes))
        }
    }

    /// Saves the trace in the memory that there is.
    pub(super) fn saves(&self) -> bool {
        self.survives && self.kind != "more-bytes"
    }

    /// More bytes: so many in all.
    pub(super) fn more_bytes(base: &Arrangement, memory: Option<u64>, fails_at: u64) -> Self {
        Self {
            kind: "more-bytes",
            survives: memory.is_some(),
            fails_at: memory.is_none().then_some(fails_at),
            memory,
            pool: memory,
            ..Self::nothing(base)
        }
    }

    fn nothing(arrangement: &Arrangement) -> Self {
        let (configuration, granule, narrowest) = arrangement.configuration.identity();
        Self {
            kind: "",
            configuration,
            granule,
            narrowest_links_up_to: narrowest,
            alignment_lowered: arrangement.is_unaligned,
            survives: false,
            fails_at: None,
            memory: None,
            pool: None,
            moved: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// As the page of `report` has it. `index` numbers a call.
    pub(crate) fn for_page(&self, mut index: impl FnMut(&Call) -> u32) -> model::Change {
        let only = match &self.moved[..] {
            [only] => Some(only),
            _ => None,
        };
        let site = only.and_then(|moved| moved.site.as_ref());
        model::Change {
            kind: self.kind,
            configuration: self.configuration.into(),
            granule: self.granule as u32,
            site: site.map(&mut index),
            bytes: match self.kind {
                "more-bytes" => self.memory,
                _ => only.map(|moved| moved.bytes),
            },
            survives: self.survives,
            memory: self.memory,
            fails_at: self.fails_at,
            moved: self
                .moved
                .iter()
                .map(|moved| moved.for_page(&mut index))
                .collect(),
            steps: self.steps.clone(),
        }
    }
}

impl MovedFacts {
    fn for_page(&self, index: impl FnMut(&Call) -> u32) -> model::Moved {
        model::Moved {
            site: self.site.as_ref().map(index),
            sizes: self.sizes,
            bytes: self.bytes,
        }
    }
}

fn name(change: Change) -> &'static str {
    use super::arrangement::Home;
    match change {
        Change::Configuration(_) => "configuration",
        Change::Unaligned => "alignment",
        Change::Moved(_, Home::Pool) => "own-pool",
        Change::Moved(_, Home::Fixed) => "fixed-objects",
    }
}

fn moved(arrangement: &Arrangement, verdict: &Verdict, heaviest: &Heaviest) -> Vec<MovedFacts> {
    let owns = arrangement.moved.iter().zip(&verdict.own);
    let facts = owns.map(|(&(kind, _), own)| {
        let objects = heaviest.kinds[kind].kind.clone();
        let (bytes, slots) = match own {
            Own::Pool(bytes) => (*bytes, Vec::new()),
            Own::Fixed(pool) => {
                let slots = pool.classes.iter().map(|class| SlotsFacts {
                    size: class.slot,
                    number: class.slots,
                });
                (pool.bytes, slots.collect())
            }
        };
        MovedFacts {
            site: objects.site().cloned(),
            sizes: match objects {
                Kind::Sizes(first, last) => Some((first, last)),
                Kind::Site(_) => None,
            },
            objects,
            bytes,
            slots,
        }
    });
    facts.collect()
}
