//! A pool with fixed slabs of any classes, replayed without a heap of those classes' type.
//!
//! The classes of a heap are compiled in, so a search over classes can't make a heap for each. But
//! what fixed slabs do to the rest of the pool is known beforehand: they are blocks that stand on a
//! multiple of their size from the start, the control block is so much larger, and an object that finds
//! a free slot asks the pool for nothing. So a pool of `S` bytes with slabs is replayed as one without,
//! of those bytes that the larger control block leaves, standing that much higher: block for block it is
//! the same. The tests compare both.
//!
//! One thing is decided by where blocks stand: a block that grows, but not in place, takes a slot if its
//! new size has one free. Here it stays a block. [`Behind::is_exact`] says whether that could happen.

use litepool::slab::Class;
use litepool_trace::Op;

use crate::configurations::Configuration;
use crate::memory::{Memory, Placement};
use crate::part::{Part, PartBuilder};
use crate::search::{self, Effort, Smallest, Trial};

#[cfg(test)]
mod tests;

/// Bytes of a slab that are no objects: the header of its block, and which slots are free. See
/// [`Class`].
const HEAD: usize = 36;
/// The most slots of a slab.
const MOST_SLOTS: usize = 63;
/// Bytes of the control block that each slab's state takes, and each class besides its two links.
const STATE: usize = 8;
const CLASS: usize = 4;

/// A class, and with how many slabs it begins: it never gets more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlabClass {
    /// Its objects and its slabs.
    pub class: Class,
    /// How many slabs.
    pub slabs: usize,
}

impl SlabClass {
    /// Objects in a slab.
    #[must_use]
    pub fn slots(&self) -> usize {
        slots(&self.class)
    }

    /// Objects in all slabs.
    #[must_use]
    pub fn objects(&self) -> usize {
        self.slots() * self.slabs
    }

    /// Bytes of all slabs.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.class.slab_bytes() * self.slabs
    }
}

/// How many objects a slab of this class holds.
#[must_use]
pub fn slots(class: &Class) -> usize {
    ((class.slab_bytes() - HEAD) / class.object_bytes()).min(MOST_SLOTS)
}

/// What of a part the pool behind fixed slabs is asked for.
///
/// ```
/// use litepool::slab::Class;
/// use litepool_replay::{Behind, Part, SlabClass};
/// use litepool_trace::Op;
///
/// let mut part = Part::builder();
/// (0..4).for_each(|id| part.push(Op::Allocate { id, size: 24, align: 0 }));
/// part.push(Op::Allocate { id: 4, size: 300, align: 0 });
/// let class = SlabClass { class: Class::new(24, 256), slabs: 1 };
/// let behind = Behind::new(&part.finish(), &[class]);
/// // The slab serves the small objects: the pool is asked for the slab and the large one.
/// assert_eq!((behind.most_used[0], behind.operations()), (4, 2));
/// ```
#[derive(Debug)]
pub struct Behind {
    /// The slabs, then every request that found no slot.
    part: Part,
    classes: Vec<SlabClass>,
    /// Whether no block grew to a size of which a slot was free: see the module.
    pub is_exact: bool,
    /// The most slots in use at a time, of each class.
    pub most_used: Vec<usize>,
}

impl Behind {
    /// Of `part`, behind these classes, which stand in ascending order of their sizes. O(operations),
    /// and memory of 8 bytes for each that is left.
    #[must_use]
    pub fn new(part: &Part, classes: &[SlabClass]) -> Self {
        let mut filter = Filter::new(part, classes);
        part.pieces(usize::MAX, &mut |ops| {
            ops.iter().for_each(|&op| filter.op(op));
            true
        });
        Self {
            part: filter.builder.finish(),
            classes: classes.to_vec(),
            is_exact: filter.is_exact,
            most_used: filter.most_used,
        }
    }

    /// Operations of it, those that make the slabs included: what a replay takes.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.part.ops.len()
    }

    /// The smallest pool of this configuration that serves it, in bytes, slabs and control block
    /// included, as [`Part::smallest`]. `None` if there is none, or the pool stands where slabs do not: at an
    /// address that is no multiple of 64 KiB.
    #[must_use]
    pub fn smallest(
        &self,
        configuration: &Configuration,
        placement: Placement,
        effort: Effort,
        tried: impl Fn() + Sync,
    ) -> Option<Smallest> {
        if placement.address() != 0 {
            return None;
        }
        let granule = configuration.granule as u64;
        let in_slabs: usize = self.classes.iter().map(SlabClass::bytes).sum();
        // A pool takes no slabs that are more than half of it.
        let least = self.part.live_peak.max(2 * in_slabs as u64);
        let low = (least / granule).saturating_sub(1);
        let limits = configuration.limits().map(|limit| limit as u64 / granule);
        let attempt = |units: u64, until| {
            tried();
            self.attempt(configuration, (units * granule) as usize, until)
        };
        let guess = |low: u64| low.saturating_add(low / 16 + 64);
        let peak = self.part.peak_at;
        let found = search::smallest_of_limits(low, guess, limits, peak, effort, attempt);
        found.map(|found| found.in_bytes(granule))
    }

    /// Runs it in a pool of `size` bytes, up to the operation with the number `until`.
    fn attempt(&self, configuration: &Configuration, size: usize, until: u64) -> Trial {
        let Some(stand_in) = self.without_slabs(configuration, size) else {
            return Trial::FailsAt(1);
        };
        let configuration = configuration.with_max_size(size as u64);
        configuration.map_or(Trial::FailsAt(1), |configuration| {
            let (placement, size) = stand_in;
            self.part.attempt(&configuration, placement, size, until)
        })
    }

    /// The pool without slabs that is the same as one of `size` bytes with them, and where it stands.
    fn without_slabs(
        &self,
        configuration: &Configuration,
        size: usize,
    ) -> Option<(Placement, usize)> {
        let configuration = configuration.with_max_size(size as u64)?;
        let origin = Placement::like(0, 0);
        let control_block = |size: usize| {
            let mut memory = Memory::new(size, origin).ok()?;
            configuration.control_block(&mut memory)
        };
        let largest = self.classes.iter().map(|fixed| fixed.class.slab_bytes());
        let align = self.part.largest_align.max(largest.max()? as u64);
        let larger = self.state_bytes(&configuration, size);
        let larger = larger.next_multiple_of(configuration.granule);
        // The index over free blocks is that of the whole pool's size, which may have a list more.
        let whole = control_block(size)?;
        let mut rest = size.checked_sub(larger)?;
        for _ in 0..2 {
            rest = (size + control_block(rest)?).checked_sub(larger + whole)?;
        }
        Some((Placement::like((size - rest) as u64, align), rest))
    }

    /// Bytes that the control block of a pool of `size` bytes has for the classes: their state, and a
    /// byte for each place where the smallest slab could stand.
    fn state_bytes(&self, configuration: &Configuration, size: usize) -> usize {
        let short = configuration
            .limits()
            .any(|limit| size <= limit && limit / configuration.granule <= 1 << 16);
        let link = if short { 2 } else { 4 };
        let classes = self.classes.len();
        let smallest = self.classes.iter().map(|fixed| fixed.class.slab_bytes());
        let places = size / smallest.min().unwrap_or(usize::MAX) + 1;
        STATE + classes * CLASS + (2 * classes * link).next_multiple_of(4) + places
    }
}

