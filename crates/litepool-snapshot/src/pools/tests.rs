use std::ptr::NonNull;

use litepool::fit::{BestFit, BestFitLittle, Fit, Tlsf};
use litepool::track::{CallSites, Owners};
use litepool::{BlockInfo, Caller, Choices, Config, Heap, Image, Regions, State};
use litepool_testing::config::{
    Expanding, Fast, Hardened, Huge, Large, Odd, Size, Small, Standard, WithRecord, WithRegions,
    WithSlab,
};
use litepool_testing::{Flush, Guarded};

use super::survey::Survey;
use super::window::Aligned;
use crate::memory_image::{MemoryImage, Segment};
use crate::snapshot::{
    Block, BlockState, PassedOver, Pool, Snapshot, Task, UsageOf, Verdict, WhyPassedOver,
};

/// Where the tests' devices have their memory.
const RAM: u64 = 0x2000_0000;

/// A pool that some heap has made.
#[derive(Clone)]
struct Made {
    name: String,
    bytes: Vec<u8>,
    blocks: Vec<BlockInfo>,
    choices: Choices,
}

/// A pool of `size` bytes after some operations, the same ones each time.
fn made_of<C: Config>(name: &str, size: usize) -> Made {
    let memory = Guarded::new(size, Flush::Low);
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Heap::<C>::from_raw(memory.base(), size) }.unwrap();
    let mut live: Vec<NonNull<u8>> = Vec::new();
    for step in 0..120_usize {
        let (bytes, align) = (1 + step * 29 % 90, [1, 1, 32, 1, 1][step % 5]);
        let site = 0x0800_0101 + (step % 3) as u32 * 0x20;
        let caller = Caller::task((step % 4) as u16).at([site, 0x0800_0401, 0, 0]);
        if let Ok(block) = heap.allocate_for(&caller, bytes, align) {
            // SAFETY: the block has so many bytes.
            unsafe { block.write_bytes(0x5A, bytes) };
            live.push(block);
        }
        if step % 3 != 0 && !live.is_empty() {
            // SAFETY: a live block.
            unsafe { heap.free(live.swap_remove(step * 17 % live.len())) }.unwrap();
        }
    }
    let blocks = heap.blocks().collect();
    let bytes = memory.bytes();
    let aligned = Aligned::of(&bytes);
    let choices = *Image::of(aligned.bytes()).unwrap().choices();
    Made {
        name: name.into(),
        blocks,
        choices,
        bytes: aligned.bytes().to_vec(),
    }
}

type Both = (Owners<6, 2>, CallSites<2>);

fn of_fit<F: Fit, S: Size, const GRANULE: usize>(name: &str) -> Vec<Made> {
    type Plain<F, S, const G: usize> = Standard<F, S, G>;
    let size = 8192;
    vec![
        made_of::<Plain<F, S, GRANULE>>(&format!("{name}, plain"), size),
        made_of::<Hardened<WithRecord<Plain<F, S, GRANULE>, Both>>>(
            &format!("{name}, recorded, hardened"),
            size,
        ),
        made_of::<WithSlab<Plain<F, S, GRANULE>, Odd>>(&format!("{name}, slab"), size),
        made_of::<WithRegions<WithRecord<Plain<F, S, GRANULE>, Owners<0, 0>>, 4>>(
            &format!("{name}, owners, for regions"),
            size,
        ),
    ]
}

fn of_sizes<F: Fit>(name: &str) -> Vec<Made> {
    [
        of_fit::<F, Small, 4>(&format!("{name} small 4")),
        of_fit::<F, Small, 8>(&format!("{name} small 8")),
        of_fit::<F, Large, 4>(&format!("{name} large 4")),
        of_fit::<F, Large, 8>(&format!("{name} large 8")),
        of_fit::<F, Huge, 4>(&format!("{name} huge 4")),
        of_fit::<F, Huge, 8>(&format!("{name} huge 8")),
    ]
    .concat()
}

