//! A static pool of objects of one type: slots side by side, and a box that frees its own.
//!
//! ```text
//!   | lock | free, fresh, counters | slot 0 | slot 1 | slot 2 | slot 3 |    ...     |
//!             |      |                used   | free   | used   | free   | never used |
//!             |      +---------------------------------------------------^
//!             +--------------------------------^ -> 3
//! ```
//!
//! A free slot has the number of the next one where its object was, mixed with its own number: a
//! link that something has overwritten leads nowhere, with a chance of one in 2^32 / N.
//!
//! That is less than a [`Pool`](crate::Pool) of one size would be, and no part of one: every slot
//! fits every object, so there is nothing to find, to split or to merge.

mod object_box;
#[cfg(test)]
mod tests;

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use crate::lock::{DefaultLock, Held, Lock};

pub use object_box::ObjectBox;

/// 2^32 over the golden ratio: its multiples differ in many bits.
const MIX: u32 = 0x9E37_79B9;

/// Room for `N` objects of one type, for a `static`. Nothing fragments, and every operation takes
/// constant time.
///
/// ```
/// use litepool::{ObjectBox, ObjectPool};
///
/// struct Packet {
///     length: usize,
///     bytes: [u8; 64],
/// }
///
/// static PACKETS: ObjectPool<Packet, 8> = ObjectPool::new();
///
/// fn receive() -> Option<ObjectBox<Packet>> {
///     let packet = Packet { length: 3, bytes: [0; 64] };
///     // Without room, the object comes back.
///     PACKETS.allocate(packet).ok()
/// }
///
/// let mut packet = receive().unwrap();
/// packet.bytes[0] = 1;
/// assert_eq!(PACKETS.stats().used, 1);
/// drop(packet);
/// assert_eq!(PACKETS.stats().peak, 1);
/// ```
///
/// It needs no initialisation, is all zeros at the start, and so takes no room in a firmware's
/// image. An object takes its own size, 4 bytes at least, on its own alignment; the pool besides
/// six words and the lock's state. Each operation takes the lock once, for some 25 instructions
/// of a Cortex-M3; objects are moved in and dropped without it. So with the [`DefaultLock`] of bare
/// metal interrupt handlers may allocate and drop.
///
/// Objects that contain what may not be sent to another thread need another pool:
///
/// ```compile_fail
/// use std::rc::Rc;
/// static POOL: litepool::ObjectPool<Rc<u8>, 4> = litepool::ObjectPool::new();
/// ```
pub struct ObjectPool<T, const N: usize, L: Lock = DefaultLock> {
    /// Keeps users of what follows apart.
    lock: L,
    /// The number of the first free slot that was used before, and one; 0 if there is none.
    free: Cell<u32>,
    /// From this slot on none was ever used.
    fresh: Cell<u32>,
    used: Cell<u32>,
    peak: Cell<u32>,
    failures: Cell<u32>,
    lost: Cell<u32>,
    slots: [UnsafeCell<Slot<T>>; N],
}

/// A place for an object. While it is free, and was used before, it has a link.
#[repr(C)]
union Slot<T> {
    link: u32,
    _object: ManuallyDrop<T>,
}

/// What an [`ObjectPool`] counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct ObjectStats {
    /// How many objects there is room for.
    pub capacity: usize,
    /// How many there are.
    pub used: usize,
    /// The highest `used` ever.
    pub peak: usize,
    /// How many were refused for want of room. It wraps at 2^32.
    pub failures: usize,
    /// How many slots serve no more, because a free one was overwritten: whatever had an object
    /// there before still writes.
    pub lost: usize,
}

// SAFETY: the counters and the links are under the lock, and a slot in use is its box's alone.
// Objects pass from one thread to another.
unsafe impl<T: Send, const N: usize, L: Lock + Sync> Sync for ObjectPool<T, N, L> {}

