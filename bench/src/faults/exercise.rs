//! Using a pool in every way, and watching whether it does harm.

use std::ptr::NonNull;

use litepool::track::Task;
use litepool::{Config, Corruption, FreeError, ResizeError};
use serde::{Deserialize, Serialize};

use super::scene::{Live, Scene};

mod records;
mod regions;

pub use records::Records;

/// What is being done, in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Operation {
    /// Asking for the figures.
    Stats,
    /// Walking all blocks.
    Walk,
    /// The whole check, before anything is changed.
    Check,
    /// Asking who holds what, where records tell it.
    Ask,
    /// Resizing held blocks while their own region has no room, where there is another.
    ResizeAcross,
    /// Allocations of many sizes.
    Allocate,
    /// Aligned ones.
    AllocateAligned,
    /// Allocations for several callers, where records tell them apart.
    AllocateFor,
    /// Allocations from one region, or from one first, where there are two.
    AllocateIn,
    /// Resizing held blocks, up and down.
    Resize,
    /// Freeing all that a task holds, where records tell it.
    FreeTask,
    /// Freeing every held block.
    Free,
    /// Freeing them again.
    FreeAgain,
    /// Freeing empty slabs, and allocating once more.
    Reuse,
    /// The whole check, of what is left.
    CheckAgain,
    /// Opening the damaged pool anew and, if it opens, all of the above once more.
    Attach,
}

/// Harm that can be seen from within.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Harm {
    /// A signal ended the program, and not for an access to memory.
    Crash,
    /// An operation did not end.
    Hang,
    /// The library panicked.
    Panic,
    /// A read, a write or a block outside the pool.
    Outside,
    /// What somebody holds was changed.
    Changed,
    /// A block was handed out that overlaps one that somebody holds.
    HandedOutTwice,
    /// With a task's blocks another one was freed.
    FreedThoughHeld,
}

impl Harm {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Hang => "hang",
            Self::Panic => "panic",
            Self::Outside => "outside the pool",
            Self::Changed => "live data changed",
            Self::HandedOutTwice => "handed out twice",
            Self::FreedThoughHeld => "freed though held",
        }
    }
}

/// What a case tells, as it goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Event {
    /// An operation begins.
    Doing(Operation),
    /// The damage was reported.
    Found,
    /// Something went wrong. Nothing more is done after that.
    Harmed(Harm),
    /// The case is done.
    Done,
}

/// Sizes of the allocations, each twice.
const SIZES: [usize; 12] = [24, 8, 60, 280, 16, 150, 12, 40, 200, 100, 20, 330];
const ALIGNED: [(usize, usize); 4] = [(40, 64), (8, 16), (100, 128), (24, 32)];
const MORE_SIZES: [usize; 6] = [60, 500, 8, 120, 280, 24];

