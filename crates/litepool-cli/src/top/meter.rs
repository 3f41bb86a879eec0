//! How fast a number grows.

/// The growth of a number over the last one to two windows of time. Two values are kept, not all of them.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Meter {
    /// Time and value at the beginning of the window before, and of this one.
    before: (u64, u64),
    this: (u64, u64),
}

impl Meter {
    /// A number that has this value now, in microseconds.
    pub(super) fn new(now: u64, value: u64) -> Self {
        Self {
            before: (now, value),
            this: (now, value),
        }
    }

    /// A look at the clock: a window that is over becomes the one before.
    pub(super) fn turn(&mut self, now: u64, value: u64, window: u64) {
        if now.saturating_sub(self.this.0) >= window {
            self.before = self.this;
            self.this = (now, value);
        }
    }

    /// Whether it was watched for so long.
    pub(super) fn is_settled(&self, now: u64, time: u64) -> bool {
        now.saturating_sub(self.before.0) >= time
    }

    /// By how much the number grows in `unit` microseconds; `None` if too little time has passed to
    /// tell.
    pub(super) fn rate(&self, now: u64, value: u64, unit: u64) -> Option<f64> {
        let (then, before) = self.before;
        let elapsed = now
            .checked_sub(then)
            .filter(|&elapsed| elapsed >= 100_000)?;
        let growth = i128::from(value) - i128::from(before);
        Some(growth as f64 * unit as f64 / elapsed as f64)
    }
}

#[cfg(test)]
mod tests;
