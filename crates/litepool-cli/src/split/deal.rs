//! Deals the operations of a trace to the pools of a plan.

use litepool_replay::Part;

use super::units::Units;

#[cfg(test)]
mod tests;

/// The pool of each unit.
pub(super) type Plan = Vec<u8>;

/// The parts of the pools. An object that is resized to a unit of another pool moves as the program would
/// have it move: it is allocated there, then freed here. O(operations), and memory of 8 bytes for each.
pub(super) fn deal(whole: &Part, units: &Units, plan: &[u8]) -> Vec<Part> {
    units.groups.deal(whole, plan)
}