/// Pools of every algorithm, width of links, granule, record, with a slab, and for regions.
fn every_pool() -> Vec<Made> {
    let more = vec![
        made_of::<Hardened<WithSlab<WithRecord<Standard<Tlsf, Large, 8>, Both>, Fast>>>(
            "objects with records",
            65_536,
        ),
        made_of::<WithSlab<WithRecord<Standard<BestFit, Small, 4>, CallSites<4>>, Expanding>>(
            "objects with sites",
            16_384,
        ),
    ];
    [
        of_sizes::<Tlsf>("tlsf"),
        of_sizes::<BestFit>("best"),
        of_sizes::<BestFitLittle>("little"),
        more,
    ]
    .concat()
}

/// Memory that holds what memory holds: all kinds of words, none of which begins a pool.
struct Ram(Vec<u8>);

impl Ram {
    fn new(bytes: usize) -> Self {
        let mut state = 1_u64;
        let mut byte = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        };
        Self((0..bytes).map(|_| byte()).collect())
    }

    fn with(mut self, offset: usize, bytes: &[u8]) -> Self {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
        self
    }

    fn at(self, address: u64) -> MemoryImage {
        MemoryImage::from_segments(vec![Segment {
            address,
            bytes: self.0,
        }])
        .unwrap()
    }

    fn snapshot(self) -> Snapshot {
        of_dump(self.at(RAM))
    }
}

fn of_dump(memory: MemoryImage) -> Snapshot {
    Snapshot::of_dump(memory, None, vec!["ram.bin".into()]).unwrap()
}

/// What a block of a snapshot and one of a walk have in common.
fn told(block: &Block, base: u64) -> (usize, usize, usize, bool, BlockState) {
    (
        (block.address.unwrap() - base) as usize,
        block.extent as usize,
        block.size as usize,
        block.in_slab,
        block.state,
    )
}

fn walked(info: &BlockInfo) -> (usize, usize, usize, bool, BlockState) {
    let state = match info.state {
        State::Used => BlockState::Used,
        State::Slab => BlockState::Slab,
        _ => BlockState::Free,
    };
    (info.offset, info.size, info.payload, info.in_slab, state)
}

fn defects(pool: &Pool) -> &[crate::snapshot::Defect] {
    match &pool.verdict {
        Verdict::Corrupt(defects) => defects,
        verdict => panic!("corruption is not found: {verdict:?}"),
    }
}

#[test]
fn every_pool_is_found_with_all_its_blocks_wherever_the_dump_begins() {
    for made in every_pool() {
        for before in [1, 2, 64] {
            let base = RAM + 4096;
            let ram = Ram::new(32_768 + made.bytes.len()).with(4096 - before, &made.bytes);
            let snapshot = of_dump(ram.at(RAM + before as u64));
            let [pool] = &snapshot.pools[..] else {
                panic!("{}: {:?}", made.name, snapshot.pools.len());
            };
            assert_eq!(
                (pool.base, pool.size),
                (Some(base), made.bytes.len() as u64)
            );
            assert_eq!(pool.choices, Some(made.choices), "{}", made.name);
            assert_eq!(pool.verdict, Verdict::Sound);
            assert_eq!((pool.region, pool.missing, pool.within), (0, 0, None));
            let found = snapshot.blocks.iter().map(|block| told(block, base));
            assert!(found.eq(made.blocks.iter().map(walked)), "{}", made.name);
        }
    }
}

#[test]
fn owners_numbers_and_stacks_are_told() {
    type C = WithRecord<Standard<Tlsf, Small, 4>, Both>;
    let made = made_of::<C>("recorded", 8192);
    let snapshot = Ram::new(16_384).with(4096, &made.bytes).snapshot();
    for (block, info) in snapshot.blocks.iter().zip(&made.blocks) {
        let Some(allocation) = info.allocation else {
            assert_eq!((block.task, block.number, block.stack), (None, None, 0));
            continue;
        };
        assert_eq!(block.number, Some(u64::from(allocation.number)));
        let frames = snapshot.interned.frames_of(block.stack);
        let offsets: Vec<u64> = frames.map(|frame| frame.offset).collect();
        let sites = allocation.sites.iter().filter(|&&site| site != 0);
        assert!(
            offsets
                .iter()
                .copied()
                .eq(sites.map(|&site| u64::from(site)))
        );
        assert!(matches!(block.task, Some(Task::Number(0..=3))));
    }
    // The same call sites are one stack; here there are three, with one caller.
    assert_eq!(snapshot.interned.stacks.len(), 4);
    assert_eq!(snapshot.interned.frames.len(), 4);
    let usage = &snapshot.pools[0].usage;
    let tasks = usage
        .iter()
        .filter(|row| matches!(row.of, UsageOf::Task(_)));
    let used: u64 = tasks.map(|row| row.used).sum();
    assert_eq!(used, snapshot.pools[0].stats.unwrap().used as u64);
}

