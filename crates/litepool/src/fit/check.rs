//! Proving that the index has exactly the free blocks of the chain.

use super::census::{Census, require};
use super::sealed::Fit;
use super::{BestFit, BestFitLittle, Gathering, Tlsf};
use crate::block::{Block, Blocks, Defect};
use crate::corruption::Broken;
use crate::layout::{Algorithm, Field, Shape};

/// Proves that the index has exactly the `free` blocks of the chain. The chain has been proved
/// before; nothing of the index has. Time linear in the number of free blocks.
///
/// # Errors
///
/// What does not hold: of the pending block, a list's head, a link, a bitmap, or the number of
/// blocks.
pub fn check<S: Shape>(blocks: &Blocks<S>, free: Gathering) -> Result<(), Defect> {
    match blocks.layout().choices.algorithm {
        Algorithm::Tlsf => check_as::<Tlsf, S>(blocks, free),
        Algorithm::BestFit => check_as::<BestFit, S>(blocks, free),
        Algorithm::BestFitLittle => check_as::<BestFitLittle, S>(blocks, free),
    }
}

fn check_as<F: Fit, S: Shape>(blocks: &Blocks<S>, free: Gathering) -> Result<(), Defect> {
    let mut census = Census::of(blocks, free);
    let pending = Block(blocks.field(Field::Pending));
    if pending.is_some() {
        let is_one = F::KEEPS_PENDING && census.add(pending) != 0;
        require(is_one, Broken::Pending)?;
    }
    F::check(&mut census)?;
    require(census.is_complete(), Broken::ListCount)
}
