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

/// What changed for an owner, or for a task.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its index.
    pub of: u32,
    pub bytes: i32,
    pub blocks: i32,
}

impl Change {
    pub fn is_nothing(self) -> bool {
        self.bytes == 0 && self.blocks == 0
    }

    /// Both, for the one that has the second. All of a pool is less than 2 GiB, and so is what
    /// changes.
    pub fn and(self, other: Self) -> Self {
        Self {
            of: other.of,
            bytes: self.bytes.saturating_add(other.bytes),
            blocks: self.blocks.saturating_add(other.blocks),
        }
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
    /// Threads that allocate; and by owner the index of his.
    threads: Vec<u32>,
    by_thread: FxHashMap<u32, u32>,
    thread_of: Vec<u32>,
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
            threads: Vec::new(),
            by_thread: FxHashMap::default(),
            thread_of: Vec::new(),
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
        let bytes = i64::from(size) - i64::from(old);
        Change {
            of: owner,
            bytes: bytes.clamp(i32::MIN.into(), i32::MAX.into()) as i32,
            blocks,
        }
    }

    /// The object that stands at an offset.
    pub fn at(&self, offset: usize) -> Option<&Object> {
        let slot = *self.slots.get(offset >> self.shift)?;
        let object = self.objects.get(slot as usize)?;
        (object.offset as usize == offset).then_some(object)
    }

    /// The numbers of all threads that allocated so far.
    pub fn threads(&self) -> &[u32] {
        &self.threads
    }

    /// The index among them of an owner's.
    pub fn thread_of(&self, owner: u32) -> u32 {
        self.thread_of[owner as usize]
    }

    fn owner(&mut self, owner: Owner) -> u32 {
        if let Some(&known) = self.by_owner.get(&owner) {
            return known;
        }
        let threads = &mut self.threads;
        let thread = *self.by_thread.entry(owner.1).or_insert_with(|| {
            threads.push(owner.1);
            threads.len() as u32 - 1
        });
        let new = self.owners.len() as u32;
        self.owners.push(owner);
        self.thread_of.push(thread);
        self.by_owner.insert(owner, new);
        new
    }
}
