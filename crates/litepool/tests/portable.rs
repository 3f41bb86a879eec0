//! A pool is an image that any machine can read: 32-bit and 64-bit processes make the same bytes of the same
//! operations, and open each other's.
//!
//! The images under `tests/images` were made once; every machine that runs these tests opens them, and makes them
//! again to the byte. After a deliberate change of the layout, `LITEPOOL_WRITE_IMAGES=1 cargo test` writes new
//! ones. Besides, with `LITEPOOL_EXCHANGE=DIR` a run leaves its own pools in DIR and opens those that a run on
//! another word size has left there.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Memory, Recorded, control};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::{Algorithm, AttachError, BlockInfo, Broken, Choices, Config, Heap};
use litepool_testing::config::*;

/// A pool after a few thousand operations, the same ones everywhere.
fn made<C: Config>(memory: &Memory) -> Heap<'_, C> {
    let mut heap = memory.heap::<C>();
    let mut live = Vec::new();
    // Xorshift: any fixed sequence will do, but it must be the same on every machine.
    let mut state = 0x2545_F491u32;
    let mut random = |below: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state % below) as usize
    };
    for _ in 0..3000 {
        let size = 1 + random(8) * random(60);
        match random(5) {
            0 if !live.is_empty() => {
                let at = random(live.len() as u32);
                // SAFETY: live, and replaced.
                if let Ok(moved) = unsafe { heap.resize(live[at], size) } {
                    live[at] = moved;
                }
            }
            1 => live.extend(heap.allocate_aligned(size, 4 << random(6))),
            2 => live.extend(heap.allocate(size)),
            _ if !live.is_empty() => {
                let at = random(live.len() as u32);
                // SAFETY: live, and forgotten.
                unsafe { heap.free(live.swap_remove(at)) }.unwrap();
            }
            _ => live.extend(heap.allocate(size)),
        }
    }
    // One of half of the largest pool, where there is room.
    live.extend(heap.allocate(32_767 * C::GRANULE));
    live.extend(heap.allocate(40));
    heap
}

fn image<C: Config>(size: usize) -> (Vec<u8>, Vec<BlockInfo>) {
    let memory = Memory::new(size);
    let blocks = made::<C>(&memory).blocks().collect();
    (memory.bytes(), blocks)
}

/// Opens a pool that somebody else made of the same operations, and goes on with it.
fn opens<C: Config>(bytes: &[u8], expected: &[BlockInfo]) {
    let memory = Memory::copy_of(bytes);
    let mut heap = memory.attach::<C>().unwrap();
    assert_eq!(
        heap.blocks().collect::<Vec<_>>(),
        expected,
        "the same blocks"
    );
    let block = heap.allocate(24).unwrap();
    // SAFETY: allocated above.
    unsafe { heap.free(block) }.unwrap();
    heap.check().unwrap();
}

/// A pool of 16 KiB is kept as a file; a larger one, which has large blocks, by its checksum.
fn is_the_same_everywhere<C: Config>(name: &str) {
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images");
    let (small, checksum) = (
        images.join(name).with_extension("pool"),
        images.join(name).with_extension("fnv"),
    );
    let (bytes, blocks) = image::<C>(16_384);
    let (large, _) = image::<C>(65_000 * C::GRANULE);
    let large = format!("{:016x}\n", fnv(&large));
    if std::env::var_os("LITEPOOL_WRITE_IMAGES").is_some() {
        fs::write(&small, &bytes).unwrap();
        fs::write(&checksum, &large).unwrap();
    }
    let kept = fs::read(&small).unwrap();
    assert!(bytes == kept, "this machine makes other bytes");
    opens::<C>(&kept, &blocks);
    assert_eq!(
        fs::read_to_string(&checksum).unwrap(),
        large,
        "of a pool with large blocks"
    );
}

/// Fowler, Noll, Vo: enough to tell two pools apart.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    })
}

/// The names of images and files to exchange, and their configurations.
macro_rules! for_every_pool {
    ($($name:literal: [$config:ty] $test:ident;)*) => {
        $(
            #[test]
            fn $test() {
                is_the_same_everywhere::<$config>($name);
            }
        )*

        /// Leaves this process's pools for others, and opens theirs.
        #[test]
        fn pools_are_exchanged_with_other_word_sizes() {
            let Some(directory) = std::env::var_os("LITEPOOL_EXCHANGE").map(PathBuf::from) else {
                return;
            };
            $( exchange::<$config>(&directory, $name); )*
        }
    };
}

