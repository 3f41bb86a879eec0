//! Sizes that make the longest ways in a bitwise trie, such as that of best fit: a node decides a bit of the size, so a
//! way is as long as the size has bits. Sizes are counted in granules, and so is a header of 4 bytes; for allocators of
//! another kind they are sizes like any other.
//!
//! A trie here holds the sizes of one power of two; its leading bit is the power, and each level takes the next one. The
//! first block freed becomes the root, whatever its size, and the next ones go to where their bits lead.

use super::crowd::WALL;
use crate::arena::Arena;
use crate::subject::Subject;
use crate::worst::Figures;
use crate::worst::bench::{Bench, Object};
use crate::worst::scenarios::{count_allocate, exhaust};

/// Bits of the sizes at scale 1, below the leading one: those of the smallest trie used are above what slabs take.
const BITS: u32 = 11;
/// Small free blocks at scale 1, beside the trees.
const BESIDE: usize = 20;
/// Size of those in bytes.
const BESIDE_SIZE: usize = 9500;
/// The header in bytes that a size of granules includes.
const HEADER: usize = 4;

/// All three operations at their worst.
pub fn deep<S: Subject>(arena: &mut Arena, scale: usize, figures: &mut Figures) {
    // A heap of four times the size has blocks of four times the size: two bits more.
    let bits = BITS + scale.ilog2();
    allocate::<S>(arena, bits, BESIDE * scale, figures);
    fail::<S>(arena, bits, BESIDE * scale, figures);
    free::<S>(arena, bits, BESIDE * scale, figures);
}

/// Sizes that lead to `target`, a granule count: each one bit deeper, `levels` of them from the second level on.
pub fn way_to(target: usize) -> impl Iterator<Item = usize> {
    let bits = target.ilog2();
    (0..bits - 1).rev().map(move |bit| target ^ (1 << bit))
}

/// The search goes down one trie in vain and to the end of the next one, whose smallest block is its root: taking that out
/// goes down again for a leaf that takes its place, and so does putting back what the request leaves.
fn allocate<S: Subject>(arena: &mut Arena, bits: u32, beside: usize, figures: &mut Figures) {
    let (own, next, rest) = (1 << bits, 2 << bits, 1 << (bits - 1));
    // The leading bits 10 and nothing but ones behind: all on the way there are smaller.
    let request = own + rest - 1;
    let remainder = next - request;
    let mut sizes = vec![own];
    sizes.extend(way_to(request));
    sizes.push(next);
    sizes.extend(way_to(next));
    sizes.push(remainder + rest / 2);
    sizes.extend(way_to(remainder));
    let Some(mut grove) = Grove::<S>::plant(arena, &sizes, beside) else {
        return;
    };
    if let Some(object) = count_allocate(&mut grove.bench, bytes::<S>(request), figures) {
        figures.free.add(grove.bench.count_free(object));
    }
}

/// All blocks of the largest trie are on the way to the request, and smaller.
fn fail<S: Subject>(arena: &mut Arena, bits: u32, beside: usize, figures: &mut Figures) {
    let request = (2 << bits) - 1;
    let mut sizes = vec![1 << bits];
    sizes.extend(way_to(request));
    if let Some(mut grove) = Grove::<S>::plant(arena, &sizes, beside) {
        count_allocate(&mut grove.bench, bytes::<S>(request), figures);
    }
}

/// A block between the roots of two tries: both are taken out, and what they become is put at the end of the longest way.
fn free<S: Subject>(arena: &mut Arena, bits: u32, beside: usize, figures: &mut Figures) {
    let (left, right) = (1 << bits, 1 << (bits - 1));
    let wall = (WALL + HEADER).div_ceil(S::DEFAULT_ALIGN);
    let merged = left + right + wall;
    let mut sizes = vec![left, right];
    sizes.extend(way_to(merged));
    sizes.extend(way_to(right + 1));
    let Some(mut grove) = Grove::<S>::plant(arena, &sizes, beside) else {
        return;
    };
    let between = grove.walls[0];
    figures.free.add(grove.bench.count_free(between));
}

/// The request whose block has so many granules.
fn bytes<S: Subject>(granules: usize) -> usize {
    granules * S::DEFAULT_ALIGN - HEADER
}

/// A heap in which nothing but tries and some equal blocks is free.
struct Grove<S> {
    bench: Bench<S>,
    walls: Vec<Object>,
}

impl<S: Subject> Grove<S> {
    /// Frees blocks of these sizes in their order. They stand in this order too, with a wall behind each.
    fn plant(arena: &mut Arena, sizes: &[usize], beside: usize) -> Option<Self> {
        const OVERHEAD: usize = 96;
        const CONTROL: usize = 64 << 10;
        let blocks = sizes
            .iter()
            .map(|&granules| bytes::<S>(granules))
            .chain(std::iter::repeat_n(BESIDE_SIZE, beside));
        let pool: usize = blocks.clone().map(|size| size + WALL + OVERHEAD).sum();
        let mut bench = Bench::<S>::new(arena, pool + CONTROL)?;
        let (mut free, mut walls) = (Vec::new(), Vec::new());
        for size in blocks {
            free.push(bench.allocate(size)?);
            walls.push(bench.allocate(WALL)?);
        }
        exhaust(&mut bench);
        for object in free {
            bench.free(object);
        }
        Some(Self { bench, walls })
    }
}