/// Where an object is.
#[derive(Clone, Copy)]
enum Stand {
    /// In a slot of the class with this index.
    Slot(usize),
    /// In a block, in this slot of the filtered part, which was last requested with this size.
    Block(u32, u64),
}

/// Leaves out what finds a slot.
struct Filter<'c> {
    classes: &'c [SlabClass],
    /// Slots in use, and the most so far, of each class.
    used: Vec<usize>,
    most_used: Vec<usize>,
    /// Of the object in each slot of the script: where it is, and its alignment.
    objects: Vec<Option<(Stand, u64)>>,
    builder: PartBuilder,
    vacant: Vec<u32>,
    next: u32,
    is_exact: bool,
}

impl<'c> Filter<'c> {
    fn new(part: &Part, classes: &'c [SlabClass]) -> Self {
        let mut filter = Self {
            classes,
            used: vec![0; classes.len()],
            most_used: vec![0; classes.len()],
            objects: vec![None; part.slots],
            builder: Part::builder(),
            vacant: Vec::new(),
            next: 0,
            is_exact: true,
        };
        for fixed in classes {
            let bytes = fixed.class.slab_bytes() as u64;
            for _ in 0..fixed.slabs {
                // A block remembers an alignment in two bytes, and has a header of four.
                let id = filter.vacant_slot();
                filter.builder.push(Op::Allocate {
                    id,
                    size: bytes - 6,
                    align: bytes,
                });
            }
        }
        filter
    }

    fn op(&mut self, op: Op) {
        let slot = op.id() as usize;
        match op {
            Op::Allocate { size, align, .. } => {
                self.objects[slot] = Some((self.place(size, align), align));
            }
            Op::Resize { size, .. } => self.resize(slot, size),
            Op::Free { .. } => {
                if let Some((stand, _)) = self.objects[slot].take() {
                    self.free(stand);
                }
            }
        }
    }

    fn resize(&mut self, slot: usize, size: u64) {
        match self.objects[slot] {
            Some((Stand::Slot(class), align))
                if size > self.classes[class].class.object_bytes() as u64 =>
            {
                // Elsewhere first, then the slot becomes free.
                self.objects[slot] = Some((self.place(size, align), align));
                self.free(Stand::Slot(class));
            }
            Some((Stand::Block(id, before), align)) => {
                if size > before && self.class_with_room(size, align).is_some() {
                    self.is_exact = false;
                }
                self.builder.push(Op::Resize { id, size });
                self.objects[slot] = Some((Stand::Block(id, size), align));
            }
            Some((Stand::Slot(_), _)) | None => {}
        }
    }

    /// Takes a slot, else asks the pool for a block.
    fn place(&mut self, size: u64, align: u64) -> Stand {
        if let Some(class) = self.class_with_room(size, align) {
            self.used[class] += 1;
            self.most_used[class] = self.most_used[class].max(self.used[class]);
            return Stand::Slot(class);
        }
        let id = self.vacant_slot();
        self.builder.push(Op::Allocate { id, size, align });
        Stand::Block(id, size)
    }

    fn free(&mut self, stand: Stand) {
        match stand {
            Stand::Slot(class) => self.used[class] -= 1,
            Stand::Block(id, _) => {
                self.builder.push(Op::Free { id });
                self.vacant.push(id);
            }
        }
    }

    /// The class of requests of this size, if a slot of it is free and stands well. No request goes to
    /// a larger class. Of alignments above the granule slabs know 16 only.
    fn class_with_room(&self, size: u64, align: u64) -> Option<usize> {
        let size = match align {
            0..=4 => size,
            16 => size.checked_next_multiple_of(16)?,
            _ => return None,
        };
        let holds = |fixed: &SlabClass| size <= fixed.class.object_bytes() as u64;
        let class = self.classes.iter().position(holds)?;
        let fixed = &self.classes[class];
        let stands_well = align <= 4 || fixed.class.object_bytes().is_multiple_of(16);
        (stands_well && self.used[class] < fixed.objects()).then_some(class)
    }

    fn vacant_slot(&mut self) -> u32 {
        self.vacant.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }
}
