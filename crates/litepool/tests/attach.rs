//! What `attach` accepts is a heap, whatever its bytes: everything that is safe can be asked of it,
//! and its owners can do with their blocks what they like. What it refuses stays as it is.
//!
//! The same with far more cases is the fuzz target `attach`.

use std::marker::PhantomData;

use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::slab::{Class, Slab};
use litepool::track::{CallSites, Owners, Record, Task};
use litepool::{AttachError, Broken, Caller, Check, Config, Heap, Regions};
use litepool_testing::config::{
    Expanding, Fast, Fixed, Hardened, Large, Lean, Small, Standard, WithRecord, WithRegions,
    WithSlab,
};
use litepool_testing::{
    Case, Flush, Guarded, Mutation, Nothing, OwnersAndSites, Remembers, mend_figures,
};

/// Xorshift: the same cases everywhere.
struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.next() % limit
    }
}

/// Damages so many heaps, a few words each; some of them must open all the same, and some must not.
fn damaged_heaps_open_or_not<C: Config, const MORE: usize, R: Remembers<C, MORE>>(cases: u32) {
    let (mut opened, mut refused) = (0, 0);
    let mut random = Random(0x2545_F491);
    for number in 0..cases {
        let size = [400, 1000, 2048, 4096, 12_000, 16_384][random.below(6) as usize];
        let flush = if number % 2 == 0 {
            Flush::Low
        } else {
            Flush::High
        };
        let life: Vec<[u8; 2]> = (0..random.below(160))
            .map(|_| [random.next() as u8, random.next() as u8])
            .collect();
        let damage: Vec<Mutation> = (0..=random.below(3))
            .map(|_| Mutation {
                kind: random.next() as u8,
                at: random.next() as u16,
                other: random.next() as u16,
                value: random.next() >> random.below(32),
            })
            .collect();
        let case = Case {
            size,
            flush,
            life: &life,
            damage: &damage,
            mends_figures: number % 4 != 0,
        };
        println!("case {number}: {case:x?}");
        match case.run::<C, MORE, R>() {
            Some(true) => opened += 1,
            Some(false) => refused += 1,
            None => {}
        }
    }
    assert!(
        opened > cases / 50 && refused > cases / 4,
        "{opened}, {refused}"
    );
}

/// The longest record, of 24 bytes: no object of 8, 16 or 24 bytes has room for it.
type Long<C> = WithRecord<C, (Owners<3, 2>, CallSites<4>)>;

macro_rules! configurations {
    ($($name:ident: $config:ty, $more:literal, $records:ty;)*) => {
        $(
            #[test]
            fn $name() {
                damaged_heaps_open_or_not::<$config, $more, $records>(300);
            }
        )*
    };
}

// Each takes seconds to compile: the fuzz target has many more.
configurations! {
    tlsf_u16_4: Standard<Tlsf, Small, 4>, 0, Nothing;
    best_u32_8_hardened: Hardened<Standard<BestFit, Large, 8>>, 0, Nothing;
    fast_hardened: Hardened<WithSlab<Standard<Tlsf, Large, 8>, Fast>>, 0, Nothing;
    expanding: WithSlab<Standard<Tlsf, Small, 4>, Expanding>, 0, Nothing;
    records_lean: Long<WithSlab<Standard<Tlsf, Large, 4>, Lean>>, 0, OwnersAndSites;
    records_little: Long<Standard<BestFitLittle, Small, 4>>, 0, OwnersAndSites;
    two_regions_records: WithRegions<Long<WithSlab<Standard<BestFit, Small, 4>, Fixed>>, 2>, 1, OwnersAndSites;
}

/// A heap of one region in guarded memory, opened and unharmed.
struct Forge<C: Config> {
    memory: [Guarded; 1],
    heap: Regions<'static, C, 0>,
}

impl<C: Config> Forge<C> {
    fn new(size: usize) -> Self {
        let memory = [Guarded::new(size, Flush::Low)];
        // SAFETY: the memory lives as long as the heap, and nothing else uses it but what forges
        // its words.
        let heap = unsafe { Regions::from_raw(memory[0].base(), size) }.unwrap();
        Self { memory, heap }
    }

    /// Where the payload of a new block of `size` bytes stands.
    fn allocate(&mut self, size: usize) -> usize {
        let block = self.heap.allocate(size).unwrap();
        block.addr().get() - self.memory[0].base().addr().get()
    }

    fn free(&mut self, offset: usize) {
        // SAFETY: allocated here, freed once.
        unsafe { self.heap.free(self.memory[0].at(offset)) }.unwrap();
    }

    fn word(&self, offset: usize) -> u32 {
        self.memory[0].word(offset)
    }

    fn set(&mut self, offset: usize, word: u32) {
        self.memory[0].set_word(offset, word);
    }

