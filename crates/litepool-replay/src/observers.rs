//! What looks on during a replay: the sampler of the heap's state, and the verifier of contents.

use std::ptr::NonNull;

use litepool_trace::Op;
use serde::Serialize;

use crate::view::{Observer, View};

mod at_end;
mod at_failure;
mod stats_at;
#[cfg(test)]
mod tests;

pub use at_end::AtEnd;
pub use at_failure::{AtFailure, Placed};
pub use stats_at::StatsAt;

/// The heap at one moment of a replay. Sizes in bytes.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Sample {
    /// Operations done so far.
    pub operation: usize,
    /// Requested bytes of the live objects.
    pub live: u64,
    /// The most requested bytes that were live since the sample before.
    pub live_peak: u64,
    /// Bytes of the used blocks, headers included.
    pub used: usize,
    /// Bytes of the free blocks, headers included, and of the slab's free slots.
    pub free: usize,
    /// Bytes of the slab's free slots.
    pub free_in_slabs: usize,
    /// The largest request that would succeed.
    pub largest_free: usize,
    /// Live objects.
    pub used_blocks: usize,
    /// Free blocks.
    pub free_blocks: usize,
    /// 1 - `largest_free` / the bytes in free blocks: 0 when the free memory is one block, near 1 when it is crumbs. What
    /// a slab holds for its objects does not count as free here.
    pub fragmentation: f64,
}

/// The samples of one replay.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Series {
    /// In the order of time; the last one stands after the last operation that was done.
    pub samples: Vec<Sample>,
    /// The most bytes in used blocks at any moment, headers included.
    pub peak_used: usize,
}

/// Takes samples at even distances and after the last operation.
///
/// ```
/// use litepool_replay::{Memory, Part, Placement, Sampler, configurations};
/// use litepool_trace::{Op, WordSize};
///
/// let mut part = Part::builder();
/// (0..20).for_each(|id| part.push(Op::Allocate { id, size: 100, align: 0 }));
/// let part = part.finish();
/// let configuration = configurations(WordSize::Bits32).next().ok_or("none")?;
/// let mut memory = Memory::new(4096, Placement::like(0, 0))?;
/// let mut sampler = Sampler::new(part.slots, part.ops.len(), 4);
/// part.replay(&configuration, &mut memory, usize::MAX, Some(&mut sampler));
///
/// let series = sampler.finish();
/// let used: Vec<usize> = series.samples.iter().map(|sample| sample.used).collect();
/// assert_eq!(used, [520, 1040, 1560, 2080]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sampler {
    every: usize,
    operations: usize,
    sizes: Vec<u64>,
    live: u64,
    live_peak: u64,
    series: Series,
}

impl Sampler {
    /// For `samples` samples over the first `operations` operations of a script of so many slots.
    pub fn new(slots: usize, operations: usize, samples: usize) -> Self {
        Self {
            every: operations.div_ceil(samples).max(1),
            operations,
            sizes: vec![0; slots],
            live: 0,
            live_peak: 0,
            series: Series::default(),
        }
    }

    /// The samples.
    pub fn finish(self) -> Series {
        self.series
    }
}

impl Observer for Sampler {
    fn after(
        &mut self,
        heap: &dyn View,
        number: usize,
        op: Op,
        _: Option<NonNull<u8>>,
    ) -> Result<(), String> {
        let size = match op {
            Op::Allocate { size, .. } | Op::Resize { size, .. } => size,
            Op::Free { .. } => 0,
        };
        let old = std::mem::replace(&mut self.sizes[op.id() as usize], size);
        self.live = self.live - old + size;
        self.live_peak = self.live_peak.max(self.live);
        let operation = number + 1;
        if operation.is_multiple_of(self.every) || operation == self.operations {
            let stats = heap.stats();
            let in_blocks = stats.free - stats.free_in_slabs;
            self.series.peak_used = stats.peak;
            self.series.samples.push(Sample {
                operation,
                live: self.live,
                live_peak: std::mem::replace(&mut self.live_peak, self.live),
                used: stats.used,
                free: stats.free,
                free_in_slabs: stats.free_in_slabs,
                largest_free: stats.largest_free,
                used_blocks: stats.used_blocks,
                free_blocks: stats.free_blocks,
                fragmentation: if in_blocks == 0 {
                    0.0
                } else {
                    1.0 - stats.largest_free as f64 / in_blocks as f64
                },
            });
        }
        Ok(())
    }
}

/// What a verification covered.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Verified {
    /// How many times an object's whole contents were compared.
    pub objects: u64,
    /// How many bytes that were.
    pub bytes: u64,
    /// How many times the whole heap was checked.
    pub heap_checks: u64,
}

