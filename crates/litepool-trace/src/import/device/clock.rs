//! From a device's ticks to the microseconds of a recording.

/// What a counter of 32 bits begins again after.
const WRAP: u64 = 1 << 32;

/// Makes one time that never goes back of the counters of all boots.
#[derive(Default, Debug)]
pub(super) struct Clock {
    /// Ticks in a second; 0: the device has no clock.
    rate: u64,
    /// The ticks of the first event of this boot, or of the recording.
    first: Option<u64>,
    /// The last ticks, without wraps.
    last: u64,
    /// When this boot began, in microseconds of the recording.
    begin: u64,
    /// The last time.
    now: u64,
}

impl Clock {
    /// The device says how fast its clock is.
    pub(super) fn set_rate(&mut self, rate: u64) {
        if self.rate != rate {
            self.begin_again();
            self.rate = rate;
        }
    }

    /// The device was reset: its counter begins again.
    pub(super) fn begin_again(&mut self) {
        self.first = None;
        self.begin = self.now;
    }

    /// The time at these ticks, in microseconds since the first event.
    ///
    /// A counter that goes back by more than half of 32 bits has wrapped. One that goes back by less
    /// was read by an interrupt in between: time stands still then.
    pub(super) fn at(&mut self, ticks: u64) -> u64 {
        if self.rate == 0 {
            return self.now;
        }
        let first = *self.first.get_or_insert_with(|| {
            self.last = ticks;
            ticks
        });
        let mut ticks = ticks;
        if ticks < WRAP && self.last >= WRAP / 2 {
            ticks += self.last & !(WRAP - 1);
            if self.last.saturating_sub(ticks) > WRAP / 2 {
                ticks = ticks.saturating_add(WRAP);
            }
        }
        self.last = self.last.max(ticks);
        let elapsed = u128::from(self.last - first) * 1_000_000 / u128::from(self.rate);
        let elapsed = u64::try_from(elapsed).unwrap_or(u64::MAX);
        self.now = self.now.max(self.begin.saturating_add(elapsed));
        self.now
    }

    /// The last time.
    pub(super) fn now(&self) -> u64 {
        self.now
    }
}

#[cfg(test)]
mod tests;
