//! What the dumps of a log list, and what that says of the blocks.

use std::collections::BTreeMap;

use super::open::Open;
use crate::error::Fault;
use crate::import::builder::{Builder, Circumstances};
use crate::import::names::Thread;

/// The blocks of a device, as its dumps tell them.
#[derive(Default)]
pub(super) struct Blocks {
    /// The last record, as long as what follows may belong to it.
    open: Option<Open>,
    /// What the dumps so far have listed, by address. No two overlap.
    blocks: BTreeMap<u64, Block>,
    dump: Dump,
    session: Session,
}

/// A block that is listed.
struct Block {
    end: u64,
    cycles: u64,
    /// The number of the last dump that lists it.
    dump: u64,
    state: State,
    /// The processor that allocated it.
    cpu: u64,
}

#[derive(Clone, Copy)]
enum State {
    Used,
    /// It was freed, and that is still to be told: by this call stack.
    Freed(u32),
    /// That was told.
    Over,
}

/// The dump that is being read.
#[derive(Default)]
struct Dump {
    /// Dumps are numbered from 1.
    number: u64,
    is_open: bool,
    /// How many records it announced.
    announced: Option<u64>,
    listed: u64,
    /// The addresses of blocks that it lists as freed.
    freed: Vec<u64>,
    damaged: u64,
}

/// What is known of the device's trace: of all dumps since it was started.
#[derive(Default)]
struct Session {
    /// Events of it that were read.
    events: u64,
    /// How many there are in all, as the last dump says.
    allocations: u64,
    /// How many of those that are missing were told.
    lost: u64,
}

impl Blocks {
    /// A dump begins, which announces so many records. One that is open was cut off.
    pub(super) fn begin(&mut self, announced: u64, builder: &mut Builder) -> Result<(), Fault> {
        self.close(builder)?;
        self.dump = Dump {
            number: self.dump.number + 1,
            is_open: true,
            announced: Some(announced),
            ..Dump::default()
        };
        Ok(())
    }

    /// Whether the lines that come belong to a dump.
    pub(super) fn is_open(&self) -> bool {
        self.dump.is_open
    }

    /// The next record. Its dump need not have a beginning.
    pub(super) fn list(&mut self, open: Open, builder: &mut Builder) -> Result<(), Fault> {
        self.settle(builder)?;
        self.dump.is_open = true;
        self.open = Some(open);
        Ok(())
    }

    /// The last record, to which the lines that come may add.
    pub(super) fn last(&mut self) -> Option<&mut Open> {
        self.open.as_mut()
    }

    /// A record can't be read.
    pub(super) fn skip(&mut self, builder: &mut Builder) -> Result<(), Fault> {
        self.dump.damaged += 1;
        self.settle(builder)
    }

