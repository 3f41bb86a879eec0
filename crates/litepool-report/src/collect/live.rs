//! The objects that are live, where they stand, and whose they are.

use litepool_trace::Op;
use rustc_hash::FxHashMap;

use super::{Doer, Plan};

/// Who allocates, and from where: (stack, thread) as the trace numbers them.
pub type Owner = (u32, u32);

/// A live object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Object {
    /// Bytes from the pool's base.
    offset: u32,
    /// Bytes that were requested.
    pub size: u32,
    /// The index of its owner.
    pub owner: u32,
    /// The operation that allocated it.
    pub birth: u64,
}

/// No object is so far from the base.
const VACANT: u32 = u32::MAX;

/// What an operation changed for an owner.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Change {
    pub owner: u32,
    pub bytes: i64,
    pub blocks: i32,
}

impl Change {
    pub fn is_nothing(self) -> bool {
        self.bytes == 0 && self.blocks == 0
    }
}

/// The live objects. An operation is O(1).
#[derive(Debug)]
pub struct Live {
    /// By slot.
    objects: Vec<Object>,
    /// By offset in granules: the slot of the object that was last there.
    slots: Vec<u32>,
    shift: u32,
    owners: Vec<Owner>,
    by_owner: FxHashMap<Owner, u32>,
    bytes: u64,
}

impl Live {
    pub fn new(plan: &Plan) -> Self {
        let shift = plan.granule.max(1).ilog2();
        let vacant = Object {
            offset: VACANT,
            size: 0,
            owner: 0,
            birth: 0,
        };
        Self {
            objects: vec![vacant; plan.slots],
            // The system gives zeroed memory untouched: what no object is at costs nothing.
            slots: vec![0; (plan.pool >> shift) + 1],
            shift,
            owners: Vec::new(),
            by_owner: FxHashMap::default(),
            bytes: 0,
        }
    }

    /// Bytes that are live.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// All owners so far.
    pub fn owners(&self) -> &[Owner] {
        &self.owners
    }

    /// Does what the operation did, whose object is at `offset` now.
    pub fn apply(&mut self, op: Op, offset: Option<usize>, doer: Doer, number: u64) -> Change {
        let slot = op.id() as usize;
        let offset = offset.map_or(VACANT, |offset| u32::try_from(offset).unwrap_or(VACANT));
        let before = self.objects[slot];
        let (owner, birth, size, blocks) = match op {
            Op::Allocate { size, .. } => (self.owner((doer.stack, doer.thread)), number, size, 1),
            Op::Resize { size, .. } => (before.owner, before.birth, size, 0),
            Op::Free { .. } => (before.owner, 0, 0, -1),
        };
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        self.objects[slot] = Object {
            offset,
            size,
            owner,
            birth,
        };
        if let Some(at) = self.slots.get_mut(offset as usize >> self.shift) {
            *at = slot as u32;
        }
        let old = if blocks == 1 { 0 } else { before.size };
        self.bytes = self.bytes - u64::from(old) + u64::from(size);
        Change {
            owner,
            bytes: i64::from(size) - i64::from(old),
            blocks,
        }
    }

    /// The object that stands at an offset.
    pub fn at(&self, offset: usize) -> Option<&Object> {
        let slot = *self.slots.get(offset >> self.shift)?;
        let object = self.objects.get(slot as usize)?;
        (object.offset as usize == offset).then_some(object)
    }

    fn owner(&mut self, owner: Owner) -> u32 {
        *self.by_owner.entry(owner).or_insert_with(|| {
            self.owners.push(owner);
            self.owners.len() as u32 - 1
        })
    }
}
