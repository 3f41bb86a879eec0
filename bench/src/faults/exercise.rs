//! Using a pool in every way, and watching whether it does harm.

use std::ptr::NonNull;

use litepool::{Check, Config, FreeError, ResizeError};
use serde::{Deserialize, Serialize};

use super::scene::{Live, Scene};

/// What is being done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Operation {
    /// Asking for the figures.
    Stats,
    /// Walking all blocks.
    Walk,
    /// The whole check, before anything is changed.
    Check,
    /// Allocations of many sizes.
    Allocate,
    /// Aligned ones.
    AllocateAligned,
    /// Resizing held blocks, up and down.
    Resize,
    /// Freeing every held block.
    Free,
    /// Freeing them again.
    FreeAgain,
    /// Giving back what waits, and allocating once more.
    Reuse,
    /// The whole check, of what is left.
    CheckAgain,
}

/// Harm that can be seen from within.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Harm {
    /// A signal ended the program.
    Crash,
    /// An operation did not end.
    Hang,
    /// The library panicked.
    Panic,
    /// A write or a block outside the pool.
    Outside,
    /// What somebody holds was changed.
    Changed,
    /// A block was handed out that overlaps one that somebody holds.
    HandedOutTwice,
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

/// What is done, by whom.
type Step<User> = fn(&mut User) -> Result<(), Harm>;

/// A pool in use, with all that is held of it.
struct User<'s, C: Config> {
    scene: &'s mut Scene<C>,
    live: Vec<Live>,
    /// Freed, in this order.
    freed: Vec<NonNull<u8>>,
    tell: &'s mut dyn FnMut(Event),
    next_seed: u8,
}

/// Uses the scene's pool, damaged or not, in every way. `tell` hears what happens.
pub fn exercise<C: Config>(scene: &mut Scene<C>, tell: &mut dyn FnMut(Event)) {
    let live = scene.live.clone();
    let mut user = User {
        scene,
        next_seed: 128,
        live,
        freed: Vec::new(),
        tell,
    };
    let end = match user.use_all() {
        Ok(()) => Event::Done,
        Err(harm) => Event::Harmed(harm),
    };
    tell(end);
}

impl<C: Config> User<'_, C> {
    fn use_all(&mut self) -> Result<(), Harm> {
        let operations: [(Operation, Step<Self>); 10] = [
            (Operation::Stats, Self::stats),
            (Operation::Walk, Self::walk),
            (Operation::Check, Self::check),
            (Operation::Allocate, Self::allocate_many),
            (Operation::AllocateAligned, Self::allocate_aligned),
            (Operation::Resize, Self::resize),
            (Operation::Free, Self::free),
            (Operation::FreeAgain, Self::free_again),
            (Operation::Reuse, Self::reuse),
            (Operation::CheckAgain, Self::check),
        ];
        for (operation, run) in operations {
            (self.tell)(Event::Doing(operation));
            run(self)?;
            self.look()?;
        }
        Ok(())
    }

    /// Was anything touched that must not be?
    fn look(&self) -> Result<(), Harm> {
        if !self.scene.room.is_guarded() {
            return Err(Harm::Outside);
        }
        if !self.live.iter().all(|live| live.is_intact()) {
            return Err(Harm::Changed);
        }
        Ok(())
    }

    fn found(&mut self) {
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
        if self.scene.heap.check().is_err() {
            self.found();
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
        block.map_or(Ok(()), |pointer| self.hold(pointer, size))
    }

    /// Takes a block that was handed out, if nobody else holds it, and fills it.
    fn hold(&mut self, pointer: NonNull<u8>, size: usize) -> Result<(), Harm> {
        let block = Live {
            pointer,
            size,
            seed: self.next_seed,
        };
        let (addresses, pool) = (block.addresses(), self.pool());
        if addresses.start < pool.start || addresses.end > pool.end {
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

    fn pool(&self) -> std::ops::Range<usize> {
        let base = self.scene.room.base().addr().get();
        base..base + self.scene.room.size()
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
            // SAFETY: held, and forgotten if it moves. The pool may be damaged: that is what is tried.
            match unsafe { self.scene.heap.resize(old.pointer, size) } {
                Ok(pointer) => self.moved(old, pointer, size)?,
                Err(error) => {
                    if let ResizeError::Block(_) = error {
                        self.found();
                    }
                    self.live.push(old);
                }
            }
        }
        Ok(())
    }

    /// What `old` held must have come along.
    fn moved(&mut self, old: Live, pointer: NonNull<u8>, size: usize) -> Result<(), Harm> {
        let pool = self.pool();
        let moved = Live { pointer, ..old };
        let addresses = Live { size, ..moved }.addresses();
        if addresses.start < pool.start || addresses.end > pool.end {
            return Err(Harm::Outside);
        }
        if !moved.begins_intact(size.min(old.size)) {
            return Err(Harm::Changed);
        }
        self.hold(pointer, size)
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
                Err(_) => {
                    self.found();
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

    /// A heap that trusts its caller must not be lied to.
    fn free_again(&mut self) -> Result<(), Harm> {
        if !matches!(C::CHECK, Check::Off) {
            for pointer in std::mem::take(&mut self.freed) {
                // Refused, as it must be; if not, what follows shows whether it matters.
                let _ = self.release(pointer);
            }
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
