//! The size classes of a slab: which there are, and what follows from their sizes.

/// Bytes at a chunk's start that are no objects: a bit for each free slot, one for each aligned object, the links of its
/// ring. Not all of them are needed; the objects behind them stand on a useful boundary.
pub const CHUNK_HEAD: usize = 32;
/// Bytes of a block's header, the last ones before the next chunk could begin.
const HEADER: usize = 4;
/// The largest object that a class may have, in bytes.
const MAX_OBJECT: usize = 8192;
/// The largest chunk, in bytes.
const MAX_CHUNK: usize = 64 << 10;
/// More than the number of classes.
pub const MAX_CLASSES: usize = 64;
/// The step of sizes in the table that finds a class.
const STEP: usize = 8;
/// Entries of that table.
pub const TABLE_LENGTH: usize = MAX_OBJECT / STEP + 1;

/// Small objects without a header: which sizes, in chunks of how many bytes, and whether the slab grows.
///
/// A request takes the smallest class that holds it. A class whose chunks are full hands the request to the
/// [`Fit`](crate::fit::Fit), never to a larger class; an expanding slab first tries to get another chunk, for classes of
/// which the pool could hold sixteen chunks.
///
/// An object holds its [record](crate::record), too. A class that has no room behind it serves no request and gets no chunk; a
/// slab that has only such classes does not compile:
///
/// ```compile_fail
/// use litepool::{Config, Heap, fit::Tlsf, record::CallSites, slab::{Class, Slab}};
///
/// struct Device;
/// impl Config for Device {
///     type Index = u16;
///     type Fit = Tlsf;
///     type Record = CallSites<1>;
///     const SLAB: Slab = Slab::expanding(&[Class::new(8, 512)]);
/// }
///
/// let mut memory = [core::mem::MaybeUninit::uninit(); 2048];
/// let heap = Heap::<Device>::new(&mut memory);
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
    /// Bytes of chunks that each class has from the start, unless the pool's maker says otherwise.
    pub(crate) initial: usize,
    /// Does an exhausted class take another chunk, and give it back when it is empty?
    pub(crate) expands: bool,
    /// Is one empty chunk of a class kept until the memory is needed?
    pub(crate) keeps_spare: bool,
}

impl Slab {
    /// No slab: no code, no bytes.
    pub const OFF: Self = Self::with(&[], 0);

    /// `LiteOS`: objects of 16, 32, 64 and 128 bytes, 512 bytes of chunks for each class, never more.
    pub const FIXED: Self = Self::with(&LITEOS, 512);

    /// `LiteOS` with automatic expansion: as [`Slab::FIXED`], and an exhausted class takes another chunk of 512 bytes,
    /// which goes back as soon as it is empty.
    pub const EXPANDING: Self = Self {
        expands: true,
        ..Self::FIXED
    };

    /// For little memory: objects of 8, 16, 24 and 32 bytes only, in chunks of 512 bytes, as many as it takes. Larger ones
    /// are the Fit's, whose header costs them little.
    pub const LEAN: Self = Self::expanding(&LEAN);

    /// For speed in pools of some hundred KiB and more: 36 classes from 8 to 8,192 bytes, four for each power of two, as
    /// most allocators of processes have them; chunks of 512 bytes to 64 KiB, for about 60 objects of the small sizes
    /// and 7 of the largest. Nothing is taken in advance. One empty chunk of a class is kept until the memory is needed.
    pub const FAST: Self = Self {
        keeps_spare: true,
        ..Self::expanding(&FAST)
    };

    /// A slab of these classes that takes chunks as it needs them, and gives them back as soon as they are empty.
    ///
    /// The classes are in ascending order of their sizes, at most 63; the compiler refuses others.
    #[must_use]
    pub const fn expanding(classes: &'static [Class]) -> Self {
        Self {
            expands: true,
            ..Self::with(classes, 0)
        }
    }

    /// A slab of these classes that takes so many bytes of chunks for each class from the start, rounded up to whole
    /// chunks, and never more.
    #[must_use]
    pub const fn fixed(classes: &'static [Class], bytes: usize) -> Self {
        Self::with(classes, bytes)
    }

    const fn with(classes: &'static [Class], initial: usize) -> Self {
        assert!(classes.len() < MAX_CLASSES, "a slab has at most 63 classes");
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
            initial,
            expands: false,
            keeps_spare: false,
        }
    }

    /// Is there a slab at all?
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

    /// The smallest chunk, in bytes; every chunk is a multiple.
    pub(crate) const fn smallest_chunk(self) -> usize {
        let mut smallest = MAX_CHUNK;
        let mut class = 0;
        while class < self.classes.len() {
            if (self.classes[class].chunk as usize) < smallest {
                smallest = self.classes[class].chunk as usize;
            }
            class += 1;
        }
        smallest
    }

    /// Has some class more slots in a chunk than a word has bits?
    pub(crate) const fn is_wide(self) -> bool {
        let mut class = 0;
        while class < self.classes.len() {
            if self.classes[class].slots > u32::BITS {
                return true;
            }
            class += 1;
        }
        false
    }

    /// The class for each size, in steps of 8 bytes. Sizes above the largest object have the number of classes.
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

