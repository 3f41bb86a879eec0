//! Pools whose first words are overwritten: by what stands before them in memory, and wrote too
//! much.
//!
//! The first 8 bytes say how a pool is built, the next 4 how large it is. If these are whole, the end
//! block stands where they say. How the pool is built is found by trying: it is that one with which
//! a check of the whole pool finds nothing wrong. There are some hundred possibilities, of which
//! all but one fail at the first block.

use std::ops::Range;

use litepool::Image;

use super::candidate::Opened;
use super::window::{Aligned, WORD, Window};

/// Bytes that say how a pool is built.
const IDENTITY: usize = 8;
/// Where the words of a slab's classes begin, and the largest number of them.
const CLASSES: usize = 12 * WORD;
const MOST_CLASSES: usize = 63;
/// A pool has more granules than this.
const LEAST: u32 = 16;

/// Where a pool without its first words may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Its offset in a window.
    pub(super) offset: usize,
    /// Bytes of a granule.
    granule: usize,
    /// Bytes of the pool.
    pub(super) size: usize,
}

/// The places in a window at which a number of granules and an end block agree. Linear in the
/// window.
pub(super) fn places(window: &[u8]) -> impl Iterator<Item = Place> {
    let ends = move |offset: usize| {
        let granules = word(window, offset + IDENTITY)?;
        let is_one = (LEAST..1 << 29).contains(&granules);
        is_one.then_some((offset, granules))
    };
    let sizes = |(offset, granules): (usize, u32)| {
        [4, 8].map(|granule| Place {
            offset,
            granule,
            size: granules as usize * granule,
        })
    };
    (0..window.len().saturating_sub(IDENTITY))
        .step_by(WORD)
        .filter_map(ends)
        .flat_map(sizes)
        .filter(move |place| {
            let end = place.offset.checked_add(place.size - WORD);
            let end = end.and_then(|end| word(window, end));
            end.is_some_and(|end| ends_a_pool(end, place.size / place.granule))
        })
}

fn word(bytes: &[u8], offset: usize) -> Option<u32> {
    let word = bytes.get(offset..offset.checked_add(WORD)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}

/// Can this be the header of the end block of a pool of so many granules: used, not aligned, of
/// size 0 in as many bits as the granules need?
fn ends_a_pool(header: u32, granules: usize) -> bool {
    let bits = granules.next_power_of_two().trailing_zeros().min(29);
    header >> 29 & 0b101 == 0b100 && header & ((1 << bits) - 1) == 0
}

impl<'m> Opened<'m> {
    /// The pool at a place of a window, as it was before its first words were overwritten; `None`
    /// if there is none. Time linear in the pool's size, if there is none mostly constant.
    pub(super) fn headless_at(window: &'m Window<'_>, place: Place) -> Option<Self> {
        let Place {
            offset,
            granule,
            size,
        } = place;
        let address = window.address + offset as u64;
        let found = window.bytes.bytes().get(offset..offset + size)?;
        if !address.is_multiple_of(granule as u64) {
            return None;
        }
        let mut bytes = Aligned::padded(found, size);
        let least = (size / granule).next_power_of_two().trailing_zeros().max(6) as u8;
        for size_bits in least..=29 {
            // The seal of the end block depends on nothing else.
            bytes.set_start(&identity(granule, size_bits));
            let end = Image::of(bytes.bytes()).map(|image| image.judge(size));
            if !end.is_ok_and(|end| end.is_some_and(|end| end.is_sound())) {
                continue;
            }
            let holds = |identity: &[u8; IDENTITY]| {
                bytes.set_start(identity);
                Image::of(bytes.bytes()).is_ok_and(|image| image.check().is_ok())
            };
            // A bit that does not show in the pool is as it is found, if the others are.
            let identity = identities(found, granule, size_bits)
                .filter(holds)
                .min_by_key(|identity| differing(identity, found).len());
            if let Some(identity) = identity {
                bytes.set_start(&identity);
                let wrong = differing(&identity, found);
                return Some(Self::mended(address, bytes, wrong));
            }
        }
        None
    }
}

/// The bytes in which these differ, from the first to the last one.
fn differing(identity: &[u8; IDENTITY], found: &[u8]) -> Range<usize> {
    let differs = |&at: &usize| identity[at] != found[at];
    let first = (0..IDENTITY).find(differs).unwrap_or(0);
    let last = (0..IDENTITY).rfind(differs).unwrap_or(0);
    first..last + 1
}

/// The first words of the plainest pool, as `layout/identity.rs` of the library draws them.
fn identity(granule: usize, size_bits: u8) -> [u8; IDENTITY] {
    [b'L', b'p', 2, size_bits, 1, granule as u8, 0, 0]
}

/// All first words that a pool of these bytes can have had. What does not show in a pool is taken as
/// it mostly is: hardened, and a slab that does not expand.
fn identities(
    pool: &[u8],
    granule: usize,
    size_bits: u8,
) -> impl Iterator<Item = [u8; IDENTITY]> + use<> {
    let slabs = slabs(pool);
    let ways = [1_u8, 2, 3].into_iter().flat_map(|algorithm| {
        // Hardened or not, joined with others or not.
        [0x80_u8, 0xC0, 0, 0x40].map(|flags| algorithm | flags)
    });
    // With an owner or not.
    let records = (0..6_u8).flat_map(|sites| [sites, sites | 0x80]);
    ways.flat_map(move |way| records.clone().map(move |record| (way, record)))
        .flat_map(move |(way, record)| {
            slabs.map(|(classes, place)| {
                let mut identity = identity(granule, size_bits);
                identity[4] = way;
                identity[5] |= place << 4;
                identity[6] = record;
                identity[7] = classes;
                identity
            })
        })
}

/// Without a slab; and with one of as many classes as there are words of classes: a half, and its
/// complement.
fn slabs(pool: &[u8]) -> [(u8, u8); 2] {
    let class = |number: usize| {
        let word = word(pool, CLASSES + number * WORD)?;
        let is_one = word as u16 == !((word >> 16) as u16) && word & 0x7FF != 0;
        is_one.then_some((word >> 11 & 0x1F) as u8)
    };
    let shifts = (0..MOST_CLASSES).map_while(class);
    let (count, least) = shifts.fold((0, 31), |(count, least), shift| {
        (count + 1, shift.min(least))
    });
    let stated = pool
        .get(IDENTITY - 1)
        .filter(|&stated| stated & 0x3F == count);
    let place = least.saturating_sub(6).min(15);
    [(0, 0), (stated.copied().unwrap_or(count), place)]
}