#[test]
fn several_pools_are_told_apart_and_chance_is_no_pool() {
    let one = made_of::<Standard<Tlsf, Small, 4>>("one", 4096);
    let two = made_of::<Standard<BestFit, Large, 8>>("two", 8192);
    // The first words of a pool, as a program has them that makes some.
    let words = &one.bytes[..12];
    let snapshot = Ram::new(65_536)
        .with(4096, &one.bytes)
        .with(8192, &two.bytes)
        .with(32_768, words)
        .with(40_960, b"Lp")
        .snapshot();
    let bases: Vec<_> = snapshot.pools.iter().map(|pool| pool.base).collect();
    assert_eq!(bases, [Some(RAM + 4096), Some(RAM + 8192)]);
    assert!(snapshot.blocks.iter().any(|block| block.pool == 0));
    let chance = PassedOver {
        address: RAM + 32_768,
        why: WhyPassedOver::Chance,
    };
    assert!(snapshot.passed_over.contains(&chance));
}

#[test]
fn a_dump_without_a_pool_says_how_much_was_searched() {
    let memory = Ram::new(65_536).at(RAM);
    let none = Snapshot::of_dump(memory, None, Vec::new()).unwrap_err();
    assert_eq!(none.to_string(), "no pool of litepool's in 65536 bytes");
    let empty = MemoryImage::from_segments(Vec::new()).unwrap();
    assert!(Snapshot::of_dump(empty, None, Vec::new()).is_err());
}

#[test]
fn a_pool_of_another_version_is_named() {
    let mut first = vec![0; 16];
    first[..2].copy_from_slice(b"LP");
    first[8..12].copy_from_slice(&[1, 2, 4, 1]);
    first[12..].copy_from_slice(&2048_u32.to_le_bytes());
    let mut later = made_of::<Standard<Tlsf, Small, 4>>("later", 4096).bytes;
    later[2] = 3;
    let memory = Ram::new(65_536)
        .with(1024, &first)
        .with(8192, &later)
        .with(4096, b"LP\0\0LP\x01\x01")
        .at(RAM);
    let none = Snapshot::of_dump(memory, None, Vec::new()).unwrap_err();
    let versions: Vec<_> = none
        .passed_over
        .iter()
        .filter_map(|place| match place.why {
            WhyPassedOver::Version(version) => Some((place.address, version)),
            _ => None,
        })
        .collect();
    assert_eq!(versions, [(RAM + 1024, 1), (RAM + 8192, 3)]);
    assert!(
        none.to_string()
            .contains("at 0x20000400 there is one of layout version 1")
    );
}

