//! What is live on the device, as its events tell.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use litepool_trace::{Event, EventKind, Happening, Interned, Loss, Op};
use rustc_hash::FxHashMap;

use super::alarms::{About, Alarms, Thresholds};
use super::meter::Meter;
use super::pool::Pool;
use super::sum::{RATES, SECOND, Sum};
use crate::naming::Naming;
use crate::units::{count, counted};

/// For how many steps of a look an event pays: in a recording whose clock goes on by seconds from
/// each event to the next, a look for each second would take the square of the events' number.
const PAYS: u64 = 64;

/// How many lines of the log are kept.
const LOG: usize = 200;

/// A live block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) address: u64,
    pub(super) size: u64,
    pub(super) thread: u32,
    pub(super) stack: u32,
    pub(super) pool: u32,
    /// When it was allocated, in microseconds.
    pub(super) birth: u64,
}

/// A task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) sum: Sum,
    pub(super) has_ended: bool,
}

/// Everything.
#[derive(Debug)]
pub(super) struct State {
    pub(super) blocks: FxHashMap<u32, Block>,
    pub(super) pools: BTreeMap<u32, Pool>,
    pub(super) tasks: BTreeMap<u32, Task>,
    /// By call stack.
    pub(super) stacks: BTreeMap<u32, Sum>,
    pub(super) all: Sum,
    pub(super) operations: u64,
    pub(super) operations_rate: Meter,
    pub(super) refused: u64,
    /// The newest last.
    pub(super) log: VecDeque<(u64, String)>,
    pub(super) thresholds: Thresholds,
    /// What is less than so many bytes between two blocks is taken for headers and rounding.
    pub(super) least: u64,
    /// The time of the last event, or later, in microseconds.
    pub(super) now: u64,
    /// When the meters were turned the last time.
    turned: u64,
    /// The steps that a look may take: events pay for them.
    credit: u64,
    alarms: Alarms,
}

impl State {
    pub(super) fn new(thresholds: Thresholds) -> Self {
        Self {
            blocks: FxHashMap::default(),
            pools: BTreeMap::new(),
            tasks: BTreeMap::new(),
            stacks: BTreeMap::new(),
            all: Sum::default(),
            operations: 0,
            operations_rate: Meter::default(),
            refused: 0,
            log: VecDeque::new(),
            thresholds,
            least: 32,
            now: 0,
            turned: 0,
            credit: 0,
            alarms: Alarms::default(),
        }
    }

    pub(super) fn alarms(&self) -> &Alarms {
        &self.alarms
    }

    /// It is at least so late: what the events of a device without a clock don't tell.
    pub(super) fn advance(&mut self, now: u64) {
        self.now = self.now.max(now);
    }

    /// Takes over what happened.
    pub(super) fn take(&mut self, happening: &Happening, interned: &Interned, naming: &mut Naming) {
        match *happening {
            Happening::Event { event, address } => {
                self.advance(event.time);
                self.event(&event, address, interned);
            }
            Happening::Pool {
                pool,
                address,
                size,
            } => {
                let known = self.pools.entry(pool).or_default();
                (known.address, known.size) = (address, size);
            }
            Happening::PoolEnded { pool } => {
                // What was in it was freed before.
                self.pools.remove(&pool);
                self.alarms.clear(&About::Full(pool));
                self.alarms.clear(&About::Fragmented(pool));
                self.say(format!("{} is no pool any more", pool_name(interned, pool)));
            }
            Happening::Lost { events, loss } => self.lost(events, loss),
            Happening::Reset { live } => {
                let text = format!("the device was reset with {}", counted(live, "live block"));
                self.alarm(About::Reset, text.clone());
                self.say(text);
            }
            _ => {}
        }
        self.credit = self.credit.saturating_add(PAYS);
        if self.is_due() && self.credit >= self.steps() {
            self.credit -= self.steps();
            self.look(interned, naming);
        }
    }

    /// Whether a second is over.
    fn is_due(&self) -> bool {
        self.now - self.turned >= SECOND
    }

    /// How many steps a look takes, about.
    fn steps(&self) -> u64 {
        let steps = self.blocks.len() + self.pools.len() + self.tasks.len() + self.stacks.len();
        steps as u64
    }

    /// Brings rates and alarms up to date. O(live blocks, pools, tasks and call stacks).
    pub(super) fn look(&mut self, interned: &Interned, naming: &mut Naming) {
        if self.is_due() {
            self.turned = self.now;
            self.turn();
        }
        self.judge(interned, naming);
    }

    /// How long nothing has come.
    pub(super) fn silence(&mut self, silence: Option<Duration>) {
        match silence {
            Some(silence) if silence >= self.thresholds.silence => {
                let text = format!("nothing has come for {} s", silence.as_secs());
                self.alarm(About::Silence, text);
            }
            _ => self.alarms.clear(&About::Silence),
        }
    }

