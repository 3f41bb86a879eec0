//! What each call stack asks of the heap.

use rustc_hash::FxHashMap;

use crate::op::{Event, Op};

#[cfg(test)]
mod tests;

/// What was asked for at a call stack. An object belongs to the stack that allocated it, whoever resizes
/// or frees it. Sums saturate: a faulty trace may state sizes that no machine has.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct StackCounts {
    /// Whether there was an operation at this stack, of whatever kind.
    pub is_mentioned: bool,
    /// Objects allocated.
    pub allocations: u64,
    /// Bytes allocated in all, growth by resizing included.
    pub total_bytes: u64,
    /// Objects that are live.
    pub live_objects: u64,
    /// Bytes that are live.
    pub live_bytes: u64,
    /// Bytes that were live when those of the whole program were most.
    pub bytes_at_peak: u64,
    /// Which peak that was. If there were others since, `live_bytes` has not changed since then.
    peak: u64,
}

/// Counts what each call stack asks for, event by event. Its memory is that of the live objects and of
/// the call stacks.
///
/// ```
/// use litepool_trace::{Importer, Profiler, StackProfiler};
///
/// let mut importer = Importer::from_reader("a 0 512\na 1 128\nf 0\n".as_bytes(), None)?;
/// let (mut profiler, mut stacks) = (Profiler::new(), StackProfiler::default());
/// importer.each(&mut |event, _| {
///     let before = profiler.peak();
///     profiler.event(event);
///     stacks.event(event, profiler.peak() != before);
///     true
/// })?;
/// // This format knows no stacks: all is that of the unknown one, number 0.
/// let unknown = stacks.finish()[0];
/// assert_eq!((unknown.bytes_at_peak, unknown.live_bytes), (640, 128));
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct StackProfiler {
    /// Size and stack of each live object, by its number. An object of an unknown stack has stack 0.
    objects: FxHashMap<u32, (u64, u32)>,
    /// By the stack's number.
    stacks: Vec<StackCounts>,
    /// How many peaks there were so far, each higher than the one before.
    peaks: u64,
}

impl StackProfiler {
    /// Takes the next event into account. `is_peak`: whether more bytes are live after it than ever
    /// before. O(1), amortised.
    pub fn event(&mut self, event: &Event, is_peak: bool) {
        let Some(op) = event.op() else {
            return;
        };
        self.stack(event.stack).is_mentioned = true;
        match op {
            Op::Allocate { id, size, .. } => {
                self.objects.insert(id, (size, event.stack));
                let stack = self.stack(event.stack);
                stack.allocations += 1;
                stack.total_bytes = stack.total_bytes.saturating_add(size);
                stack.live_objects += 1;
                stack.live_bytes = stack.live_bytes.saturating_add(size);
            }
            Op::Resize { id, size } => {
                if let Some((old, stack)) = self.objects.get_mut(&id) {
                    let (before, stack) = (std::mem::replace(old, size), *stack);
                    let stack = self.stack(stack);
                    let growth = size.saturating_sub(before);
                    stack.total_bytes = stack.total_bytes.saturating_add(growth);
                    stack.live_bytes = stack.live_bytes.saturating_sub(before).saturating_add(size);
                }
            }
            Op::Free { id } => {
                if let Some((size, stack)) = self.objects.remove(&id) {
                    let stack = self.stack(stack);
                    stack.live_objects -= 1;
                    stack.live_bytes = stack.live_bytes.saturating_sub(size);
                }
            }
        }
        self.peaks += u64::from(is_peak);
    }

    /// What was asked for, by the stack's number. O(stacks).
    #[must_use]
    pub fn finish(mut self) -> Vec<StackCounts> {
        for number in 0..self.stacks.len() as u32 {
            self.stack(number);
        }
        self.stacks
    }

    /// A stack, with what it held at the last peak written down, so that it can change.
    fn stack(&mut self, number: u32) -> &mut StackCounts {
        let index = number as usize;
        if index >= self.stacks.len() {
            self.stacks.resize(index + 1, StackCounts::default());
        }
        let stack = &mut self.stacks[index];
        if stack.peak != self.peaks {
            (stack.bytes_at_peak, stack.peak) = (stack.live_bytes, self.peaks);
        }
        stack
    }
}