for_every_pool! {
    "tlsf-u16-4": [WithSlab<Standard<Tlsf, Small, 4>, Without>] tlsf_u16_granule_4_is_the_same_everywhere;
    "tlsf-u16-8": [WithSlab<Standard<Tlsf, Small, 8>, Without>] tlsf_u16_granule_8_is_the_same_everywhere;
    "tlsf-u32-4": [WithSlab<Standard<Tlsf, Large, 4>, Without>] tlsf_u32_granule_4_is_the_same_everywhere;
    "tlsf-u32-8": [WithSlab<Standard<Tlsf, Large, 8>, Without>] tlsf_u32_granule_8_is_the_same_everywhere;
    "best-u16-4": [WithSlab<Standard<BestFit, Small, 4>, Without>] best_fit_u16_granule_4_is_the_same_everywhere;
    "best-u16-8": [WithSlab<Standard<BestFit, Small, 8>, Without>] best_fit_u16_granule_8_is_the_same_everywhere;
    "best-u32-4": [WithSlab<Standard<BestFit, Large, 4>, Without>] best_fit_u32_granule_4_is_the_same_everywhere;
    "best-u32-8": [WithSlab<Standard<BestFit, Large, 8>, Without>] best_fit_u32_granule_8_is_the_same_everywhere;
    "little-u16-4": [WithSlab<Standard<BestFitLittle, Small, 4>, Without>] best_fit_little_u16_granule_4_is_the_same_everywhere;
    "little-u16-8": [WithSlab<Standard<BestFitLittle, Small, 8>, Without>] best_fit_little_u16_granule_8_is_the_same_everywhere;
    "little-u32-4": [WithSlab<Standard<BestFitLittle, Large, 4>, Without>] best_fit_little_u32_granule_4_is_the_same_everywhere;
    "little-u32-8": [WithSlab<Standard<BestFitLittle, Large, 8>, Without>] best_fit_little_u32_granule_8_is_the_same_everywhere;
    "fixed-tlsf-u16-4": [WithSlab<Standard<Tlsf, Small, 4>, Fixed>] a_fixed_slab_is_the_same_everywhere;
    "expanding-best-u32-4": [WithSlab<Standard<BestFit, Large, 4>, Expanding>] an_expanding_slab_is_the_same_everywhere;
    "lean-little-u16-4": [WithSlab<Standard<BestFitLittle, Small, 4>, Lean>] a_lean_slab_is_the_same_everywhere;
    "fast-tlsf-u32-8": [WithSlab<Standard<Tlsf, Large, 8>, Fast>] a_fast_slab_is_the_same_everywhere;
    "recorded-tlsf-u16-4": [Recorded<WithSlab<Standard<Tlsf, Small, 4>, Without>>] records_are_the_same_everywhere;
    "recorded-fast-best-u32-8": [Recorded<WithSlab<Standard<BestFit, Large, 8>, Fast>>] records_of_objects_are_the_same_everywhere;
}

fn exchange<C: Config>(directory: &Path, name: &str) {
    let (bytes, blocks) = image::<C>(65_000 * C::GRANULE);
    fs::create_dir_all(directory).unwrap();
    let mine = directory.join(format!("{name}.{}-bit.pool", usize::BITS));
    fs::write(&mine, &bytes).unwrap();
    let other = if usize::BITS == 32 { 64 } else { 32 };
    if let Ok(bytes) = fs::read(directory.join(format!("{name}.{other}-bit.pool"))) {
        opens::<C>(&bytes, &blocks);
        println!(
            "opened {name} of a {other}-bit process: {} blocks",
            blocks.len()
        );
    }
}

fn the_wrong_memory_is_not_attached<C: Config>() {
    let (bytes, _) = image::<C>(16_384);
    let attach = |bytes: &[u8]| Memory::copy_of(bytes).attach::<C>().map(drop);

    assert_eq!(attach(&[0; 4096]), Err(AttachError::NotAPool));
    assert_eq!(attach(&[0xFF; 4096]), Err(AttachError::NotAPool));
    assert!(matches!(attach(&[0; 16]), Err(AttachError::Memory(_))));
    assert!(matches!(
        attach(&bytes[..4099]),
        Err(AttachError::Memory(_))
    ));
    assert_eq!(
        attach(&bytes[..8192]),
        Err(AttachError::Size {
            found: 16_384,
            given: 8192
        })
    );
    let with = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        attach(&bytes)
    };
    assert_eq!(
        with(control::VERSION, 99),
        Err(AttachError::Version { found: 99 })
    );
    let algorithm = bytes[control::ALGORITHM];
    assert!(matches!(
        with(
            control::ALGORITHM,
            (algorithm & !3) | ((algorithm & 3) % 3 + 1)
        ),
        Err(AttachError::Configuration { .. })
    ));
    assert!(matches!(
        with(control::ALGORITHM, bytes[control::ALGORITHM] ^ 0x40),
        Err(AttachError::Configuration { .. })
    ));
    assert!(matches!(
        with(control::USED_BLOCKS, !bytes[control::USED_BLOCKS]),
        Err(AttachError::Corrupt(corruption)) if corruption.broken == Broken::Counter
    ));
}

for_every_config!(wrong_memory, the_wrong_memory_is_not_attached);

#[test]
fn another_configuration_is_named() {
    let (bytes, _) = image::<Standard<Tlsf, Small, 4>>(16_384);
    let memory = Memory::copy_of(&bytes);
    let error = memory.attach::<Standard<Tlsf, Large, 8>>().unwrap_err();
    let AttachError::Configuration { found, expected } = error else {
        panic!("{error}")
    };
    let told = |choices: Choices| (choices.algorithm, choices.size_bits, choices.granule);
    assert_eq!(told(found), (Algorithm::Tlsf, 16, 4));
    assert_eq!(told(expected), (Algorithm::Tlsf, 22, 8));
}

/// A dump that another version made is told as such, and not read.
#[test]
fn an_image_of_the_first_version_is_told_as_such() {
    let mut bytes = vec![0; 4096];
    bytes[..2].copy_from_slice(b"LP");
    bytes[8] = 1;
    let memory = Memory::copy_of(&bytes);
    let error = memory.attach::<Standard<Tlsf, Small, 4>>().err();
    assert_eq!(error, Some(AttachError::Version { found: 1 }));
}
