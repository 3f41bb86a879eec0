//! Damage: words that are changed where they matter, and figures that are made to agree with it.

use litepool::{BlockInfo, Config, Regions, State};

use crate::Guarded;

const WORD: usize = 4;
/// Bytes of a slab before its objects.
const SLAB_HEAD: usize = 32;

/// A word of an image that means something.
#[derive(Clone, Copy)]
pub struct Place {
    region: usize,
    offset: usize,
}

/// A change of an image. Every number stands for one; which, is a matter of the places that there
/// are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mutation {
    /// What is done.
    pub kind: u8,
    /// Where.
    pub at: u16,
    /// What other place has to do with it.
    pub other: u16,
    /// With which value.
    pub value: u32,
}

/// Every word of the control blocks, of headers, links, records and slab heads.
pub fn places<C: Config, const MORE: usize>(heap: &Regions<'_, C, MORE>) -> Vec<Place> {
    let mut places = Vec::new();
    for (region, info) in heap.regions().enumerate() {
        let here = |block: &BlockInfo| block.region == region && block.state != State::Gap;
        let blocks: Vec<BlockInfo> = heap.blocks().filter(here).collect();
        let first = blocks.first().map_or(info.size, |block| block.offset) - WORD;
        let mut add = |offsets: std::ops::Range<usize>| {
            let words = offsets
                .step_by(WORD)
                .filter(|offset| offset + WORD <= info.size);
            places.extend(words.map(|offset| Place { region, offset }));
        };
        add(0..first);
        for block in &blocks {
            let start = block.offset & !(WORD - 1);
            match block.state {
                State::Slab => add(start - WORD..start + SLAB_HEAD),
                _ if block.in_slab => add(start..start + WORD),
                _ => {
                    let end = (block.offset + block.size - WORD) & !(WORD - 1);
                    add(start - WORD..(start + 6 * WORD).min(end));
                    add(end.saturating_sub(6 * WORD).max(start)..end);
                }
            }
        }
        add(info.size - WORD..info.size);
    }
    places
}

impl Mutation {
    /// Changes the memory of regions in which there is a heap with these places.
    pub fn apply(self, memory: &mut [Guarded], places: &[Place]) {
        let at = places[usize::from(self.at) % places.len()];
        let other = places[usize::from(self.other) % places.len()];
        let region = &mut memory[at.region];
        let old = region.word(at.offset);
        let granules = |place: Place, granule: usize| ((place.offset + WORD) / granule) as u32;
        let new = match self.kind % 12 {
            0 | 1 => old ^ 1 << (self.value % 32),
            2 => self.value,
            3 => old & 0xFFFF_0000 | self.value & 0xFFFF,
            4 => old & 0x0000_FFFF | self.value << 16,
            5 => old.wrapping_add_signed(i32::from(self.value as i8)),
            6 => {
                old & !(0xFF << (8 * (self.other % 4)))
                    | (self.value & 0xFF) << (8 * (self.other % 4))
            }
            7 => memory[other.region].word(other.offset),
            8 => granules(other, 4 << (self.value % 2)),
            9 => old & 0xFFFF_0000 | granules(other, 4 << (self.value % 2)) & 0xFFFF,
            10 => return swap(memory, at, other),
            _ => return redirect(region, at.offset, other.offset, self.value),
        };
        memory[at.region].set_word(at.offset, new);
    }
}

fn swap(memory: &mut [Guarded], one: Place, other: Place) {
    let (first, second) = (
        memory[one.region].word(one.offset),
        memory[other.region].word(other.offset),
    );
    memory[one.region].set_word(one.offset, second);
    memory[other.region].set_word(other.offset, first);
}

/// Copies the words of a block, whose header stands at `from`, to another place, and has all links
/// to it lead there.
fn redirect(region: &mut Guarded, from: usize, to: usize, value: u32) {
    let granule = 4 << (value % 2);
    let is_narrow = value & 2 == 0;
    let length = (5 * WORD).min(region.size() - from.max(to));
    for offset in (0..length).step_by(WORD) {
        let word = region.word(from + offset);
        region.set_word(to + offset, word);
    }
    let link = |offset: usize| ((offset + WORD) / granule) as u32;
    let (old, new) = (link(from), link(to));
    for at in (0..region.size()).step_by(WORD) {
        let found = region.word(at);
        let changed = if is_narrow {
            let half = |half: u32| if half == old { new & 0xFFFF } else { half };
            half(found & 0xFFFF) | half(found >> 16) << 16
        } else if found == old {
            new
        } else {
            found
        };
        if changed != found {
            region.set_word(at, changed);
        }
    }
}

