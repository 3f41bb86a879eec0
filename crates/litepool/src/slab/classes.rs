//! The size classes of a slab: which there are, and what follows from their sizes.

use crate::layout::SlabLayout;
use crate::memory::WORD;

/// Bytes at the start of a slab that are no objects; see the drawing in `slab/mod.rs`.
pub const HEAD: usize = 32;
/// The largest object that a class may have, in bytes.
const MAX_OBJECT: usize = 8192;
/// The largest slab, in bytes.
const MAX_SLAB: usize = 64 << 10;
/// The smallest slab, in bytes.
const MIN_SLAB: usize = 64;
/// The largest number of slots: a bit of the double word is left for a flag.
const MAX_SLOTS: usize = 63;
/// The step of sizes in the table that finds a class.
const STEP: usize = 8;
/// Entries of that table.
pub const TABLE_LENGTH: usize = MAX_OBJECT / STEP + 1;

/// Small objects without a header: which sizes, in slabs of how many bytes, and whether there are
/// more slabs as they are needed.
///
/// A request takes the smallest class that holds it. A class whose slabs are full leaves the
/// request to the [`Fit`](crate::fit::Fit), never to a larger class. If it expands, it first tries
/// to get another slab, of no more than a fourteenth of what is free.
///
/// An object holds its [record](crate::track), too. A class that has no room besides it serves no
/// request; a slab that has only such classes does not compile:
///
/// ```compile_fail
/// use litepool::{Config, Heap, track::CallSites, slab::{Class, Slab}};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = litepool::fit::Tlsf;
///     type Record = CallSites<1>;
///     const SLAB: Slab = Slab::expanding(&[Class::new(8, 512)]);
/// }
///
/// let heap = Heap::<Device>::new(&mut []);
/// ```
///
/// ```
/// use litepool::slab::{Class, Slab};
///
/// const MESSAGES: Slab = Slab::expanding(&[Class::new(24, 512), Class::new(96, 1024)]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Slab {
    pub(crate) classes: &'static [Class],
    /// Bytes of slabs that each class has from the start, unless the pool's maker says otherwise.
    pub(crate) initial: usize,
    /// Does an exhausted class take another slab, and free it when it is empty?
    pub(crate) expands: bool,
    /// Is one empty slab of a class kept until the memory is needed?
    pub(crate) keeps_empty: bool,
}

impl Slab {
    /// No slab: no code, no bytes.
    pub const OFF: Self = Self::fixed(&[], 0);

    /// `LiteOS`: objects of 16, 32, 64 and 128 bytes, 512 bytes of slabs for each class, never
    /// more.
    pub const FIXED: Self = Self::fixed(&LITEOS, 512);

    /// `LiteOS` with automatic expansion: as [`Slab::FIXED`], and an exhausted class takes another
    /// slab of 512 bytes, which is freed as soon as it is empty.
    pub const EXPANDING: Self = Self {
        expands: true,
        ..Self::FIXED
    };

    /// For little memory: objects of 8, 16, 24 and 32 bytes only, in slabs of 512 bytes, as many
    /// as it takes. Larger ones are the Fit's, whose header costs them little.
    pub const LEAN: Self = Self::expanding(&LEAN);

    /// For speed in pools of some hundred KiB and more: 32 classes from 8 to 4,096 bytes, four for
    /// each power of two, as most allocators of processes have them; slabs of 512 bytes to 32 KiB,
    /// for about 60 objects of the small sizes and 7 of the largest. Nothing is taken in advance.
    /// One empty slab of a class is kept until the memory is needed.
    pub const FAST: Self = Self {
        keeps_empty: true,
        ..Self::expanding(&FAST)
    };

    /// A slab of these classes that takes slabs as it needs them, and frees them as soon as they
    /// are empty.
    ///
    /// The classes are in ascending order of their sizes, at most 63; the compiler refuses others.
    #[must_use]
    pub const fn expanding(classes: &'static [Class]) -> Self {
        Self {
            expands: true,
            ..Self::fixed(classes, 0)
        }
    }

