use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

use super::node_size::{NodeCheckLevel, NodeSize, NodeSizeError, set_node_check_level};
use super::{BlockInfo, Image, State};
use crate::Heap;
use crate::config::{Check, Config, Pool32, Pool64, Pool256K};
use crate::corruption::Broken;
use crate::error::{AttachError, InitError};
use crate::fit::{BestFit, BestFitLittle, Fit, Tlsf};
use crate::layout::Field;
use crate::slab::{Class, Slab};
use crate::track::{CallSites, Caller, Owners, Record, Task};

/// A configuration of every choice that decides what a pool looks like.
struct Of<R, const SIZE: usize, const GRANULE: usize, const REGIONS: usize, F = Tlsf>(R, F);

impl<R: Record, const SIZE: usize, const GRANULE: usize, const REGIONS: usize, F: Fit> Config
    for Of<R, SIZE, GRANULE, REGIONS, F>
{
    type Fit = F;
    type Record = R;
    const MAX_SIZE: usize = SIZE;
    const GRANULE: usize = GRANULE;
    const CHECK: Check = if REGIONS > 1 {
        Check::Links
    } else {
        Check::Hardened
    };
    const REGIONS: usize = REGIONS;
}

/// The same with slabs.
struct Slabs<C>(C);

impl<C: Config> Config for Slabs<C> {
    type Fit = C::Fit;
    type Record = C::Record;
    const MAX_SIZE: usize = C::MAX_SIZE;
    const GRANULE: usize = C::GRANULE;
    const CHECK: Check = C::CHECK;
    const REGIONS: usize = C::REGIONS;
    const SLAB: Slab = SMALL;
}

const SMALL: Slab = Slab::expanding(&[Class::new(16, 128), Class::new(48, 256)]);

type Both = (Owners<2, 1>, CallSites<1>);
type Owned = Of<Both, { 64 << 10 }, 4, 1>;

macro_rules! for_every_configuration {
    ($($test:ident)*) => { $( mod $test {
        use super::{BestFit, BestFitLittle, Both, CallSites, Of, Owners, $test as holds};
        #[test] fn plain() { holds::<Of<(), { 256 << 10 }, 4, 1>>(); }
        #[test] fn wide() { holds::<Of<(), { 16 << 20 }, 4, 1>>(); }
        #[test] fn without_a_seal() { holds::<Of<(), { 2 << 30 }, 4, 1>>(); }
        #[test] fn granule_8() { holds::<Of<(), { 1 << 20 }, 8, 1>>(); }
        #[test] fn joined() { holds::<Of<(), { 256 << 10 }, 8, 3>>(); }
        #[test] fn owners() { holds::<Of<Owners<2, 1>, { 64 << 10 }, 4, 1>>(); }
        #[test] fn bare_owners() { holds::<Of<Owners<0, 0>, { 64 << 10 }, 8, 1>>(); }
        #[test] fn sites() { holds::<Of<CallSites<4>, { 1 << 20 }, 4, 2>>(); }
        #[test] fn best() { holds::<Of<(), { 256 << 10 }, 4, 1, BestFit>>(); }
        #[test] fn best_both() { holds::<Of<Both, { 16 << 20 }, 4, 2, BestFit>>(); }
        #[test] fn little() { holds::<Of<(), { 64 << 10 }, 4, 1, BestFitLittle>>(); }
        #[test] fn little_owned() { holds::<Of<Owners<2, 1>, { 1 << 18 }, 8, 1, BestFitLittle>>(); }
        #[test] fn both() { holds::<Of<Both, { 16 << 20 }, 8, 2>>(); }
    } )* };
}

for_every_configuration! {
    an_image_tells_what_its_heap_does
    a_place_is_judged_by_itself
    a_check_in_steps_proves_the_whole_chain
    no_flipped_bit_outside_a_payload_is_missed
    whatever_is_asked_of_a_damaged_image_ends
    choices_tell_the_block_of_a_request
}

mod with_slabs {
    use super::{BestFit, Both, Of, Slabs};

    type Plain = Slabs<Of<(), { 256 << 10 }, 4, 1>>;
    type Recorded = Slabs<Of<Both, { 1 << 20 }, 8, 2, BestFit>>;

