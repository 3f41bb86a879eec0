//! From addresses to objects: what is live where, as the log goes on.

use std::collections::{HashMap, HashSet};

use crate::op::{EventKind, Op};

/// The live objects by address, and the resizings under way.
#[derive(Default)]
pub(super) struct Heap {
    live: HashMap<u64, Object>,
    /// The addresses of objects that were freed and where no object is now.
    freed: HashSet<u64>,
    /// The resizings that each thread has begun, the innermost last. A thread has more than one
    /// only if a signal handler came in between.
    pending: HashMap<u32, Vec<Pending>>,
    next: u32,
    /// Requested bytes that are live.
    bytes: u64,
    /// The most there were.
    pub(super) peak: u64,
    /// Frees and resizings of what was never allocated.
    pub(super) unknown_frees: u64,
    /// Frees and resizings of what was freed before.
    pub(super) double_frees: u64,
    /// The recorder's number of the stack of the first of these.
    pub(super) double_free_stack: Option<u64>,
    /// Some allocations are not known: that something is freed which was never allocated is normal.
    pub(super) is_partial: bool,
    /// Objects whose memory was given to another one without a free.
    pub(super) implied_frees: u64,
}

/// A live object: its number and requested size.
#[derive(Clone, Copy)]
struct Object {
    id: u32,
    size: u64,
}

/// A resizing that has begun.
struct Pending {
    address: u64,
    object: Option<Object>,
    stack: u64,
}

/// What a slot means for the trace: events to be written, each with the recorder's number of its
/// stack.
pub(super) type Events = [Option<(EventKind, u64)>; 3];

/// More objects than numbers.
#[derive(Debug)]
pub(super) struct TooManyObjects;

impl Heap {
    /// An object was allocated.
    pub(super) fn allocate(
        &mut self,
        address: u64,
        size: u64,
        align: u64,
        stack: u64,
    ) -> Result<Events, TooManyObjects> {
        let id = self.next;
        self.next = id.checked_add(1).ok_or(TooManyObjects)?;
        let before = self.put(address, Object { id, size }, stack);
        self.grow(size);
        let op = Op::Allocate { id, size, align };
        Ok([None, before, Some((op.into(), stack))])
    }

    /// An object was freed.
    pub(super) fn free(&mut self, address: u64, stack: u64) -> Events {
        let Some(Object { id, size }) = self.live.remove(&address) else {
            return [self.bad(address, stack), None, None];
        };
        self.bytes = self.bytes.saturating_sub(size);
        self.freed.insert(address);
        [Some((Op::Free { id }.into(), stack)), None, None]
    }

    /// A thread is about to resize an object. Until that is over its address means nothing: the
    /// allocator may have given it away already.
    pub(super) fn resize_begins(&mut self, thread: u32, address: u64, stack: u64) {
        let object = self.live.remove(&address);
        self.pending.entry(thread).or_default().push(Pending {
            address,
            object,
            stack,
        });
    }

    /// The resizing is over. The new address is 0 if it failed.
    pub(super) fn resize_ends(
        &mut self,
        thread: u32,
        address: u64,
        size: u64,
        old: u64,
    ) -> Result<Events, TooManyObjects> {
        let begun = self.pending.get_mut(&thread).and_then(|pending| {
            let at = pending.iter().rposition(|pending| pending.address == old)?;
            Some(pending.remove(at))
        });
        // The beginning may be missing: it was torn, or belongs to the process from which this one
        // was forked.
        let (object, stack) = match begun {
            Some(begun) => (begun.object, begun.stack),
            None => (self.live.remove(&old), 0),
        };
        let Some(object) = object else {
            let free = self.bad(old, stack);
            if address == 0 {
                return Ok([free, refused(size, None, stack), None]);
            }
            let [_, before, allocate] = self.allocate(address, size, 0, stack)?;
            return Ok([free, before, allocate]);
        };
        let Object { id, size: before } = object;
        if address == 0 {
            self.live.insert(old, object);
            return Ok([refused(size, Some(id), stack), None, None]);
        }
        if address != old && !self.live.contains_key(&old) {
            self.freed.insert(old);
        }
        self.bytes = self.bytes.saturating_sub(before);
        let before = self.put(address, Object { id, size }, stack);
        self.grow(size);
        Ok([None, before, Some((Op::Resize { id, size }.into(), stack))])
    }

    /// Ends the resizings that never ended: their objects are where they were. Returns how many
    /// there are.
    pub(super) fn settle(&mut self) -> u64 {
        let mut count = 0;
        for pending in self.pending.drain().flat_map(|(_, pending)| pending) {
            count += 1;
            if let Some(object) = pending.object {
                self.live.entry(pending.address).or_insert(object);
            }
        }
        count
    }

    /// How many objects are live.
    pub(super) fn live(&self) -> u64 {
        self.live.len() as u64
    }

    /// How many objects there have been.
    pub(super) fn objects(&self) -> u64 {
        u64::from(self.next)
    }

    /// What is freed or resized here is no object. If it never was one, and every object is known,
    /// that is an event.
    fn bad(&mut self, address: u64, stack: u64) -> Option<(EventKind, u64)> {
        if self.freed.contains(&address) {
            self.double_frees += 1;
            self.double_free_stack.get_or_insert(stack);
            return None;
        }
        self.unknown_frees += 1;
        (!self.is_partial).then_some((EventKind::ForeignFree, stack))
    }

    /// Puts an object at an address. If another is still there, its free was never seen; it is
    /// returned.
    fn put(&mut self, address: u64, object: Object, stack: u64) -> Option<(EventKind, u64)> {
        self.freed.remove(&address);
        let Object { id, size } = self.live.insert(address, object)?;
        self.bytes = self.bytes.saturating_sub(size);
        self.implied_frees += 1;
        Some((Op::Free { id }.into(), stack))
    }

    /// More bytes are live.
    fn grow(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.peak = self.peak.max(self.bytes);
    }
}

/// A refused resizing.
fn refused(size: u64, resized: Option<u32>, stack: u64) -> Option<(EventKind, u64)> {
    let align = 0;
    let kind = EventKind::Refused {
        size,
        align,
        resized,
    };
    Some((kind, stack))
}

#[cfg(test)]
mod tests;
