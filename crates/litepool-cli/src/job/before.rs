//! A trace just before an operation: what a replay that failed there had done.

use anyhow::Result;
use litepool_snapshot::{Moment, Pool, Snapshot, SnapshotBuilder};
use litepool_trace::{Event, Slots};

use super::Job;
use litepool_replay::Placed;

/// A trace just before one of its operations.
pub(crate) struct Before {
    /// The operation.
    pub(crate) event: Event,
    /// The live objects.
    snapshot: Snapshot,
    /// The number of the object in each slot of a script; of a vacant slot any.
    objects: Vec<u32>,
}

impl Job {
    /// The trace before each of these operations, which are numbered from 1 and ascend. It is read
    /// once. Memory is that of the live objects, for each of them.
    ///
    /// # Errors
    /// The trace can't be read any more.
    pub(crate) fn before(&self, operations: &[usize]) -> Result<Vec<Before>> {
        let mut wanted = operations.iter().peekable();
        let mut found = Vec::new();
        let mut builder = SnapshotBuilder::new(Moment::End);
        let (mut slots, mut objects, mut number) = (Slots::new(), Vec::new(), 0);
        self.events(|event, interned| {
            if let Some(op) = event.op() {
                number += 1;
                if wanted.next_if(|&&wanted| wanted == number).is_some() {
                    let builder = builder.clone();
                    found.push(Before {
                        event: *event,
                        snapshot: builder.finish(self.word, interned.clone(), &self.facts.file)?,
                        objects: objects.clone(),
                    });
                }
                if let Some(in_slot) = slots.op(op) {
                    let slot = in_slot.id() as usize;
                    objects.resize(objects.len().max(slot + 1), 0);
                    objects[slot] = op.id();
                }
            }
            builder.event(event);
            Ok(wanted.peek().is_some())
        })?;
        Ok(found)
    }
}

impl Before {
    /// What was found by whoever replayed the trace himself: the operation, the objects that are live
    /// before it, and the number of the object in each slot.
    pub(crate) fn new(event: Event, snapshot: Snapshot, objects: Vec<u32>) -> Self {
        Self {
            event,
            snapshot,
            objects,
        }
    }

    /// The live objects, of which it is not known where they stand.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The snapshot of that moment in a pool that a replay had placed its objects in.
    pub(crate) fn placed(&self, pool: Pool, placed: &Placed) -> Snapshot {
        let number = |slot: u32| self.objects.get(slot as usize).map(|&id| u64::from(id));
        let blocks = placed.blocks.iter();
        let blocks = blocks.map(|&(info, slot)| (info, slot.and_then(number)));
        self.snapshot.clone().placed(pool, blocks)
    }
}
