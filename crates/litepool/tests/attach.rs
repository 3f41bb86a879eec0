//! What `attach` accepts is a heap, whatever its bytes: everything that is safe can be asked of it,
//! and its holders can do with their blocks what they like. What it refuses stays as it is.
//!
//! The same with far more cases is the fuzz target `attach`.

use std::marker::PhantomData;

use litepool::config::{
    Deferred, Expanding, Fast, Fixed, Hardened, Joined, Lean, Standard, WithRecord, WithSlab,
};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::record::{CallSites, Owner, Record, Task};
use litepool::slab::{Class, Slab};
use litepool::{AttachError, Broken, Caller, Check, Config, Heap, Regions, State};
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

/// A configuration that trusts its caller.
struct Trusting<C>(PhantomData<C>);

impl<C: Config> Config for Trusting<C> {
    type Index = C::Index;
    type Fit = C::Fit;
    type Record = C::Record;
    const GRANULE: usize = C::GRANULE;
    const CHECK: Check = Check::Off;
    const SLAB: Slab = C::SLAB;
}

/// The longest record, of 24 bytes: no object of 8, 16 or 24 bytes has room for it.
type Long<C> = WithRecord<C, (Owner<3, 2>, CallSites<4>)>;

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
    tlsf_u16_4: Standard<Tlsf, u16, 4>, 0, Nothing;
    best_u32_8_hardened_deferred: Hardened<Deferred<Standard<BestFit, u32, 8>>>, 0, Nothing;
    fast_hardened: Hardened<WithSlab<Tlsf, u32, 8, Fast>>, 0, Nothing;
    expanding_trusting: Trusting<WithSlab<Tlsf, u16, 4, Expanding>>, 0, Nothing;
    records_lean: Long<WithSlab<Tlsf, u32, 4, Lean>>, 0, OwnersAndSites;
    records_little: Long<Standard<BestFitLittle, u16, 4>>, 0, OwnersAndSites;
    two_regions_records: Joined<Long<WithSlab<BestFit, u16, 4, Fixed>>>, 1, OwnersAndSites;
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

/// No list has its head before this place.
const HEADS: usize = 9 * 4;
/// In a header: what stands for the size of a large block; where the size of the block before
/// stands.
const LARGE: u32 = 0x7FFF;
const PREVIOUS: u32 = 15;
const USED: u32 = 1 << 31;

/// Objects of 8 bytes, and some of 64; the chunks of both have 512 bytes.
struct Small<R>(PhantomData<R>);

impl<R: Record> Config for Small<R> {
    type Index = u16;
    type Fit = Tlsf;
    type Record = R;
    const GRANULE: usize = 4;
    const SLAB: Slab = Slab::expanding(&[Class::new(8, 512), Class::new(64, 512)]);
}

/// Where the last object of 8 bytes stands in a pool that ends with it. A record has 20 bytes, and the object is used.
fn last_small_object<R: Record>(forge: &mut Forge<Small<R>>) -> usize {
    // Objects of 64 bytes, until the last chunk ends where the pool does.
    let last = loop {
        let object = forge.allocate(40);
        if object > 8192 - 512 {
            break object;
        }
    };
    // That chunk is said to have objects of 8 bytes, the last of which is used.
    let chunk = last & !511;
    let first = forge.heap.blocks().next().unwrap().offset;
    let map = first - 4 - 1;
    assert_eq!(forge.memory[0].bytes()[map - chunk / 512], 2);
    forge.memory[0].set_byte(map - chunk / 512, 1);
    let (slots, granule): (usize, _) = (59, 4);
    let free = !(1_u64 << (slots - 1)) & (!0 >> (64 - slots));
    forge.set(chunk, free as u32);
    forge.set(chunk + 4, (free >> 32) as u32);
    // It is alone in its ring, and its old one is left without it.
    let heads = 9 * 4 + 6 * 4;
    let block = (chunk / granule) as u32;
    let link = forge.word(heads);
    assert_eq!(link & 0xFFFF, 0, "no chunk of that class yet");
    let others = if link >> 16 == block {
        0
    } else {
        link & 0xFFFF_0000
    };
    forge.set(heads, block | others);
    forge.set(chunk + 16, block | block << 16);
    chunk + 32 + (slots - 1) * 8
}