    #[test]
    fn an_image_tells_what_its_heap_does() {
        super::an_image_tells_what_its_heap_does::<Plain>();
        super::an_image_tells_what_its_heap_does::<Recorded>();
    }

    #[test]
    fn a_place_is_judged_by_itself() {
        super::a_place_is_judged_by_itself::<Plain>();
        super::a_place_is_judged_by_itself::<Recorded>();
    }

    #[test]
    fn whatever_is_asked_of_a_damaged_image_ends() {
        super::whatever_is_asked_of_a_damaged_image_ends::<Plain>();
        super::whatever_is_asked_of_a_damaged_image_ends::<Recorded>();
    }
}

fn choices_tell_the_block_of_a_request<C: Config>() {
    let mut memory = Words::new(8192);
    let mut heap = memory.heap::<C>();
    let choices = crate::config::layout_of::<C>().choices;
    for size in 1..200 {
        for align in [1, 4, 8, 16, 64] {
            let payload = heap.allocate_aligned(size, align).unwrap();
            let offset = heap.chain().memory().offset_of(payload);
            let block = heap.blocks().find(|info| info.offset == offset).unwrap();
            assert_eq!(
                choices.block_size(size, align),
                block.size,
                "{size} on {align}"
            );
            let largest = choices.largest_request(block.size);
            assert!(largest >= size && choices.block_size(largest, 1) == block.size);
            // SAFETY: the block is live, and nothing refers to it.
            unsafe { heap.free(payload).unwrap() };
        }
    }
}

/// A slab goes with its last object: no step ends there.
#[test]
fn steps_end_at_no_slab() {
    type Objects = Slabs<Of<(), { 64 << 10 }, 4, 1>>;
    let mut memory = Words::new(8192);
    let mut heap = memory.heap::<Objects>();
    for _ in 0..20 {
        heap.allocate(16).unwrap();
        heap.allocate(100).unwrap();
    }
    assert!(heap.stats().slabs > 1);
    let objects: Vec<usize> = heap
        .blocks()
        .filter(|info| info.state == State::Slab || info.in_slab)
        .map(|info| info.offset)
        .collect();
    let mut anchor = heap.check_from(None, 1).unwrap();
    while let Some(pointer) = anchor {
        let offset = heap.chain().memory().offset_of(pointer);
        assert!(!objects.contains(&offset));
        assert!(heap.earlier_anchor(pointer) < Some(pointer));
        anchor = heap.check_from(Some(pointer), 1).unwrap();
    }
    let object = heap.chain().memory().pointer(objects[1]);
    assert!(heap.walk_from(Some(object), 1, |_| {}).is_err());
}

/// Memory for a pool.
struct Words(Vec<u64>);

impl Words {
    fn new(bytes: usize) -> Self {
        Self(vec![0; bytes / 8])
    }

    fn base(&mut self) -> NonNull<u8> {
        NonNull::from(&mut self.0[..]).cast()
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: initialised words.
        unsafe { core::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * 8) }
    }

    fn flip(&mut self, offset: usize, bit: usize) {
        let byte = self.base().as_ptr().wrapping_add(offset);
        // SAFETY: inside the words.
        unsafe { byte.write(byte.read() ^ 1 << bit) }
    }

    fn heap<C: Config>(&mut self) -> Heap<'_, C> {
        let size = self.0.len() * 8;
        // SAFETY: the words are ours for as long as the heap is used.
        unsafe { Heap::from_raw(self.base(), size) }.unwrap()
    }
}

/// A pool in which something was done, and its live blocks.
fn used_pool<C: Config>(memory: &mut Words) -> (Heap<'_, C>, Vec<NonNull<u8>>) {
    let mut heap = memory.heap::<C>();
    let mut live: Vec<NonNull<u8>> = Vec::new();
    for step in 0..90_usize {
        let (size, align) = (1 + step * 29 % 90, [1, 1, 32, 1, 256][step % 5]);
        let caller = Caller::task((step % 4) as u16).at([step as u32, 9, 9, 9]);
        live.extend(heap.allocate_for(&caller, size, align));
        if step % 3 != 0 {
            // SAFETY: a live block.
            unsafe { heap.free(live.swap_remove(step * 17 % live.len())) }.unwrap();
        }
    }
    heap.allocate(1 << 20).unwrap_err();
    heap.check().unwrap();
    (heap, live)
}