    /// What opening the memory anew says is broken, with figures that agree with its blocks.
    fn broken(mut self) -> Option<Broken> {
        mend_figures(&self.heap, &mut self.memory);
        let [memory] = &self.memory;
        // SAFETY: as in `new`; the heap before is used no more.
        match unsafe { Heap::<C>::attach(memory.base(), memory.size()) } {
            Err(AttachError::Corrupt(corruption)) => Some(corruption.broken),
            Err(error) => panic!("{error}"),
            Ok(heap) => {
                // What could be read outside is read here, and ends the test.
                assert!(heap.blocks().count() > 0);
                None
            }
        }
    }
}

#[test]
fn asking_for_a_size_reads_nothing_outside() {
    let mut forge = Forge::<Standard<Tlsf, Large, 8>>::new(4096);
    let block = forge.allocate(64);
    // Somebody's data, which looks like the header of a used block: behind a free one that would
    // stand far below the pool, or that ends far above it.
    let (used, previous_free) = (1 << 31, 1 << 30);
    for header in [used | previous_free | 4, used | ((1 << 22) - 1), !0] {
        forge.set(block, u32::MAX);
        forge.set(block + 4, header);
        let inside = forge.memory[0].at(block + 8);
        let _ = forge.heap.usable_size(inside);
        let _ = forge.heap.explain_free(inside);
        assert_eq!(forge.heap.usable_size(forge.memory[0].at(block)), Ok(68));
    }
}

#[test]
fn a_report_names_the_owner_of_a_large_block() {
    let mut forge = Forge::<Long<Standard<Tlsf, Large, 4>>>::new(200_000);
    let caller = Caller::task(2).in_module(1);
    let block = forge.heap.allocate_for(&caller, 140_000, 1).unwrap();
    let offset = block.addr().get() - forge.memory[0].base().addr().get();
    forge.set(3 * 4, 1);
    let mut corruption = forge.heap.check().unwrap_err();
    (corruption.block, corruption.broken) = (offset, Broken::Record);
    let suspect = forge.heap.report(&corruption).suspect.unwrap();
    assert_eq!(
        (suspect.offset, suspect.owner.unwrap().task),
        (offset, Task::Id(2))
    );
}

#[test]
fn classes_that_have_no_room_for_a_record_get_no_slab() {
    let forge = Forge::<Long<WithSlab<Standard<Tlsf, Small, 4>, Fixed>>>::new(16_384);
    let sizes: Vec<usize> = forge
        .heap
        .blocks()
        .filter(|block| block.in_slab)
        .map(|block| block.size)
        .collect();
    assert!(
        sizes.contains(&32) && !sizes.contains(&16),
        "a record has 24 bytes"
    );
}

#[test]
fn owners_that_are_others_do_not_agree_with_the_totals() {
    // What task 2 in module 0 has is said to be task 0's, in a module beyond the table: rows
    // whose numbers have the same sum.
    let mut forge = Forge::<Long<Standard<Tlsf, Large, 4>>>::new(4096);
    let caller = |task, module| Caller::task(task).in_module(module);
    let place = |block: std::ptr::NonNull<u8>, forge: &Forge<_>| {
        block.addr().get() - forge.memory[0].base().addr().get()
    };
    let one = forge.heap.allocate_for(&caller(2, 0), 8, 1).unwrap();
    let other = forge.heap.allocate_for(&caller(0, 98), 8, 1).unwrap();
    let (one, other) = (place(one, &forge), place(other, &forge));
    // SAFETY: allocated above, freed once.
    unsafe { forge.heap.free(forge.memory[0].at(other)) }.unwrap();
    let word = forge.word(other + 8);
    assert_ne!(word, forge.word(one + 8), "the module and the task");
    forge.set(one + 8, word);
    assert_eq!(forge.broken(), Some(Broken::Counter));
}

/// Where the index begins in a pool without slab, record and regions.
const INDEX: usize = 40;

#[test]
fn a_free_block_that_only_the_list_knows_is_none() {
    let mut forge = Forge::<Standard<Tlsf, Small, 4>>::new(4096);
    let owned = forge.allocate(400);
    let true_one = forge.allocate(40);
    forge.allocate(8);
    let pending = forge.allocate(60);
    forge.allocate(8);
    forge.free(true_one);
    forge.free(pending);
    let granule = |offset: usize| (offset / 4) as u32;
    let header = |block: usize, size: u32| size | (granule(block) + size) << 16;
    assert_eq!(forge.word(true_one - 4), header(true_one, 11));
    // The list's head leads to words of a used block that look like a free one.
    let head = (INDEX..owned - 4)
        .step_by(4)
        .find(|&at| {
            [0, 16]
                .map(|by| forge.word(at) >> by & 0xFFFF)
                .contains(&granule(true_one))
        })
        .unwrap();
    let false_one = owned + 100;
    let differs = granule(true_one) ^ granule(false_one);
    let is_low = forge.word(head) & 0xFFFF == granule(true_one);
    forge.set(
        head,
        forge.word(head) ^ differs << if is_low { 0 } else { 16 },
    );
    forge.set(false_one - 4, header(false_one, 11));
    forge.set(false_one, forge.word(true_one));
    forge.set(false_one + 44 - 8, 11);
    assert_eq!(forge.broken(), Some(Broken::ListCount));
}

