//! An allocator at work: each operation counted, and every object's contents kept.

use core::ptr;

use crate::board::pool_memory;
use crate::clock::Clock;
use crate::subject::{SlabState, Subject};

/// A live object. Its bytes are a pattern of its own.
#[derive(Clone, Copy)]
pub struct Object {
    block: *mut u8,
    size: usize,
    pattern: u32,
}

/// What a resize did.
pub enum Resized {
    /// The object stands where it stood.
    InPlace,
    /// It was copied elsewhere.
    Moved,
    /// It is what it was.
    Refused,
}

/// An allocator with objects in it.
pub struct Bench<'c, S> {
    clock: &'c Clock,
    heap: S,
    size: usize,
    live: usize,
    patterns: u32,
}

impl<'c, S: Subject> Bench<'c, S> {
    /// A fresh heap in a pool of `size` bytes; `None` if there can't be one. The bench before must be gone.
    pub fn new(clock: &'c Clock, size: usize) -> Option<Self> {
        let (base, available) = pool_memory();
        assert!(
            size <= available,
            "the board has no {size} bytes for a pool"
        );
        // SAFETY: the board's own memory, which is there for one bench at a time.
        let heap = unsafe { S::create(base, size) }?;
        Some(Self {
            clock,
            heap,
            size,
            live: 0,
            patterns: 0,
        })
    }

    /// A warm restart: the pool is all that is left.
    ///
    /// # Panics
    /// If it does not open again.
    pub fn restart(self) -> Self {
        let (base, _) = pool_memory();
        // SAFETY: the memory that the heap was made of.
        let heap = unsafe { self.heap.reopen(base, self.size) };
        let heap = heap.unwrap_or_else(|| panic!("{}: the pool does not open again", S::NAME));
        Self { heap, ..self }
    }

    /// Allocates, and counts.
    pub fn allocate(&mut self, size: usize) -> (Option<Object>, u64) {
        // SAFETY: the heap is an `S`.
        let (block, count) = unsafe {
            let heap = (&raw mut self.heap).cast();
            self.clock.count(allocate::<S>, heap, ptr::null_mut(), size)
        };
        if block.is_null() {
            return (None, count);
        }
        self.live += 1;
        self.patterns += 1;
        let object = Object {
            block,
            size,
            pattern: self.patterns,
        };
        object.fill(0);
        (Some(object), count)
    }

    /// Frees, and counts.
    ///
    /// # Panics
    /// If the contents are not what they were, or the block is refused.
    pub fn free(&mut self, object: Object) -> u64 {
        object.verify(object.size);
        // SAFETY: the heap is an `S`, and an object is freed once.
        let (refused, count) = unsafe {
            let heap = (&raw mut self.heap).cast();
            self.clock.count(free::<S>, heap, object.block, 0)
        };
        assert!(refused.is_null(), "{}: refuses to free a block", S::NAME);
        self.live -= 1;
        count
    }

    /// Resizes, and counts. Copying is part of it.
    ///
    /// # Panics
    /// If the contents are not what they were.
    pub fn resize(&mut self, object: &mut Object, size: usize) -> (Resized, u64) {
        // SAFETY: the heap is an `S`, and the object is its.
        let (block, count) = unsafe {
            let heap = (&raw mut self.heap).cast();
            self.clock.count(resize::<S>, heap, object.block, size)
        };
        if block.is_null() {
            object.verify(object.size);
            return (Resized::Refused, count);
        }
        let stays = block == object.block;
        let kept = size.min(object.size);
        *object = Object {
            block,
            size,
            ..*object
        };
        object.verify(kept);
        object.fill(kept);
        let resized = if stays {
            Resized::InPlace
        } else {
            Resized::Moved
        };
        (resized, count)
    }

    /// The heap's slab, if it has one.
    pub fn slab(&self) -> Option<SlabState> {
        self.heap.slab()
    }

    /// Verifies the heap and all that is in it.
    ///
    /// # Panics
    /// If something does not hold.
    pub fn verify<'o>(&self, objects: impl IntoIterator<Item = &'o Object>) {
        assert!(self.heap.is_sound(), "{}: the pool is damaged", S::NAME);
        assert_eq!(self.heap.used_blocks(), self.live, "{}: blocks", S::NAME);
        for object in objects {
            object.verify(object.size);
            let usable = self.heap.usable_size(object.block);
            assert!(usable.is_some_and(|usable| usable >= object.size));
        }
    }

    /// Neither free nor resize nor anything else takes `pointer`, and the heap stays sound.
    ///
    /// # Panics
    /// If it does, or does not.
    pub fn refuses(&mut self, pointer: *mut u8) {
        self.keeps(pointer);
        assert!(self.heap.usable_size(pointer).is_none());
    }

    /// Neither free nor resize takes `pointer`, which may be a block beside damage.
    ///
    /// # Panics
    /// If one does.
    pub fn keeps(&mut self, pointer: *mut u8) {
        // SAFETY: no block that is in use elsewhere.
        let (freed, resized) =
            unsafe { (self.heap.free(pointer), self.heap.resize(pointer, 1000)) };
        assert!(!freed, "{}: frees {pointer:p}, which is no block", S::NAME);
        assert!(resized.is_null(), "{}: resizes {pointer:p}", S::NAME);
    }

    /// Where the bytes behind the block of an object begin.
    pub fn end_of(&self, object: &Object) -> *mut u8 {
        let usable = self.heap.usable_size(object.block);
        object.block.wrapping_add(usable.expect("a live block"))
    }
}

impl Object {
    /// Where it stands.
    pub fn block(&self) -> *mut u8 {
        self.block
    }

    /// How large it is, in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Its bytes from `start` on get their pattern.
    fn fill(&self, start: usize) {
        for at in start..self.size {
            // SAFETY: a byte of a live block.
            unsafe { self.block.add(at).write(self.byte(at)) };
        }
    }

    /// Its first bytes have their pattern.
    fn verify(&self, bytes: usize) {
        for at in 0..bytes {
            // SAFETY: a byte of a live block, written by `fill`.
            let found = unsafe { self.block.add(at).read() };
            assert!(
                found == self.byte(at),
                "byte {at} of the {} at {:p} has changed",
                self.size,
                self.block
            );
        }
    }

    fn byte(&self, at: usize) -> u8 {
        let mixed = self
            .pattern
            .wrapping_add(at as u32)
            .wrapping_mul(0x9E37_79B9);
        (mixed >> 24) as u8
    }
}

unsafe extern "C" fn allocate<S: Subject>(heap: *mut (), _: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: the bench passes its heap.
    unsafe { &mut *heap.cast::<S>() }.allocate(size)
}

/// Null if it was freed.
unsafe extern "C" fn free<S: Subject>(heap: *mut (), block: *mut u8, _: usize) -> *mut u8 {
    // SAFETY: the bench passes its heap and a block of it.
    if unsafe { (*heap.cast::<S>()).free(block) } {
        ptr::null_mut()
    } else {
        block
    }
}

unsafe extern "C" fn resize<S: Subject>(heap: *mut (), block: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: the bench passes its heap and a block of it.
    unsafe { (*heap.cast::<S>()).resize(block, size) }
}
