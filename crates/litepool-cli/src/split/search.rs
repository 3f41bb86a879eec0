//! The search for the plan that needs least: greedy first, then from neighbour to neighbour.
//!
//! It begins with one pool. The neighbours of a plan move a unit, part a pool in two where its units are
//! ordered by lifetime or by size, or join two pools; first of them are tried those whose blocks alone need
//! least, and those that can't be better are not tried at all. The first better one is taken, until none
//! is found or the work is used up (a local search by first improvement; see H. Hoos, T. Stützle, "Stochastic
//! Local Search", 2004). Nothing is random, and work is counted, not timed: the answer depends on the trace
//! alone.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::deal::Plan;

#[cfg(test)]
mod tests;

/// Plans that are measured at a time.
const BATCH: usize = 6;
/// How many batches of neighbours may all be worse before the search ends.
const PATIENCE: usize = 4;

/// Judges plans.
pub(super) trait Judge: Sync {
    /// What no measure of the plan is below.
    fn bound(&self, plan: &[u8]) -> u64;
    /// Bytes of all its pools, and the work that it was to find them. `None` if there is no such pool.
    fn measure(&self, plan: &[u8]) -> (Option<u64>, u64);
}

/// How far a search goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The most pools.
    pub(super) pools: usize,
    /// Bytes that each further pool must save.
    pub(super) price: u64,
    /// The work after which no more is begun.
    pub(super) work: u64,
}

/// Orders of the units that have objects, in which a pool can be parted: those with short lives first,
/// small ones first. Units in no order stay where they are.
pub(super) struct Orders(pub(super) Vec<Vec<usize>>);

/// The best plan that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) plan: Plan,
    /// Bytes of all its pools.
    pub(super) bytes: u64,
    /// Plans that were measured.
    pub(super) measured: u64,
}

/// Looks for the best plan of `units` units, of which one pool needs `one` bytes.
pub(super) fn search(
    judge: &impl Judge,
    units: usize,
    orders: &Orders,
    one: u64,
    limits: Limits,
    measured: impl Fn() + Sync,
) -> Found {
    let mut best = Found {
        plan: vec![0; units],
        bytes: one,
        measured: 0,
    };
    let (mut seen, mut work) = (BTreeSet::from([best.plan.clone()]), 0);
    while let Some(better) = step(
        judge, &best, orders, limits, &mut seen, &mut work, &measured,
    ) {
        best = better;
    }
    best
}

/// A better neighbour.
fn step(
    judge: &impl Judge,
    best: &Found,
    orders: &Orders,
    limits: Limits,
    seen: &mut BTreeSet<Plan>,
    work: &mut u64,
    measured: &(impl Fn() + Sync),
) -> Option<Found> {
    let price = |plan: &[u8], bytes: u64| {
        bytes.saturating_add(limits.price * (pools(plan).saturating_sub(1)) as u64)
    };
    let goal = price(&best.plan, best.bytes);
    let mut candidates: Vec<(u64, Plan)> = neighbours(&best.plan, orders)
        .into_iter()
        .filter(|plan| pools(plan) <= limits.pools && !seen.contains(plan))
        .map(|plan| (price(&plan, judge.bound(&plan)), plan))
        .filter(|(bound, _)| *bound < goal)
        .collect();
    candidates.sort();
    let mut count = best.measured;
    for batch in candidates.chunks(BATCH).take(PATIENCE) {
        if *work >= limits.work {
            return None;
        }
        let found: Vec<(Option<u64>, u64)> = batch
            .par_iter()
            .map(|(_, plan)| {
                let found = judge.measure(plan);
                measured();
                found
            })
            .collect();
        seen.extend(batch.iter().map(|(_, plan)| plan.clone()));
        *work += found.iter().map(|(_, work)| work).sum::<u64>();
        count += batch.len() as u64;
        let plans = batch.iter().zip(found);
        let better = plans.filter_map(|((_, plan), (bytes, _))| {
            let bytes = bytes?;
            (price(plan, bytes) < goal).then(|| (price(plan, bytes), plan.clone(), bytes))
        });
        if let Some((_, plan, bytes)) = better.min() {
            return Some(Found {
                plan,
                bytes,
                measured: count,
            });
        }
    }
    None
}

/// How many pools a plan has.
pub(super) fn pools(plan: &[u8]) -> usize {
    plan.iter().max().map_or(0, |&last| usize::from(last) + 1)
}

/// The units of each pool.
pub(super) fn members(plan: &[u8]) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); pools(plan)];
    for (unit, &pool) in plan.iter().enumerate() {
        members[usize::from(pool)].push(unit);
    }
    members
}

/// All plans that are a step away, each once, in a fixed order.
fn neighbours(plan: &[u8], orders: &Orders) -> Vec<Plan> {
    let mut found = BTreeSet::new();
    let new = pools(plan) as u8;
    for &unit in orders.0.first().into_iter().flatten() {
        for pool in 0..=new {
            let mut moved = plan.to_vec();
            moved[unit] = pool;
            found.insert(canonical(moved));
        }
    }
    for order in &orders.0 {
        for pool in 0..new {
            let mut parted = plan.to_vec();
            for &unit in order.iter().filter(|&&unit| plan[unit] == pool) {
                parted[unit] = new;
                found.insert(canonical(parted.clone()));
            }
        }
    }
    for first in 0..new {
        for second in first + 1..new {
            let join = |&pool: &u8| if pool == second { first } else { pool };
            found.insert(canonical(plan.iter().map(join).collect()));
        }
    }
    found.remove(plan);
    found.into_iter().collect()
}

/// The same plan with its pools numbered in the order of their first units.
fn canonical(mut plan: Plan) -> Plan {
    let mut names: Vec<u8> = Vec::new();
    for pool in &mut plan {
        let index = names.iter().position(|name| name == pool);
        let index = index.unwrap_or_else(|| {
            names.push(*pool);
            names.len() - 1
        });
        *pool = index as u8;
    }
    plan
}
