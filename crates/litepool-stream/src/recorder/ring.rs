//! A ring of words, for producers that take turns and one consumer.
//!
//! A record is one run of words, so that a producer copies it without looking at the ring's end; a
//! mark says that the next one is at the beginning. One word is always unused, so that the mark has
//! room, and a full ring is no empty one. (Cooke's bip buffer, but for the second region's fixed
//! place.)

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::pack::WRAP;

pub struct Ring<const WORDS: usize> {
    words: UnsafeCell<[usize; WORDS]>,
    /// Where the next record begins; written by producers. Below `WORDS`.
    head: AtomicUsize,
    /// Where the oldest one begins; written by the consumer. Below `WORDS`. Equal: no records.
    tail: AtomicUsize,
}

// SAFETY: words from `tail` on to `head` are the consumer's, the others the producer's, and each of them
// moves its own index only; that there is one of each is asked of the callers.
unsafe impl<const WORDS: usize> Sync for Ring<WORDS> {}

/// What the producers know of the free words: all from `head` up to, and not including, `limit` are, and
/// perhaps more. Equal: perhaps none.
pub struct Space {
    pub head: usize,
    limit: usize,
}

impl Space {
    pub const fn new() -> Self {
        Self { head: 0, limit: 0 }
    }

    /// Are so many words known to be free, and one more? If not, [`Ring::find_room`] knows.
    #[inline(always)]
    pub const fn has_room(&self, length: usize) -> bool {
        length < self.limit.wrapping_sub(self.head)
    }
}

impl<const WORDS: usize> Ring<WORDS> {
    pub const fn new() -> Self {
        Self {
            words: UnsafeCell::new([0; WORDS]),
            head: AtomicUsize::new(0),
            tail: AtomicUsize::new(0),
        }
    }

    /// Looks for so many free words, and one more, at the head or at the ring's beginning. False if
    /// there are none, and then none are known. Constant time.
    ///
    /// # Safety
    ///
    /// `space` is the producers', and this is the only one who produces.
    pub unsafe fn find_room(&self, space: &mut Space, length: usize) -> bool {
        let head = space.head;
        let tail = self.tail.load(Ordering::Acquire);
        space.limit = if head < tail { tail } else { WORDS };
        if space.has_room(length) {
            return true;
        }
        if head < tail || length >= tail {
            space.limit = head;
            return false;
        }
        // SAFETY: a free word, for one always is.
        unsafe { self.at(head).write(WRAP) };
        *space = Space {
            head: 0,
            limit: tail,
        };
        true
    }

    /// The word at this index, which is one of the ring.
    ///
    /// # Safety
    ///
    /// The index is below `WORDS`.
    #[inline(always)]
    pub unsafe fn at(&self, index: usize) -> *mut usize {
        // SAFETY: the caller's promise.
        unsafe { self.words.get().cast::<usize>().add(index) }
    }

    /// Shows the consumer the `length` words from the head on.
    ///
    /// # Safety
    ///
    /// There is room for so many, and all were written.
    #[inline(always)]
    pub unsafe fn publish(&self, space: &mut Space, length: usize) {
        space.head += length;
        self.head.store(space.head, Ordering::Release);
    }

    pub fn is_empty(&self) -> bool {
        self.head.load(Ordering::Relaxed) == self.tail.load(Ordering::Relaxed)
    }

    /// Where the oldest record begins.
    pub fn oldest(&self) -> usize {
        self.tail.load(Ordering::Relaxed)
    }

    /// The records from `from` on, which is `oldest` or the end of a record, up to the head or the
    /// ring's end, where a mark may stand behind the last one; and where they begin. `None` if there
    /// are none.
    ///
    /// # Safety
    ///
    /// There is no other consumer, and nothing is released while it is used.
    pub unsafe fn records(&self, mut from: usize) -> Option<(usize, &[usize])> {
        let head = self.head.load(Ordering::Acquire);
        if head < from && self.word(from) == Some(WRAP) {
            from = 0;
        }
        if from == head {
            return None;
        }
        let end = if head < from { WORDS } else { head };
        let words = self.words.get().cast::<usize>();
        let length = end.checked_sub(from)?;
        // SAFETY: words of the ring that were published, so no producer writes them until they are
        // released.
        Some((from, unsafe {
            core::slice::from_raw_parts(words.add(from), length)
        }))
    }

    /// Gives everything before `until`, which is the end of a record, back to producers.
    pub fn release(&self, until: usize) {
        self.tail.store(until, Ordering::Release);
    }

    /// Where the newest record ends.
    pub fn newest(&self) -> usize {
        self.head.load(Ordering::Acquire)
    }

    fn word(&self, index: usize) -> Option<usize> {
        // SAFETY: within the ring, and published.
        (index < WORDS).then(|| unsafe { self.at(index).read() })
    }

    /// Writes this into every word.
    ///
    /// # Safety
    ///
    /// Nobody else uses the ring.
    #[cfg(test)]
    pub unsafe fn fill(&self, word: usize) {
        // SAFETY: the caller's promise.
        unsafe { (*self.words.get()).fill(word) };
    }
}
