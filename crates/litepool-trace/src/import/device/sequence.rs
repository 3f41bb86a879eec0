//! What the numbers of a device's frames say: what is missing, what came twice, where it was reset.

use std::collections::VecDeque;

/// How many of the last frames and gaps are remembered, to tell what comes late from a reset. Few: a
/// device that was reset may send the very frames of its last start again.
const REMEMBERED: usize = 4;

/// Follows the numbers of the events.
#[derive(Default, Debug)]
pub(super) struct Sequence {
    /// The number of the next event; `None` before the first frame.
    next: Option<u64>,
    /// The number of the boot; 0: unknown.
    boot: u64,
    /// The last frames with events: number of the first one, checksum of all.
    frames: VecDeque<(u64, u32)>,
    /// The last gaps: the numbers that are missing.
    gaps: VecDeque<(u64, u64)>,
}

/// What a frame is in the order of things.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arrival {
    /// The next one, after so many events that did not arrive.
    After { lost: u64 },
    /// The first one of a recording; so many events had happened on the device before.
    First { before: u64 },
    /// One that was there already, or that comes so late that it counts as lost.
    Stale,
    /// The first one after a reset; so many events since that did not arrive.
    Reset { lost: u64 },
}

impl Sequence {
    /// The device tells which start of it this is, and how many events there were since.
    pub(super) fn about(&mut self, boot: u64, number: u64) -> Arrival {
        let (before, next) = (self.boot, self.next);
        self.boot = boot;
        let Some(next) = next else {
            self.next = Some(number);
            return Arrival::First { before: number };
        };
        let is_known = before != 0 && boot != 0;
        if is_known && boot != before || !is_known && number == 0 && next > 0 {
            return self.reset(number);
        }
        match number.checked_sub(next) {
            Some(lost) => {
                self.jump(next, number);
                Arrival::After { lost }
            }
            None => Arrival::Stale,
        }
    }

    /// A frame of events whose first one has this number. The checksum tells it from others.
    pub(super) fn frame(&mut self, number: u64, checksum: u32) -> Arrival {
        if self.frames.contains(&(number, checksum)) {
            return Arrival::Stale;
        }
        let arrival = match self.next {
            None => Arrival::First { before: number },
            Some(next) if number >= next => {
                self.jump(next, number);
                Arrival::After {
                    lost: number - next,
                }
            }
            Some(_)
                if self
                    .gaps
                    .iter()
                    .any(|&(from, to)| (from..to).contains(&number)) =>
            {
                return Arrival::Stale;
            }
            Some(_) => {
                // Which start this is, the device will say.
                self.boot = 0;
                self.reset(number)
            }
        };
        push(&mut self.frames, (number, checksum));
        self.next = Some(number);
        arrival
    }

    /// So many events stood in the frame.
    pub(super) fn happened(&mut self, events: u64) {
        self.next = self.next.map(|next| next.saturating_add(events));
    }

    fn reset(&mut self, number: u64) -> Arrival {
        self.frames.clear();
        self.gaps.clear();
        self.jump(0, number);
        Arrival::Reset { lost: number }
    }

    fn jump(&mut self, from: u64, to: u64) {
        if from < to {
            push(&mut self.gaps, (from, to));
        }
        self.next = Some(to);
    }
}

fn push<T>(last: &mut VecDeque<T>, new: T) {
    if last.len() == REMEMBERED {
        last.pop_front();
    }
    last.push_back(new);
}

#[cfg(test)]
mod tests;