#[test]
fn a_pool_in_a_block_of_another_is_nested_and_one_in_a_free_block_was_there_once() {
    type C = Standard<Tlsf, Small, 4>;
    let inner = made_of::<C>("inner", 2048);
    let memory = Guarded::new(8192, Flush::Low);
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Heap::<C>::from_raw(memory.base(), 8192) }.unwrap();
    let mut hold = || {
        let block = heap.allocate(2048).unwrap();
        // SAFETY: the block has so many bytes.
        unsafe { block.copy_from_nonoverlapping(NonNull::from(&inner.bytes[..]).cast(), 2048) };
        block
    };
    let (used, freed, _) = (hold(), hold(), hold());
    // Links come before the first words of what was there, but not all of it is overwritten.
    // SAFETY: a live block.
    unsafe { heap.free(freed) }.unwrap();
    // SAFETY: in the free block.
    unsafe {
        freed
            .add(1024)
            .copy_from_nonoverlapping(NonNull::from(&inner.bytes[..]).cast(), 900);
    };
    let offset_of = |block: NonNull<u8>| (block.addr().get() - memory.base().addr().get()) as u64;
    let snapshot = Ram::new(16_384).with(4096, &memory.bytes()).snapshot();
    let outer = RAM + 4096;
    let bases: Vec<_> = snapshot
        .pools
        .iter()
        .map(|pool| pool.base.unwrap())
        .collect();
    assert_eq!(bases[..2], [outer, outer + offset_of(used)]);
    assert_eq!(bases.len(), 3);
    let within = snapshot.pools[1]
        .within
        .map(|block| &snapshot.blocks[block]);
    assert_eq!(within.unwrap().address, Some(outer + offset_of(used)));
    assert_eq!(within.unwrap().pool, 0);
    let remains = PassedOver {
        address: outer + offset_of(freed) + 1024,
        why: WhyPassedOver::Remains { of: outer },
    };
    assert!(
        snapshot.passed_over.contains(&remains),
        "{:?}",
        snapshot.passed_over
    );
}

/// A pool that was made anew, further on: the old control block is still there.
#[test]
fn what_is_left_of_an_earlier_pool_is_not_told_as_a_corrupt_one() {
    type C = Hardened<Standard<Tlsf, Large, 4>>;
    let (old, new) = (made_of::<C>("old", 8192), made_of::<C>("new", 4096));
    let snapshot = Ram::new(16_384)
        .with(4096, &old.bytes)
        .with(4096 + 1000, &new.bytes)
        .snapshot();
    let [pool] = &snapshot.pools[..] else {
        panic!("{:?}", snapshot.pools.len());
    };
    assert_eq!(pool.base, Some(RAM + 5096));
    assert_eq!(pool.verdict, Verdict::Sound);
    let remains = PassedOver {
        address: RAM + 4096,
        why: WhyPassedOver::Remains { of: RAM + 5096 },
    };
    assert!(snapshot.passed_over.contains(&remains));
}

/// Writes `bytes` behind the payload of a block's record: into the next block's header.
fn overrun(made: &Made, info: &BlockInfo, bytes: &[u8]) -> Vec<u8> {
    let mut damaged = made.bytes.clone();
    let next = info.offset + info.size - 4;
    damaged[next..next + bytes.len()].copy_from_slice(bytes);
    damaged
}

/// The used blocks, not objects, that a used or a free block follows, not a slab.
fn victims(made: &Made) -> Vec<(usize, usize)> {
    let chain: Vec<usize> = (0..made.blocks.len())
        .filter(|&index| !made.blocks[index].in_slab)
        .collect();
    chain
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .filter(|&(first, _)| made.blocks[first].state == State::Used)
        .collect()
}

#[test]
fn an_overrun_of_a_header_names_the_block_before_and_loses_no_other() {
    for made in every_pool() {
        for &(before, broken) in victims(&made).iter().step_by(5) {
            let damaged = overrun(&made, &made.blocks[before], &[0xEE; 4]);
            let snapshot = Ram::new(damaged.len() + 8192)
                .with(4096, &damaged)
                .snapshot();
            let what = format!("{}, block {before}", made.name);
            assert_eq!(snapshot.pools.len(), 1, "{what}");
            let base = RAM + 4096;
            let defect = &defects(&snapshot.pools[0])[0];
            let header = base + made.blocks[broken].offset as u64 - 4;
            assert_eq!((defect.address, defect.length), (header, 4), "{what}");
            let suspect = &snapshot.blocks[defect.suspect.expect(&what)];
            let offset = made.blocks[before].offset as u64;
            assert_eq!(suspect.address, Some(base + offset), "{what}");
            // All others are there. So is the broken one, if it is no slab: a free one says how
            // large it is at its end as well, of a used one the counters do.
            let found: Vec<_> = snapshot
                .blocks
                .iter()
                .map(|block| told(block, base))
                .collect();
            let info = &made.blocks[broken];
            let lost = info.offset..info.offset + info.size;
            let others = made
                .blocks
                .iter()
                .filter(|info| !lost.contains(&info.offset));
            let missing = others
                .map(walked)
                .filter(|block| !found.contains(block))
                .count();
            assert_eq!(missing, 0, "{what}");
            let ranges = &snapshot.pools[0].lost;
            let mut objects = made.blocks.iter().filter(|info| info.in_slab).map(walked);
            assert!(objects.all(|object| found.contains(&object)), "{what}");
            assert!(ranges.is_empty(), "{what}");
            let block = &snapshot.blocks[defect.block.expect(&what)];
            assert_eq!(block.address, Some(header + 4), "{what}");
            assert_eq!(block.extent, info.size as u64, "{what}");
            assert_eq!(block.state, walked(info).4, "{what}");
            if let Some(owner) = info.owner {
                let task = Task::Number(match owner.task {
                    litepool::track::Task::Id(id) => id.into(),
                    other => panic!("{other}"),
                });
                assert_eq!(block.task, Some(task), "{what}");
                let number = info.allocation.map(|allocation| allocation.number.into());
                assert_eq!(block.number, number, "{what}");
            }
        }
    }
}

