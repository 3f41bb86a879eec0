//! What each thread allocates from each call stack in each pool, over a whole trace.

use litepool_trace::{Event, Op};
use rustc_hash::FxHashMap;

/// Whom an object belongs to: who allocated it, from where, and in which pool. A resize changes
/// none of them, whoever does it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug)]
pub struct Context {
    /// The number of the call stack; 0: unknown.
    pub stack: u32,
    /// The number of the thread or task.
    pub thread: u32,
    /// The number of the pool or region; 0: the default one.
    pub pool: u32,
}

/// Objects, and the bytes that were requested for them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Held {
    /// How many.
    pub objects: u64,
    /// Their bytes. Sums saturate: a faulty trace may state sizes that no machine has.
    pub bytes: u64,
}

/// What the objects of one context were, over the events so far.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ContextProfile {
    /// Objects allocated, and their bytes: growth by resizing included.
    pub total: Held,
    /// Those that are live.
    pub live: Held,
    /// Those that were live at the trace's live peak.
    pub at_peak: Held,
    /// Those that were live when the context held most bytes, for the first time.
    pub most: Held,
    /// How long all of them lived together, in the unit of [`Clock`]: those that are live, up to
    /// now.
    pub lifetimes: u64,
}

/// What lifetimes are measured in.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Clock {
    /// Operations of the trace.
    #[default]
    Operations,
    /// Microseconds.
    Time,
}

/// Finds the profiles of all contexts, event by event. Its memory is that of the live objects and
/// of the contexts.
///
/// ```
/// use litepool_snapshot::{Clock, ContextProfiler};
/// use litepool_trace::Import;
///
/// let csv = "op,id,size,site\nallocate,1,100,app+0x10\nallocate,2,8,app+0x20\nfree,1,,\n";
/// let trace = Import::from_reader(csv.as_bytes(), None)?.trace;
/// let mut profiler = ContextProfiler::new(Clock::Operations);
/// trace.events.iter().for_each(|event| profiler.event(event));
/// let (context, profile) = profiler.contexts().next().ok_or("none")?;
/// assert_eq!(trace.interned.innermost(context.stack).ok_or("unknown")?.offset, 0x10);
/// assert_eq!((profile.at_peak.bytes, profile.live.bytes), (100, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct ContextProfiler {
    clock: Clock,
    now: u64,
    objects: FxHashMap<u32, Object>,
    numbers: FxHashMap<Context, u32>,
    contexts: Vec<(Context, Counts)>,
    live: Held,
    /// How many peaks there were so far, each higher than the one before; its bytes, and when.
    peaks: u64,
    peak: u64,
    peak_at: u64,
}

#[derive(Clone, Copy, Debug)]
struct Object {
    size: u64,
    birth: u64,
    context: u32,
}

#[derive(Clone, Copy, Default, Debug)]
struct Counts {
    profile: ContextProfile,
    /// Which peak `at_peak` is of. If there were others since, `live` has not changed since then.
    peak: u64,
    /// The sum of the births of the live objects, of which the lifetimes so far follow.
    births: u64,
}

impl ContextProfiler {
    /// Begins before the first event.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            ..Self::default()
        }
    }

    /// Takes the next event into account. O(1), amortised.
    pub fn event(&mut self, event: &Event) {
        let context = Context {
            stack: event.stack,
            thread: event.thread,
            pool: event.pool,
        };
        self.event_in(event, context);
    }

    /// The same, where contexts are told apart by something else: what is allocated belongs to this
    /// one.
    pub fn event_in(&mut self, event: &Event, context: Context) {
        let Some(op) = event.op() else {
            return;
        };
        match self.clock {
            Clock::Operations => self.now += 1,
            Clock::Time => self.now = event.time,
        }
        match op {
            Op::Allocate { id, size, .. } => self.allocate(id, size, context),
            Op::Resize { id, size } => self.resize(id, size),
            Op::Free { id } => self.free(id),
        }
        if self.live.bytes > self.peak {
            self.peak = self.live.bytes;
            self.peak_at = self.now;
            self.peaks += 1;
        }
    }

    /// All objects that are live.
    #[must_use]
    pub fn live(&self) -> Held {
        self.live
    }

    /// When the last operation was, by the clock.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// When most bytes were live so far, for the first time.
    #[must_use]
    pub fn peak_at(&self) -> u64 {
        self.peak_at
    }

    /// What each context holds by now, in the order in which they first appeared: those that hold
    /// nothing, too. O(contexts).
    pub fn contexts(&self) -> impl Iterator<Item = (Context, ContextProfile)> + '_ {
        let profile = |(context, counts): &(Context, Counts)| {
            let mut counts = *counts;
            counts.settle(self.peaks);
            let live = counts.profile.live.objects;
            let lived = self.now.saturating_mul(live).saturating_sub(counts.births);
            counts.profile.lifetimes = counts.profile.lifetimes.saturating_add(lived);
            (*context, counts.profile)
        };
        self.contexts.iter().map(profile)
    }

    fn allocate(&mut self, id: u32, size: u64, context: Context) {
        let next = self.contexts.len() as u32;
        let number = *self.numbers.entry(context).or_insert(next);
        if number == next {
            self.contexts.push((context, Counts::default()));
        }
        let object = Object {
            size,
            birth: self.now,
            context: number,
        };
        self.objects.insert(id, object);
        self.live.add(size);
        let now = self.now;
        let counts = self.counts(number);
        counts.births = counts.births.saturating_add(now);
        counts.profile.total.add(size);
        counts.profile.live.add(size);
        counts.profile.rise();
    }

    fn resize(&mut self, id: u32, size: u64) {
        let Some(object) = self.objects.get_mut(&id) else {
            return;
        };
        let (before, number) = (std::mem::replace(&mut object.size, size), object.context);
        self.live.resize(before, size);
        let profile = &mut self.counts(number).profile;
        profile.total.bytes = profile
            .total
            .bytes
            .saturating_add(size.saturating_sub(before));
        profile.live.resize(before, size);
        profile.rise();
    }

    fn free(&mut self, id: u32) {
        let Some(object) = self.objects.remove(&id) else {
            return;
        };
        self.live.remove(object.size);
        let lived = self.now.saturating_sub(object.birth);
        let counts = self.counts(object.context);
        counts.births = counts.births.saturating_sub(object.birth);
        counts.profile.live.remove(object.size);
        counts.profile.lifetimes = counts.profile.lifetimes.saturating_add(lived);
    }

    /// A context, with what it held at the last peak written down, so that it can change.
    fn counts(&mut self, number: u32) -> &mut Counts {
        let counts = &mut self.contexts[number as usize].1;
        counts.settle(self.peaks);
        counts
    }
}

impl Counts {
    fn settle(&mut self, peaks: u64) {
        if self.peak != peaks {
            self.profile.at_peak = self.profile.live;
            self.peak = peaks;
        }
    }
}

impl ContextProfile {
    /// More is live than before, or as much.
    fn rise(&mut self) {
        if self.live.bytes > self.most.bytes {
            self.most = self.live;
        }
    }
}

impl Held {
    fn add(&mut self, size: u64) {
        self.objects += 1;
        self.bytes = self.bytes.saturating_add(size);
    }

    fn remove(&mut self, size: u64) {
        self.objects = self.objects.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size);
    }

    fn resize(&mut self, before: u64, size: u64) {
        self.bytes = self.bytes.saturating_sub(before).saturating_add(size);
    }
}

#[cfg(test)]
mod tests;
