//! How much came from a device, and how much did not.

use crate::op::WordSize;

/// Where events were lost.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Loss {
    /// They happened before the recording began.
    Before,
    /// On the device: its ring had no room for them.
    InTheRing,
    /// Between the device and here: frames did not arrive, or not as they were sent.
    OnTheWay,
}

/// How much came from a device, and how much did not.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Reception {
    /// Bytes that were read.
    pub bytes: u64,
    /// Frames that were read and understood.
    pub frames: u64,
    /// Events of the device that stood in them.
    pub received: u64,
    /// Events that had happened on the device before the first frame that came.
    pub before: u64,
    /// Events for which the device's ring had no room: [`Loss::InTheRing`].
    pub lost_in_ring: u64,
    /// Events in frames that did not arrive, or not as they were sent: [`Loss::OnTheWay`].
    pub lost_on_the_way: u64,
    /// Frames whose checksum or contents are wrong.
    pub damaged: u64,
    /// Pieces between frames that are none: what else the device sends, or the middle of a frame.
    pub foreign: u64,
    /// Frames that came twice, or too late: what is in them counts once, or as lost.
    pub stale: u64,
    /// Frames of types that only later versions know.
    pub unknown: u64,
    /// The version of the format, if it is one that can't be read.
    pub version: Option<u8>,
    /// How often the device was reset.
    pub resets: u64,
    /// Frees that were added because a pool ended, or the device was reset.
    pub swept: u64,
    /// Frees that the device's heap refused: double frees, pointers to no block.
    pub refused_frees: u64,
    /// Events and names that obey no rule of a trace, and are left out: they are made up.
    pub rejected: u64,
    /// Whether the channel ended in the middle of a frame.
    pub cut: bool,
    /// The size of a word of the device, if it has said what it is.
    pub word: Option<WordSize>,
    /// Whether the device has a clock.
    pub has_clock: bool,
    /// How many return addresses the device takes of each event, at most.
    pub depth: u64,
    /// Bytes of the device's ring.
    pub ring: u64,
    /// Pools for whose size and name the device had no room.
    pub unlisted_pools: u64,
    /// Tasks for whose name the device had no room.
    pub unlisted_tasks: u64,
}

impl Reception {
    pub(super) fn lost(&mut self, events: u64, loss: Loss) {
        let sum = match loss {
            Loss::Before => &mut self.before,
            Loss::InTheRing => &mut self.lost_in_ring,
            Loss::OnTheWay => &mut self.lost_on_the_way,
        };
        *sum = sum.saturating_add(events);
    }

    /// Whether everything since the first frame is there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.lost_in_ring == 0
            && self.lost_on_the_way == 0
            && self.resets == 0
            && self.rejected == 0
    }
}
