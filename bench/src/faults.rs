//! Every bit of a pool flipped, one at a time: what is found, and what does harm.

mod contender;
mod exercise;
mod parent;
mod place;
mod scene;
pub mod worker;

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use contender::{CONTENDERS, Contender, Flip};
use exercise::{Harm, Operation};
use parent::{Case, supervise};
use place::Place;

/// Name of the hidden subcommand that runs a worker.
pub const WORKER: &str = "faults-worker";

/// Of how many flips a quick run takes one. A prime, so that every place in a word has its turn.
const QUICK_STRIDE: usize = 61;

/// What became of the flips of one configuration.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Row {
    /// Name of the configuration.
    pub name: String,
    /// Bytes of each pool, of all regions.
    pub pool: usize,
    /// Bits that were flipped.
    pub flips: usize,
    /// Of these, in words that the structure depends on.
    pub structural: usize,
    /// Reported by an operation on a block, in constant time.
    pub found_by_operation: usize,
    /// Reported by the whole check.
    pub found_by_check: usize,
    /// Structural, and not reported by the whole check.
    pub structural_unseen: usize,
    /// Harmful, and not reported by the whole check before.
    pub harmful_unseen: usize,
    /// Neither reported nor harmful.
    pub harmless_and_unseen: usize,
    /// Harmful, each kind with its places.
    pub harms: Vec<Incident<(Harm, Operation)>>,
    /// Structural and not reported by the whole check, each place.
    pub unseen: Vec<Incident<()>>,
}

/// Flips that ended alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Incident<What> {
    /// What happened.
    pub what: What,
    /// What the flipped byte was for.
    pub place: Place,
    /// How many flips.
    pub flips: usize,
    /// The first one: the number of its pool, the byte's offset there, counted on from region to
    /// region, and the bit's place in the byte.
    pub first: (usize, usize, usize),
}

impl Row {
    /// Flips of bytes for `place` that did harm.
    pub fn harmed_from(&self, place: Place) -> usize {
        let incidents = self.harms.iter();
        incidents
            .filter(|incident| incident.place == place)
            .map(|incident| incident.flips)
            .sum()
    }

    /// Flips that did this harm.
    pub fn harmed(&self, harm: Harm) -> usize {
        let incidents = self.harms.iter();
        incidents
            .filter(|incident| incident.what.0 == harm)
            .map(|incident| incident.flips)
            .sum()
    }
}

/// Counts of alike flips, and the first bit of each.
type Tally<What> = BTreeMap<(What, Place), (usize, Flip)>;

/// Counts one more.
fn count<What: Ord>(tally: &mut Tally<What>, what: What, flip: Flip) {
    tally.entry((what, flip.place)).or_insert((0, flip)).0 += 1;
}

fn incidents<What>(tally: Tally<What>) -> Vec<Incident<What>> {
    let each = tally.into_iter();
    each.map(|((what, place), (flips, first))| Incident {
        what,
        place,
        flips,
        first: (first.shape, first.bit / 8, first.bit % 8),
    })
    .collect()
}

/// The configurations whose names contain one of the given parts, by their numbers.
fn chosen(only: &[String]) -> Result<Vec<usize>> {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(&**part));
    let numbers: Vec<usize> = (0..CONTENDERS.len())
        .filter(|&number| wanted(CONTENDERS[number].name))
        .collect();
    ensure!(
        !numbers.is_empty(),
        "no configuration is named so; there are: {}",
        CONTENDERS.map(|contender| contender.name).join(", ")
    );
    Ok(numbers)
}

/// Flips every bit of every configuration, or one of [`QUICK_STRIDE`].
///
/// # Errors
/// A worker can't be run, or a pool not be set up.
pub fn measure(only: &[String], quick: bool, progress: &ProgressBar) -> Result<Vec<Row>> {
    let stride = if quick { QUICK_STRIDE } else { 1 };
    let works = chosen(only)?
        .into_iter()
        .map(|number| Ok((number, CONTENDERS[number].flips()?)))
        .collect::<Result<Vec<_>>>()?;
    let cases: usize = works
        .iter()
        .map(|(_, flips)| flips.len().div_ceil(stride))
        .sum();
    progress.set_length(cases as u64);
    progress.set_message("flips");
    works
        .par_iter()
        .map(|(number, flips)| campaign(*number, flips, stride, progress))
        .collect()
}

/// The campaign against one configuration.
fn campaign(number: usize, flips: &[Flip], stride: usize, progress: &ProgressBar) -> Result<Row> {
    let Contender {
        name,
        pool,
        regions,
        ..
    } = CONTENDERS[number];
    let program = std::env::current_exe().context("finding this program")?;
    let worker = |first: usize| {
        let mut command = Command::new(&program);
        command.arg(WORKER);
        command.args([number, first, stride].map(|number| number.to_string()));
        command
    };
    let mut row = Row {
        name: name.to_owned(),
        pool: pool * regions,
        ..Row::default()
    };
    let (mut harms, mut unseen) = (Tally::new(), Tally::new());
    supervise(flips.len(), stride, &worker, &mut |case, outcome| {
        row.add(flips[case], outcome, &mut harms, &mut unseen);
        progress.inc(1);
    })
    .with_context(|| name)?;
    row.harms = incidents(harms);
    row.unseen = incidents(unseen);
    Ok(row)
}

impl Row {
    fn add(
        &mut self,
        flip: Flip,
        case: Case,
        harms: &mut Tally<(Harm, Operation)>,
        unseen: &mut Tally<()>,
    ) {
        self.flips += 1;
        let is_structural = flip.place.is_structure();
        self.structural += usize::from(is_structural);
        self.found_by_operation += usize::from(case.found_by.is_some());
        self.found_by_check += usize::from(case.found_by_check);
        if is_structural && !case.found_by_check {
            self.structural_unseen += 1;
            count(unseen, (), flip);
        }
        match case.harm {
            Some(harm) => {
                self.harmful_unseen += usize::from(!case.found_by_check);
                count(harms, harm, flip);
            }
            None if case.found_by.is_none() && !case.found_by_check => {
                self.harmless_and_unseen += 1;
            }
            None => {}
        }
    }
}

pub mod tables;

#[cfg(test)]
mod tests;
