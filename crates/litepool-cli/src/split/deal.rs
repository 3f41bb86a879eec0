//! Deals the operations of a trace to the pools of a plan.

use litepool_replay::{Part, PartBuilder};
use litepool_trace::Op;

use super::units::Units;

#[cfg(test)]
mod tests;

/// The pool of each unit.
pub(super) type Plan = Vec<u8>;

/// The parts of the pools. An object that is resized to a unit of another pool moves as the program would
/// have it move: it is allocated there, then freed here. O(operations), and memory of 8 bytes for each.
pub(super) fn deal(whole: &Part, units: &Units, plan: &[u8]) -> Vec<Part> {
    let pools = plan.iter().max().map_or(0, |&last| usize::from(last) + 1);
    let mut dealer = Dealer {
        pools: (0..pools).map(|_| Dealt::default()).collect(),
        live: vec![None; whole.slots],
    };
    let mut objects = 0;
    whole.pieces(usize::MAX, |ops| {
        for &op in ops {
            let pool = |object, size| usize::from(plan[units.unit(object, size)]);
            dealer.op(op, &mut objects, pool);
        }
        true
    });
    let parts = dealer.pools.into_iter();
    parts.map(|dealt| dealt.builder.finish()).collect()
}

/// Where an object is.
#[derive(Clone, Copy)]
struct Place {
    object: usize,
    pool: usize,
    slot: u32,
    align: u64,
}

struct Dealer {
    pools: Vec<Dealt>,
    /// By the slots of the whole.
    live: Vec<Option<Place>>,
}

/// What a pool was dealt so far.
#[derive(Default)]
struct Dealt {
    builder: PartBuilder,
    vacant: Vec<u32>,
    slots: u32,
}

impl Dealer {
    fn op(&mut self, op: Op, objects: &mut usize, pool: impl Fn(usize, u64) -> usize) {
        let live = &mut self.live[op.id() as usize];
        match op {
            Op::Allocate { size, align, .. } => {
                let (object, pool) = (*objects, pool(*objects, size));
                *objects += 1;
                let slot = self.pools[pool].allocate(size, align);
                *live = Some(Place {
                    object,
                    pool,
                    slot,
                    align,
                });
            }
            Op::Resize { size, .. } => {
                let Some(place) = live else { return };
                let to = pool(place.object, size);
                if to == place.pool {
                    let id = place.slot;
                    self.pools[to].builder.push(Op::Resize { id, size });
                } else {
                    let slot = self.pools[to].allocate(size.max(1), place.align);
                    self.pools[place.pool].free(place.slot);
                    (place.pool, place.slot) = (to, slot);
                }
            }
            Op::Free { .. } => {
                if let Some(place) = live.take() {
                    self.pools[place.pool].free(place.slot);
                }
            }
        }
    }
}

impl Dealt {
    fn allocate(&mut self, size: u64, align: u64) -> u32 {
        let id = self.vacant.pop().unwrap_or_else(|| {
            self.slots += 1;
            self.slots - 1
        });
        self.builder.push(Op::Allocate { id, size, align });
        id
    }

    fn free(&mut self, id: u32) {
        self.builder.push(Op::Free { id });
        self.vacant.push(id);
    }
}
