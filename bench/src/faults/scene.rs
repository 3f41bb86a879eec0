//! A pool in the middle of its life: blocks of many kinds, used and free side by side.

mod full;

use std::ops::Range;
use std::ptr::NonNull;

use anyhow::{Context, Result};
use litepool::track::Task;
use litepool::{AttachError, Caller, Config, Image, Regions};
use litepool_testing::{Flush, Guarded};

/// A block that somebody holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Live {
    /// Where it stands.
    pub pointer: NonNull<u8>,
    /// Bytes asked for.
    pub size: usize,
    /// What its contents are made of.
    pub seed: u8,
    /// For whom it was allocated.
    pub task: Task,
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

/// Equal sizes make lists longer than one; the large ones make tries with children; what goes last is in no list.
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

/// Where there is a slab: enough objects for a full slab, and a second one of some classes.
const OBJECTS: [(usize, usize); 4] = [(16, 26), (120, 5), (60, 5), (8, 5)];

/// Bytes of a pool without a slab. Larger ones have one.
pub const PLAIN_POOL: usize = 4096;

/// Who asks for the block of this number: tasks and modules that have totals of their own, others beyond these, an interrupt, and
/// nobody.
pub fn caller(number: usize) -> Caller {
    let caller = match number % 7 {
        5 => Caller::interrupt(),
        6 => Caller::NONE,
        task => Caller::task(task as u16),
    };
    let caller = caller.at([0x0800_0000 + 2 * number as u32, 0, 0, 0]);
    match number % 3 {
        0 => caller,
        _ => caller.in_module((number % 6) as u8),
    }
}

/// What a region looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Blocks of many kinds, and one large free block behind them.
    Roomy,
    /// Full but for some holes. The last one is the smallest block that there can be, and the
    /// others stand where one bit tells them from it: what leads to one of them, with that bit
    /// flipped, leads to the region's end.
    Full,
}

impl Shape {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::Roomy, Self::Full];
}

/// A heap, each region of which stands between inaccessible pages, and what is held of it.
pub struct Scene<C: Config, const MORE: usize> {
    /// The memory of each region. Nobody else may write to it.
    pub rooms: Vec<Guarded>,
    /// The heap over it.
    pub heap: Regions<'static, C, MORE>,
    /// The blocks that are held.
    pub live: Vec<Live>,
    /// Each region before the damage.
    pub images: Vec<Vec<u8>>,
    flipped: usize,
}

impl<C: Config, const MORE: usize> Scene<C, MORE> {
    /// Sets it up in regions of `size` bytes each, which are whole pages.
    ///
    /// # Errors
    /// No memory, or a heap that refuses what it must not.
    pub fn new(size: usize, shape: Shape) -> Result<Self> {
        let rooms = (0..=MORE)
            .map(|_| Guarded::new(size, Flush::Low))
            .collect::<Vec<_>>();
        let (first, more) = rooms.split_first().context("a room")?;
        // SAFETY: the room is mapped as long as the scene lives, and the heap does not outlive it.
        let mut heap = unsafe { Regions::<C, MORE>::from_raw(first.base(), first.size()) }?;
        for room in more {
            // SAFETY: as above.
            unsafe { heap.add_region_raw(room.base(), room.size()) }?;
        }
        let mut live = Vec::new();
        for (region, room) in rooms.iter().enumerate() {
            heap.set_preferred(region)?;
            live.append(&mut match shape {
                Shape::Roomy => populate(&mut heap, size)?,
                Shape::Full => {
                    let image = room.bytes();
                    let choices = Image::of(&image).map(|image| *image.choices())?;
                    full::populate(&mut heap, region, &choices)?
                }
            });
        }
        heap.set_preferred(0)?;
        heap.check()?;
        let images = rooms.iter().map(Guarded::bytes).collect();
        Ok(Self {
            rooms,
            heap,
            live,
            images,
            flipped: 0,
        })
    }

    /// Everything as it was set up, but for one flipped bit. Regions are numbered through.
    pub fn damage(&mut self, bit: usize) {
        self.flipped = bit;
        self.damage_again();
    }

    /// The same bit once more.
    pub fn damage_again(&mut self) {
        for (room, image) in self.rooms.iter_mut().zip(&self.images) {
            room.restore(image);
        }
        let bits = self.rooms[0].size() * 8;
        self.rooms[self.flipped / bits].flip(self.flipped % bits);
    }

    /// Opens what stands in the rooms, as if it had just been found there.
    ///
    /// # Errors
    /// What stands there is no heap any more.
    pub fn attach(&mut self) -> Result<(), AttachError> {
        let rooms = self.rooms.iter();
        let regions: Vec<_> = rooms.map(|room| (room.base(), room.size())).collect();
        // SAFETY: as in `new`; the heap before is forgotten.
        self.heap = unsafe { Regions::attach_regions(&regions) }?;
        Ok(())
    }

    /// The region in which all of these addresses lie.
    pub fn region_of(&self, addresses: &Range<usize>) -> Option<usize> {
        self.rooms.iter().position(|room| {
            let base = room.base().addr().get();
            addresses.start >= base && addresses.end <= base + room.size()
        })
    }

    /// Where the held blocks of a region lie, in bytes from its base.
    pub fn payloads(&self, region: usize) -> Vec<Range<usize>> {
        let base = self.rooms[region].base().addr().get();
        let places = self.live.iter().map(|live| live.addresses());
        places
            .filter(|addresses| self.region_of(addresses) == Some(region))
            .map(|range| range.start - base..range.end - base)
            .collect()
    }
}

/// Has the region that is preferred, of so many bytes, used blocks and free ones; gives the used ones.
fn populate<C: Config, const MORE: usize>(
    heap: &mut Regions<'static, C, MORE>,
    size: usize,
) -> Result<Vec<Live>> {
    let (mut live, mut leaving) = (Vec::new(), Vec::new());
    let objects: &[(usize, usize)] = if size > PLAIN_POOL { &OBJECTS } else { &[] };
    let objects = objects
        .iter()
        .flat_map(|&(size, count)| (0..count).map(move |_| stays(size)));
    for (number, cast) in CAST.into_iter().chain(objects).enumerate() {
        let list = if cast.stays { &mut live } else { &mut leaving };
        list.push(allocate(heap, number, cast.size, cast.align)?);
    }
    free(heap, &leaving)?;
    Ok(live)
}

fn free<C: Config, const MORE: usize>(
    heap: &mut Regions<'static, C, MORE>,
    blocks: &[Live],
) -> Result<()> {
    for block in blocks {
        // SAFETY: allocated for the scene, whose maker uses it no more.
        unsafe { heap.free(block.pointer) }?;
    }
    Ok(())
}

/// The block of this number, filled.
fn allocate<C: Config, const MORE: usize>(
    heap: &mut Regions<'static, C, MORE>,
    number: usize,
    size: usize,
    align: usize,
) -> Result<Live> {
    let caller = caller(number);
    let pointer = heap
        .allocate_for(&caller, size, align)
        .with_context(|| format!("setting up, block {number}"))?;
    let block = Live {
        pointer,
        size,
        seed: number as u8,
        task: caller.owner().task,
    };
    block.fill();
    Ok(block)
}
