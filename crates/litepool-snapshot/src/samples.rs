//! Runs of programs, for tests.

use litepool_trace::{Event, EventKind, Frame, Interned, Op, Stack, WordSize};

use crate::moment::{Moment, MomentError, SnapshotBuilder};
use crate::snapshot::Snapshot;

/// A run, told event by event. Each event takes a millisecond.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) events: Vec<Event>,
    objects: u32,
    thread: u32,
}

impl Run {
    /// The thread of the events to come.
    pub(crate) fn thread(&mut self, thread: u32) {
        self.thread = thread;
    }

    /// A new object of this call stack. Returns its number.
    pub(crate) fn allocate(&mut self, stack: u32, size: u64) -> u32 {
        let id = self.objects;
        self.objects += 1;
        self.op(stack, Op::Allocate { id, size, align: 0 });
        id
    }

    pub(crate) fn resize(&mut self, id: u32, size: u64) {
        self.op(0, Op::Resize { id, size });
    }

    pub(crate) fn free(&mut self, id: u32) {
        self.op(0, Op::Free { id });
    }

    /// What is no operation.
    pub(crate) fn event(&mut self, kind: EventKind) {
        self.push(0, kind);
    }

    /// The same, of a call stack.
    pub(crate) fn event_of(&mut self, stack: u32, kind: EventKind) {
        self.push(stack, kind);
    }

    /// So many operations that leave nothing.
    pub(crate) fn churn(&mut self, operations: usize) {
        for _ in 0..operations / 2 {
            let id = self.allocate(9, 1000);
            self.free(id);
        }
    }

    pub(crate) fn snapshot(&self, moment: Moment) -> Result<Snapshot, MomentError> {
        let mut builder = SnapshotBuilder::new(moment);
        self.events.iter().all(|event| builder.event(event));
        builder.finish(WordSize::Bits32, interned(), "run.lpt")
    }

    fn op(&mut self, stack: u32, op: Op) {
        self.push(stack, EventKind::Op(op));
    }

    fn push(&mut self, stack: u32, kind: EventKind) {
        self.events.push(Event {
            thread: self.thread,
            stack,
            time: 1000 * (self.events.len() as u64 + 1),
            ..Event::from(kind)
        });
    }
}

/// Ten call stacks of one frame each.
fn interned() -> Interned {
    let numbers = 0..10;
    Interned {
        frames: numbers
            .clone()
            .map(|number| Frame {
                offset: 0x10 * number,
                ..Frame::default()
            })
            .collect(),
        stacks: numbers
            .map(|number| Stack {
                frame: number as u32,
                parent: 0,
            })
            .collect(),
        ..Interned::default()
    }
}
