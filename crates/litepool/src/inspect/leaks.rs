//! Leaks: what was allocated between two moments and is still used.

use core::ops::Range;

use super::walk::{BlockInfo, State};
use crate::track::{MAX_SITES, Owner, Snapshot};

/// Blocks of one owner that were allocated at one place, and are still used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Leak {
    /// Who owns them, if the configuration remembers that.
    pub owner: Option<Owner>,
    /// Where they were allocated.
    pub sites: [u32; MAX_SITES],
    /// How many.
    pub blocks: usize,
    /// Their bytes, headers and records included.
    pub bytes: usize,
    /// The allocation's number of the first of them in the pool.
    pub first: u32,
}

/// The leaks between two moments, among the blocks of the walk `B`; made by
/// [`Heap::leaks`](crate::Heap::leaks) and its like.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Caller, Config, Heap, fit::Tlsf, track::CallSites};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = CallSites<1>;
///     const MAX_SIZE: usize = 64 << 10;
/// }
///
/// let mut memory = [MaybeUninit::uninit(); 4096];
/// let mut heap = Heap::<Device>::new(&mut memory)?;
/// let before = heap.snapshot();
/// let from = Caller::NONE.at([0x0800_1234, 0, 0, 0]);
/// for _ in 0..3 {
///     heap.allocate_for(&from, 40, 1)?;
/// }
/// // Still used, and from one place: one leak of three blocks.
/// let leak = heap.leaks(before..heap.snapshot()).next().expect("a leak");
/// println!("{} blocks, {} bytes from {:#x}", leak.blocks, leak.bytes, leak.sites[0]);
/// assert_eq!((leak.blocks, leak.sites), (3, from.sites));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Leaks<B> {
    all: B,
    blocks: B,
    between: Range<Snapshot>,
}

/// Was it allocated in `between`, and is it still used?
pub fn is_held(info: &BlockInfo, between: &Range<Snapshot>) -> bool {
    let number = info.allocation.map(|allocation| allocation.number);
    info.state == State::Used
        && number.is_some_and(|number| between.start.is_between(between.end, number))
}

/// Are both of one owner, and from one place?
fn are_alike(one: &BlockInfo, other: &BlockInfo) -> bool {
    let place = |info: &BlockInfo| info.allocation.map(|allocation| allocation.sites);
    one.owner == other.owner && place(one) == place(other)
}

impl<B: Iterator<Item = BlockInfo> + Clone> Leaks<B> {
    /// Those among `blocks`.
    pub(crate) fn of(blocks: B, between: Range<Snapshot>) -> Self {
        Self {
            all: blocks.clone(),
            blocks,
            between,
        }
    }
}

impl<B: Iterator<Item = BlockInfo> + Clone> Iterator for Leaks<B> {
    type Item = Leak;

    fn next(&mut self) -> Option<Leak> {
        loop {
            let info = self.blocks.next()?;
            let alike =
                |other: &BlockInfo| is_held(other, &self.between) && are_alike(&info, other);
            // The first of those that are alike counts them all.
            if self.all.clone().find(alike) != Some(info) {
                continue;
            }
            let allocation = info.allocation?;
            let mut leak = Leak {
                owner: info.owner,
                sites: allocation.sites,
                blocks: 0,
                bytes: 0,
                first: allocation.number,
            };
            for other in self.all.clone().filter(alike) {
                leak.blocks += 1;
                leak.bytes += other.size;
            }
            return Some(leak);
        }
    }
}