fn an_image_tells_what_its_heap_does<C: Config>() {
    let mut memory = Words::new(4096);
    let (heap, _) = used_pool::<C>(&mut memory);
    let (stats, totals) = (heap.stats(), heap.totals());
    let blocks: Vec<BlockInfo> = heap.blocks().collect();
    let choices = heap.chain().layout().choices;

    let copy = Words(memory.0.clone());
    let image = Image::of(copy.bytes()).unwrap();
    assert_eq!(image.choices(), &choices);
    assert_eq!((image.stats(), image.totals()), (stats, totals));
    assert_eq!(image.stats().totals(), totals);
    assert_eq!(image.blocks().collect::<Vec<_>>(), blocks);
    assert_eq!(image.check(), Ok(()));
    assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
    let classes = image.classes().map(|class| class.object_bytes());
    assert_eq!(classes.count(), C::SLAB.classes.len());
    let first_class = image.classes().next();
    let first_class = first_class.map(|class| (class.object_bytes(), class.slab_bytes()));
    assert!(first_class.is_none_or(|sizes| sizes == (16, 128)));
    assert_eq!((stats.failures, stats.largest_failure), (1, 1 << 20));
    let first = blocks.iter().find(|info| info.state == State::Used);
    let first = *first.unwrap();
    let inside = first.offset + first.payload - 1;
    assert_eq!(image.block_around(inside), Some(first));

    // What stands behind the pool is left out, and a part of it is none.
    let mut longer = Words(memory.0.clone());
    longer.0.extend([!0; 9]);
    assert_eq!(Image::of(longer.bytes()).unwrap().stats(), stats);
    let size = stats.size;
    for given in [size - 1, size / 2, 256] {
        let found = Image::of(&copy.bytes()[..given]).unwrap_err();
        assert_eq!(found, AttachError::Size { found: size, given });
    }
    for given in 0..40 {
        let found = Image::of(&copy.bytes()[..given]).unwrap_err();
        assert_eq!(found, AttachError::NotAPool);
    }
    let found = Image::of(&copy.bytes()[1..]).unwrap_err();
    assert_eq!(found, AttachError::Memory(InitError::Misaligned));
    assert_eq!(
        Image::of(&copy.bytes()[4..]).unwrap_err(),
        AttachError::NotAPool
    );
    let mut newer = Words(memory.0.clone());
    newer.flip(2, 0);
    let found = Image::of(newer.bytes()).unwrap_err();
    assert_eq!(found, AttachError::Version { found: 3 });
}

/// Every block is judged as the walk has it; and where one is broken, those behind it are judged as
/// before, and the walk goes on from there.
fn a_place_is_judged_by_itself<C: Config>() {
    let mut memory = Words::new(4096);
    drop(used_pool::<C>(&mut memory));
    let image = Image::of(memory.bytes()).unwrap();
    let size = image.stats().size;
    let blocks: Vec<BlockInfo> = image.blocks().filter(|info| !info.in_slab).collect();
    let mut is_previous_free = false;
    for info in &blocks {
        let judged = image.judge(info.offset).unwrap();
        assert!(judged.is_sound());
        let slab = image.slab_at(info.offset);
        assert_eq!(slab.is_some(), info.state == State::Slab);
        if let Some((bytes, objects)) = slab {
            assert!((info.size - 16..=info.size).contains(&bytes));
            let walked = image.blocks_from(info.offset).skip(1);
            assert!(objects.eq(walked.take_while(|info| info.in_slab)));
        }
        assert_eq!(judged.size, info.size);
        assert_eq!(judged.is_free, info.state == State::Free);
        assert_eq!(judged.follows_free, is_previous_free);
        let walked = image.blocks().skip_while(|other| other != info);
        assert!(image.blocks_from(info.offset).eq(walked));
        is_previous_free = judged.is_free;
    }
    assert_eq!(image.first_block(), blocks[0].offset);
    let end = image.judge(size).unwrap();
    assert!(end.is_sound() && end.size == 0 && end.follows_free == is_previous_free);
    for offset in [0, 1, blocks[0].offset + 1, size + 8, usize::MAX] {
        assert_eq!(image.judge(offset), None);
        assert_eq!(image.blocks_from(offset).next(), None);
    }

    let broken = blocks[blocks.len() / 2].offset;
    let mut damaged = Words(memory.0.clone());
    for bit in 0..32 {
        damaged.flip(broken - 4 + bit / 8, bit % 8);
    }
    let image = Image::of(damaged.bytes()).unwrap();
    let hardly_sealed = image.choices().size_bits > 24;
    let judged = image.judge(broken);
    assert!(hardly_sealed || judged.is_none_or(|judged| !judged.is_sound()));
    let damaged_block = blocks[blocks.len() / 2];
    let next = damaged_block.offset + damaged_block.size;
    if damaged_block.owner.is_some() {
        let record = image.record_before(next).unwrap();
        assert_eq!(
            (Some(record.0), record.1),
            (damaged_block.owner, damaged_block.allocation)
        );
    }
    for offset in [0, 4, next + 1, size + 8, usize::MAX] {
        assert_eq!(image.record_before(offset), None);
    }
    for info in blocks.iter().filter(|info| info.offset != broken) {
        assert!(image.judge(info.offset).unwrap().is_sound());
    }
}

