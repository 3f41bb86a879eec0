//! Mean and maximum of many operations, by their instructions.

/// Instructions of a number of operations.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    /// How many operations.
    pub count: u32,
    /// Sum of their instructions.
    pub sum: u64,
    /// The most of one.
    pub max: u64,
}

impl Tally {
    /// Adds an operation.
    pub fn add(&mut self, instructions: u64) {
        self.count += 1;
        self.sum += instructions;
        self.max = self.max.max(instructions);
    }
}
