//! From the records of a device to the events of a trace.

use litepool_stream::{Event as Sent, Events, Record, Task};

use super::sequence::Arrival;
use super::{Circumstances, Happening, Loss, Receiver, Site, Thread, code};
use crate::error::Fault;
use crate::op::{EventKind, Op};

impl Receiver {
    pub(super) fn events(&mut self, mut events: Events<'_>) {
        let arrival = self
            .sequence
            .frame(events.number(), crc32fast::hash(events.encoded()));
        if arrival == Arrival::Stale {
            self.reception.stale += 1;
            return;
        }
        // A gap before them belongs to the first task that appears.
        let of_a_task = |record: &Record<'_>| !matches!(record.event, Sent::Lost { .. });
        if let Some(record) = events.clone().flatten().find(of_a_task) {
            self.task = record.task;
        }
        let before = std::mem::take(&mut self.before);
        if before > 0 {
            self.gap(before);
        }
        self.arrive(arrival);
        let first = events.number();
        for record in events.by_ref() {
            match record {
                Ok(record) => {
                    self.reception.received +=
                        u64::from(!matches!(record.event, Sent::Lost { .. }));
                    let done = self.record(&record);
                    self.accept(done);
                }
                Err(_) => self.reception.damaged += 1,
            }
        }
        self.sequence.happened(events.number() - first);
    }

    /// What does not obey the rules of a trace is left out and counted.
    pub(super) fn accept(&mut self, done: Result<(), Fault>) {
        if done.is_err() {
            self.reception.rejected += 1;
        }
        self.drain(None);
    }