/// Where the figures stand in a control block, as litepool's `layout.rs` lays them out.
const USED: usize = 3 * WORD;
const USED_BLOCKS: usize = 5 * WORD;
const FREE_BLOCKS: usize = 7 * WORD;
const PEAK: usize = 8 * WORD;
/// And those of a slab: granules of slabs that are no objects, granules of used blocks, a word for
/// each class, two links for each.
const SLAB: usize = 10 * WORD;
const SLAB_OVERHEAD: usize = SLAB;
const IN_BLOCKS: usize = SLAB + WORD;
const CLASSES: usize = SLAB + 2 * WORD;

/// Has the figures of each region say what a walk of its blocks gives: else those alone would
/// betray most damage.
///
/// `heap` was opened before the memory was damaged, and asks nothing of it but the walk.
pub fn mend_figures<C: Config, const MORE: usize>(
    heap: &Regions<'_, C, MORE>,
    memory: &mut [Guarded],
) {
    let blocks: Vec<BlockInfo> = heap.blocks().collect();
    for (region, memory) in memory.iter_mut().enumerate() {
        let here = |block: &&BlockInfo| block.region == region && block.state != State::Gap;
        let blocks: Vec<&BlockInfo> = blocks.iter().filter(here).collect();
        let granules = |bytes: usize| (bytes / C::GRANULE) as u32;
        let used = || blocks.iter().filter(|block| block.state == State::Used);
        let free = |block: &&&BlockInfo| block.state == State::Free && !block.in_slab;
        let used_granules = granules(used().map(|block| block.size).sum());
        memory.set_word(USED, used_granules);
        memory.set_word(USED_BLOCKS, used().count() as u32);
        memory.set_word(FREE_BLOCKS, blocks.iter().filter(free).count() as u32);
        memory.set_word(PEAK, memory.word(PEAK).max(used_granules));
        let has_slab = memory.word(WORD) >> 24 & 0x3F != 0;
        if has_slab && let Some(first) = blocks.first() {
            mend_slab::<C>(memory, &blocks, first.offset - WORD);
        }
    }
}

/// The same of a slab, whose map ends where the first header stands.
fn mend_slab<C: Config>(memory: &mut Guarded, blocks: &[&BlockInfo], first: usize) {
    let granules = |bytes: usize| (bytes / C::GRANULE) as u32;
    let slabs = || blocks.iter().filter(|block| block.state == State::Slab);
    let slots = blocks.iter().filter(|block| block.in_slab);
    let bytes: usize = slabs().map(|slab| slab.size).sum();
    let in_slots: usize = slots.map(|slot| slot.size).sum();
    let alone = |block: &&&BlockInfo| block.state == State::Used && !block.in_slab;
    let used: usize = blocks.iter().filter(alone).map(|block| block.size).sum();
    memory.set_word(SLAB_OVERHEAD, granules(bytes.saturating_sub(in_slots)));
    memory.set_word(IN_BLOCKS, granules(used + bytes));
    let classes = (memory.word(WORD) >> 24 & 0x3F) as usize;
    let step = 1 << ((memory.word(WORD) >> 12 & 0xF) + 6);
    let width = if C::MAX_SIZE / C::GRANULE > 1 << 16 {
        4
    } else {
        2
    };
    let image = memory.bytes();
    for class in 0..classes {
        let is_of_class = |slab: &&&&BlockInfo| {
            let byte = (first - 1).checked_sub(slab.offset / step);
            byte.is_some_and(|byte| usize::from(image[byte]) == class + 1)
        };
        let count = slabs().filter(|slab| is_of_class(&slab)).count() as u32;
        let at = CLASSES + classes * WORD + (classes + class) * width;
        if at + width > memory.size() {
            break;
        }
        for byte in 0..width {
            memory.set_byte(at + byte, (count >> (8 * byte)) as u8);
        }
    }
}