#[test]
fn a_byte_too_many_is_found_and_its_writer_is_the_suspect() {
    for made in every_pool() {
        for &(before, _) in victims(&made).iter().step_by(7) {
            let info = &made.blocks[before];
            let mut damaged = made.bytes.clone();
            // The end of a text.
            damaged[info.offset + info.payload] = 0;
            if damaged == made.bytes {
                continue;
            }
            let snapshot = Ram::new(damaged.len() + 8192)
                .with(4096, &damaged)
                .snapshot();
            let what = format!("{}, block {before} of {}", made.name, info.payload);
            let defect = &defects(&snapshot.pools[0])[0];
            let suspect = &snapshot.blocks[defect.suspect.expect(&what)];
            assert_eq!(
                suspect.address,
                Some(RAM + 4096 + info.offset as u64),
                "{what}"
            );
        }
    }
}

#[test]
fn a_corrupt_record_still_says_whose_it_was() {
    type C = WithRecord<Standard<Tlsf, Small, 4>, Both>;
    let made = made_of::<C>("recorded", 8192);
    let is_of_a_task = |info: &&BlockInfo| info.state == State::Used && !info.aligned;
    let info = made.blocks.iter().rfind(is_of_a_task).unwrap();
    let mut damaged = made.bytes.clone();
    damaged[info.offset + info.payload] ^= 0xFF;
    let snapshot = Ram::new(16_384).with(4096, &damaged).snapshot();
    let [defect] = defects(&snapshot.pools[0]) else {
        panic!("{:?}", snapshot.pools[0].verdict);
    };
    assert_eq!(
        defect.address,
        RAM + 4096 + (info.offset + info.payload) as u64
    );
    assert_eq!(defect.suspect, defect.block);
    let litepool::track::Task::Id(id) = info.owner.unwrap().task else {
        panic!("{info:?}");
    };
    assert_eq!(defect.stated, Some(Task::Number(id.into())));
    assert_eq!(defect.what, "the record behind its payload is overwritten");
    assert_eq!(snapshot.blocks[defect.block.unwrap()].task, None);
}

#[test]
fn a_free_block_that_was_written_to_has_no_suspect() {
    for made in every_pool() {
        let large =
            |info: &&BlockInfo| info.state == State::Free && !info.in_slab && info.size > 40;
        let Some(info) = made.blocks.iter().find(large) else {
            continue;
        };
        let mut damaged = made.bytes.clone();
        let footer = info.offset + info.size - 8;
        damaged[footer..footer + 4].copy_from_slice(&[0x77; 4]);
        let snapshot = Ram::new(damaged.len() + 8192)
            .with(4096, &damaged)
            .snapshot();
        let defect = &defects(&snapshot.pools[0])[0];
        assert_eq!(
            (defect.address, defect.length),
            (RAM + 4096 + footer as u64, 4)
        );
        assert_eq!(defect.suspect, None);
        assert!(
            defect.what.contains("a free block was written to"),
            "{}",
            defect.what
        );
        let found = snapshot.blocks.iter().map(|block| told(block, RAM + 4096));
        assert!(found.eq(made.blocks.iter().map(walked)), "{}", made.name);
    }
}