    /// A slab of these classes that takes so many bytes of slabs for each class from the start,
    /// rounded up to whole slabs, and never more.
    #[must_use]
    pub const fn fixed(classes: &'static [Class], bytes: usize) -> Self {
        assert!(
            classes.len() <= SlabLayout::MOST,
            "a slab has at most 63 classes"
        );
        let mut class = 1;
        while class < classes.len() {
            assert!(
                classes[class - 1].size < classes[class].size,
                "the classes of a slab stand in ascending order"
            );
            class += 1;
        }
        Self {
            classes,
            initial: bytes,
            expands: false,
            keeps_empty: false,
        }
    }

    /// Is there a slab at all?
    #[inline(always)]
    pub(crate) const fn is_on(self) -> bool {
        !self.classes.is_empty()
    }

    /// The largest object, in bytes; 0 without a slab.
    pub(crate) const fn largest_object(self) -> usize {
        match self.classes {
            [] => 0,
            [.., last] => last.size as usize,
        }
    }

    /// The logarithm of the smallest slab's bytes; every slab is a multiple.
    pub(crate) const fn place_shift(self) -> u8 {
        let mut smallest = MAX_SLAB as u32;
        let mut class = 0;
        while class < self.classes.len() {
            if self.classes[class].bytes < smallest {
                smallest = self.classes[class].bytes;
            }
            class += 1;
        }
        smallest.ilog2() as u8
    }

    /// The class for each size, in steps of 8 bytes. Sizes above the largest object have the number
    /// of classes.
    pub(crate) const fn table(self) -> [u8; TABLE_LENGTH] {
        let mut table = [self.classes.len() as u8; TABLE_LENGTH];
        let mut class = self.classes.len();
        while class > 0 {
            class -= 1;
            let mut step = 0;
            while step <= self.classes[class].size as usize / STEP {
                table[step] = class as u8;
                step += 1;
            }
        }
        table
    }

    /// Where `size` stands in the table.
    #[inline(always)]
    pub(crate) const fn step_of(size: usize) -> usize {
        size.div_ceil(STEP)
    }
}

/// One size class: how large its objects are, and the slabs that they stand in.
///
/// A slab is split off as a block of its own. It begins on a multiple of its size (as an offset
/// from the pool's base) and ends 4 bytes before the next multiple, where the next block has its
/// header; 32 bytes at its start say which slots are free.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::slab::{Class, Slab};
/// use litepool::{Config, Heap, fit::Tlsf};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = ();
///     const MAX_SIZE: usize = 64 << 10;
///     // Objects of up to 24 bytes in slabs of 512, and of up to 64 in slabs of 1 KiB.
///     const SLAB: Slab = Slab::expanding(&[Class::new(24, 512), Class::new(64, 1024)]);
/// }
///
/// let mut memory = [MaybeUninit::uninit(); 8192];
/// let mut heap = Heap::<Device>::new(&mut memory)?;
/// let object = heap.allocate(20)?;
/// assert_eq!(heap.usable_size(object)?, 24);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Class {
    /// Bytes of an object.
    pub(crate) size: u32,
    /// Bytes of a slab, its block's header included.
    pub(crate) bytes: u32,
    /// Objects in a slab.
    pub(crate) slots: u32,
    /// 2^32 / `size`, rounded up: multiplying by it divides.
    pub(crate) reciprocal: u32,
    /// A bit for each slot: what an empty slab says.
    pub(crate) all_slots: u64,
}

impl Class {
    /// Objects of up to `size` bytes in slabs of `bytes` bytes.
    ///
    /// `size` is a multiple of 8, at most 8,192; `bytes` a power of two, at least 64 and at most
    /// 65,536, which holds at least one object, and is used for no more than 63. A constant that is
    /// none of this does not compile.
    #[must_use]
    pub const fn new(size: usize, bytes: usize) -> Self {
        assert!(
            size != 0 && size.is_multiple_of(STEP) && size <= MAX_OBJECT,
            "the size of a slab's class is a multiple of 8, at most 8192"
        );
        assert!(
            bytes.is_power_of_two() && bytes >= MIN_SLAB && bytes <= MAX_SLAB,
            "a slab is a power of two between 64 and 65536"
        );
        assert!(
            size + HEAD + WORD <= bytes,
            "a slab holds at least one object"
        );
        Self::of(size, bytes)
    }

    /// Bytes of an object.
    #[must_use]
    pub const fn object_bytes(&self) -> usize {
        self.size as usize
    }