#[test]
fn the_largest_free_block_is_asked_of_nothing_outside() {
    // The last block of all is the smallest, and a trie's head leads there: it has no room for the
    // links of a node.
    let mut forge = Forge::<Standard<BestFit, Large, 8>>::new(4096);
    let large = forge.allocate(300);
    forge.allocate(8);
    let pending = forge.allocate(8);
    forge.allocate(8);
    let remainder = forge.heap.blocks().last().unwrap();
    forge.allocate(remainder.size - 16 - 4);
    forge.free(large);
    forge.free(pending);
    let last = forge.heap.blocks().last().unwrap();
    assert_eq!((last.offset + last.size, last.size), (4096, 16));
    let head = (INDEX..large - 4)
        .step_by(4)
        .find(|&at| forge.word(at) == (large / 8) as u32)
        .unwrap();
    forge.set(head, (last.offset / 8) as u32);
    assert!(forge.heap.stats().largest_free < 300);
    assert!(forge.heap.check().is_err());
    // And where no head is, in a pool so small that none has room there.
    let mut forge = Forge::<Standard<BestFit, Large, 8>>::new(256);
    forge.set(INDEX + 4, 1 << 31);
    assert!(forge.heap.stats().largest_free < 256);
    assert!(forge.heap.check().is_err());
}

/// Objects of 8 bytes, and some of 64; the slabs of both have 512 bytes.
struct Tiny<R>(PhantomData<R>);

impl<R: Record> Config for Tiny<R> {
    type Fit = Tlsf;
    type Record = R;
    const MAX_SIZE: usize = 256 << 10;
    const GRANULE: usize = 4;
    const CHECK: Check = Check::Links;
    const SLAB: Slab = Slab::expanding(&[Class::new(8, 512), Class::new(64, 512)]);
}

/// Where the last object of 8 bytes stands in a pool that ends with it. A record has 20 bytes, and
/// the object is used.
fn last_tiny_object<R: Record>(forge: &mut Forge<Tiny<R>>) -> usize {
    // A slab of objects of 64 bytes at the very end, where little else is free.
    let size = forge.memory[0].size();
    let large = forge.allocate(8000);
    let remainder = forge.heap.blocks().last().unwrap();
    forge.allocate(remainder.size - 600 - 24);
    forge.free(large);
    let slab = forge.allocate(40) & !511;
    assert_eq!(slab, size - 512);
    // That slab is said to have objects of 8 bytes, the last of which is used.
    let first = forge.heap.blocks().next().unwrap().offset;
    let place = first - 4 - 1 - slab / 512;
    assert_eq!(forge.memory[0].bytes()[place], 2);
    forge.memory[0].set_byte(place, 1);
    let slots = 59;
    let free = !(1_u64 << (slots - 1)) & (!0 >> (64 - slots));
    forge.set(slab, free as u32);
    forge.set(slab + 4, (free >> 32) as u32);
    // It is alone in its list, and its old class has none any more: two heads, then two counts.
    let heads = 40 + 2 * 4 + 2 * 4;
    let block = (slab / 4) as u32;
    assert_eq!(
        (forge.word(heads), forge.word(heads + 4)),
        (block << 16, 1 << 16)
    );
    forge.set(heads, block);
    forge.set(heads + 4, 1);
    slab + 32 + (slots - 1) * 8
}

#[test]
fn an_object_that_has_no_room_for_its_record_is_none() {
    let mut forge = Forge::<Tiny<CallSites<4>>>::new(16_384);
    last_tiny_object(&mut forge);
    assert_eq!(forge.broken(), Some(Broken::Slab));
    // Without a record there is nothing to be said against it.
    let mut forge = Forge::<Tiny<()>>::new(16_384);
    last_tiny_object(&mut forge);
    assert_eq!(forge.broken(), None);
}

#[test]
fn a_report_reads_no_record_that_has_no_room() {
    let mut forge = Forge::<Tiny<(Owners<1, 1>, CallSites<3>)>>::new(16_384);
    let last = last_tiny_object(&mut forge);
    let mut corruption = forge.heap.check().unwrap_err();
    (corruption.block, corruption.broken) = (last, Broken::Record);
    let suspect = forge.heap.report(&corruption).suspect.unwrap();
    assert_eq!((suspect.offset, suspect.owner), (last, None));
}

#[test]
fn a_used_block_has_room_for_its_record_and_a_byte() {
    // 4 bytes of header, 24 of record, and one: 8 granules.
    for (granules, broken) in [(7, Broken::Size), (8, Broken::Seal)] {
        let mut forge = Forge::<Long<Standard<Tlsf, Small, 4>>>::new(4096);
        let block = forge.allocate(9);
        forge.allocate(8);
        let header = forge.word(block - 4);
        assert_eq!(header & 0xFFFF, 10);
        forge.set(block - 4, (header & !0xFFFF) | granules);
        assert_eq!(forge.broken(), Some(broken));
    }
}
