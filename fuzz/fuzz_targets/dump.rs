//! The memory of a device with pools that are damaged, overlap, are cut off or lie apart: what is found in it is a snapshot
//! whose parts agree, and what is asked of it is answered, whatever the bytes.

#![no_main]

use std::ptr::NonNull;
use std::sync::OnceLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::track::{CallSites, Owners};
use litepool::{Caller, Config, Heap};
use litepool_snapshot::memory_image::{MemoryImage, Segment};
use litepool_snapshot::pins::{Pins, Request};
use litepool_snapshot::reach::Reachability;
use litepool_snapshot::{BlockState, Snapshot, Verdict};
use litepool_testing::config::{
    Expanding, Fast, Hardened, Huge, Large, Small, Standard, WithRecord, WithRegions, WithSlab,
};
use litepool_testing::{Flush, Guarded};

/// Where the device has its memory, and how much.
const RAM: u64 = 0x2000_0000;
const SIZE: usize = 48 << 10;

#[derive(Arbitrary, Debug)]
struct Input {
    pools: Vec<Placed>,
    damage: Vec<Damage>,
    /// Where the memory is cut into segments, and how many bytes are left out there.
    cuts: Vec<(u16, u8)>,
    request: u16,
}

/// A copy of a pool.
#[derive(Arbitrary, Debug)]
struct Placed {
    which: u8,
    /// In words.
    at: u16,
    /// Bytes that are left out at its end.
    without: u16,
}

#[derive(Arbitrary, Debug)]
struct Damage {
    kind: u8,
    /// In words.
    at: u16,
    other: u16,
    value: u32,
}

type Both = (Owners<6, 2>, CallSites<2>);

/// Pools of every kind.
fn pools() -> &'static [Vec<u8>] {
    static POOLS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    POOLS.get_or_init(|| {
        vec![
            pool::<Standard<Tlsf, Small, 4>>(2048),
            pool::<Standard<Tlsf, Large, 8>>(4096),
            pool::<Hardened<WithRecord<Standard<Tlsf, Large, 8>, Both>>>(8192),
            pool::<Hardened<WithSlab<WithRecord<Standard<Tlsf, Large, 8>, Both>, Fast>>>(16_384),
            pool::<Standard<BestFit, Small, 4>>(1024),
            pool::<WithSlab<Standard<BestFit, Small, 8>, Expanding>>(8192),
            pool::<Hardened<Standard<BestFit, Huge, 8>>>(4096),
            pool::<WithRecord<Standard<BestFitLittle, Large, 4>, Both>>(4096),
            pool::<Hardened<Standard<BestFitLittle, Small, 4>>>(512),
            pool::<WithRegions<WithRecord<Standard<Tlsf, Large, 4>, Owners<0, 0>>, 4>>(4096),
        ]
    })
}

/// A pool of so many bytes after some operations.
fn pool<C: Config>(size: usize) -> Vec<u8> {
    let memory = Guarded::new(size, Flush::Low);
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Heap::<C>::from_raw(memory.base(), size) }.expect("room for a heap");
    let mut live: Vec<NonNull<u8>> = Vec::new();
    for step in 0..120_usize {
        let (bytes, align) = (1 + step * 29 % 90, [1, 1, 32, 1, 1][step % 5]);
        let site = 0x0800_0101 + (step % 3) as u32 * 0x20;
        let caller = Caller::task((step % 4) as u16).at([site, 0x0800_0401, 0, 0]);
        if let Ok(block) = heap.allocate_for(&caller, bytes, align) {
            live.push(block);
        }
        if step % 3 != 0 && !live.is_empty() {
            // SAFETY: a live block.
            unsafe { heap.free(live.swap_remove(step * 17 % live.len())) }.expect("a live block");
        }
    }
    memory.bytes()
}

