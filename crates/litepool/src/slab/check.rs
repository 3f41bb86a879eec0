//! Proving the slab: its chunks while the chain is walked, then its rings and counters.

use super::chunk::Chunk;
use super::classes::MAX_CLASSES;
use super::state::{INITIAL_SEAL, SlabCounter, Tag};
use crate::arena::Arena;
use crate::block::{Block, Form};
use crate::check::{Broken, Corruption};
use crate::config::Config;
use crate::record::check::RecordCensus;

/// What the chunks add up to.
#[derive(Default)]
pub struct SlabCensus {
    chunks: u32,
    granules: u32,
    overhead: u32,
    /// Objects in use.
    pub objects: u32,
    /// Their granules.
    pub object_granules: u32,
    /// Chunks with a free slot: they are the ones in rings.
    with_free_slots: u32,
    /// Places of the map that chunks cover.
    places: usize,
    /// The chunks may have no seals yet.
    is_unsealed: bool,
}

impl SlabCensus {
    /// Of a pool that is being opened, and may have been in use without seals.
    pub fn unsealed() -> Self {
        Self {
            is_unsealed: true,
            ..Self::default()
        }
    }

    /// Proves the chunk `block`, a used block of `size` granules that is known to be whole.
    pub fn add<C: Config>(
        &mut self,
        arena: Arena<C>,
        block: Block,
        size: u32,
        records: &mut RecordCensus,
    ) -> Result<(), Corruption> {
        let fail = || Corruption::of_block(arena, block, Broken::Chunk);
        let chunk = Chunk(arena.offset(block));
        let tag = arena.tag_at(chunk.0);
        let class = tag.class();
        let layout = C::SLAB.classes.get(class).ok_or_else(fail)?;
        let header = arena.header(block);
        if !arena.is_chunk_of(class, block)
            || header.is_aligned()
            || Form::of::<C>(header) != Form::Ordinary
            || size != layout.chunk / Arena::<C>::GRANULE as u32
        {
            return Err(fail());
        }
        let (free, aligned) = (arena.free_slots(chunk), arena.aligned_slots(chunk));
        if free & !layout.all_slots != 0 || aligned & (free | !layout.all_slots) != 0 {
            return Err(fail());
        }
        // Nobody ever got an object that has no room behind its record.
        if !Arena::<C>::serves(layout) && free != layout.all_slots {
            return Err(fail());
        }
        if !self.is_unsealed && !arena.is_chunk_sealed(class, chunk) {
            return Err(fail());
        }
        let places = layout.chunk as usize >> Arena::<C>::PLACE_SHIFT;
        for place in 0..places {
            if arena.tag_at(chunk.0 + (place << Arena::<C>::PLACE_SHIFT)) != tag {
                return Err(fail());
            }
        }
        let granules = layout.size / Arena::<C>::GRANULE as u32;
        for slot in (0..layout.slots).filter(|slot| free >> slot & 1 == 0) {
            records.add_object(arena, chunk.slot_offset(slot + 1, layout), granules)?;
        }
        let used = layout.slots - free.count_ones();
        self.chunks += 1;
        self.granules += size;
        self.overhead += size - Arena::<C>::object_granules(layout);
        self.objects += used;
        self.object_granules += used * granules;
        self.with_free_slots += u32::from(free != 0);
        self.places += places;
        Ok(())
    }

    /// Proves that the map has no other chunks, that the rings hold exactly those with a free slot, and the counters.
    pub fn finish<C: Config>(self, arena: Arena<C>) -> Result<(), Corruption> {
        if !Arena::<C>::HAS_SLAB {
            return Ok(());
        }
        let fail = |broken| Err(Corruption::of_pool(broken));
        if !arena.states_slab() || arena.load(INITIAL_SEAL) != arena.initial_seal() {
            return fail(Broken::Identity);
        }
        let marked = places_of_classes(arena);
        if marked.iter().map(|&places| places as usize).sum::<usize>() != self.places {
            return fail(Broken::ChunkMap);
        }
        let mut linked = 0;
        for (class, layout) in C::SLAB.classes.iter().enumerate() {
            linked += self.ring(arena, class, linked)?;
            let count = arena.chunk_count(class);
            let places = u64::from(layout.chunk >> Arena::<C>::PLACE_SHIFT);
            let is_counted =
                marked.get(class).copied().map(u64::from) == Some(u64::from(count) * places);
            let hidden_spare = C::SLAB.keeps_spare
                && arena.spare_classes() >> class & 1 == 0
                && is_spare(arena, class);
            if !is_counted || count < arena.initial_chunks(class) || hidden_spare {
                return fail(Broken::Counter);
            }
        }
        if linked != self.with_free_slots {
            return fail(Broken::ListCount);
        }
        let counters = arena.slab_counter(SlabCounter::Chunks) == self.chunks
            && arena.slab_counter(SlabCounter::ChunkGranules) == self.granules
            && arena.slab_counter(SlabCounter::ChunkOverhead) == self.overhead
            && arena.slab_counter(SlabCounter::ObjectGranules) == self.object_granules;
        if counters {
            Ok(())
        } else {
            fail(Broken::Counter)
        }
    }

    /// Walks a class's ring; gives the number of its chunks. There can't be more than have a free slot, so it ends.
    fn ring<C: Config>(
        &self,
        arena: Arena<C>,
        class: usize,
        linked: u32,
    ) -> Result<u32, Corruption> {
        let head = arena.head_chunk(class);
        let mut count = 0;
        let mut block = head;
        let mut before = Block::NONE;
        while count == 0 && head.is_some() || block != head {
            let sound = arena.is_chunk_of(class, block)
                && linked + count < self.with_free_slots
                && arena.free_slots(Chunk(arena.offset(block))) != 0
                && (count == 0 || arena.previous_chunk(Chunk(arena.offset(block))) == before);
            if !sound {
                return Err(if count == 0 {
                    Corruption::of_pool(Broken::ListHead)
                } else {
                    Corruption::of_block(arena, before, Broken::ListLink)
                });
            }
            count += 1;
            before = block;
            block = arena.next_chunk(Chunk(arena.offset(block)));
        }
        if count > 0 && arena.previous_chunk(Chunk(arena.offset(head))) != before {
            return Err(Corruption::of_block(arena, before, Broken::ListLink));
        }
        Ok(count)
    }
}

/// Is the head of the class's ring, which is known to be whole, an empty chunk that could go back?
fn is_spare<C: Config>(arena: Arena<C>, class: usize) -> bool {
    let head = arena.head_chunk(class);
    head.is_some()
        && arena.chunk_count(class) > arena.initial_chunks(class)
        && C::SLAB
            .classes
            .get(class)
            .is_some_and(|layout| arena.free_slots(Chunk(arena.offset(head))) == layout.all_slots)
}

/// How many places of the map each class covers; places with a mark that is no class's count for a class beyond all.
fn places_of_classes<C: Config>(arena: Arena<C>) -> [u32; MAX_CLASSES] {
    let mut places = [0; MAX_CLASSES];
    for place in 0..Arena::<C>::map_bytes(arena.end()) {
        let tag = arena.tag_at(place << Arena::<C>::PLACE_SHIFT);
        if tag != Tag::NONE {
            places[tag.class().min(MAX_CLASSES - 1)] += 1;
        }
    }
    places
}
