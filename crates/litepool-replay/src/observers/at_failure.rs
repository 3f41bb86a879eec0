//! Where everything stands when a request fails.

use std::ptr::NonNull;

use litepool::{BlockInfo, Choices, State};
use litepool_trace::Op;
use rustc_hash::FxHashMap;

use crate::view::{Observer, View};

/// Keeps the blocks of the heap at the request that fails, if one does.
///
/// ```
/// use litepool_replay::{AtFailure, Memory, Outcome, Part, Placement, configurations};
/// use litepool_trace::{Op, WordSize};
///
/// let mut part = Part::builder();
/// (0..20).for_each(|id| part.push(Op::Allocate { id, size: 100, align: 0 }));
/// let part = part.finish();
/// let configuration = configurations(WordSize::Bits32).next().ok_or("none")?;
/// let mut memory = Memory::new(1024, Placement::like(0, 0))?;
/// let mut at_failure = AtFailure::default();
/// let outcome = part.replay(&configuration, &mut memory, usize::MAX, Some(&mut at_failure));
///
/// let Outcome::Failed(failure) = outcome else { panic!("the pool is too small") };
/// let placed = at_failure.finish().ok_or("nothing failed")?;
/// let used = placed.blocks.iter().filter(|(_, slot)| slot.is_some()).count();
/// assert_eq!(used, failure.operation - 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct AtFailure(Option<Placed>);

/// The blocks of a heap, and whose they are.
#[derive(Clone, PartialEq, Debug)]
pub struct Placed {
    /// What the heap's configuration chose.
    pub choices: Choices,
    /// All blocks in the order of their addresses, each with the slot of its object.
    pub blocks: Vec<(BlockInfo, Option<u32>)>,
}

impl Placed {
    /// Of this heap, whose live objects are in these slots.
    pub(super) fn new(heap: &dyn View, slots: &[Option<NonNull<u8>>]) -> Self {
        let objects = slots.iter().zip(0_u32..);
        let by_offset: FxHashMap<usize, u32> = objects
            .filter_map(|(object, slot)| Some((heap.offset_of((*object)?), slot)))
            .collect();
        // A slab and its first object may begin at one place.
        let slot = |info: &BlockInfo| match info.state {
            State::Used => by_offset.get(&info.offset).copied(),
            _ => None,
        };
        let blocks = heap.blocks().into_iter();
        Self {
            choices: heap.choices(),
            blocks: blocks.map(|info| (info, slot(&info))).collect(),
        }
    }
}

impl AtFailure {
    /// The blocks; none if no request failed.
    pub fn finish(self) -> Option<Placed> {
        self.0
    }
}

impl Observer for AtFailure {
    fn failed(&mut self, heap: &dyn View, slots: &[Option<NonNull<u8>>]) {
        self.0 = Some(Placed::new(heap, slots));
    }
}

/// Two look on, one after the other.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn after(
        &mut self,
        heap: &dyn View,
        number: usize,
        op: Op,
        object: Option<NonNull<u8>>,
    ) -> Result<(), String> {
        self.0.after(heap, number, op, object)?;
        self.1.after(heap, number, op, object)
    }

    fn before(&mut self, op: Op, object: NonNull<u8>) -> Result<(), String> {
        self.0.before(op, object)?;
        self.1.before(op, object)
    }

    fn failed(&mut self, heap: &dyn View, slots: &[Option<NonNull<u8>>]) {
        self.0.failed(heap, slots);
        self.1.failed(heap, slots);
    }

    fn end(&mut self, heap: &dyn View, slots: &[Option<NonNull<u8>>]) -> Result<(), String> {
        self.0.end(heap, slots)?;
        self.1.end(heap, slots)
    }
}
