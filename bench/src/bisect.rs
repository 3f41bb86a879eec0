//! The smallest size that is enough, where "enough" is nearly but not quite monotone.

/// Finds the smallest size from which on `enough` holds.
///
/// A heap may serve a trace in a pool of some size and yet fail in a slightly larger one, because the larger one splits
/// its blocks elsewhere. So after a bisection, sizes up to 3 % above the result are tried too; if one of them fails, the
/// search goes on above it. What is found is a size that you can rely on, not a lucky one.
///
/// `low` is taken to fail, or to be the least size of interest. The result is exact to `step`. `None` if nothing up to
/// `limit` is enough.
pub fn smallest(
    low: usize,
    limit: usize,
    step: usize,
    mut enough: impl FnMut(usize) -> bool,
) -> Option<usize> {
    let step = step.max(1);
    let mut low = low;
    loop {
        let high = grow(low, limit, step, &mut enough)?;
        let found = narrow(low, high, step, &mut enough);
        match PROBES
            .iter()
            .map(|per_mille| found + found * per_mille / 1000)
            .rfind(|&size| !enough(size.min(limit)))
        {
            Some(failing) => low = failing,
            None => return Some(found),
        }
    }
}

/// How far above a result to look, in thousandths.
const PROBES: [usize; 6] = [1, 2, 5, 10, 20, 30];

/// The first size that is enough on a walk of growing strides from `low`.
fn grow(
    low: usize,
    limit: usize,
    step: usize,
    enough: &mut impl FnMut(usize) -> bool,
) -> Option<usize> {
    let mut stride = (low / 64).max(step);
    let mut size = low;
    loop {
        size = (size + stride).min(limit);
        if enough(size) {
            return Some(size);
        }
        if size == limit {
            return None;
        }
        stride += stride / 2 + 1;
    }
}

/// Bisects between a size that fails and one that is enough.
fn narrow(
    mut low: usize,
    mut high: usize,
    step: usize,
    enough: &mut impl FnMut(usize) -> bool,
) -> usize {
    while high - low > step {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests;
