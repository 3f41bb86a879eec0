//! Which objects of a trace are live, event after event.

use litepool_trace::{Event, EventKind, Op};
use rustc_hash::FxHashMap;

use crate::snapshot::Birth;

/// A live object of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Object {
    /// Bytes that were requested last.
    pub(crate) size: u64,
    pub(crate) birth: Birth,
    /// Who allocated it, from where and in which pool. A resize changes none of them.
    pub(crate) thread: u32,
    pub(crate) stack: u32,
    pub(crate) pool: u32,
    /// What whoever watches notes about it.
    pub(crate) mark: u64,
}

/// What an event changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    /// No object.
    Nothing,
    /// A new object.
    Born(Object),
    /// The object had another size before.
    Resized { id: u32, before: Object, size: u64 },
    /// The object is gone.
    Freed { id: u32, before: Object },
}

/// The live objects. Memory is that of the most that are live at a time.
#[derive(Clone, Default, Debug)]
pub(crate) struct LiveObjects {
    objects: FxHashMap<u32, Object>,
    /// Objects allocated so far, that is, the number of the next one.
    born: u32,
    bytes: u64,
    now: Birth,
}

impl LiveObjects {
    /// Takes the next event into account. O(1), amortised.
    pub(crate) fn event(&mut self, event: &Event) -> Change {
        self.now.time = event.time;
        let EventKind::Op(op) = event.kind else {
            return Change::Nothing;
        };
        self.now.operation += 1;
        match op {
            Op::Allocate { id, size, .. } => {
                let object = Object {
                    size,
                    birth: self.now,
                    thread: event.thread,
                    stack: event.stack,
                    pool: event.pool,
                    mark: 0,
                };
                self.objects.insert(id, object);
                self.born = id.saturating_add(1);
                self.bytes = self.bytes.saturating_add(size);
                Change::Born(object)
            }
            Op::Resize { id, size } => {
                let Some(object) = self.objects.get_mut(&id) else {
                    return Change::Nothing;
                };
                let before = *object;
                object.size = size;
                self.bytes = self.bytes.saturating_sub(before.size).saturating_add(size);
                Change::Resized { id, before, size }
            }
            Op::Free { id } => match self.objects.remove(&id) {
                None => Change::Nothing,
                Some(before) => {
                    self.bytes = self.bytes.saturating_sub(before.size);
                    Change::Freed { id, before }
                }
            },
        }
    }

    /// Bytes that are live.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many objects were allocated so far.
    pub(crate) fn born(&self) -> u32 {
        self.born
    }

    /// How many operations there were so far, and the time of the last event.
    pub(crate) fn now(&self) -> Birth {
        self.now
    }

    /// Notes something about a live object.
    pub(crate) fn mark(&mut self, id: u32, mark: u64) {
        if let Some(object) = self.objects.get_mut(&id) {
            object.mark = mark;
        }
    }

    /// The live objects by their numbers, in no order.
    pub(crate) fn into_objects(self) -> FxHashMap<u32, Object> {
        self.objects
    }
}