impl<T, const N: usize, L: Lock> ObjectPool<T, N, L> {
    /// A pool without objects.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N < u32::MAX as usize, "more slots than a link can tell") };
        Self {
            lock: L::NEW,
            free: Cell::new(0),
            fresh: Cell::new(0),
            used: Cell::new(0),
            peak: Cell::new(0),
            failures: Cell::new(0),
            lost: Cell::new(0),
            slots: [const { UnsafeCell::new(Slot { link: 0 }) }; N],
        }
    }

    /// The figures. Constant time.
    pub fn stats(&self) -> ObjectStats {
        let _held = Held::new(&self.lock);
        ObjectStats {
            capacity: N,
            used: self.used.get() as usize,
            peak: self.peak.get() as usize,
            failures: self.failures.get() as usize,
            lost: self.lost.get() as usize,
        }
    }

    /// Takes a slot: one that was used before, so that the pool touches no more memory than its
    /// peak, else the first one that never was.
    fn take_slot(&self) -> Option<&UnsafeCell<Slot<T>>> {
        let _held = Held::new(&self.lock);
        let fresh = self.fresh.get();
        let number = match self.free.get().checked_sub(1) {
            Some(free) => free,
            None if (fresh as usize) < N => fresh,
            None => {
                self.failures.set(self.failures.get().wrapping_add(1));
                return None;
            }
        };
        let slot = self.slots.get(number as usize)?;
        let used = self.used.get() + 1;
        self.used.set(used);
        self.peak.set(self.peak.get().max(used));
        if number == fresh {
            self.fresh.set(fresh + 1);
        } else {
            // SAFETY: a free slot is the pool's, and a link was written when it was freed.
            let next = unsafe { (*slot.get()).link } ^ number.wrapping_mul(MIX);
            if next <= fresh {
                self.free.set(next);
            } else {
                self.lose(fresh - used);
            }
        }
        Some(slot)
    }

    /// The list of free slots leads nowhere: so many are out of use.
    #[cold]
    fn lose(&self, slots: u32) {
        self.free.set(0);
        self.lost.set(slots);
    }

    /// Makes a slot in use a free one.
    fn free_slot(&self, object: NonNull<T>) {
        let distance = object.addr().get() - self.slots.as_ptr().addr();
        let number = distance / size_of::<Slot<T>>();
        let Some(slot) = self.slots.get(number) else {
            return;
        };
        let _held = Held::new(&self.lock);
        let link = self.free.get() ^ (number as u32).wrapping_mul(MIX);
        // SAFETY: its box is being dropped, and the object is no more.
        unsafe { slot.get().write(Slot { link }) };
        self.free.set(number as u32 + 1);
        self.used.set(self.used.get() - 1);
    }
}

impl<T: Send, const N: usize, L: Lock + Sync> ObjectPool<T, N, L> {
    /// Moves `object` into the pool. Constant time, besides moving it.
    ///
    /// # Errors
    ///
    /// The object itself, if there is no room; that is counted.
    pub fn allocate(&'static self, object: T) -> Result<ObjectBox<T>, T> {
        let Some(slot) = self.take_slot() else {
            return Err(object);
        };
        let place: *mut T = slot.get().cast();
        // SAFETY: the slot is nobody else's, has room for an object, and is aligned for one.
        unsafe { place.write(object) };
        let place = NonNull::from(slot).cast();
        Ok(ObjectBox::new(place, self))
    }
}

/// A pool of any number of objects, as a box knows it.
trait Owner<T> {
    /// Frees the slot of an object that is no more.
    fn free(&self, object: NonNull<T>);
}

impl<T, const N: usize, L: Lock> Owner<T> for ObjectPool<T, N, L> {
    fn free(&self, object: NonNull<T>) {
        self.free_slot(object);
    }
}

impl<T, const N: usize, L: Lock> Default for ObjectPool<T, N, L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize, L: Lock> fmt::Debug for ObjectPool<T, N, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectPool")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
