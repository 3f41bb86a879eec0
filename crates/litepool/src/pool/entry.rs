//! A pool as other pools see it: whatever its configuration, its place in the list of all pools and
//! among those that stand in blocks of one.

use core::cell::Cell;

use crate::error::NotReady;
use crate::inspect::Stats;
use crate::range::Range;

/// What a pool is able to do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Phase {
    /// It has no memory.
    Empty,
    /// Memory is registered and being made a heap.
    Registered,
    /// There is a guard. Only its own thread can see that, from within: where the lock may be
    /// taken again by its holder.
    Busy,
    /// It serves.
    Ready,
    /// It serves, and a block that is freed may be one in which another pool stands, or at which
    /// a check in steps is to go on.
    Watched,
}

/// A pool's place in the list.
pub struct Entry {
    /// Written before the entry is linked, and not again until it is unlinked.
    pub range: Cell<Option<Range>>,
    /// The next live pool. Under the list's lock.
    pub next: Cell<Option<&'static dyn Live>>,
    /// The pool in whose block this one stands. Under the list's lock.
    pub outer: Cell<Option<&'static dyn Live>>,
    /// The next pool that stands in a block of the same one. Under that one's lock.
    pub next_nested: Cell<Option<&'static Self>>,
}

impl Entry {
    /// Of a pool without memory. All zeros, so that a `static` pool takes no room in a firmware's
    /// image.
    pub const fn new() -> Self {
        Self {
            range: Cell::new(None),
            next: Cell::new(None),
            outer: Cell::new(None),
            next_nested: Cell::new(None),
        }
    }

    /// The pool's memory; without any, no bytes.
    pub fn range(&self) -> Range {
        self.range.get().unwrap_or(Range::NONE)
    }
}

/// The memory of a region after a pool's first. Under the list's lock.
pub struct RegionEntry {
    /// Where it is, if there is one.
    pub range: Cell<Option<Range>>,
    /// Is it being made?
    pub is_pending: Cell<bool>,
}

impl RegionEntry {
    /// There is no such region.
    #[expect(
        clippy::declare_interior_mutable_const,
        reason = "what an array of them begins with"
    )]
    pub const NONE: Self = Self {
        range: Cell::new(None),
        is_pending: Cell::new(false),
    };

    /// It is to be of this memory, or of none.
    pub fn set(&self, range: Option<Range>) {
        self.range.set(range);
        self.is_pending.set(range.is_some());
    }
}

/// A pool of any kind, as the list knows it.
pub trait Live {
    /// Its place in the list.
    fn entry(&self) -> &Entry;
    /// The memory of its regions after the first.
    fn region_entries(&self) -> &[RegionEntry];
    /// Passes from one phase to another, if it is in the first.
    fn pass(&self, from: Phase, to: Phase) -> bool;
    /// Its figures, if they can be had.
    fn stats(&self) -> Result<Stats, NotReady>;
    /// Takes note of a pool in one of its used blocks; not if it stands elsewhere.
    fn hold(&self, inner: &'static Entry) -> bool;
    /// A pool in one of its blocks is no more.
    fn let_go(&self, inner: &'static Entry);
}
