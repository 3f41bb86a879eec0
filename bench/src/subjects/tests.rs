//! Each allocator keeps its promises as the bench calls it: a mistake in an adapter would make it look fast.

use std::collections::BTreeMap;
use std::ops::Range;

use litepool_trace::Op;

use super::*;
use crate::arena::Arena;
use crate::churn::Churn;
use crate::subject::Subject;

/// A live object: where, how it was asked for, and the byte that fills it.
#[derive(Clone)]
struct Object {
    ptr: *mut u8,
    size: usize,
    align: usize,
    fill: u8,
}

impl Object {
    fn range(&self) -> Range<usize> {
        self.ptr as usize..self.ptr as usize + self.size
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: a live block that was filled.
        unsafe { std::slice::from_raw_parts(self.ptr, self.size) }
    }
}

/// All live objects by address.
#[derive(Default)]
struct Oracle {
    live: BTreeMap<usize, Range<usize>>,
}

impl Oracle {
    fn add(&mut self, object: &Object) {
        let range = object.range();
        assert_eq!(range.start % object.align, 0, "misaligned");
        let before = self
            .live
            .range(..=range.start)
            .next_back()
            .map(|(_, range)| range.end);
        let after = self
            .live
            .range(range.start..)
            .next()
            .map(|(start, _)| *start);
        assert!(
            before.is_none_or(|end| end <= range.start),
            "overlaps the block before"
        );
        assert!(
            after.is_none_or(|start| range.end <= start),
            "overlaps the block behind"
        );
        self.live.insert(range.start, range);
    }

    fn remove(&mut self, object: &Object) {
        assert!(self.live.remove(&(object.ptr as usize)).is_some());
        assert!(
            object.bytes().iter().all(|&byte| byte == object.fill),
            "contents changed"
        );
    }
}

fn obeys<S: Subject>() {
    let churn = Churn {
        operations: 6000,
        live: 300,
        ..Churn::SMALL
    };
    let pool = 192 << 10;
    let mut arena = Arena::new(pool).unwrap();
    // SAFETY: the arena outlives the heap.
    let mut heap = unsafe { S::create(arena.base(), pool) }.unwrap();
    let script = churn.script();
    let mut slots: Vec<Option<Object>> = vec![None; script.slots];
    let mut oracle = Oracle::default();
    for (index, op) in script.ops.iter().enumerate() {
        let slot = &mut slots[op.id() as usize];
        let old = slot.take();
        old.iter().for_each(|object| oracle.remove(object));
        let fill = index as u8;
        // SAFETY: the script allocates into vacant slots and resizes or frees occupied ones; sizes are not 0.
        let ptr = unsafe {
            match (*op, &old) {
                (Op::Allocate { size, .. }, None) => {
                    let align = if index % 7 == 0 { 64 } else { S::DEFAULT_ALIGN };
                    (heap.allocate(size as usize, align), size as usize, align)
                }
                (Op::Resize { size, .. }, Some(o)) => (
                    heap.resize(o.ptr, o.size, size as usize, o.align),
                    size as usize,
                    o.align,
                ),
                (Op::Free { .. }, Some(o)) => {
                    heap.free(o.ptr, o.size, o.align);
                    continue;
                }
                _ => unreachable!("a malformed script"),
            }
        };
        let (ptr, size, align) = ptr;
        assert!(!ptr.is_null(), "exhausted");
        let mut object = Object {
            ptr,
            size: old.as_ref().map_or(0, |o| o.size.min(size)),
            align,
            fill,
        };
        assert!(
            object
                .bytes()
                .iter()
                .all(|&byte| Some(byte) == old.as_ref().map(|o| o.fill)),
            "resize lost contents"
        );
        object.size = size;
        oracle.add(&object);
        // SAFETY: a live block of that size.
        unsafe { ptr.write_bytes(fill, size) };
        *slot = Some(object);
    }
    for object in slots.into_iter().flatten() {
        oracle.remove(&object);
        // SAFETY: live, and freed once.
        unsafe { heap.free(object.ptr, object.size, object.align) };
    }
}

macro_rules! each {
    ($($test:ident: $subject:ty,)*) => {
        $(#[test] fn $test() { obeys::<$subject>(); })*
    };
}

each! {
    talc_obeys: talc::Talc,
    litepool_u32_g8_obeys: litepool::TlsfU32G8,
    litepool_bounded_obeys: litepool::BoundedTlsf,
    litepool_hardened_obeys: litepool::HardenedTlsfU32G8,
    litepool_u32_g4_obeys: litepool::TlsfU32G4,
    litepool_u16_g4_obeys: litepool::TlsfU16G4,
    litepool_hardened_u16_g4_obeys: litepool::HardenedTlsfU16G4,
    litepool_best_u32_g8_obeys: litepool::BestU32G8,
    litepool_hardened_best_obeys: litepool::HardenedBestU32G8,
    litepool_best_u32_g4_obeys: litepool::BestU32G4,
    litepool_best_u16_g4_obeys: litepool::BestU16G4,
    litepool_fast_obeys: litepool::FastTlsfU32G8,
    litepool_hardened_fast_obeys: litepool::HardenedFastTlsfU32G8,
    litepool_fast_best_obeys: litepool::FastBestU32G8,
    litepool_fixed_obeys: litepool::FixedTlsfU32G4,
    litepool_little_u16_g4_obeys: litepool::LittleU16G4,
    rlsf_24x32_obeys: rlsf::Rlsf24x32,
    rlsf_20x8_obeys: rlsf::Rlsf20x8,
    embedded_tlsf_obeys: embedded_alloc::EmbeddedTlsf,
    embedded_llff_obeys: embedded_alloc::EmbeddedLlff,
    linked_list_obeys: linked_list::LinkedList,
    dlmalloc_obeys: dlmalloc::Dlmalloc,
    buddy_obeys: buddy::Buddy,
    system_obeys: process::SystemMalloc,
}

#[cfg(feature = "process-peers")]
each! {
    mimalloc_obeys: process::Mimalloc,
    jemalloc_obeys: process::Jemalloc,
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = all().iter().map(|entry| entry.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(names.contains(&REFERENCE));
}