/// Steps of every length come from the first block to the end, over anchors that are used blocks.
fn a_check_in_steps_proves_the_whole_chain<C: Config>() {
    let mut memory = Words::new(4096);
    let (heap, mut live) = used_pool::<C>(&mut memory);
    live.sort();
    let starts: Vec<usize> = heap
        .blocks()
        .filter(|info| info.state == State::Used)
        .map(|info| info.offset)
        .collect();
    let walked: Vec<BlockInfo> = heap.blocks().collect();
    let offset = |pointer: NonNull<u8>| heap.chain().memory().offset_of(pointer);
    for count in [1, 2, 7, 1000] {
        let (mut anchor, mut seen, mut anchors) = (None, Vec::new(), Vec::new());
        loop {
            let checked = heap.check_from(anchor, count).unwrap();
            let next = heap
                .walk_from(anchor, count, |info| seen.push(info))
                .unwrap();
            assert_eq!(checked, next);
            let Some(next) = next else { break };
            anchors.push(offset(next));
            anchor = Some(next);
        }
        assert_eq!(seen, walked, "steps of {count}");
        assert!(anchors.iter().all(|anchor| starts.contains(anchor)));
        assert_eq!(anchors.is_empty(), count == 1000);
    }
    for pair in live.windows(2) {
        assert_eq!(heap.earlier_anchor(pair[1]), Some(pair[0]));
    }
    assert_eq!(heap.earlier_anchor(live[0]), None);
}

/// Every bit of the control block's first words and counters, of headers, footers, alignments and
/// owners of a small pool.
fn no_flipped_bit_outside_a_payload_is_missed<C: Config>() {
    let mut memory = Words::new(2048);
    let (heap, _) = used_pool::<C>(&mut memory);
    let layout = *heap.chain().layout();
    let first = heap.chain().offset(heap.chain().first());
    // A peak may be any that is possible, and nothing proves what is told of failures.
    let mut places = vec![(0, 12)];
    let fields = [Field::Used, Field::UsedBlocks, Field::FreeBlocks];
    places.extend(fields.map(|field| (field as usize, field as usize + 4)));
    // Where a used block ends, its alignment, its owner, and the next header; a free one's footer.
    for info in heap.blocks() {
        let end = info.offset + info.size - 4;
        let has_owner = layout.choices.record.owner.is_some();
        places.push(match info.state {
            State::Used if has_owner => (end - layout.record, end - layout.record + 4),
            State::Free => (end - 4, end),
            _ => (end, end),
        });
        places.push((info.offset - 4, info.offset));
        if info.aligned {
            places.push((end - layout.record - 1, end - layout.record));
        }
    }
    places.push((
        heap.chain().memory().size() as usize - 4,
        memory_size(&heap),
    ));
    let seal_bits = 29 - layout.choices.size_bits;
    for offset in places.into_iter().flat_map(|(from, to)| from..to) {
        for bit in 0..8 {
            memory.flip(offset, bit);
            let heap_offset = offset;
            let is_hardened_flag = heap_offset == 4 && bit == 7;
            // Without a seal, only what else is stated twice proves a header.
            let is_short = seal_bits < 4 && offset >= first - 4;
            let found = check_as::<C>(&mut memory);
            let is_found = found.is_err() || is_hardened_flag || is_short;
            assert!(is_found, "bit {bit} at {offset}");
            memory.flip(offset, bit);
        }
    }
    check_as::<C>(&mut memory).unwrap();
}

