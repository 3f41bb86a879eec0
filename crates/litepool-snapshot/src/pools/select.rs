//! Of pools that overlap, which are there and which were.
//!
//! A pool in a used block of another one is nested: both are there. One in free memory of another,
//! or across its blocks, was there once; unless that other one is corrupt and this one is not, for
//! then it is the other way round.

use std::ops::Range;

use litepool::State;

use super::candidate::{Opened, Unread, candidates};
use super::headless;
use super::survey::Survey;
use super::window::Window;
use crate::memory_image::MemoryImage;
use crate::snapshot::{PassedOver, WhyPassedOver};

/// How often each byte of the image is walked over, on average and at most. Pools in pools in pools
/// are rare; an image that is made of them would keep a search busy for hours.
const WALKS: u64 = 16;
/// How many places that are no pool are told, of each kind.
const MOST_TOLD: usize = 100;
const KINDS: usize = 4;
/// How many places are tried as a pool whose first words are overwritten.
const TRIES: usize = 2000;

/// A pool that is there, with its blocks.
pub(super) struct Found<'m> {
    /// Where it is.
    pub(super) opened: Opened<'m>,
    /// What a walk found in it.
    pub(super) survey: Survey,
}

impl Found<'_> {
    /// The addresses that the dump has of it.
    pub(super) fn range(&self) -> Range<u64> {
        let start = self.opened.address;
        start..start + self.opened.present as u64
    }

    /// Is there nothing that does not hold?
    pub(super) fn is_sound(&self) -> bool {
        self.survey.flaws.is_empty()
    }

    /// The index of the used block in whose payload all of `range` lies.
    pub(super) fn block_around(&self, range: &Range<u64>) -> Option<usize> {
        let offset = usize::try_from(range.start.checked_sub(self.opened.address)?).ok()?;
        let length = usize::try_from(range.end - range.start).ok()?;
        let blocks = &self.survey.blocks;
        let after = blocks.partition_point(|block| block.offset <= offset);
        let index = after.checked_sub(1)?;
        let block = &blocks[index];
        let ends_inside = offset + length <= block.offset + block.payload;
        (block.state == State::Used && ends_inside).then_some(index)
    }
}

/// All pools of an image in the order of their addresses, and what is none.
pub(super) fn select<'m>(
    windows: &'m [Window<'m>],
    image: &MemoryImage,
) -> (Vec<Found<'m>>, Vec<PassedOver>) {
    let bytes: u64 = image
        .segments()
        .iter()
        .map(|it| it.bytes.len() as u64)
        .sum();
    let mut selection = Selection {
        found: Vec::new(),
        around: Vec::new(),
        passed_over: Vec::new(),
        told: [0; KINDS],
        budget: WALKS * bytes,
        tries: TRIES,
    };
    for window in windows {
        for offset in candidates(window.bytes.bytes()) {
            selection.consider(window, offset);
        }
    }
    for window in windows {
        selection.consider_headless(window);
    }
    let mut found: Vec<Found<'m>> = selection.found.into_iter().flatten().collect();
    found.sort_by_key(|found| found.opened.address);
    (found, selection.passed_over)
}

/// Pools of an image, as far as it was looked at.
struct Selection<'m> {
    /// Those that are there; `None`: that were.
    found: Vec<Option<Found<'m>>>,
    /// The indices of those in which the address lies that was come to, the innermost last.
    around: Vec<usize>,
    passed_over: Vec<PassedOver>,
    /// How many of them, by kind.
    told: [usize; KINDS],
    /// How many bytes may still be walked over, or copied.
    budget: u64,
    /// How many places may still be tried as a pool without its first words.
    tries: usize,
}

impl<'m> Selection<'m> {
    fn consider(&mut self, window: &'m Window<'m>, offset: usize) {
        let address = window.address + offset as u64;
        let opened = match Opened::at(window, offset, &mut self.budget) {
            Ok(opened) => opened,
            Err(Unread::Version(version)) => {
                return self.pass_over(address, WhyPassedOver::Version(version));
            }
            Err(Unread::Chance) => return self.pass_over(address, WhyPassedOver::Chance),
            Err(Unread::Nothing) => return,
            Err(Unread::TooMany) => return self.pass_over(address, WhyPassedOver::TooMany),
        };
        let Some(survey) = survey(&opened) else {
            return self.pass_over(address, WhyPassedOver::Chance);
        };
        self.add(Found { opened, survey });
    }

    /// Looks for pools whose first words are overwritten, outside of those that were found.
    fn consider_headless(&mut self, window: &'m Window<'m>) {
        let known = self.covered();
        let mut end = 0;
        for place in headless::places(window.bytes.bytes()) {
            let address = window.address + place.offset as u64;
            let index = known.partition_point(|range| range.end <= address);
            let is_known = known
                .get(index)
                .is_some_and(|range| range.contains(&address));
            if is_known || address < end || self.is_of_a_version(address) {
                continue;
            }
            let budget = self.budget.checked_sub(place.size as u64);
            let (Some(budget), Some(tries)) = (budget, self.tries.checked_sub(1)) else {
                return;
            };
            (self.budget, self.tries) = (budget, tries);
            let Some(opened) = Opened::headless_at(window, place) else {
                continue;
            };
            if let Some(survey) = survey(&opened) {
                end = address + opened.present as u64;
                self.found.push(Some(Found { opened, survey }));
            }
        }
    }

    /// Does a pool of another version begin there?
    fn is_of_a_version(&self, address: u64) -> bool {
        let is_one = |why: &WhyPassedOver| matches!(why, WhyPassedOver::Version(_));
        let mut places = self.passed_over.iter();
        places.any(|place| place.address == address && is_one(&place.why))
    }

    /// The addresses of all pools, those of nested ones left out.
    fn covered(&self) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = self.found.iter().flatten().map(Found::range).collect();
        ranges.sort_by_key(|range| range.start);
        let mut end = 0;
        ranges.retain(|range| {
            let is_outer = range.end > end;
            end = end.max(range.end);
            is_outer
        });
        ranges
    }

    /// Adds a pool, unless another one has its memory now.
    fn add(&mut self, new: Found<'m>) {
        while let Some(&index) = self.around.last() {
            let Some(other) = &self.found[index] else {
                break;
            };
            let of = other.opened.address;
            if other.range().contains(&new.opened.address) {
                if other.block_around(&new.range()).is_some() {
                    break;
                }
                if other.is_sound() || !new.is_sound() {
                    return self.pass_over(new.opened.address, WhyPassedOver::Remains { of });
                }
                self.found[index] = None;
                let remains = WhyPassedOver::Remains {
                    of: new.opened.address,
                };
                self.pass_over(of, remains);
            }
            self.around.pop();
        }
        self.around.push(self.found.len());
        self.found.push(Some(new));
    }

    fn pass_over(&mut self, address: u64, why: WhyPassedOver) {
        let kind = match why {
            WhyPassedOver::Version(_) => 0,
            WhyPassedOver::Remains { .. } => 1,
            WhyPassedOver::Chance => 2,
            WhyPassedOver::TooMany => 3,
        };
        self.told[kind] += 1;
        if self.told[kind] <= MOST_TOLD {
            self.passed_over.push(PassedOver { address, why });
        }
    }
}

fn survey(opened: &Opened<'_>) -> Option<Survey> {
    let image = opened.image()?;
    Some(Survey::of(&image, opened.bytes(), opened.present))
}