    /// Before a frame: what is missing.
    pub(super) fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Stale | Arrival::After { lost: 0 } | Arrival::First { before: 0 } => {}
            Arrival::After { lost } => self.lost(lost, Loss::OnTheWay),
            Arrival::First { before } => self.lost(before, Loss::Before),
            Arrival::Reset { lost } => {
                self.reset();
                if lost > 0 {
                    self.lost(lost, Loss::OnTheWay);
                }
            }
        }
    }

    fn lost(&mut self, events: u64, loss: Loss) {
        self.count_lost(events, loss);
        self.gap(events);
    }

    pub(super) fn count_lost(&mut self, events: u64, loss: Loss) {
        self.reception.lost(events, loss);
        self.happenings.push_back(Happening::Lost { events, loss });
    }

    /// A gap, after which nothing is known of what was freed before.
    fn gap(&mut self, lost: u64) {
        let at = self.circumstances(self.task, 0, 0);
        let known = self.builder.knows_task(code(self.task));
        let mut done = self.builder.gap(lost, at);
        if !known && done.is_ok() {
            done = self.name_task(self.task);
        }
        self.accept(done);
    }

    fn reset(&mut self) {
        let live: Vec<u64> = self.blocks.clear().collect();
        self.reception.resets += 1;
        self.happenings.push_back(Happening::Reset {
            live: live.len() as u64,
        });
        self.gap(0);
        self.end(live, self.task, 0);
        self.clock.begin_again();
        for (pool, _) in std::mem::take(&mut self.pools).into_values() {
            self.happenings.push_back(Happening::PoolEnded { pool });
        }
    }

    /// These objects went with what they were in.
    fn end(&mut self, addresses: Vec<u64>, task: Task, stack: u32) {
        for address in addresses {
            let at = self.circumstances(task, stack, 0);
            let done = self.builder.end(address, at);
            self.reception.swept += u64::from(done == Ok(true));
            self.accept(done.map(drop));
        }
    }

    /// Where and when the event that comes now happened.
    fn circumstances(&self, task: Task, stack: u32, pool: u32) -> Circumstances<'static> {
        Circumstances {
            thread: Thread::Number(code(task)),
            stack,
            pool,
            time: self.clock.now(),
        }
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), Fault> {
        self.clock.at(record.time);
        if let Sent::Lost { count } = record.event {
            // It is of all tasks.
            self.lost(count, Loss::InTheRing);
            return Ok(());
        }
        self.task = record.task;
        let stack = self.stack(record)?;
        let pool = self.pool(record.pool, 0)?;
        let at = self.circumstances(record.task, stack, pool);
        let known = self.builder.knows_task(code(record.task));
        let address = self.event(record, at)?;
        if !known {
            self.name_task(record.task)?;
        }
        self.drain(address);
        Ok(())
    }

    /// What happened. Where the object is, if one was allocated or resized.
    fn event(
        &mut self,
        record: &Record<'_>,
        at: Circumstances<'static>,
    ) -> Result<Option<u64>, Fault> {
        match record.event {
            Sent::Allocated {
                block,
                size,
                align_log2,
            } => {
                // What can't be takes no other's place.
                self.builder.sized(size)?;
                self.overlap(record.pool, block, size, at)?;
                self.builder.allocate(block, size, align(align_log2), at)?;
                return Ok(Some(block));
            }
            Sent::Freed { block } => {
                self.blocks.remove(record.pool, block);
                self.builder.free(block, at)?;
            }
            Sent::Resized { from, to, size } => {
                self.builder.sized(size)?;
                self.blocks.remove(record.pool, from);
                if size > 0 {
                    self.overlap(record.pool, to, size, at)?;
                }
                self.builder.resize(from, to, size, at)?;
                return Ok(Some(to));
            }
            Sent::NotAllocated { size, align_log2 } => {
                self.builder.refused(size, align(align_log2), None, at)?;
            }
            Sent::NotFreed { .. } => {
                self.reception.refused_frees += 1;
                self.builder.foreign_free(at)?;
            }
            Sent::NotResized { block, size } => self.builder.refused(size, 0, Some(block), at)?,
            Sent::Initialised { size } => {
                self.empty(record.pool, at);
                self.pool(record.pool, size)?;
            }
            Sent::Deinitialised => {
                self.empty(record.pool, at);
                if self.pools.remove(&record.pool).is_some() {
                    let pool = at.pool;
                    self.happenings.push_back(Happening::PoolEnded { pool });
                }
            }
            Sent::TaskEnded { task } => {
                self.builder
                    .thread_ends(self.circumstances(task, at.stack, 0))?;
            }
            Sent::Lost { .. } => {}
        }
        Ok(None)
    }

    /// A pool begins or ends: nothing is in it any more.
    fn empty(&mut self, pool: u64, at: Circumstances<'_>) {
        let gone = self.blocks.remove_pool(pool);
        self.end(gone, self.task, at.stack);
    }

    /// Objects that a new one overlaps were freed unseen.
    fn overlap(
        &mut self,
        pool: u64,
        address: u64,
        size: u64,
        at: Circumstances<'_>,
    ) -> Result<(), Fault> {
        for gone in self.blocks.insert(pool, address, size) {
            self.builder.evict(gone, at)?;
        }
        Ok(())
    }

    /// A task that has just appeared gets the name that was told before, or the device's number: that
    /// of the trace is another one.
    fn name_task(&mut self, task: Task) -> Result<(), Fault> {
        let name = match (self.task_names.get(&code(task)), task) {
            (Some(name), _) => name,
            (None, Task::Interrupt) => "interrupt",
            (None, task) => &task.to_string(),
        };
        self.builder.name_task(code(task), name)
    }

    /// The number of the record's stack.
    fn stack(&mut self, record: &Record<'_>) -> Result<u32, Fault> {
        self.stack.clear();
        self.stack.extend(record.stack.clone());
        if self.stack.is_empty() {
            return Ok(0);
        }
        if let Some(&number) = self.stacks.get(&self.stack[..]) {
            return Ok(number);
        }
        let mut sites = Vec::with_capacity(self.stack.len());
        for &offset in &self.stack {
            let locations = match &mut self.namer {
                Some(name) if self.frames.insert(offset) => name(self.builder.build_id(), offset),
                _ => Vec::new(),
            };
            sites.push(Site {
                module: String::new(),
                offset,
                locations,
            });
        }
        let number = self.builder.stack(&sites)?;
        self.stacks.insert(self.stack.as_slice().into(), number);
        Ok(number)
    }

    /// Takes over the events that were made. `address`: of the object of the last one.
    fn drain(&mut self, address: Option<u64>) {
        while let Some(event) = self.builder.take() {
            let has_address = matches!(
                event.kind,
                EventKind::Op(Op::Allocate { .. } | Op::Resize { .. })
            );
            self.happenings.push_back(Happening::Event {
                event,
                address: address.filter(|_| has_address),
            });
        }
    }
}

/// The alignment that was asked for; 0: none was.
const fn align(log2: u8) -> u64 {
    match log2 {
        0 => 0,
        // The format has no larger ones than 63.
        log2 => 1_u64.wrapping_shl(log2 as u32),
    }
}