fn memory_size<C: Config>(heap: &Heap<'_, C>) -> usize {
    heap.chain().memory().size() as usize
}

/// As the heap of this configuration checks it, which knows what the control block is to say.
fn check_as<C: Config>(memory: &mut Words) -> Result<(), AttachError> {
    let size = memory.0.len() * 8;
    // SAFETY: the words are ours; nothing is written.
    unsafe { Heap::<C>::attach(memory.base(), size) }.map(drop)
}

/// Nothing is read outside (debug builds prove that), and nothing goes round in circles.
fn whatever_is_asked_of_a_damaged_image_ends<C: Config>() {
    let mut memory = Words::new(2048);
    drop(used_pool::<C>(&mut memory));
    let mut random = 1_u64;
    for _ in 0..4000 {
        let mut damaged = Words(memory.0.clone());
        for _ in 0..=random % 3 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let word = (random >> 40) as usize % damaged.0.len();
            damaged.0[word] ^= 1 << ((random >> 33) % 64);
        }
        let Ok(image) = Image::of(damaged.bytes()) else {
            continue;
        };
        let _ = image.stats();
        assert!(image.blocks().count() <= 2048 / 4);
        for offset in (0..=2048).step_by(4) {
            let _ = (image.judge(offset), image.blocks_from(offset).next());
            let _ = image.slab_at(offset).map(|(_, objects)| objects.count());
        }
        let _ = (image.joined(), image.snapshot(), image.classes().count());
        let _ = (image.task_usage(Task::Id(1)), image.module_usage(Some(0)));
        if let Err(corruption) = image.check() {
            assert!(!image.report(&corruption).to_string().is_empty());
        }
    }
}

fn the_used_end_is_that_of_the_last_used_block<C: Config>() {
    let mut memory = vec![MaybeUninit::uninit(); 200 << 10];
    let mut heap = Heap::<C>::new(&mut memory).expect("a pool");
    let used_end = |heap: &Heap<'_, C>| heap.chain().memory().offset_of(heap.used_end());
    let empty = used_end(&heap);
    assert_eq!(empty, heap.blocks().next().expect("a block").offset - 4);

    let first = heap.allocate(100).expect("room");
    let after_first = used_end(&heap);
    assert!(after_first >= heap.chain().memory().offset_of(first) + 100);
    let large = heap.allocate(150_000).expect("room");
    assert!(used_end(&heap) >= heap.chain().memory().offset_of(large) + 150_000);
    assert!(used_end(&heap) <= heap.chain().memory().size() as usize - 4);

    // SAFETY: ours.
    unsafe { heap.free(large) }.expect("a block");
    assert_eq!(used_end(&heap), after_first);
    // SAFETY: ours.
    unsafe { heap.free(first) }.expect("a block");
    assert_eq!(used_end(&heap), empty);
}

#[test]
fn the_used_end_of_a_pool() {
    the_used_end_is_that_of_the_last_used_block::<Pool256K>();
    the_used_end_is_that_of_the_last_used_block::<Pool32>();
    the_used_end_is_that_of_the_last_used_block::<Pool64>();
}

/// A walk in steps goes on at a used block. Meanwhile it may have been freed.
#[test]
fn a_walk_in_steps_does_not_go_on_where_no_block_is() {
    let mut memory = Words::new(4096);
    let mut heap = memory.heap::<Owned>();
    let (one, two) = (heap.allocate(100).unwrap(), heap.allocate(100).unwrap());
    heap.allocate(100).unwrap();
    let walked = |heap: &Heap<'_, Owned>, anchor| heap.walk_from(Some(anchor), 1, |_| {}).is_ok();
    assert!(walked(&heap, two));
    // SAFETY: live blocks.
    unsafe {
        heap.free(two).unwrap();
        assert!(!walked(&heap, two));
        heap.free(one).unwrap();
        assert!(!walked(&heap, two));
        assert!(!walked(&heap, two.add(4)));
    }
}

