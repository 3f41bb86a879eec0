//! A counter over time in a bounded number of points.

/// When something was.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Moment {
    /// How many operations were done by then.
    pub(super) operation: u64,
    /// Microseconds.
    pub(super) time: u64,
}

/// How many bytes are live.
#[derive(Default, Debug)]
pub(super) struct Series {
    live: u64,
    most: u64,
    steps: Vec<Step>,
}

/// What a counter did in some operations: the most that it was, and what it was last. So peaks stay
/// whatever is left out.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The number of the step, from the first operations on.
    number: u64,
    most: (Moment, u64),
    last: (Moment, u64),
}

impl Series {
    /// An object has `after` bytes instead of `before`. A step is so many operations; whether
    /// one begins. O(1).
    pub(super) fn change(&mut self, before: u64, after: u64, now: Moment, operations: u64) -> bool {
        self.live = self.live.saturating_sub(before).saturating_add(after);
        self.most = self.most.max(self.live);
        let (number, point) = (now.operation / operations, (now, self.live));
        match self.steps.last_mut() {
            Some(step) if step.number == number => {
                step.add(point, point);
                false
            }
            _ => {
                self.steps.push(Step {
                    number,
                    most: point,
                    last: point,
                });
                true
            }
        }
    }

    /// Joins the steps of which a longer one consists.
    pub(super) fn lengthen(&mut self, operations: u64) {
        let mut steps: Vec<Step> = Vec::with_capacity(self.steps.len() / 2);
        for step in &self.steps {
            let number = step.last.0.operation / operations;
            match steps.last_mut() {
                Some(before) if before.number == number => before.add(step.most, step.last),
                _ => steps.push(Step { number, ..*step }),
            }
        }
        self.steps = steps;
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The most bytes that it was.
    pub(super) fn most(&self) -> u64 {
        self.most
    }

    /// What it is now.
    pub(super) fn live(&self) -> u64 {
        self.live
    }

    /// Its points, in the order of time: at most two for each step.
    pub(super) fn points(&self) -> impl Iterator<Item = (Moment, u64)> + '_ {
        self.steps.iter().flat_map(|step| {
            let most = (step.most.0 != step.last.0).then_some(step.most);
            most.into_iter().chain([step.last])
        })
    }
}

impl Step {
    fn add(&mut self, most: (Moment, u64), last: (Moment, u64)) {
        if most.1 > self.most.1 {
            self.most = most;
        }
        self.last = last;
    }
}