fuzz_target!(|input: Input| {
    let memory = MemoryImage::from_segments(segments(&input)).expect("segments are apart");
    let Ok(snapshot) = Snapshot::of_dump(memory, None, Vec::new()) else {
        return;
    };
    verify(&snapshot);
    if let Ok(reachability) = Reachability::of(&snapshot, None) {
        for (index, block) in snapshot.blocks.iter().enumerate() {
            let reach = reachability.reach(index);
            assert!(reach.is_none() || block.state == BlockState::Used);
            if let Some(path) = reachability.path(&snapshot, None, index) {
                assert!(!path.to_string().is_empty());
            }
        }
        for spot in reachability.blind_spots() {
            assert!(!spot.to_string().is_empty());
        }
    }
    let request = Request {
        size: input.request.into(),
        align: 1 << (input.request % 8),
        resized: None,
    };
    for pool in 0..snapshot.pools.len() {
        if let Ok(pins) = Pins::of(&snapshot, pool, request) {
            let _ = (pins.room(), pins.free(), pins.largest_free());
            for window in pins.windows() {
                assert!(pins.blocks(window).count() > 0);
            }
        }
    }
});

/// The device's memory.
fn segments(input: &Input) -> Vec<Segment> {
    let mut memory = vec![0; SIZE];
    for placed in input.pools.iter().take(8) {
        let pool = &pools()[usize::from(placed.which) % pools().len()];
        let length = pool.len() - usize::from(placed.without) % pool.len();
        let at = usize::from(placed.at) * 4 % SIZE;
        let length = length.min(SIZE - at);
        memory[at..at + length].copy_from_slice(&pool[..length]);
    }
    for damage in input.damage.iter().take(64) {
        apply(damage, &mut memory);
    }
    let mut cuts: Vec<(usize, usize)> = input
        .cuts
        .iter()
        .take(4)
        .map(|&(at, gap)| (usize::from(at) % SIZE, usize::from(gap) + 1))
        .collect();
    cuts.sort_unstable();
    let mut segments = Vec::new();
    let mut start = 0;
    for (at, gap) in cuts.into_iter().chain([(SIZE, 0)]) {
        if at > start {
            segments.push(Segment {
                address: RAM + start as u64,
                bytes: memory[start..at].to_vec(),
            });
        }
        start = start.max(at + gap);
    }
    segments
}

fn apply(damage: &Damage, memory: &mut [u8]) {
    let words = memory.len() / 4;
    let (at, other) = (
        usize::from(damage.at) % words * 4,
        usize::from(damage.other) % words * 4,
    );
    let word = |at: usize| u32::from_le_bytes(memory[at..at + 4].try_into().expect("four bytes"));
    let new = match damage.kind % 6 {
        0 => word(at) ^ 1 << (damage.value % 32),
        1 => damage.value,
        2 => word(other),
        3 => RAM as u32 + other as u32 + damage.value % 4,
        4 => word(at) & 0xffff_0000 | damage.value & 0xffff,
        _ => word(at).wrapping_add_signed(i32::from(damage.value as i8)),
    };
    memory[at..at + 4].copy_from_slice(&new.to_le_bytes());
}

/// What a snapshot says of one thing agrees with what it says of the others.
fn verify(snapshot: &Snapshot) {
    let blocks = &snapshot.blocks;
    for pool in &snapshot.pools {
        let base = pool.base.expect("a dump has addresses");
        assert!(pool.missing <= pool.size && pool.size <= SIZE as u64 * 4096);
        for lost in &pool.lost {
            assert!(base <= lost.start && lost.start < lost.end && lost.end <= base + pool.size);
        }
        if let Verdict::Corrupt(defects) = &pool.verdict {
            assert!(!defects.is_empty());
            for defect in defects {
                assert!(!defect.what.is_empty());
                for block in [defect.block, defect.suspect].into_iter().flatten() {
                    assert!(block < blocks.len());
                }
            }
        }
        assert!(pool.within.is_none_or(|block| block < blocks.len()));
    }
    for block in blocks {
        let pool = &snapshot.pools[block.pool];
        let base = pool.base.expect("a dump has addresses");
        let address = block.address.expect("a dump has addresses");
        assert!(base <= address && address <= base + pool.size);
        assert!(block.size <= block.extent || block.in_slab);
        assert!(address + block.size <= base + pool.size);
        let frames = snapshot.interned.frames_of(block.stack).count();
        assert_eq!(frames == 0, block.stack == 0);
    }
}
