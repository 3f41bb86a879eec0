//! An object of a pool, which is freed when its box is dropped.

use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::Owner;

/// An object of an [`ObjectPool`](super::ObjectPool), whose it is alone: dropped, it frees its slot.
/// Of a pool of any capacity and lock; three words.
///
/// ```
/// use litepool::{ObjectBox, ObjectPool};
///
/// static LINES: ObjectPool<[u8; 80], 4> = ObjectPool::new();
///
/// let line: ObjectBox<[u8; 80]> = LINES.allocate([b'-'; 80]).expect("room");
/// // The box goes to another thread; dropped there, it frees the slot.
/// let thread = std::thread::spawn(move || line.iter().filter(|&&byte| byte == b'-').count());
/// assert_eq!(thread.join().unwrap(), 80);
/// assert_eq!(LINES.stats().used, 0);
/// ```
pub struct ObjectBox<T: 'static> {
    pub(super) object: NonNull<T>,
    pool: &'static (dyn Owner<T> + Sync),
    owns: PhantomData<T>,
}

// SAFETY: the object is this box's alone, and the pool is `Sync`.
unsafe impl<T: Send> Send for ObjectBox<T> {}
// SAFETY: through a shared box there is nothing but `&T`.
unsafe impl<T: Sync> Sync for ObjectBox<T> {}

impl<T> ObjectBox<T> {
    /// Of an object in a slot of `pool`, which is this box's alone.
    pub(super) fn new(object: NonNull<T>, pool: &'static (dyn Owner<T> + Sync)) -> Self {
        Self {
            object,
            pool,
            owns: PhantomData,
        }
    }

    /// Moves the object out, and frees its slot. (No method: an object may have one of this name.)
    pub fn into_inner(this: Self) -> T {
        // SAFETY: the box is forgotten, so the object is not used again.
        let object = unsafe { this.object.read() };
        this.pool.free(this.object);
        mem::forget(this);
        object
    }
}

impl<T> Drop for ObjectBox<T> {
    fn drop(&mut self) {
        /// Frees the slot, also when dropping the object unwinds.
        struct Slot<'b, T: 'static>(&'b ObjectBox<T>);
        impl<T> Drop for Slot<'_, T> {
            fn drop(&mut self) {
                self.0.pool.free(self.0.object);
            }
        }
        let slot = Slot(self);
        // SAFETY: the object is this box's alone, and is dropped once.
        unsafe { slot.0.object.drop_in_place() };
    }
}

impl<T> Deref for ObjectBox<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: an object stands there, this box's alone.
        unsafe { self.object.as_ref() }
    }
}

impl<T> DerefMut for ObjectBox<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: an object stands there, this box's alone.
        unsafe { self.object.as_mut() }
    }
}

impl<T: fmt::Debug> fmt::Debug for ObjectBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: fmt::Display> fmt::Display for ObjectBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}
