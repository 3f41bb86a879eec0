//! What the log takes of the address space is given up where the program's is limited.

use core::ptr;
use core::sync::atomic::Ordering;

use super::{DONE, MAPPED, NEXT, SEGMENT, stop};
use crate::layout::{SEGMENT_BYTES, SEGMENT_SLOTS};
use crate::{proc, sandbox, start, system};

/// A request for so many bytes was refused. If the program's address space is limited, and what the
/// log takes of it is what was missing, recording ends and gives that up. Says whether to ask
/// again.
#[cold]
pub(crate) fn make_room(size: usize) -> bool {
    if sandbox::entered() || !start::recording() {
        return false;
    }
    let limit = system::limit(libc::RLIMIT_AS);
    let ours = MAPPED.load(Ordering::Relaxed) * SEGMENT_BYTES;
    if limit == libc::RLIM64_INFINITY || ours == 0 {
        return false;
    }
    let others = proc::address_space().saturating_sub(ours);
    if others.saturating_add(size as u64) > limit {
        return false;
    }
    stop(libc::ENOMEM);
    let last = NEXT.load(Ordering::Relaxed) / SEGMENT_SLOTS;
    for segment in 0..=last as usize {
        release(segment);
    }
    true
}

/// Gives up a segment as soon as nobody has a slot there. The recording has stopped.
fn release(segment: usize) {
    let (Some(place), Some(done)) = (SEGMENT.get(segment), DONE.get(segment)) else {
        return;
    };
    let mapping = place.swap(ptr::null_mut(), Ordering::SeqCst);
    if mapping.is_null() {
        return;
    }
    // A bound, lest we wait for a thread that a signal handler of this one interrupted: then it
    // stays.
    for _ in 0..100_000 {
        // In this order: when both are the same, all slots that were claimed before the swap are
        // done, and whoever claims one later finds no mapping.
        let done = u64::from(done.load(Ordering::SeqCst));
        let claimed = NEXT
            .load(Ordering::SeqCst)
            .saturating_sub(segment as u64 * SEGMENT_SLOTS)
            .min(SEGMENT_SLOTS);
        if done == claimed {
            // SAFETY: it was mapped with this length, and nobody has a slot there.
            unsafe { system::unmap(mapping.cast(), SEGMENT_BYTES) };
            MAPPED.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        system::pause();
    }
}
