//! A trace made ready for replay.

use crate::op::{Event, Op};
use crate::trace::Trace;

/// A trace made ready for replay. The numbers of the objects are replaced by slots that are used again after a
/// free, so that a replay's table of pointers stays as small as the number of live objects.
///
/// A request of zero bytes became one of one byte. Objects that are live at the end are not freed.
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
    /// O(n) time. Operations on objects that aren't live are left out; a [`Reader`](crate::Reader) never yields
    /// such a one.
    pub fn compile<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut script = Self::default();
        // The slot of each object, by its number.
        let mut slot_of: Vec<Option<u32>> = Vec::new();
        let mut vacant: Vec<u32> = Vec::new();
        for event in events {
            let id = event.op.id() as usize;
            match event.op {
                Op::Allocate { size, align, .. } => {
                    let slot = vacant.pop().unwrap_or_else(|| {
                        script.slots += 1;
                        script.slots as u32 - 1
                    });
                    slot_of.push(Some(slot));
                    script.ops.push(Op::Allocate {
                        id: slot,
                        size: size.max(1),
                        align,
                    });
                }
                Op::Resize { size, .. } => {
                    if let Some(&Some(slot)) = slot_of.get(id) {
                        script.ops.push(Op::Resize { id: slot, size });
                    }
                }
                Op::Free { .. } => {
                    if let Some(slot) = slot_of.get_mut(id).and_then(Option::take) {
                        vacant.push(slot);
                        script.ops.push(Op::Free { id: slot });
                    }
                }
            }
        }
        script
    }
}

impl From<&Trace> for Script {
    fn from(trace: &Trace) -> Self {
        Self::compile(&trace.events)
    }
}

#[cfg(test)]
mod tests;
