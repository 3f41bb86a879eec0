//! Scales and their labels.

/// A number with thousands separators: `98,304`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size that is a round number of its unit: `48 KiB`; any other in bytes.
pub(super) fn size(bytes: u64) -> String {
    for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
        if bytes >= 1 << shift && bytes.is_multiple_of(1 << shift) {
            return format!("{} {unit}", count(bytes >> shift));
        }
    }
    format!("{} B", count(bytes))
}

/// A share of the whole, 0 to 1: `12 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Round numbers from 0 to `most`, at most so many steps: 1, 2 or 5 times a power of ten.
pub(super) fn ticks(most: u64, steps: u64) -> impl Iterator<Item = u64> {
    let least = most.div_ceil(steps.max(1)).max(1);
    let power = 10u64.pow(least.ilog10());
    let step = [1, 2, 5].map(|times| power.saturating_mul(times));
    let step = step.into_iter().find(|&step| step >= least);
    multiples(step.unwrap_or(power.saturating_mul(10)), most)
}

/// Powers of two apart, in bytes, from 0 to `most`; at most so many steps.
pub(super) fn size_ticks(most: u64, steps: u64) -> impl Iterator<Item = u64> {
    let least = most.div_ceil(steps.max(1)).max(1);
    multiples(least.checked_next_power_of_two().unwrap_or(1 << 63), most)
}

fn multiples(step: u64, most: u64) -> impl Iterator<Item = u64> {
    (0..=most / step).map(move |times| times * step)
}

/// Numbers from 0 on, along a line.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    most: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// 0 is at `from`, `most` at `to`.
    pub(super) fn new(most: u64, from: f64, to: f64) -> Self {
        Self {
            most: most.max(1) as f64,
            from,
            to,
        }
    }

    /// Where a number is; one beyond the end is at the end.
    pub(super) fn at(self, number: f64) -> f64 {
        self.from + (self.to - self.from) * (number / self.most).clamp(0.0, 1.0)
    }
}