/// What is done, with what.
pub type Step<C, const MORE: usize> = (Operation, fn(&mut User<'_, C, MORE>) -> Result<(), Harm>);

/// What is done with some configurations besides.
pub trait Extras<C: Config, const MORE: usize> {
    /// The steps, which come among the others in the order of [`Operation`].
    const STEPS: &'static [Step<C, MORE>];
}

/// Nothing besides.
pub struct Usual;

impl<C: Config, const MORE: usize> Extras<C, MORE> for Usual {
    const STEPS: &'static [Step<C, MORE>] = &[];
}

/// A pool in use, with all that is held of it.
pub struct User<'s, C: Config, const MORE: usize> {
    scene: &'s mut Scene<C, MORE>,
    live: Vec<Live>,
    /// Freed, in this order.
    freed: Vec<NonNull<u8>>,
    steps: Vec<Step<C, MORE>>,
    tell: &'s mut dyn FnMut(Event),
    next_seed: u8,
}

/// Uses the scene's pool, damaged or not, in every way. `tell` hears what happens.
pub fn exercise<C: Config, const MORE: usize, E: Extras<C, MORE>>(
    scene: &mut Scene<C, MORE>,
    tell: &mut dyn FnMut(Event),
) {
    let end = match User::new::<E>(scene, tell).use_all() {
        Ok(()) => Event::Done,
        Err(harm) => Event::Harmed(harm),
    };
    tell(end);
}

impl<'s, C: Config, const MORE: usize> User<'s, C, MORE> {
    const USUAL: [Step<C, MORE>; 11] = [
        (Operation::Stats, |user| user.stats()),
        (Operation::Walk, |user| user.walk()),
        (Operation::Check, |user| user.check()),
        (Operation::Allocate, |user| user.allocate_many()),
        (Operation::AllocateAligned, |user| user.allocate_aligned()),
        (Operation::Resize, |user| user.resize()),
        (Operation::Free, |user| user.free()),
        (Operation::FreeAgain, |user| user.free_again()),
        (Operation::Reuse, |user| user.reuse()),
        (Operation::CheckAgain, |user| user.check()),
        (Operation::Attach, |user| user.attach()),
    ];

    fn new<E: Extras<C, MORE>>(
        scene: &'s mut Scene<C, MORE>,
        tell: &'s mut dyn FnMut(Event),
    ) -> Self {
        let mut steps = [&Self::USUAL, E::STEPS].concat();
        if MORE > 0 {
            steps.extend(Self::ACROSS);
        }
        steps.sort_by_key(|&(operation, _)| operation);
        Self {
            live: scene.live.clone(),
            scene,
            freed: Vec::new(),
            steps,
            tell,
            next_seed: 128,
        }
    }

    fn use_all(&mut self) -> Result<(), Harm> {
        for (operation, run) in self.steps.clone() {
            (self.tell)(Event::Doing(operation));
            run(self)?;
            self.look()?;
        }
        Ok(())
    }

    /// Who opens a pool has the blocks that were held in it.
    fn attach(&mut self) -> Result<(), Harm> {
        self.scene.damage_again();
        self.live.clone_from(&self.scene.live);
        self.freed.clear();
        if self.scene.attach().is_ok() {
            for (operation, run) in self.steps.clone() {
                if operation != Operation::Attach {
                    run(self)?;
                    self.look()?;
                }
            }
        }
        Ok(())
    }

    /// Was anything touched that must not be?
    fn look(&self) -> Result<(), Harm> {
        if !self.live.iter().all(|live| live.is_intact()) {
            return Err(Harm::Changed);
        }
        Ok(())
    }

    /// Damage was reported. What a log would say of it is read off the damaged pool.
    fn found(&mut self, corruption: Option<Corruption>) {
        if let Some(corruption) = corruption {
            std::hint::black_box(self.scene.heap.report(&corruption).to_string());
        }
        (self.tell)(Event::Found);
    }

    fn stats(&mut self) -> Result<(), Harm> {
        std::hint::black_box(self.scene.heap.stats());
        Ok(())
    }

    fn walk(&mut self) -> Result<(), Harm> {
        for block in self.scene.heap.blocks() {
            std::hint::black_box(block);
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Harm> {
        if let Err(corruption) = self.scene.heap.check() {
            self.found(Some(corruption));
        }
        Ok(())
    }

    fn allocate(&mut self, size: usize, align: usize) -> Result<(), Harm> {
        let block = if align == 1 {
            self.scene.heap.allocate(size)
        } else {
            self.scene.heap.allocate_aligned(size, align)
        };
        // No room is no damage: many of these requests find none in a healthy pool either.
        block.map_or(Ok(()), |pointer| self.hold(pointer, size, Task::None))
    }

    /// Takes a block that was handed out, if nobody else holds it, and fills it.
    fn hold(&mut self, pointer: NonNull<u8>, size: usize, task: Task) -> Result<(), Harm> {
        let block = Live {
            pointer,
            size,
            seed: self.next_seed,
            task,
        };
        let addresses = block.addresses();
        if self.scene.region_of(&addresses).is_none() {
            return Err(Harm::Outside);
        }
        let overlaps = |other: &Live| {
            let other = other.addresses();
            other.start < addresses.end && addresses.start < other.end
        };
        if self.live.iter().any(overlaps) {
            return Err(Harm::HandedOutTwice);
        }
        self.next_seed = self.next_seed.wrapping_add(1);
        block.fill();
        self.live.push(block);
        Ok(())
    }

    fn allocate_many(&mut self) -> Result<(), Harm> {
        for size in SIZES.into_iter().chain(SIZES) {
            self.allocate(size, 1)?;
        }
        Ok(())
    }

    fn allocate_aligned(&mut self) -> Result<(), Harm> {
        for (size, align) in ALIGNED {
            self.allocate(size, align)?;
        }
        Ok(())
    }

    /// Every second block shrinks, the others grow.
    fn resize(&mut self) -> Result<(), Harm> {
        for number in 0..self.live.len() {
            // Every resized block goes to the end, so the next one is always the first.
            let old = self.live.remove(0);
            let size = if number % 2 == 0 {
                old.size.div_ceil(2)
            } else {
                old.size + 36
            };
            self.resize_to(old, size)?;
        }
        Ok(())
    }

    fn resize_to(&mut self, old: Live, size: usize) -> Result<(), Harm> {
        // SAFETY: held, and forgotten if it moves. The pool may be damaged: that is what is tried.
        match unsafe { self.scene.heap.resize(old.pointer, size) } {
            Ok(pointer) => self.moved(old, pointer, size),
            Err(error) => {
                if let ResizeError::Block(error) = error {
                    self.found(told_by(error));
                }
                self.live.push(old);
                Ok(())
            }
        }
    }

    /// What `old` held must have come along.
    fn moved(&mut self, old: Live, pointer: NonNull<u8>, size: usize) -> Result<(), Harm> {
        let moved = Live { pointer, ..old };
        let addresses = Live { size, ..moved }.addresses();
        if self.scene.region_of(&addresses).is_none() {
            return Err(Harm::Outside);
        }
        if !moved.begins_intact(size.min(old.size)) {
            return Err(Harm::Changed);
        }
        self.hold(pointer, size, old.task)
    }

    fn release(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        // SAFETY: held until now, or an error to be found. The pool may be damaged: that is what is tried.
        unsafe { self.scene.heap.free(pointer) }
    }

    /// Back to front, and every third block first.
    fn free(&mut self) -> Result<(), Harm> {
        let (early, late): (Vec<_>, Vec<_>) = self
            .live
            .drain(..)
            .enumerate()
            .partition(|(number, _)| number % 3 == 0);
        let mut left: Vec<Live> = late
            .into_iter()
            .chain(early)
            .map(|(_, live)| live)
            .collect();
        let mut refused = Vec::new();
        while let Some(block) = left.pop() {
            match self.release(block.pointer) {
                Ok(()) => self.freed.push(block.pointer),
                Err(error) => {
                    self.found(told_by(error));
                    refused.push(block);
                }
            }
            if !left.iter().chain(&refused).all(|live| live.is_intact()) {
                return Err(Harm::Changed);
            }
        }
        self.live = refused;
        Ok(())
    }

    fn free_again(&mut self) -> Result<(), Harm> {
        for pointer in std::mem::take(&mut self.freed) {
            // Refused, as it must be; if not, what follows shows whether it matters.
            let _ = self.release(pointer);
        }
        Ok(())
    }

    fn reuse(&mut self) -> Result<(), Harm> {
        self.scene.heap.trim();
        for size in MORE_SIZES.into_iter().chain(SIZES) {
            self.allocate(size, 1)?;
        }
        Ok(())
    }
}

fn told_by(error: FreeError) -> Option<Corruption> {
    match error {
        FreeError::Corrupt(corruption) => Some(corruption),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