#[test]
fn an_object_that_has_no_room_for_its_record_is_none() {
    let mut forge = Forge::<Small<CallSites<4>>>::new(8192);
    last_small_object(&mut forge);
    assert_eq!(forge.broken(), Some(Broken::Chunk));
}

#[test]
fn a_report_reads_no_record_that_has_no_room() {
    let mut forge = Forge::<Small<(Owner<1, 1>, CallSites<3>)>>::new(8192);
    let last = last_small_object(&mut forge);
    let mut corruption = forge.heap.check().unwrap_err();
    (corruption.block, corruption.broken) = (last, Broken::Record);
    let suspect = forge.heap.report(&corruption).suspect.unwrap();
    assert_eq!((suspect.offset, suspect.holder), (last, None));
}

#[test]
fn a_report_names_the_holder_of_a_large_block() {
    let mut forge = Forge::<Long<Standard<Tlsf, u32, 4>>>::new(200_000);
    let caller = Caller::task(2).in_module(1);
    let block = forge.heap.allocate_for(&caller, 140_000, 1).unwrap();
    let offset = block.addr().get() - forge.memory[0].base().addr().get();
    // What it holds looks like a size.
    forge.set(offset, 1000);
    forge.set(4 * 6, 1);
    let mut corruption = forge.heap.check().unwrap_err();
    (corruption.block, corruption.broken) = (offset - 8, Broken::Record);
    let suspect = forge.heap.report(&corruption).suspect.unwrap();
    assert_eq!(
        (suspect.offset, suspect.holder.unwrap().task),
        (offset, Task::Id(2))
    );
}

#[test]
fn classes_that_have_no_room_for_a_record_get_no_chunk() {
    let forge = Forge::<Long<WithSlab<Tlsf, u16, 4, Fixed>>>::new(16_384);
    let sizes: Vec<usize> = forge
        .heap
        .blocks()
        .filter(|block| block.in_chunk)
        .map(|block| block.size)
        .collect();
    assert!(
        sizes.contains(&32) && !sizes.contains(&16),
        "a record has 24 bytes"
    );
}

#[test]
fn a_free_block_that_only_the_list_knows_is_none() {
    let mut forge = Forge::<Standard<Tlsf, u16, 4>>::new(4096);
    let holder = forge.allocate(400);
    let true_one = forge.allocate(40);
    forge.allocate(8);
    forge.free(true_one);
    let granules = 11;
    assert_eq!(forge.word(true_one - 4) & LARGE, granules);
    let granule = |offset: usize| (offset / 4) as u32;
    // The list's head leads to words of the first block that look like a free one.
    let false_one = holder + 100;
    let head = (HEADS..holder)
        .step_by(2)
        .find(|&at| forge.word(at) & 0xFFFF == granule(true_one))
        .unwrap();
    let beside = forge.word(head) & 0xFFFF_0000;
    forge.set(head, granule(false_one) | beside);
    forge.set(false_one - 4, granules | 20 << PREVIOUS);
    forge.set(false_one, 0);
    // The true one is behind others that stand there, too, and which no list leads to.
    let other = holder + 200;
    forge.set(true_one, granule(other) << 16);
    forge.set(other, granule(true_one));
    assert_eq!(forge.broken(), Some(Broken::ListCount));
}