#[test]
fn a_wrong_counter_and_a_wrong_link_are_found() {
    for made in every_pool() {
        let mut damaged = made.bytes.clone();
        damaged[20] ^= 0x40;
        let snapshot = Ram::new(damaged.len() + 8192)
            .with(4096, &damaged)
            .snapshot();
        assert_eq!(defects(&snapshot.pools[0])[0].what, "a counter is wrong");
        let found = snapshot.blocks.iter().map(|block| told(block, RAM + 4096));
        assert!(found.eq(made.blocks.iter().map(walked)), "{}", made.name);

        let is_free = |info: &&BlockInfo| info.state == State::Free && !info.in_slab;
        let Some(info) = made.blocks.iter().rfind(is_free) else {
            continue;
        };
        let mut damaged = made.bytes.clone();
        damaged[info.offset..info.offset + 4].copy_from_slice(&[0x33; 4]);
        let snapshot = Ram::new(damaged.len() + 8192)
            .with(4096, &damaged)
            .snapshot();
        // The pending block is in no list, and little has none.
        if let Verdict::Corrupt(defects) = &snapshot.pools[0].verdict {
            assert!(defects[0].what.contains("a free block was written to"));
        }
    }
}

#[test]
fn a_pool_with_a_broken_end_is_still_one() {
    for made in every_pool() {
        let mut damaged = made.bytes.clone();
        let end = damaged.len() - 4;
        damaged[end..].copy_from_slice(&[0xAB; 4]);
        let snapshot = Ram::new(damaged.len() + 8192)
            .with(4096, &damaged)
            .snapshot();
        let [defect] = defects(&snapshot.pools[0]) else {
            panic!("{}: {:?}", made.name, snapshot.pools[0].verdict);
        };
        assert_eq!(
            (defect.address, defect.length),
            (RAM + 4096 + end as u64, 4)
        );
        assert_eq!(defect.what, "the end block is overwritten");
    }
}

#[test]
fn all_defects_are_told_not_the_first_alone() {
    for made in every_pool() {
        let victims = victims(&made);
        let apart: Vec<_> = victims.iter().step_by(6).take(3).collect();
        let mut damaged = made.clone();
        for &&(before, _) in &apart {
            damaged.bytes = overrun(&damaged, &made.blocks[before], &[0xEE; 4]);
        }
        let snapshot = Ram::new(made.bytes.len() + 8192)
            .with(4096, &damaged.bytes)
            .snapshot();
        let told = defects(&snapshot.pools[0]);
        for &&(_, broken) in &apart {
            let header = RAM + 4096 + made.blocks[broken].offset as u64 - 4;
            assert!(
                told.iter().any(|defect| defect.address == header),
                "{}",
                made.name
            );
        }
    }
}

#[test]
fn a_pool_that_is_cut_off_says_what_is_missing() {
    for made in every_pool() {
        for present in [made.bytes.len() / 2, made.bytes.len() - 4] {
            let snapshot = Ram::new(4096).with(0, &[]).0;
            let bytes = [&snapshot[..], &made.bytes[..present]].concat();
            let snapshot = Ram(bytes).snapshot();
            let pool = &snapshot.pools[0];
            assert_eq!(
                pool.missing,
                (made.bytes.len() - present) as u64,
                "{}",
                made.name
            );
            assert_eq!(pool.size, made.bytes.len() as u64);
            assert_eq!(pool.verdict, Verdict::Unchecked, "{}", made.name);
            // A slab is told with all of its objects, even if it is cut.
            let found: Vec<_> = snapshot
                .blocks
                .iter()
                .map(|block| told(block, RAM + 4096))
                .collect();
            let begun = made
                .blocks
                .iter()
                .filter(|info| info.offset <= present && !info.in_slab);
            assert!(
                begun.map(walked).all(|block| found.contains(&block)),
                "{}",
                made.name
            );
        }
    }
}

