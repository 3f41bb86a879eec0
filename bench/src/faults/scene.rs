//! A pool in the middle of its life: blocks of many kinds, used and free side by side.

use std::ops::Range;
use std::ptr::NonNull;

use anyhow::{Context, Result};
use litepool::{Config, Heap};

use super::room::Room;

/// A block that somebody holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Live {
    /// Where it stands.
    pub pointer: NonNull<u8>,
    /// Bytes asked for.
    pub size: usize,
    /// What its contents are made of.
    pub seed: u8,
}

impl Live {
    /// Fills the block.
    pub fn fill(self) {
        for at in 0..self.size {
            // SAFETY: the holder may write so many bytes; whoever made this has seen that they are in the pool.
            unsafe { self.pointer.add(at).write(self.byte(at)) };
        }
    }

    /// Does the block still hold what it was filled with?
    pub fn is_intact(self) -> bool {
        self.begins_intact(self.size)
    }

    /// The same of its first `length` bytes.
    pub fn begins_intact(self, length: usize) -> bool {
        // SAFETY: as in `fill`.
        (0..length).all(|at| unsafe { self.pointer.add(at).read() } == self.byte(at))
    }

    fn byte(self, at: usize) -> u8 {
        (at as u8).wrapping_mul(29) ^ self.seed.wrapping_mul(83).wrapping_add(0x5A)
    }

    /// Its addresses.
    pub fn addresses(self) -> Range<usize> {
        let start = self.pointer.addr().get();
        start..start.saturating_add(self.size)
    }
}

/// A request, and what becomes of its block before the damage.
struct Cast {
    size: usize,
    align: usize,
    stays: bool,
}

const fn stays(size: usize) -> Cast {
    Cast {
        size,
        align: 1,
        stays: true,
    }
}

const fn aligned(size: usize, align: usize) -> Cast {
    Cast {
        size,
        align,
        stays: true,
    }
}

const fn goes(size: usize) -> Cast {
    Cast {
        size,
        align: 1,
        stays: false,
    }
}

/// Equal sizes make lists longer than one; the large ones make tries with children; what goes last may wait unmerged.
const CAST: [Cast; 33] = [
    goes(280),
    stays(24),
    goes(330),
    stays(40),
    goes(150),
    stays(16),
    goes(280),
    stays(33),
    aligned(100, 64),
    goes(200),
    stays(8),
    goes(60),
    stays(12),
    goes(60),
    aligned(33, 16),
    goes(60),
    stays(120),
    goes(8),
    stays(8),
    goes(8),
    stays(20),
    goes(12),
    aligned(8, 32),
    goes(24),
    stays(300),
    goes(24),
    goes(40),
    stays(64),
    goes(130),
    stays(10),
    goes(20),
    goes(20),
    stays(24),
];

/// Where there is a slab: enough objects for a full chunk, and a second one of some classes.
const OBJECTS: [(usize, usize); 4] = [(16, 26), (120, 5), (60, 5), (8, 5)];

/// Bytes of a pool without a slab. Larger ones have one.
pub const PLAIN_POOL: usize = 4096;

/// A heap in its room, and what is held of it.
pub struct Scene<C: Config> {
    /// The memory. Nobody else may write to it.
    pub room: Room,
    /// The heap over it.
    pub heap: Heap<'static, C>,
    /// The blocks that are held.
    pub live: Vec<Live>,
    /// The pool before the damage.
    pub image: Vec<u8>,
}

impl<C: Config> Scene<C> {
    /// Sets it up in a pool of `size` bytes.
    ///
    /// # Errors
    /// No memory, or a heap that refuses what it must not.
    pub fn new(size: usize) -> Result<Self> {
        let room = Room::new(size)?;
        // SAFETY: the room is mapped as long as the scene lives, and the heap does not outlive it.
        let mut heap = unsafe { Heap::<C>::from_raw(room.base(), room.size()) }?;
        let mut live = Vec::new();
        let mut leaving = Vec::new();
        let objects: &[(usize, usize)] = if size > PLAIN_POOL { &OBJECTS } else { &[] };
        let objects = objects
            .iter()
            .flat_map(|&(size, count)| (0..count).map(move |_| stays(size)));
        for (number, cast) in CAST.into_iter().chain(objects).enumerate() {
            let pointer = heap
                .allocate_aligned(cast.size, cast.align)
                .with_context(|| format!("setting up, block {number}"))?;
            let block = Live {
                pointer,
                size: cast.size,
                seed: number as u8,
            };
            block.fill();
            if cast.stays {
                live.push(block);
            } else {
                leaving.push(block);
            }
        }
        for block in leaving {
            // SAFETY: allocated above, and forgotten.
            unsafe { heap.free(block.pointer) }?;
        }
        heap.check()?;
        let image = room.bytes();
        Ok(Self {
            room,
            heap,
            live,
            image,
        })
    }

    /// Everything as it was set up, but for one flipped bit.
    pub fn damage(&mut self, bit: usize) {
        self.room.restore(&self.image);
        self.room.flip(bit);
    }

    /// Where the held blocks lie, in bytes from the pool's base.
    pub fn payloads(&self) -> Vec<Range<usize>> {
        let base = self.room.base().addr().get();
        let places = self.live.iter().map(|live| live.addresses());
        places
            .map(|range| range.start - base..range.end - base)
            .collect()
    }
}
