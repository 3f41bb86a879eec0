//! What a program asked of its heap.

use rustc_hash::FxHashMap;

use crate::op::{Event, EventKind, Op};
use crate::trace::Trace;

/// What a program asked of its heap: totals, peaks, sizes and lifetimes. All bytes are requested bytes, without
/// anything that an allocator adds.
///
/// ```
/// use litepool_trace::{Import, Profile};
///
/// let text = "1: malloc 0x1000 100\n1: malloc 0x2000 28\n1: free 0x1000\n";
/// let import = Import::from_reader(text.as_bytes(), None)?;
/// let profile = Profile::of(&import.trace);
/// assert_eq!((profile.peak_bytes, profile.leaked_bytes), (128, 28));
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Profile {
    /// Operations: allocations, resizes and frees. Their numbers count nothing else.
    pub operations: u64,
    /// Objects allocated.
    pub allocations: u64,
    /// Allocations that asked for an alignment.
    pub aligned: u64,
    /// Largest alignment asked for, in bytes; 0 if none was.
    pub largest_alignment: u64,
    /// Allocations of zero bytes.
    pub zero_sized: u64,
    /// Resizes.
    pub resizes: u64,
    /// Resizes to more bytes than before.
    pub grown: u64,
    /// Frees.
    pub frees: u64,
    /// Requests that the program's own allocator refused.
    pub refused: u64,
    /// Frees of what was not allocated in this recording.
    pub foreign_frees: u64,
    /// Gaps at which events were lost. If there are any, no other number here is exact.
    pub gaps: u64,
    /// How many events were lost in them, as far as that is known.
    pub lost: u64,
    /// Bytes allocated in all, growth by resizing included.
    pub total_bytes: u64,
    /// Largest object, in bytes.
    pub largest: u64,
    /// Most bytes live at a time.
    pub peak_bytes: u64,
    /// The number of the operation, from 0, after which most bytes were live for the first time.
    pub peak_at: u64,
    /// Most objects live at a time.
    pub peak_objects: u64,
    /// Bytes still live at the end.
    pub leaked_bytes: u64,
    /// Objects still live at the end.
    pub leaked_objects: u64,
    /// Threads that the events mention.
    pub threads: u64,
    /// Call stacks that the events mention.
    pub stacks: u64,
    /// Time of the last event in microseconds; 0 if unknown.
    pub duration: u64,
    /// Sizes asked for by allocations, in bytes.
    pub sizes: Histogram,
    /// Lifetimes of freed objects, in operations: 1 if the free follows the allocation at once.
    pub lifetimes: Histogram,
}

impl Profile {
    /// The profile of a trace. O(n).
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        let mut profiler = Profiler::new();
        for event in &trace.events {
            profiler.event(event);
        }
        profiler.finish()
    }
}

/// Makes a [`Profile`] event by event, for traces that don't fit into memory. Its own memory is
/// that of the live objects and of the call stacks.
///
/// ```
/// use litepool_trace::{Importer, Profiler};
///
/// let text = "1: malloc 0x1000 100\n1: malloc 0x2000 28\n1: free 0x1000\n";
/// let mut profiler = Profiler::new();
/// for event in Importer::from_reader(text.as_bytes(), None)? {
///     profiler.event(&event?);
///     println!("the peak so far: {} bytes", profiler.peak().0);
/// }
/// assert_eq!(profiler.finish().leaked_bytes, 28);
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct Profiler {
    profile: Profile,
    /// Size and operation of birth of each live object, by its number.
    objects: FxHashMap<u32, (u64, u64)>,
    live_bytes: u64,
    /// Entry n is set if stack n was seen.
    stacks: Vec<bool>,
}

impl Profiler {
    /// Begins with an empty profile.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next event into account, which must be one that a [`Trace`] can hold. O(1), amortised.
    pub fn event(&mut self, event: &Event) {
        let profile = &mut self.profile;
        match event.kind {
            EventKind::Op(op) => self.operation(op),
            EventKind::Refused { .. } => profile.refused += 1,
            EventKind::ForeignFree => profile.foreign_frees += 1,
            EventKind::ThreadEnd => {}
            EventKind::Gap { lost } => {
                profile.gaps += 1;
                profile.lost = profile.lost.saturating_add(lost);
            }
        }
        let profile = &mut self.profile;
        profile.threads = profile.threads.max(u64::from(event.thread) + 1);
        profile.duration = profile.duration.max(event.time);
        self.see(event.stack);
    }

    /// The most bytes that were live so far, and the number of the operation after which they first
    /// were. O(1).
    #[must_use]
    pub fn peak(&self) -> (u64, u64) {
        (self.profile.peak_bytes, self.profile.peak_at)
    }

    /// The profile of all events so far.
    #[must_use]
    pub fn finish(self) -> Profile {
        Profile {
            leaked_bytes: self.live_bytes,
            leaked_objects: self.objects.len() as u64,
            ..self.profile
        }
    }

