//! Call stacks, each told once: an operation has a number for its stack, and the first that comes
//! with a stack tells the log of it before.

use core::mem::MaybeUninit;
use core::slice;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::layout::{DEFAULT_DEPTH, Kind, LAST_PIECE, MAX_DEPTH, Slot};
use crate::unwind::{self, Registers};
use crate::{closing, log, modules, thread};

/// The most return addresses that are taken.
static DEPTH: AtomicUsize = AtomicUsize::new(DEFAULT_DEPTH);

/// The stacks that the log tells of, in sets of four: 1 MiB. What finds no place is told again.
static KNOWN: [[AtomicU64; WAYS]; SETS] = [const { [const { AtomicU64::new(0) }; WAYS] }; SETS];
const SETS: usize = 1 << 15;
const WAYS: usize = 4;

/// Sets how many return addresses are taken, at most [`MAX_DEPTH`].
pub(crate) fn set_depth(depth: usize) {
    DEPTH.store(depth.min(MAX_DEPTH), Ordering::Relaxed);
}

/// The number of the stack of a call, which the log tells of. 0: unknown.
#[inline]
pub(crate) fn take(caller: Registers) -> u64 {
    let depth = DEPTH.load(Ordering::Relaxed);
    let mut places = [const { MaybeUninit::uninit() }; MAX_DEPTH];
    let Some(places) = places.get_mut(..depth) else {
        return 0;
    };
    let count = unwind::walk(caller, places);
    // SAFETY: so many were written, the first ones.
    let frames = unsafe { slice::from_raw_parts(places.as_ptr().cast::<usize>(), count) };
    if frames.is_empty() {
        return 0;
    }
    let stack = number(frames);
    if !is_known(stack) {
        tell(stack, frames);
    }
    stack
}

/// A number for a stack: 64 bits, well mixed, so that no two stacks of a program have the same.
#[inline]
fn number(frames: &[usize]) -> u64 {
    let mut number = closing::generation();
    for &frame in frames {
        // The multiplier of Knuth's MMIX generator; each step is reversible, and so loses nothing.
        number = (number ^ frame as u64).wrapping_mul(6_364_136_223_846_793_005);
        number ^= number >> 29;
    }
    number.max(1)
}

/// The set that a stack belongs to.
#[inline]
fn set(stack: u64) -> &'static [AtomicU64; WAYS] {
    &KNOWN[(stack >> 40) as usize % SETS]
}

#[inline]
fn is_known(stack: u64) -> bool {
    // In order: what is known was told before, and so stands before what we write now.
    set(stack)
        .iter()
        .any(|place| place.load(Ordering::Acquire) == stack)
}

/// Tells the log of a stack, and of the modules in it.
#[cold]
#[inline(never)]
fn tell(stack: u64, frames: &[usize]) {
    for &frame in frames {
        // A call may be the last instruction of its module.
        modules::know(frame.wrapping_sub(1) as u64);
    }
    let thread = thread::current();
    let last = (frames.len().saturating_sub(1) / 3) as u8;
    for (piece, addresses) in (0..).zip(frames.chunks(3)) {
        let mut words = [stack, 0, 0, 0];
        for (word, &address) in words.iter_mut().skip(1).zip(addresses) {
            *word = address as u64;
        }
        let detail = if piece == last {
            piece | LAST_PIECE
        } else {
            piece
        };
        log::write(Slot {
            kind: Kind::Stack,
            detail,
            thread,
            words,
        });
    }
    remember(stack);
}

/// Notes that the log tells of a stack. Two threads may do so at the same time.
fn remember(stack: u64) {
    let set = set(stack);
    for place in set {
        if place
            .compare_exchange(0, stack, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
        {
            return;
        }
    }
    // Any of them goes.
    if let Some(place) = set.get((stack >> 20) as usize % WAYS) {
        place.store(stack, Ordering::Release);
    }
}

/// Nothing is known to be told any more.
pub(crate) fn forget() {
    KNOWN
        .iter()
        .flatten()
        .filter(|place| place.load(Ordering::Relaxed) != 0)
        .for_each(|place| place.store(0, Ordering::Relaxed));
}