#[test]
fn a_chunk_is_no_large_block() {
    let mut forge = Forge::<Trusting<WithSlab<Tlsf, u16, 4, Fixed>>>::new(16_384);
    let chunk = forge
        .heap
        .blocks()
        .find(|block| block.state == State::Chunk)
        .unwrap()
        .offset;
    let header = forge.word(chunk - 4);
    let granules = header & LARGE;
    assert_eq!(granules, 128);
    let large = header | LARGE;
    let next = chunk + 512;
    let behind = forge.word(next - 4);
    forge.set(chunk - 4, large);
    forge.set(next - 4, behind | LARGE << PREVIOUS);
    // Its size at both ends, the first of which says as well that one slot is free, and its header
    // once more.
    forge.set(chunk, granules);
    forge.set(chunk + 4, large & !(LARGE << PREVIOUS));
    forge.set(next - 8, granules);
    assert_eq!(forge.broken(), Some(Broken::Chunk));
}

#[test]
fn a_used_block_has_room_for_its_record_and_a_byte() {
    let mut forge = Forge::<Long<Standard<Tlsf, u32, 4>>>::new(4096);
    let block = forge.allocate(9);
    forge.allocate(8);
    // 40 bytes: of the large form they would be 16 for its words, and 24 for a record.
    let header = forge.word(block - 4);
    let granules = header & LARGE;
    assert_eq!(granules, 10);
    let next = block + 40;
    let large = header | LARGE;
    let holder = forge.word(next - 4 - 24);
    forge.set(block - 4, large);
    forge.set(next - 4, forge.word(next - 4) | LARGE << PREVIOUS);
    forge.set(block, granules);
    forge.set(block + 4, large & !(LARGE << PREVIOUS));
    forge.set(next - 8, granules);
    // Its record would stand a word before that.
    forge.set(next - 8 - 24, holder);
    assert_eq!(large & USED, USED);
    assert_eq!(forge.broken(), Some(Broken::Size));
}

#[test]
fn asking_for_a_size_reads_nothing_outside_whatever_the_level() {
    let mut forge = Forge::<Trusting<Standard<Tlsf, u32, 8>>>::new(4096);
    let block = forge.allocate(64);
    // Somebody's data, which looks like the header of a used block behind a block that would stand
    // far below the pool.
    forge.set(block + 4, USED | 4 | (LARGE - 1) << PREVIOUS);
    let inside = forge.memory[0].at(block + 8);
    let _ = forge.heap.usable_size(inside);
    assert_eq!(forge.heap.usable_size(forge.memory[0].at(block)), Ok(68));
}

#[test]
fn the_largest_free_block_is_asked_of_nothing_outside() {
    // The last block of all is the smallest, and a trie's head leads there: it has no room for the
    // links of a node.
    let mut forge = Forge::<Standard<BestFit, u32, 8>>::new(4096);
    let hole = forge.allocate(300);
    forge.allocate(8);
    let rest = forge.heap.blocks().last().unwrap();
    forge.allocate(rest.size - 16 - 8);
    forge.free(hole);
    let last = forge.heap.blocks().last().unwrap();
    assert_eq!((last.offset + last.size, last.size), (4096, 16));
    let head = (HEADS..hole)
        .step_by(4)
        .find(|&at| forge.word(at) == (hole / 8) as u32)
        .unwrap();
    forge.set(head, (last.offset / 8) as u32);
    assert_eq!(forge.heap.stats().largest_free, 0);
    assert!(forge.heap.check().is_err());
    // And where no head is, in a pool so small that none has room there.
    let mut forge = Forge::<Standard<BestFit, u32, 8>>::new(256);
    forge.set(9 * 4 + 4, 1 << 31);
    assert_eq!(forge.heap.stats().largest_free, 0);
}

#[test]
fn holders_that_are_others_do_not_agree_with_the_totals() {
    // What task 2 in module 0 holds is said to be task 0's, in a module beyond the table: rows
    // whose numbers have the same sum.
    let mut forge = Forge::<Long<Standard<Tlsf, u32, 4>>>::new(4096);
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
    assert_eq!(word >> 8, 98, "the module and the task");
    forge.set(one + 8, word);
    assert_eq!(forge.broken(), Some(Broken::Counter));
}
