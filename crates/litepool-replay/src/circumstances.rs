//! Under which circumstances the operations of a trace were recorded: by which thread, from where,
//! when.

/// The circumstances of each operation of a [`Part`](crate::Part), in the same order: 16 bytes each.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Circumstances {
    threads: Vec<u32>,
    stacks: Vec<u32>,
    times: Vec<u64>,
    /// The first thread of each overlaid trace but the first, ascending.
    next_traces: Vec<u32>,
}

impl Circumstances {
    /// Those of the next operation: its thread, its call stack, and the time in microseconds,
    /// no earlier than the last one's. O(1), amortised.
    pub fn push(&mut self, thread: u32, stack: u32, time: u64) {
        self.threads.push(thread);
        self.stacks.push(stack);
        self.times.push(time);
    }

    /// How many operations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.threads.len()
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.threads.is_empty()
    }

    /// One more than the largest number of a thread. O(operations).
    #[must_use]
    pub fn threads(&self) -> usize {
        let most = self.threads.iter().max();
        most.map_or(0, |&thread| thread as usize + 1)
    }

    /// How many traces these are: more than one if they are overlaid.
    #[must_use]
    pub fn traces(&self) -> usize {
        self.next_traces.len() + 1
    }

    /// Is the time of the operations known?
    #[must_use]
    pub fn has_times(&self) -> bool {
        self.times.last().is_some_and(|&time| time > 0)
    }

    pub(crate) fn thread(&self, index: usize) -> usize {
        self.threads[index] as usize
    }

    pub(crate) fn stack(&self, index: usize) -> u32 {
        self.stacks[index]
    }

    pub(crate) fn time(&self, index: usize) -> u64 {
        self.times[index]
    }

    /// The overlaid trace that a thread belongs to.
    pub(crate) fn trace_of(&self, thread: usize) -> usize {
        let thread = thread as u32;
        self.next_traces.partition_point(|&first| first <= thread)
    }

    /// The threads from this one on belong to another trace.
    pub(crate) fn begin_trace(&mut self, first_thread: u32) {
        self.next_traces.push(first_thread);
    }

    /// One more than the largest number of a call stack.
    pub(crate) fn stacks(&self) -> u32 {
        let most = self.stacks.iter().max();
        most.map_or(0, |&stack| stack.saturating_add(1))
    }
}
