//! What the return addresses that were seen say of their frames.
//!
//! A table of two words for each, without a lock: the first word is the key and the second, mixed;
//! where two threads write at the same time, the mixture fits no key, and the entry is as good as
//! empty (Hyatt and Mann, *A lockless transposition-table implementation for parallel search*,
//! 2002).

use core::sync::atomic::{AtomicU64, Ordering};

use super::step::Step;
use super::{cfi, table};
use crate::{closing, modules};

/// How many return addresses are kept: two words each, 512 KiB.
const ENTRIES: usize = 1 << 15;

static TABLE: [[AtomicU64; 2]; ENTRIES] =
    [const { [AtomicU64::new(0), AtomicU64::new(0)] }; ENTRIES];

/// What a return address says of its frame.
#[inline]
pub(crate) fn of(pc: usize) -> Step {
    let key = key(pc);
    match load(key) {
        Some(step) => step,
        None => learn(pc, key),
    }
}

/// Whether this was seen to be a return address.
pub(crate) fn is_known(pc: usize) -> bool {
    load(key(pc)).is_some()
}

/// What the table has under a return address. What is unloaded takes its return addresses along.
#[inline]
fn key(pc: usize) -> u64 {
    pc as u64 ^ closing::generation()
}

/// The two places of a key.
#[inline]
fn places(key: u64) -> [&'static [AtomicU64; 2]; 2] {
    // The golden ratio spreads what differs in few bits.
    let at = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 49) as usize;
    [&TABLE[at % ENTRIES], &TABLE[(at ^ 1) % ENTRIES]]
}

#[inline]
fn load(key: u64) -> Option<Step> {
    places(key).into_iter().find_map(|[mixed, word]| {
        let word = word.load(Ordering::Relaxed);
        let is_it = mixed.load(Ordering::Relaxed) ^ word == key;
        is_it.then(|| Step::from_word(word)).flatten()
    })
}

fn store(key: u64, step: Step) {
    let word = step.word();
    let [first, second] = places(key);
    // What was there first moves to the second place; what was there goes.
    for (from, to) in first.iter().zip(second) {
        to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    let [mixed, place] = first;
    mixed.store(key ^ word, Ordering::Relaxed);
    place.store(word, Ordering::Relaxed);
}

/// Asks the unwind tables.
#[cold]
fn learn(pc: usize, key: u64) -> Step {
    // A call may be its function's last instruction: the address after it is another one's.
    let instruction = pc.wrapping_sub(1);
    let read = || {
        let entry = table::find(instruction)?;
        let is_own = entry.object == table::own();
        let step = cfi::parse(entry, instruction)?;
        Some(if is_own { step.own() } else { step })
    };
    let Some(step) = closing::kept_open(read) else {
        // Not to be known now.
        return Step::END;
    };
    let step = match step {
        Some(step) => step,
        None if modules::is_code(instruction as u64) => Step::FRAME_POINTER,
        None => return Step::NOT_CODE,
    };
    store(key, step);
    step
}