    /// Bytes of a slab, the header of its block included.
    #[must_use]
    pub const fn slab_bytes(&self) -> usize {
        self.bytes as usize
    }

    /// The class of sizes that are proved to make one.
    const fn of(size: usize, bytes: usize) -> Self {
        // So that no division can panic, whatever a compiler sees of the proof.
        let size = if size == 0 { STEP } else { size };
        let slots = (bytes - WORD - HEAD) / size;
        let slots = if slots > MAX_SLOTS { MAX_SLOTS } else { slots };
        Self {
            size: size as u32,
            bytes: bytes as u32,
            slots: slots as u32,
            reciprocal: (1_u64 << 32).div_ceil(size as u64) as u32,
            all_slots: !0 >> (u64::BITS - slots as u32),
        }
    }

    /// The class in a word, for a reader that has not the type: the object's size in steps, the
    /// logarithm of the slab's, and the complement of both.
    pub(crate) const fn word(&self) -> u32 {
        let half = (self.size / STEP as u32) | (self.bytes.trailing_zeros() << 11);
        half | (!half) << 16
    }

    /// The class that `word` says; none if it is no class's.
    pub(crate) fn of_word(word: u32) -> Option<Self> {
        let (size, bytes) = ((word & 0x7FF) as usize * STEP, 1 << (word >> 11 & 0x1F));
        let is_one = (1..=MAX_OBJECT).contains(&size)
            && (MIN_SLAB..=MAX_SLAB).contains(&bytes)
            && size + HEAD + WORD <= bytes;
        is_one
            .then(|| Self::of(size, bytes))
            .filter(|class| class.word() == word)
    }

    /// How many slabs hold so many bytes.
    pub(crate) const fn slabs_for(&self, bytes: usize) -> usize {
        bytes.saturating_add(self.bytes as usize - 1) >> self.bytes.trailing_zeros()
    }

    /// Where the slab of this class begins that covers `offset`.
    #[inline(always)]
    pub(crate) const fn slab_of(&self, offset: usize) -> usize {
        offset & !(self.bytes as usize - 1)
    }

    /// The slot whose object begins `distance` bytes behind the first; none if no object begins
    /// there.
    ///
    /// Exact for every distance inside a slab: the error of the reciprocal is less than `size`, and
    /// `size` times the distance less than 2^32. (D. Lemire, O. Kaser, N. Kurz, "Faster remainder
    /// by direct computation", 2019: the low half of the product tells whether there is a
    /// remainder.)
    #[inline]
    pub(crate) const fn slot_at(&self, distance: u32) -> Option<u32> {
        let product = distance as u64 * self.reciprocal as u64;
        let slot = (product >> 32) as u32;
        if slot < self.slots && (product as u32) < self.reciprocal {
            Some(slot)
        } else {
            None
        }
    }

    /// The alignment that every object has, as an offset from the pool's base.
    pub(crate) const fn alignment(&self) -> usize {
        1 << (self.size | HEAD as u32).trailing_zeros()
    }
}

/// The classes of these sizes and slabs.
const fn classes<const N: usize>(sizes: [(usize, usize); N]) -> [Class; N] {
    let mut classes = [Class::new(8, MIN_SLAB); N];
    let mut class = 0;
    while class < N {
        classes[class] = Class::new(sizes[class].0, sizes[class].1);
        class += 1;
    }
    classes
}

const LITEOS: [Class; 4] = classes([(16, 512), (32, 512), (64, 512), (128, 512)]);

const LEAN: [Class; 4] = classes([(8, 512), (16, 512), (24, 512), (32, 512)]);

#[rustfmt::skip]
const FAST: [Class; 32] = classes([
    (8, 512), (16, 1024), (24, 1024), (32, 2048), (40, 2048), (48, 2048), (56, 2048),
    (64, 4096), (80, 4096), (96, 4096), (112, 4096),
    (128, 4096), (160, 8192), (192, 8192), (224, 8192),
    (256, 8192), (320, 8192), (384, 8192), (448, 16_384),
    (512, 16_384), (640, 16_384), (768, 16_384), (896, 16_384),
    (1024, 16_384), (1280, 16_384), (1536, 16_384), (1792, 16_384),
    (2048, 16_384), (2560, 32_768), (3072, 32_768), (3584, 32_768),
    (4096, 32_768),
]);

#[cfg(test)]
mod tests;
