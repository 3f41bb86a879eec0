//! The slab on and off, on the same long churn: time, fragmentation, and whether every slab goes back.

use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::slice;

use anyhow::{Result, ensure};
use cpu_time::ThreadTime;
use indicatif::ProgressBar;
use litepool::fit::{BestFit, Tlsf};
use litepool::{Config, Heap};
use litepool_testing::config::{Expanding, Fast, Fixed, Huge, Lean, Standard, WithSlab};
use serde::{Deserialize, Serialize};

use crate::arena::Arena;
use crate::churn::Churn;
use crate::statistics::median;
use crate::time::generous_pool;
use crate::workload::{Origin, Step, Workload};

#[cfg(test)]
mod tests;

/// One configuration on the churn.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Name of the configuration.
    pub name: String,
    /// Median over the rounds, in nanoseconds per operation.
    pub ns: f64,
    /// Median over the rounds of the ratio to the same algorithm without a slab.
    pub ratio: f64,
    /// 1 - largest free block / bytes in free blocks, on average and at most.
    pub fragmentation: (f64, f64),
    /// Free blocks, on average.
    pub free_blocks: f64,
    /// Slabs at most, and after every object is freed.
    pub slabs: (usize, usize),
    /// Slabs that the slab has from the start.
    pub initial_slabs: usize,
    /// The most bytes that were not free, slabs counted whole, per peak byte of live requests.
    pub taken: f64,
}

/// The churn: sizes of 8 to 511 bytes, 1,000 objects, for long.
pub fn work(quick: bool) -> Result<Workload> {
    let churn = Churn {
        operations: if quick { 100_000 } else { 1_000_000 },
        ..Churn::SMALL
    };
    Workload::new(
        "churn",
        Origin::Synthetic,
        litepool_trace::WordSize::Bits64,
        &churn.script(),
    )
}

/// A configuration as a value.
struct Contender {
    name: &'static str,
    /// Which of the list is the same algorithm without a slab.
    plain: usize,
    time: fn(&Workload, &mut Arena) -> Result<f64>,
    observe: fn(&Workload, &mut Arena) -> Result<Observed>,
}

impl Contender {
    const fn of<C: Config>(name: &'static str, plain: usize) -> Self {
        Self {
            name,
            plain,
            time: time::<C>,
            observe: observe::<C>,
        }
    }
}

const CONTENDERS: [Contender; 10] = [
    Contender::of::<Standard<Tlsf, Huge, 8>>("tlsf, no slab", 0),
    Contender::of::<WithSlab<Standard<Tlsf, Huge, 8>, Fixed>>("tlsf, fixed", 0),
    Contender::of::<WithSlab<Standard<Tlsf, Huge, 8>, Expanding>>("tlsf, expanding", 0),
    Contender::of::<WithSlab<Standard<Tlsf, Huge, 8>, Lean>>("tlsf, lean", 0),
    Contender::of::<WithSlab<Standard<Tlsf, Huge, 8>, Fast>>("tlsf, fast", 0),
    Contender::of::<Standard<BestFit, Huge, 8>>("best, no slab", 5),
    Contender::of::<WithSlab<Standard<BestFit, Huge, 8>, Fixed>>("best, fixed", 5),
    Contender::of::<WithSlab<Standard<BestFit, Huge, 8>, Expanding>>("best, expanding", 5),
    Contender::of::<WithSlab<Standard<BestFit, Huge, 8>, Lean>>("best, lean", 5),
    Contender::of::<WithSlab<Standard<BestFit, Huge, 8>, Fast>>("best, fast", 5),
];

/// Number of progress ticks of [`measure`].
pub fn ticks(rounds: usize) -> u64 {
    (rounds + 1) as u64
}

