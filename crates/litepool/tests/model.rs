//! Random operations against an oracle, in every configuration: no overlap, contents kept, alignment, exact
//! accounting, a clean check after every step, and a failed operation changes nothing.

mod common;

use common::{Memory, Model};
use litepool::Config;
use litepool_trace::Op;
use proptest::prelude::*;
use proptest::test_runner::{Config as Settings, TestRunner};

/// An operation whose object is chosen when it is run, among those alive.
#[derive(Clone, Copy, Debug)]
enum Step {
    Allocate { size: u64, align: u64 },
    Resize { pick: usize, size: u64 },
    Free { pick: usize },
}

fn steps(largest: u64, count: usize) -> impl Strategy<Value = Vec<Step>> {
    let size = prop_oneof![
        4 => 1..64u64,
        3 => 1..400u64,
        1 => 1..largest,
        1 => Just(0u64),
    ];
    let align = prop_oneof![
        6 => Just(0u64),
        3 => (0..9u32).prop_map(|log2| 1 << log2),
        1 => Just(24u64),
    ];
    let step = prop_oneof![
        5 => (size.clone(), align).prop_map(|(size, align)| Step::Allocate { size, align }),
        2 => (any::<usize>(), size).prop_map(|(pick, size)| Step::Resize { pick, size: size.max(1) }),
        4 => any::<usize>().prop_map(|pick| Step::Free { pick }),
    ];
    prop::collection::vec(step, 1..count)
}

/// Picks an object that is alive.
fn picked<C: Config>(model: &Model<'_, C>, pick: usize) -> Option<u32> {
    let alive = model.live.len();
    (alive > 0).then(|| *model.live.keys().nth(pick % alive).unwrap())
}

fn run<C: Config>(size: usize, steps: &[Step]) {
    let memory = Memory::new(size);
    let mut model = Model::<C>::new(&memory);
    for (number, &step) in steps.iter().enumerate() {
        let op = match step {
            Step::Allocate { size, align } => Op::Allocate {
                id: number as u32,
                size,
                align,
            },
            Step::Resize { pick, size } => match picked(&model, pick) {
                Some(id) => Op::Resize { id, size },
                None => continue,
            },
            Step::Free { pick } => match picked(&model, pick) {
                Some(id) => Op::Free { id },
                None => continue,
            },
        };
        model.apply(op);
    }
    model.drain();
}

fn property<C: Config>(cases: u32, sizes: std::ops::Range<usize>, largest: u64, count: usize) {
    let settings = Settings {
        cases,
        failure_persistence: None,
        ..Settings::default()
    };
    TestRunner::new(settings)
        .run(&(sizes, steps(largest, count)), |(size, steps)| {
            run::<C>(size / C::GRANULE * C::GRANULE, &steps);
            Ok(())
        })
        .unwrap();
}

fn small_pools<C: Config>() {
    property::<C>(150, 700..4096, 2000, 80);
}

/// Pools that begin without a slab, and pools that take many.
fn pools_with_a_slab<C: Config>() {
    let smallest = |size: &usize| Memory::new(*size).heap_of::<C>(*size).is_ok();
    let least = (704..).step_by(8).find(smallest).unwrap();
    property::<C>(20, least + 8..4096, 2000, 60);
    property::<C>(60, 8192..40_000, 1500, 150);
}

/// Blocks of half of the smallest configuration's largest pool, in every position.
fn pools_of_large_blocks<C: Config>() {
    let limit = (32_767 * C::GRANULE) as u64;
    let size = limit as usize * 2 - 20_000;
    let settings = Settings {
        cases: 24,
        failure_persistence: None,
        ..Settings::default()
    };
    let around = (0..40u64).prop_map(move |delta| limit - 24 + delta);
    let size_of = prop_oneof![3 => around, 1 => 1..limit, 2 => 1..200u64];
    let step = prop_oneof![
        3 => (size_of.clone(), prop_oneof![3 => Just(0u64), 1 => Just(64u64)])
            .prop_map(|(size, align)| Step::Allocate { size, align }),
        3 => (any::<usize>(), size_of).prop_map(|(pick, size)| Step::Resize { pick, size }),
        2 => any::<usize>().prop_map(|pick| Step::Free { pick }),
    ];
    TestRunner::new(settings)
        .run(&prop::collection::vec(step, 1..16), |steps| {
            run::<C>(size / C::GRANULE * C::GRANULE, &steps);
            Ok(())
        })
        .unwrap();
}

for_every_fit!(any_operations_in_small_pools, small_pools);
for_every_slab!(any_operations, pools_with_a_slab);
for_every_config!(any_operations_on_large_blocks, pools_of_large_blocks);
for_these! { [<any_operations_with_a_bound>], small_pools:
    tlsf_u16_granule_4: Standard<Tlsf<64>, Small, 4>;
    tlsf_u32_granule_8_hardened: Hardened<Standard<Tlsf<64>, Large, 8>>;
}
