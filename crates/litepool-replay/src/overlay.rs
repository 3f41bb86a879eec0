//! Several traces as one: programs that run at the same time and share a pool.

use crate::circumstances::Circumstances;
use crate::part::Part;
use crate::perturb::of_object;

#[cfg(test)]
mod tests;

/// The operations of all traces in one sequence, each under the circumstances of its own trace, whose
/// threads and call stacks are those of no other.
///
/// All begin at once. Where the times of all operations are known, they are in the order of time; else
/// each trace is spread evenly over the whole. O(operations · traces).
///
/// ```
/// use litepool_replay::{Circumstances, Part, overlay};
/// use litepool_trace::Op;
///
/// let program = |size| {
///     let (mut part, mut circumstances) = (Part::builder(), Circumstances::default());
///     for op in [Op::Allocate { id: 0, size, align: 0 }, Op::Free { id: 0 }] {
///         part.push(op);
///         circumstances.push(0, 0, 0);
///     }
///     (part.finish(), circumstances)
/// };
/// let (a, b) = (program(100), program(20));
/// let (both, circumstances) = overlay(&[(&a.0, &a.1), (&b.0, &b.1)]);
/// assert_eq!((both.live_peak, circumstances.traces()), (120, 2));
/// ```
#[must_use]
pub fn overlay(traces: &[(&Part, &Circumstances)]) -> (Part, Circumstances) {
    let timed = traces
        .iter()
        .all(|(_, circumstances)| circumstances.has_times());
    let (mut slots, mut threads, mut stacks) = (0, 0, 0);
    let mut all = Circumstances::default();
    let mut voices: Vec<Voice<'_>> = Vec::with_capacity(traces.len());
    for &(part, circumstances) in traces {
        if !voices.is_empty() {
            all.begin_trace(threads);
        }
        voices.push(Voice {
            part,
            circumstances,
            slots,
            threads,
            stacks,
            done: 0,
        });
        slots += part.slots as u32;
        threads += circumstances.threads() as u32;
        stacks += circumstances.stacks();
    }
    let mut ops = Part::builder();
    while let Some(next) = (0..voices.len())
        .filter(|&index| voices[index].done < voices[index].part.ops.len())
        .min_by_key(|&index| (voices[index].time(timed), index))
    {
        let voice = &mut voices[next];
        let (op, circumstances) = (voice.part.ops.get(voice.done), voice.circumstances);
        ops.push(of_object(op, voice.slots + op.id()));
        all.push(
            voice.threads + circumstances.thread(voice.done) as u32,
            voice.stacks + circumstances.stack(voice.done),
            circumstances.time(voice.done),
        );
        voice.done += 1;
    }
    (ops.finish(), all)
}

/// One of the traces, up to where it was taken over, and the numbers that its own ones begin at.
struct Voice<'t> {
    part: &'t Part,
    circumstances: &'t Circumstances,
    slots: u32,
    threads: u32,
    stacks: u32,
    done: usize,
}

impl Voice<'_> {
    /// When its next operation is done.
    fn time(&self, timed: bool) -> u64 {
        if timed {
            return self.circumstances.time(self.done);
        }
        let whole = self.part.ops.len() as u128;
        (((2 * self.done as u128 + 1) << 62) / whole) as u64
    }
}