/// One size class: how large its objects are, and the chunks that they stand in.
///
/// A chunk is cut from the pool as a block of its own. It begins on a multiple of its size (as an offset from the pool's
/// base) and ends 4 bytes before the next multiple, where the next block has its header; 32 bytes at its start say which
/// slots are free.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// Bytes of an object.
    pub(crate) size: u32,
    /// Bytes of a chunk, its block's header included.
    pub(crate) chunk: u32,
    /// Objects in a chunk.
    pub(crate) slots: u32,
    /// 2^32 / `size`, rounded up: multiplying by it divides.
    pub(crate) reciprocal: u32,
    /// A bit for each slot: what a chunk without objects says.
    pub(crate) all_slots: u64,
}

impl Class {
    /// Objects of up to `size` bytes in chunks of `chunk` bytes.
    ///
    /// `size` is a multiple of 8, at most 8,192; `chunk` a power of two, at least 64 and at most 65,536, which holds at
    /// least one object, and is used for no more than 64. A constant that is none of this does not compile.
    #[must_use]
    pub const fn new(size: usize, chunk: usize) -> Self {
        assert!(
            size != 0 && size.is_multiple_of(STEP) && size <= MAX_OBJECT,
            "the size of a slab's class is a multiple of 8, at most 8192"
        );
        assert!(
            chunk.is_power_of_two() && chunk >= 64 && chunk <= MAX_CHUNK,
            "a slab's chunk is a power of two between 64 and 65536"
        );
        let slots = (chunk - HEADER - CHUNK_HEAD) / size;
        assert!(slots > 0, "a slab's chunk holds at least one object");
        let slots = if slots > 64 { 64 } else { slots as u32 };
        Self {
            size: size as u32,
            chunk: chunk as u32,
            slots,
            all_slots: !0 >> (u64::BITS - slots),
            reciprocal: (1_u64 << 32).div_ceil(size as u64) as u32,
        }
    }

    /// How many chunks hold so many bytes.
    pub(crate) const fn chunks_for(&self, bytes: usize) -> usize {
        bytes.saturating_add(self.chunk as usize - 1) >> self.chunk.trailing_zeros()
    }

    /// The slot whose object begins `distance` bytes behind the first; none if no object begins there.
    ///
    /// Exact for every distance inside a chunk: the error of the reciprocal is less than `size`, and `size` times the
    /// distance less than 2^32. (D. Lemire, O. Kaser, N. Kurz, "Faster remainder by direct computation", 2019: the low
    /// half of the product tells whether there is a remainder.)
    #[inline(always)]
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
    #[inline(always)]
    pub(crate) const fn alignment(&self) -> usize {
        1 << (self.size | CHUNK_HEAD as u32).trailing_zeros()
    }
}

const LITEOS: [Class; 4] = [
    Class::new(16, 512),
    Class::new(32, 512),
    Class::new(64, 512),
    Class::new(128, 512),
];

const LEAN: [Class; 4] = [
    Class::new(8, 512),
    Class::new(16, 512),
    Class::new(24, 512),
    Class::new(32, 512),
];

const FAST: [Class; 36] = [
    Class::new(8, 512),
    Class::new(16, 1 << 10),
    Class::new(24, 1 << 10),
    Class::new(32, 2 << 10),
    Class::new(40, 2 << 10),
    Class::new(48, 2 << 10),
    Class::new(56, 2 << 10),
    Class::new(64, 4 << 10),
    Class::new(80, 4 << 10),
    Class::new(96, 4 << 10),
    Class::new(112, 4 << 10),
    Class::new(128, 4 << 10),
    Class::new(160, 8 << 10),
    Class::new(192, 8 << 10),
    Class::new(224, 8 << 10),
    Class::new(256, 8 << 10),
    Class::new(320, 8 << 10),
    Class::new(384, 8 << 10),
    Class::new(448, 16 << 10),
    Class::new(512, 16 << 10),
    Class::new(640, 16 << 10),
    Class::new(768, 16 << 10),
    Class::new(896, 16 << 10),
    Class::new(1024, 16 << 10),
    Class::new(1280, 32 << 10),
    Class::new(1536, 32 << 10),
    Class::new(1792, 32 << 10),
    Class::new(2048, 32 << 10),
    Class::new(2560, 64 << 10),
    Class::new(3072, 64 << 10),
    Class::new(3584, 64 << 10),
    Class::new(4096, 64 << 10),
    Class::new(5120, 64 << 10),
    Class::new(6144, 64 << 10),
    Class::new(7168, 64 << 10),
    Class::new(8192, 64 << 10),
];

#[cfg(test)]
mod tests;