/// Fills every object with a pattern of its own and sees to it that it stays.
///
/// ```
/// use litepool_replay::{Memory, Outcome, Part, Placement, Verifier, configurations};
/// use litepool_trace::{Op, WordSize};
///
/// let mut part = Part::builder();
/// part.push(Op::Allocate { id: 0, size: 100, align: 0 });
/// part.push(Op::Resize { id: 0, size: 300 });
/// let part = part.finish();
/// let configuration = configurations(WordSize::Bits32).next().ok_or("none")?;
/// let mut memory = Memory::new(4096, Placement::like(0, 0))?;
/// let mut verifier = Verifier::new(part.slots, part.ops.len(), 1);
/// let outcome = part.replay(&configuration, &mut memory, usize::MAX, Some(&mut verifier));
/// // The object kept its contents when it was resized, and the heap was sound each time.
/// assert_eq!((outcome, verifier.finish().heap_checks), (Outcome::Completed, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Verifier {
    every: usize,
    operations: usize,
    objects: Vec<Contents>,
    verified: Verified,
}

/// What an object holds.
#[derive(Clone, Copy, Default)]
struct Contents {
    size: usize,
    seed: u64,
}

impl Contents {
    /// The byte at `index`: a different sequence for each seed, without a short period.
    fn byte(self, index: usize) -> u8 {
        let mixed = (self.seed ^ (index as u64 >> 3)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed.rotate_right(8 * (index as u32 & 7)) as u8
    }

    /// # Safety
    /// `self.size` bytes from `object` are the object's, and live.
    unsafe fn write(self, object: NonNull<u8>) {
        for index in 0..self.size {
            // SAFETY: inside the object.
            unsafe { object.add(index).write(self.byte(index)) };
        }
    }

    /// The index of the first byte of `length` that is not as written.
    ///
    /// # Safety
    /// `length` bytes from `object` are the object's, live, and were written.
    unsafe fn first_difference(self, object: NonNull<u8>, length: usize) -> Option<usize> {
        // SAFETY: inside the object.
        (0..length).find(|&index| unsafe { object.add(index).read() } != self.byte(index))
    }
}

impl Verifier {
    /// Checks the whole heap every so many operations, and after the last of a script of so many
    /// slots.
    pub fn new(slots: usize, operations: usize, every: usize) -> Self {
        Self {
            every,
            operations,
            objects: vec![Contents::default(); slots],
            verified: Verified::default(),
        }
    }

    /// What was covered.
    pub fn finish(self) -> Verified {
        self.verified
    }

    /// Compares the first `length` bytes of the object.
    fn compare(&mut self, slot: u32, object: NonNull<u8>, length: usize) -> Result<(), String> {
        self.verified.objects += 1;
        self.verified.bytes += length as u64;
        // SAFETY: the object is live and was filled over its whole size when it last changed.
        match unsafe { self.objects[slot as usize].first_difference(object, length) } {
            None => Ok(()),
            Some(index) => Err(format!(
                "byte {index} of an object of {length} bytes changed while it was live"
            )),
        }
    }

    fn fill(&mut self, slot: u32, object: NonNull<u8>, size: u64, seed: usize) {
        let contents = Contents {
            size: size as usize,
            seed: seed as u64,
        };
        self.objects[slot as usize] = contents;
        // SAFETY: the heap has just allocated this many bytes.
        unsafe { contents.write(object) };
    }
}

impl Observer for Verifier {
    fn before(&mut self, op: Op, object: NonNull<u8>) -> Result<(), String> {
        self.compare(op.id(), object, self.objects[op.id() as usize].size)
    }

    fn after(
        &mut self,
        heap: &dyn View,
        number: usize,
        op: Op,
        object: Option<NonNull<u8>>,
    ) -> Result<(), String> {
        match (op, object) {
            (Op::Allocate { id, size, align }, Some(object)) => {
                let align = align.max(heap.choices().granule as u64);
                if !(object.addr().get() as u64).is_multiple_of(align) {
                    return Err(format!(
                        "an object of alignment {align} stands at {object:?}"
                    ));
                }
                self.fill(id, object, size, number);
            }
            (Op::Resize { id, size }, Some(object)) => {
                let kept = self.objects[id as usize].size.min(size as usize);
                self.compare(id, object, kept)
                    .map_err(|wrong| format!("after a resize, {wrong}"))?;
                self.fill(id, object, size, number);
            }
            _ => {}
        }
        let operation = number + 1;
        if operation.is_multiple_of(self.every) || operation == self.operations {
            self.verified.heap_checks += 1;
            heap.check()
                .map_err(|corruption| format!("the heap's structure is damaged: {corruption}"))?;
        }
        Ok(())
    }

    fn end(&mut self, _: &dyn View, slots: &[Option<NonNull<u8>>]) -> Result<(), String> {
        for (slot, object) in slots.iter().enumerate() {
            if let Some(object) = *object {
                self.compare(slot as u32, object, self.objects[slot].size)?;
            }
        }
        Ok(())
    }
}