#[test]
fn joined_regions_are_one_heap_in_their_order() {
    type C = WithRegions<Standard<Tlsf, Small, 4>, 64>;
    const REGIONS: usize = 64;
    let memories: Vec<Guarded> = (0..REGIONS)
        .map(|_| Guarded::new(1024, Flush::Low))
        .collect();
    let other = made_of::<C>("alone", 2048);
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<C, 63>::from_raw(memories[0].base(), 1024) }.unwrap();
    for memory in &memories[1..] {
        // SAFETY: likewise.
        unsafe { heap.add_region_raw(memory.base(), 1024) }.unwrap();
    }
    heap.allocate_in(40, 100, 1).unwrap();
    // The first one lies behind the others, which lie in no order.
    let place = |number: usize| (number * 37 % 64) * 1536;
    let mut ram = Ram::new(64 * 1536 + 4096).with(64 * 1536, &other.bytes);
    for (number, memory) in memories.iter().enumerate() {
        ram = ram.with(place(number), &memory.bytes());
    }
    let snapshot = ram.snapshot();
    let base = |number: usize| Some(RAM + place(number) as u64);
    let found: Vec<_> = snapshot
        .pools
        .iter()
        .map(|pool| (pool.base, pool.region))
        .collect();
    let mut expected: Vec<_> = (0..REGIONS).map(|number| (base(number), number)).collect();
    expected.push((Some(RAM + 64 * 1536), 0));
    assert_eq!(found, expected);
    assert!(snapshot.pools[..64].iter().all(|pool| pool.regions == 64));
    assert_eq!(snapshot.pools[64].regions, 1);
    let joined_peak = |pool: &Pool| pool.joined_peak;
    assert!(
        snapshot.pools[1..]
            .iter()
            .all(|pool| joined_peak(pool) == 0)
    );
    assert_eq!(joined_peak(&snapshot.pools[0]), heap.stats().peak as u64);
    let used = |block: &&Block| block.state == BlockState::Used;
    assert_eq!(snapshot.blocks.iter().find(used).unwrap().pool, 40);
}

#[test]
fn a_region_that_the_dump_does_not_have_is_left_out() {
    type C = WithRegions<Standard<Tlsf, Small, 4>, 4>;
    let memories: Vec<Guarded> = (0..4).map(|_| Guarded::new(1024, Flush::Low)).collect();
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<C, 3>::from_raw(memories[0].base(), 1024) }.unwrap();
    for memory in &memories[1..] {
        // SAFETY: likewise.
        unsafe { heap.add_region_raw(memory.base(), 1024) }.unwrap();
    }
    let with = |numbers: &[usize]| {
        let mut ram = Ram::new(8192);
        for &number in numbers {
            ram = ram.with(number * 2048, &memories[number].bytes());
        }
        let snapshot = ram.snapshot();
        let told = |pool: &Pool| (pool.region, pool.regions);
        snapshot.pools.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(with(&[0, 1, 3]), [(0, 4), (1, 4), (3, 4)]);
    assert_eq!(with(&[0, 2]), [(0, 4), (2, 4)]);
    assert_eq!(with(&[0]), [(0, 4)]);
    assert_eq!(with(&[1, 2]), [(1, 0), (2, 0)]);
}

/// Whatever is changed: blocks stand in order and apart, defects are told where a check finds one,
/// and nothing panics.
#[test]
fn a_survey_of_a_damaged_pool_holds_together() {
    let mut random = 7_u64;
    let mut next = |below: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) as usize % below
    };
    for made in every_pool() {
        for _ in 0..60 {
            let mut bytes = made.bytes.clone();
            for _ in 0..1 + next(4) {
                let at = 12 + next(bytes.len() - 12);
                let length = (1 + next(24)).min(bytes.len() - at);
                let value = next(256) as u8;
                bytes[at..at + length]
                    .iter_mut()
                    .for_each(|byte| *byte ^= value);
            }
            let aligned = Aligned::of(&bytes);
            let Ok(image) = Image::of(aligned.bytes()) else {
                continue;
            };
            let present = [bytes.len(), next(bytes.len())][next(2)];
            let survey = Survey::of(&image, aligned.bytes(), present);
            if present == bytes.len() {
                assert_eq!(
                    survey.flaws.is_empty(),
                    image.check().is_ok(),
                    "{}",
                    made.name
                );
            }
            let mut end = 0;
            for block in survey.blocks.iter().filter(|block| !block.in_slab) {
                assert!(block.offset - 4 >= end, "{}", made.name);
                end = block.offset - 4 + block.size;
                let is_apart = |lost: &std::ops::Range<usize>| {
                    lost.end <= block.offset - 4 || lost.start >= end
                };
                assert!(survey.lost.iter().all(is_apart), "{}", made.name);
            }
            assert!(end <= bytes.len());
        }
    }
}

