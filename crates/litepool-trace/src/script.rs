//! A trace made ready for replay.

use rustc_hash::FxHashMap;

use crate::op::{Event, Op};
use crate::trace::Trace;

/// A trace made ready for replay. The numbers of the objects are replaced by slots that are used again after a
/// free, so that a replay's table of pointers stays as small as the number of live objects.
///
/// A request of zero bytes became one of one byte. Objects that are live at the end are not freed.
///
/// ```
/// use litepool_trace::{Import, Op, Script};
///
/// let text = "1: malloc 0x1000 8\n1: free 0x1000\n1: malloc 0x2000 9\n";
/// let script = Script::from(&Import::from_reader(text.as_bytes(), None)?.trace);
/// assert_eq!(script.slots, 1);
/// assert_eq!(script.ops[2], Op::Allocate { id: 0, size: 9, align: 0 });
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Script {
    /// How many slots are needed: the most objects that were live at a time.
    pub slots: usize,
    /// The operations. Their `id` is a slot, below [`Script::slots`].
    pub ops: Vec<Op>,
}

impl Script {
    /// Prepares a sequence of events, which must be one that a [`Trace`] can hold.
    ///
    /// O(n) time. What is no operation is left out. Operations on objects that aren't live are left out; a [`Reader`](crate::Reader) never yields
    /// such a one.
    pub fn compile<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut slots = Slots::new();
        let ops = events
            .into_iter()
            .filter_map(|event| slots.op(event.op()?))
            .collect();
        Self {
            slots: slots.len(),
            ops,
        }
    }
}

impl From<&Trace> for Script {
    fn from(trace: &Trace) -> Self {
        Self::compile(&trace.events)
    }
}

/// Makes a [`Script`] operation by operation, for traces that don't fit into memory: puts slots in
/// the place of the objects' numbers. Its own memory is that of the live objects.
///
/// ```
/// use litepool_trace::{Op, Slots};
///
/// let mut slots = Slots::new();
/// let request = |id| Op::Allocate { id, size: 24, align: 0 };
/// slots.op(request(0));
/// slots.op(Op::Free { id: 0 });
/// // Object 1 has the slot that object 0 left.
/// assert_eq!(slots.op(request(1)), Some(request(0)));
/// assert_eq!(slots.len(), 1);
/// ```
#[derive(Clone, Default, Debug)]
pub struct Slots {
    /// The slot of each live object.
    live: FxHashMap<u32, u32>,
    vacant: Vec<u32>,
    len: u32,
}

impl Slots {
    /// Begins without objects.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many slots are needed so far: the most objects that were live at a time.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there was no object yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The operation as a script has it; `None` if its object isn't live. O(1).
    pub fn op(&mut self, op: Op) -> Option<Op> {
        Some(match op {
            Op::Allocate { id, size, align } => {
                let slot = self.vacant.pop().unwrap_or_else(|| {
                    self.len += 1;
                    self.len - 1
                });
                self.live.insert(id, slot);
                Op::Allocate {
                    id: slot,
                    size: size.max(1),
                    align,
                }
            }
            Op::Resize { id, size } => Op::Resize {
                id: *self.live.get(&id)?,
                size,
            },
            Op::Free { id } => {
                let slot = self.live.remove(&id)?;
                self.vacant.push(slot);
                Op::Free { id: slot }
            }
        })
    }
}

#[cfg(test)]
mod tests;