    /// Raises and ends the alarms that depend on what is live.
    fn judge(&mut self, interned: &Interned, naming: &mut Naming) {
        let mut verdicts = Vec::new();
        for (&number, pool) in self.pools.iter().filter(|(_, pool)| pool.size > 0) {
            let name = pool_name(interned, number);
            let used = 100.0 * pool.used as f64 / pool.size as f64;
            let full = format!("{name}: {used:.0} % used, {} bytes", count(pool.used));
            verdicts.push((used >= self.thresholds.used, About::Full(number), full));
            let free = pool.free(self.least);
            let fragmentation = free.fragmentation().unwrap_or(0.0);
            verdicts.push((
                fragmentation >= self.thresholds.fragmentation,
                About::Fragmented(number),
                format!(
                    "{name}: fragmentation {fragmentation:.0} %, largest free {} of {} bytes",
                    count(free.largest),
                    count(free.bytes)
                ),
            ));
        }
        if let Some(most) = self.thresholds.growth {
            for (&stack, sum) in &self.stacks {
                let growth = sum.growth_per_minute(self.now).unwrap_or(0.0);
                let mut site = || naming.stack(interned, stack).site_text();
                let grows = growth >= most as f64;
                let text = if grows {
                    format!(
                        "{} grows by {} bytes a minute",
                        site(),
                        count(growth as u64)
                    )
                } else {
                    String::new()
                };
                verdicts.push((grows, About::Growth(stack), text));
            }
        }
        for (is_so, about, text) in verdicts {
            if is_so {
                self.alarm(about, text);
            } else {
                self.alarms.clear(&about);
            }
        }
    }

    fn alarm(&mut self, about: About, text: String) {
        self.alarms.raise(about, self.now, text);
    }

    fn say(&mut self, text: String) {
        if self.log.len() == LOG {
            self.log.pop_front();
        }
        self.log.push_back((self.now, text));
    }

    fn lost(&mut self, events: u64, loss: Loss) {
        let events = counted(events, "event");
        let text = match loss {
            Loss::Before => {
                self.say(format!("{events} before: what they allocated is not known"));
                return;
            }
            Loss::InTheRing => format!("{events} lost: the device's ring was full"),
            Loss::OnTheWay => format!("{events} lost on the way"),
        };
        self.alarm(About::Lost, text.clone());
        self.say(text);
    }

    fn event(&mut self, event: &Event, address: Option<u64>, interned: &Interned) {
        self.operations += u64::from(event.op().is_some());
        self.task(event.thread);
        match event.kind {
            EventKind::Op(Op::Allocate { id, size, .. }) => {
                let block = Block {
                    address: address.unwrap_or(0),
                    size,
                    thread: event.thread,
                    stack: event.stack,
                    pool: event.pool,
                    birth: self.now,
                };
                self.sums(&block, |sum| {
                    sum.allocations += 1;
                    sum.grow(size);
                });
                self.insert(id, block);
            }
            EventKind::Op(Op::Resize { id, size }) => {
                let Some(old) = self.remove(id) else { return };
                let block = Block {
                    size,
                    address: address.unwrap_or(old.address),
                    ..old
                };
                self.sums(&block, |sum| sum.grow(size));
                self.insert(id, block);
            }
            EventKind::Op(Op::Free { id }) => {
                if let Some(block) = self.remove(id) {
                    self.forget_if_gone(block.thread);
                }
            }
            EventKind::Refused { size, .. } => self.refuse(event, size, interned),
            EventKind::ThreadEnd => {
                self.task(event.thread).has_ended = true;
                self.forget_if_gone(event.thread);
            }
            _ => {}
        }
    }

    fn refuse(&mut self, event: &Event, size: u64, interned: &Interned) {
        self.refused += 1;
        self.pools.entry(event.pool).or_default().refused += 1;
        let pool = pool_name(interned, event.pool);
        let task = match interned.thread_name(event.thread) {
            Some(name) => name.to_owned(),
            None => format!("task {}", event.thread),
        };
        let text = format!("{pool} refused {task} {} bytes", count(size));
        let all = counted(self.refused, "refused request");
        self.alarm(About::Refused, format!("{all}, last: {text}"));
        self.say(text);
    }

    fn sums(&mut self, block: &Block, mut change: impl FnMut(&mut Sum)) {
        let now = self.now;
        change(&mut self.all);
        change(&mut self.task(block.thread).sum);
        let stack = self.stacks.entry(block.stack);
        change(stack.or_insert_with(|| Sum::begun(now)));
    }

    fn task(&mut self, thread: u32) -> &mut Task {
        let now = self.now;
        self.tasks.entry(thread).or_insert_with(|| Task {
            sum: Sum::begun(now),
            has_ended: false,
        })
    }

    /// A task that has ended is shown as long as it has blocks.
    fn forget_if_gone(&mut self, thread: u32) {
        let is_gone = |task: &Task| task.has_ended && task.sum.blocks == 0;
        if self.tasks.get(&thread).is_some_and(is_gone) {
            self.tasks.remove(&thread);
        }
    }

    fn insert(&mut self, id: u32, block: Block) {
        let pool = self.pools.entry(block.pool).or_default();
        pool.insert(block.address, block.size);
        self.blocks.insert(id, block);
    }

    /// The block goes, from all sums too.
    fn remove(&mut self, id: u32) -> Option<Block> {
        let block = self.blocks.remove(&id)?;
        self.sums(&block, |sum| sum.free(block.size));
        let pool = self.pools.entry(block.pool).or_default();
        pool.remove(block.address, block.size);
        Some(block)
    }

    /// A second is over.
    fn turn(&mut self) {
        let now = self.now;
        self.operations_rate.turn(now, self.operations, RATES);
        let tasks = self.tasks.values_mut().map(|task| &mut task.sum);
        for sum in tasks.chain(self.stacks.values_mut()) {
            sum.turn(now);
        }
    }
}

/// What a pool is called.
pub(super) fn pool_name(interned: &Interned, pool: u32) -> String {
    match interned.pool_name(pool) {
        Some(name) => name.to_owned(),
        None => "the heap".into(),
    }
}

#[cfg(test)]
mod tests;