/// Control blocks side by side, each of which claims all that follows.
#[test]
fn an_image_made_of_beginnings_takes_no_long_time() {
    let made = made_of::<Standard<Tlsf, Huge, 4>>("claims all", 1 << 20);
    let first = Image::of(Aligned::of(&made.bytes).bytes())
        .unwrap()
        .first_block();
    let head = &made.bytes[..first + 64];
    let mut bytes = vec![0; 1 << 20];
    for at in (0..bytes.len() - head.len()).step_by(head.len().next_multiple_of(4)) {
        bytes[at..at + head.len()].copy_from_slice(head);
    }
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(&made.bytes[end..]);
    let memory = Ram(bytes).at(RAM);
    let _ = Snapshot::of_dump(memory, None, Vec::new());
}

/// An array before the pool is written beyond: up to the words that say how large the pool is.
#[test]
fn a_pool_whose_first_words_are_overwritten_is_found_by_what_follows() {
    for made in every_pool() {
        for length in [1, 8] {
            let mut damaged = made.bytes.clone();
            damaged[..length].copy_from_slice(&b"too long"[..length]);
            let snapshot = Ram::new(damaged.len() + 8192)
                .with(4096, &damaged)
                .snapshot();
            let [pool] = &snapshot.pools[..] else {
                panic!("{}: {}", made.name, snapshot.pools.len());
            };
            assert_eq!(pool.base, Some(RAM + 4096));
            let [defect] = defects(pool) else {
                panic!("{}: {:?}", made.name, pool.verdict);
            };
            assert_eq!((defect.address, defect.length), (RAM + 4096, length as u64));
            let choices = Choices {
                hardened: made.choices.hardened,
                slab: made.choices.slab,
                ..pool.choices.unwrap()
            };
            assert_eq!(choices, made.choices, "{}", made.name);
            let found = snapshot.blocks.iter().map(|block| told(block, RAM + 4096));
            assert!(found.eq(made.blocks.iter().map(walked)), "{}", made.name);
        }
    }
}

#[test]
fn pools_have_the_names_of_their_variables_and_so_does_who_wrote_over_the_first_words() {
    let mut made = made_of::<Standard<Tlsf, Small, 4>>("overwritten", 4096);
    made.bytes[..5].copy_from_slice(b"ters\0");
    let other = made_of::<Standard<Tlsf, Small, 4>>("in a structure", 4096);
    let address = |offset: u64| RAM + 4096 + offset;
    let variables = [
        ("name", address(0) - 30..address(0) - 2),
        ("POOL", address(0)..address(4096)),
        ("device", address(8192)..address(16_384)),
    ];
    let program = crate::test_program::program(RAM..RAM + 65_536, &variables, &[]);
    let memory = Ram::new(65_536)
        .with(4096, &made.bytes)
        .with(4096 + 8192 + 64, &other.bytes)
        .at(RAM);
    let snapshot = Snapshot::of_dump(memory, Some(&program), Vec::new()).unwrap();
    let names: Vec<_> = snapshot.pools.iter().map(|pool| &pool.name[..]).collect();
    assert_eq!(names, ["POOL", "device + 64"]);
    let what = &defects(&snapshot.pools[0])[0].what;
    assert!(
        what.ends_with("the suspect is name, which ends before it"),
        "{what}"
    );
}