/// A step that ended at an anchor has proved what the anchor says of the block before.
#[test]
fn a_check_in_steps_finds_a_flag_that_is_wrong_at_an_anchor() {
    let mut memory = Words::new(4096);
    let mut heap = memory.heap::<Owned>();
    heap.allocate(100).unwrap();
    let two = heap.allocate(100).unwrap();
    let blocks = *heap.chain();
    let block = blocks.block_at(two);
    assert_eq!(heap.check_from(None, 1), Ok(Some(two)));
    blocks.set_header(block, blocks.header(block).with_previous_free());
    assert_eq!(
        heap.check_from(None, 1).unwrap_err().broken,
        Broken::PreviousFree
    );
}

/// An image tells what owners have as its heap does, and where its numbers are.
#[test]
fn an_image_tells_what_owners_have() {
    let mut memory = Words::new(4096);
    let (heap, _) = used_pool::<Owned>(&mut memory);
    let tasks = [
        Task::None,
        Task::Interrupt,
        Task::Id(0),
        Task::Id(1),
        Task::Id(7),
    ];
    let tasks = tasks.map(|task| (task, heap.task_usage(task)));
    let beyond = heap.usage_of_tasks_beyond();
    let modules = [None, Some(0), Some(9)].map(|module| (module, heap.module_usage(module)));
    let modules_beyond = heap.usage_of_modules_beyond();
    let moment = heap.snapshot();
    let image = Image::of(memory.bytes()).unwrap();
    for (task, usage) in tasks {
        assert_eq!(image.task_usage(task), usage);
    }
    assert!(beyond.peak > 0);
    assert_eq!(image.usage_of_tasks_beyond(), beyond);
    for (module, usage) in modules {
        assert_eq!(image.module_usage(module), usage);
    }
    assert_eq!(image.usage_of_modules_beyond(), modules_beyond);
    assert_eq!(image.snapshot(), Some(moment));
}

#[test]
fn who_wrote_beyond_an_aligned_block_is_the_suspect() {
    let mut memory = Words::new(4096);
    let mut heap = memory.heap::<Owned>();
    let caller = Caller::task(1);
    heap.allocate_for(&Caller::task(0), 40, 1).unwrap();
    let one = heap.allocate_for(&caller, 60, 64).unwrap();
    heap.allocate_for(&Caller::interrupt(), 40, 1).unwrap();
    let behind = heap.usable_size(one).unwrap();
    // SAFETY: in the pool: the byte of the alignment.
    unsafe { one.add(behind).write(0x5A) };
    let corruption = heap.check().unwrap_err();
    assert_eq!(corruption.broken, Broken::Alignment);
    let suspect = heap.report(&corruption).suspect.unwrap();
    assert_eq!(heap.chain().memory().offset_of(one), suspect.offset);
    assert_eq!(suspect.owner.unwrap().task, Task::Id(1));
    let image = Image::of(memory.bytes()).unwrap();
    assert_eq!(image.stated_owner(&suspect), suspect.owner);
    for (offset, payload) in [
        (4096, 4),
        (usize::MAX, 4),
        (suspect.offset + 1, 8),
        (8, usize::MAX),
    ] {
        let mut changed = suspect;
        (changed.offset, changed.payload) = (offset, payload);
        assert_eq!(image.stated_owner(&changed), None);
    }
}

#[test]
fn a_pointer_tells_the_room_behind_it_as_the_level_allows() {
    let mut memory = Words::new(4096);
    let mut heap = memory.heap::<Owned>();
    let block = heap.allocate(40).unwrap();
    // SAFETY: inside the payload.
    let inside = unsafe { block.add(30) };
    let room = |total, available| Ok(NodeSize { total, available });
    assert_eq!(heap.node_size(block), Err(NodeSizeError::Disabled));
    set_node_check_level(NodeCheckLevel::Low);
    assert_eq!(heap.node_size(block), room(40, 40));
    assert_eq!(heap.node_size(inside), Err(NodeSizeError::NotABlock));
    set_node_check_level(NodeCheckLevel::High);
    assert_eq!(heap.node_size(block), room(40, 40));
    assert_eq!(heap.node_size(inside), room(40, 10));
    let elsewhere = NonNull::from(&room).cast();
    assert_eq!(heap.node_size(elsewhere), Err(NodeSizeError::OutOfPool));
    set_node_check_level(NodeCheckLevel::Disabled);
}