    fn operation(&mut self, op: Op) {
        let now = self.profile.operations;
        self.profile.operations += 1;
        match op {
            Op::Allocate { id, size, align } => self.allocate(id, size, align, now),
            Op::Resize { id, size } => self.resize(id, size),
            Op::Free { id } => self.free(id, now),
        }
        let profile = &mut self.profile;
        if self.live_bytes > profile.peak_bytes {
            profile.peak_bytes = self.live_bytes;
            profile.peak_at = now;
        }
        profile.peak_objects = profile.peak_objects.max(self.objects.len() as u64);
    }

    fn allocate(&mut self, id: u32, size: u64, align: u64, now: u64) {
        let profile = &mut self.profile;
        profile.allocations += 1;
        profile.aligned += u64::from(align != 0);
        profile.largest_alignment = profile.largest_alignment.max(align);
        profile.zero_sized += u64::from(size == 0);
        profile.sizes.add(size);
        self.objects.insert(id, (size, now));
        self.grow(size, size);
    }

    fn resize(&mut self, id: u32, size: u64) {
        self.profile.resizes += 1;
        let Some((old, _)) = self.objects.get_mut(&id) else {
            return;
        };
        let before = std::mem::replace(old, size);
        self.profile.grown += u64::from(size > before);
        self.live_bytes = self.live_bytes.saturating_sub(before.saturating_sub(size));
        self.grow(size.saturating_sub(before), size);
    }

    fn free(&mut self, id: u32, now: u64) {
        self.profile.frees += 1;
        let Some((size, birth)) = self.objects.remove(&id) else {
            return;
        };
        self.live_bytes = self.live_bytes.saturating_sub(size);
        self.profile.lifetimes.add(now - birth);
    }

    /// Sums saturate: a faulty trace may state sizes that no machine has.
    fn grow(&mut self, by: u64, size: u64) {
        self.live_bytes = self.live_bytes.saturating_add(by);
        self.profile.total_bytes = self.profile.total_bytes.saturating_add(by);
        self.profile.largest = self.profile.largest.max(size);
    }

    fn see(&mut self, stack: u32) {
        let Some(index) = (stack as usize).checked_sub(1) else {
            return;
        };
        if index >= self.stacks.len() {
            self.stacks.resize(index + 1, false);
        }
        self.profile.stacks += u64::from(!std::mem::replace(&mut self.stacks[index], true));
    }
}

/// How often numbers of each magnitude occurred. One bucket for zero and one for each power of two.
///
/// ```
/// use litepool_trace::Histogram;
///
/// let mut sizes = Histogram::default();
/// [24, 24, 30, 1000].into_iter().for_each(|size| sizes.add(size));
/// let median = sizes.median().expect("not empty");
/// assert_eq!((median.low, median.high, median.count), (16, 31, 3));
/// assert_eq!(sizes.buckets().count(), 2);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Histogram {
    /// Bucket 0 counts zeros; bucket n counts the numbers from 2^(n-1) to 2^n - 1.
    counts: [u64; 65],
    sums: [u64; 65],
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: [0; 65],
            sums: [0; 65],
        }
    }
}

/// A range of numbers and how often it occurred.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bucket {
    /// The smallest number of the range.
    pub low: u64,
    /// The largest number of the range.
    pub high: u64,
    /// How many numbers fell into it.
    pub count: u64,
    /// Their sum.
    pub sum: u64,
}

impl Histogram {
    /// Counts a number. O(1).
    pub fn add(&mut self, number: u64) {
        let bucket = 64 - number.leading_zeros() as usize;
        self.counts[bucket] += 1;
        self.sums[bucket] = self.sums[bucket].saturating_add(number);
    }

    /// How many numbers were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The buckets that are not empty, the smallest first.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        (0..=64)
            .filter(|&n| self.counts[n] > 0)
            .map(|n| self.bucket(n))
    }

    /// The bucket that holds the median: half of the numbers lie in it or below. `None` if nothing was counted.
    #[must_use]
    pub fn median(&self) -> Option<Bucket> {
        self.quantile(0.5)
    }

    /// The bucket that holds the quantile: the given share of the numbers, from 0 to 1, lies in it or below.
    /// `None` if nothing was counted.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Bucket> {
        let wanted = (self.count() as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        self.buckets().find(|bucket| {
            seen += bucket.count;
            seen >= wanted
        })
    }

    fn bucket(&self, n: usize) -> Bucket {
        let (low, high) = match n {
            0 => (0, 0),
            64 => (1 << 63, u64::MAX),
            _ => (1 << (n - 1), (1 << n) - 1),
        };
        Bucket {
            low,
            high,
            count: self.counts[n],
            sum: self.sums[n],
        }
    }
}

#[cfg(test)]
mod tests;