/// Measures all, in turn, round after round.
///
/// # Errors
/// No memory, or a heap that refuses what it must not.
pub fn measure(quick: bool, rounds: usize, progress: &ProgressBar) -> Result<Vec<Row>> {
    progress.set_message("slabs on a churn");
    let work = work(quick)?;
    let mut arena = Arena::new(generous_pool(&work))?;
    arena.prefault();
    let observed = CONTENDERS
        .iter()
        .map(|contender| (contender.observe)(&work, &mut arena))
        .collect::<Result<Vec<_>>>()?;
    progress.inc(1);
    let mut seconds = vec![Vec::new(); CONTENDERS.len()];
    for _ in 0..rounds {
        for (contender, seconds) in CONTENDERS.iter().zip(&mut seconds) {
            seconds.push((contender.time)(&work, &mut arena)?);
        }
        progress.inc(1);
    }
    let rows = CONTENDERS.iter().zip(observed).enumerate();
    rows.map(|(number, (contender, observed))| {
        let mine = &seconds[number];
        let ratios: Vec<f64> = mine
            .iter()
            .zip(&seconds[contender.plain])
            .map(|(mine, plain)| mine / plain)
            .collect();
        Ok(Row {
            name: contender.name.to_owned(),
            ns: median(mine).unwrap_or(0.0) * 1e9 / work.steps.len() as f64,
            ratio: median(&ratios).unwrap_or(0.0),
            fragmentation: observed.fragmentation,
            free_blocks: observed.free_blocks,
            slabs: observed.slabs,
            initial_slabs: observed.initial_slabs,
            taken: observed.most_taken as f64 / work.live_peak() as f64,
        })
    })
    .collect()
}

fn heap<'m, C: Config>(work: &Workload, arena: &'m mut Arena) -> Result<Heap<'m, C>> {
    let base = arena.base().as_ptr().cast::<MaybeUninit<u8>>();
    // SAFETY: the arena has so many bytes, and is borrowed for as long as the heap lives.
    let memory = unsafe { slice::from_raw_parts_mut(base, generous_pool(work)) };
    Ok(Heap::new(memory)?)
}

/// Does one step.
#[inline(always)]
fn step<C: Config>(
    heap: &mut Heap<'_, C>,
    step: Step,
    slots: &mut [Option<NonNull<u8>>],
) -> Result<()> {
    match step {
        Step::Allocate { slot, size, .. } => {
            slots[slot as usize] = Some(heap.allocate(size as usize)?);
        }
        Step::Resize { slot, size } => {
            if let Some(object) = slots[slot as usize] {
                // SAFETY: live, and replaced.
                slots[slot as usize] = Some(unsafe { heap.resize(object, size as usize) }?);
            }
        }
        Step::Free { slot } => {
            if let Some(object) = slots[slot as usize].take() {
                // SAFETY: live, and forgotten.
                unsafe { heap.free(object) }?;
            }
        }
    }
    Ok(())
}

/// Seconds of processor time for all steps.
fn time<C: Config>(work: &Workload, arena: &mut Arena) -> Result<f64> {
    let mut heap = heap::<C>(work, arena)?;
    let mut slots = vec![None; work.slots];
    let start = ThreadTime::now();
    for &one in &work.steps {
        step(&mut heap, one, &mut slots)?;
    }
    Ok(start.elapsed().as_secs_f64())
}

/// What a look at the heap every so often shows.
struct Observed {
    fragmentation: (f64, f64),
    free_blocks: f64,
    slabs: (usize, usize),
    initial_slabs: usize,
    most_taken: usize,
}

/// Steps between two looks.
const EVERY: usize = 500;

fn observe<C: Config>(work: &Workload, arena: &mut Arena) -> Result<Observed> {
    let mut heap = heap::<C>(work, arena)?;
    let initial_slabs = heap.stats().slabs;
    let mut slots = vec![None; work.slots];
    let (mut looks, mut sum, mut most) = (0.0, 0.0, 0.0_f64);
    let (mut free_blocks, mut most_slabs, mut most_taken) = (0.0, 0, 0);
    for (number, &one) in work.steps.iter().enumerate() {
        step(&mut heap, one, &mut slots)?;
        if number % EVERY == 0 {
            let stats = heap.stats();
            let in_blocks = stats.free - stats.free_in_slabs;
            let fragmentation = 1.0 - stats.largest_free as f64 / in_blocks.max(1) as f64;
            looks += 1.0;
            sum += fragmentation;
            most = most.max(fragmentation);
            free_blocks += stats.free_blocks as f64;
            most_slabs = most_slabs.max(stats.slabs);
            most_taken = most_taken.max(stats.size - in_blocks);
        }
    }
    for object in slots.into_iter().flatten() {
        // SAFETY: live, and forgotten.
        unsafe { heap.free(object) }?;
    }
    heap.trim();
    let stats = heap.stats();
    ensure!(stats.used == 0, "objects are left");
    ensure!(stats.slabs == initial_slabs, "a slab did not go back");
    Ok(Observed {
        fragmentation: (sum / looks, most),
        free_blocks: free_blocks / looks,
        slabs: (most_slabs, stats.slabs),
        initial_slabs,
        most_taken,
    })
}