    /// Nothing more belongs to the last record.
    fn settle(&mut self, builder: &mut Builder) -> Result<(), Fault> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        self.dump.listed += 1;
        let freed_by = match &open.freed_by {
            Some(sites) => builder.stack(sites)?,
            None => 0,
        };
        let (end, dump) = (open.end(), self.dump.number);
        if let Some(known) = self.blocks.get_mut(&open.address)
            && known.is(&open)
        {
            if known.dump == dump {
                builder.notes.repeated_records += 1;
            }
            known.dump = dump;
            if open.is_freed && matches!(known.state, State::Used) {
                known.state = State::Freed(freed_by);
                self.dump.freed.push(open.address);
            }
            return Ok(());
        }
        self.vacate(open.address, end, builder)?;
        let at = Circumstances {
            stack: builder.stack(&open.callers)?,
            pool: builder.pool(&open.memory)?,
            ..circumstances(open.cpu, 0)
        };
        builder.allocate(open.address, open.size, 0, at)?;
        self.session.events += 1;
        let block = Block {
            end,
            cycles: open.cycles,
            dump,
            cpu: open.cpu,
            state: match open.is_freed {
                true => State::Freed(freed_by),
                false => State::Used,
            },
        };
        self.blocks.insert(open.address, block);
        if open.is_freed {
            self.dump.freed.push(open.address);
        }
        Ok(())
    }

    /// Frees what stood where a block stands now. O(log n) for each.
    fn vacate(&mut self, from: u64, to: u64, builder: &mut Builder) -> Result<(), Fault> {
        while let Some((&address, block)) = self.blocks.range(..to).next_back()
            && block.end > from
        {
            builder.notes.implied_frees += u64::from(matches!(block.state, State::Used));
            self.free(address, builder)?;
            self.blocks.remove(&address);
        }
        Ok(())
    }

    /// Whether a block was freed, and that is still to be told.
    fn is_freed(&self, address: u64) -> bool {
        let block = self.blocks.get(&address);
        block.is_some_and(|block| matches!(block.state, State::Freed(_)))
    }

    /// Tells that a block was freed, unless that was told.
    fn free(&mut self, address: u64, builder: &mut Builder) -> Result<(), Fault> {
        let Some(block) = self.blocks.get_mut(&address) else {
            return Ok(());
        };
        let stack = match std::mem::replace(&mut block.state, State::Over) {
            State::Over => return Ok(()),
            State::Used => 0,
            State::Freed(stack) => stack,
        };
        self.session.events += 1;
        builder.free(address, circumstances(block.cpu, stack))
    }

    /// A dump is at its end, and says how many allocations and frees there were in all.
    pub(super) fn finish(
        &mut self,
        builder: &mut Builder,
        totals: Option<(u64, u64)>,
    ) -> Result<(), Fault> {
        // Before the last record: the peak is not without it.
        self.gap(totals, builder)?;
        let is_whole = self.is_whole();
        self.settle(builder)?;
        let dump = std::mem::take(&mut self.dump);
        self.dump.number = dump.number;
        for address in dump.freed {
            if self.is_freed(address) {
                builder.notes.unplaced_frees += 1;
                self.free(address, builder)?;
            }
        }
        if is_whole {
            let unlisted = self.blocks.iter();
            let unlisted = unlisted.filter(|(_, block)| block.dump != dump.number);
            let unlisted: Vec<u64> = unlisted.map(|(&address, _)| address).collect();
            for address in unlisted {
                let is_used = matches!(self.blocks[&address].state, State::Used);
                builder.notes.unplaced_frees += u64::from(is_used);
                self.free(address, builder)?;
                self.blocks.remove(&address);
            }
        }
        Ok(())
    }

    /// Whether the dump, with the last record, lists all that it announced, so that what it does
    /// not list was freed. What `heap_trace_dump_caps` leaves out, or a console loses, is there.
    fn is_whole(&self) -> bool {
        let listed = self.dump.listed + u64::from(self.open.is_some());
        self.dump.damaged == 0 && self.dump.announced == Some(listed)
    }

    /// How many blocks a whole dump does not list. Of each that it lists, and of each that it does
    /// not for the first time, O(1).
    fn unlisted(&self) -> u64 {
        if !self.is_whole() {
            return 0;
        }
        let is_open = |address: u64, block: &Block| {
            let open = self.open.as_ref();
            open.is_some_and(|open| open.address == address && block.is(open))
        };
        let unlisted = self.blocks.iter().filter(|&(&address, block)| {
            let is_used = matches!(block.state, State::Used);
            is_used && block.dump != self.dump.number && !is_open(address, block)
        });
        unlisted.count() as u64
    }

    /// A dump ends here, if one is open: it was cut off.
    pub(super) fn close(&mut self, builder: &mut Builder) -> Result<(), Fault> {
        if self.dump.is_open {
            self.finish(builder, None)?;
        }
        Ok(())
    }

    /// Tells what is missing in the dump: what was freed, in the mode that keeps only what was not;
    /// what the device's buffer had no room for; what the console lost. The last record is not yet
    /// settled.
    fn gap(&mut self, totals: Option<(u64, u64)>, builder: &mut Builder) -> Result<(), Fault> {
        let Some((allocations, frees)) = totals else {
            // How many were left out nobody knows.
            return builder.gap(0, circumstances(0, 0));
        };
        if allocations < self.session.allocations {
            // The trace was started anew.
            self.session = Session {
                events: self.dump.listed,
                ..Session::default()
            };
        }
        self.session.allocations = allocations;
        let freed = self.dump.freed.iter();
        let to_tell = freed.filter(|&&address| self.is_freed(address)).count() as u64;
        let lost = allocations
            .saturating_add(frees)
            .saturating_sub(self.session.events)
            .saturating_sub(to_tell)
            .saturating_sub(self.open_events())
            .saturating_sub(self.unlisted());
        if lost > self.session.lost {
            builder.gap(lost - self.session.lost, circumstances(0, 0))?;
            self.session.lost = lost;
        }
        Ok(())
    }

    /// For how many events the last record will stand.
    fn open_events(&self) -> u64 {
        let Some(open) = &self.open else {
            return 0;
        };
        match self.blocks.get(&open.address) {
            Some(block) if block.is(open) => {
                u64::from(open.is_freed && matches!(block.state, State::Used))
            }
            _ => 1 + u64::from(open.is_freed),
        }
    }
}

impl Block {
    /// Whether a record of its address is about it: it was listed before.
    fn is(&self, open: &Open) -> bool {
        (self.end, self.cycles) == (open.end(), open.cycles)
    }
}

/// A dump tells no tasks, only processors.
fn circumstances(cpu: u64, stack: u32) -> Circumstances<'static> {
    let name = match cpu {
        0 => "CPU 0",
        _ => "CPU 1",
    };
    Circumstances {
        thread: Thread::Name(name),
        stack,
        ..Circumstances::default()
    }
}
