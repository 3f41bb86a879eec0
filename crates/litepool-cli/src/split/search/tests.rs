//! The search finds what was planted, keeps to its limits, and is the same every time.

use super::*;

/// A judge by a formula: units that fit together share a pool for less.
struct Formula {
    /// The pool that each unit ought to have.
    planted: Vec<u8>,
}

impl Judge for Formula {
    fn bound(&self, plan: &[u8]) -> u64 {
        100 * plan.len() as u64 + 10 * pools(plan) as u64
    }

    fn measure(&self, plan: &[u8]) -> (Option<u64>, u64) {
        let units = 0..plan.len();
        let pairs = units
            .clone()
            .flat_map(|a| units.clone().map(move |b| (a, b)));
        let foreign =
            pairs.filter(|&(a, b)| plan[a] == plan[b] && self.planted[a] != self.planted[b]);
        (Some(self.bound(plan) + 20 * foreign.count() as u64), 1)
    }
}

fn limits(pools: usize) -> Limits {
    Limits {
        pools,
        price: 5,
        work: u64::MAX,
    }
}

fn find(planted: &[u8], limits: Limits) -> Found {
    let judge = Formula {
        planted: planted.to_vec(),
    };
    let (one, _) = judge.measure(&vec![0; planted.len()]);
    let mut by_lifetime: Vec<usize> = (0..planted.len()).collect();
    by_lifetime.reverse();
    let orders = Orders(vec![by_lifetime]);
    search(&judge, planted.len(), &orders, one.unwrap(), limits, || ())
}

#[test]
fn the_planted_split_is_found() {
    for planted in [
        vec![0, 0, 1, 1, 0, 1],
        vec![0, 1, 2, 0, 1, 2, 0],
        vec![0, 1, 1, 1, 1, 1, 1],
    ] {
        assert_eq!(find(&planted, limits(4)).plan, planted);
    }
}

#[test]
fn where_one_pool_is_best_it_stays() {
    let found = find(&[0; 8], limits(4));
    assert_eq!((found.plan, found.measured), (vec![0; 8], 0));
}

#[test]
fn there_are_no_more_pools_than_allowed() {
    assert_eq!(pools(&find(&[0, 1, 2, 3, 0, 1, 2, 3], limits(2)).plan), 2);
    assert_eq!(pools(&find(&[0, 1, 2, 3], limits(1)).plan), 1);
}

#[test]
fn a_further_pool_that_saves_less_than_its_price_is_not_taken() {
    let dear = Limits {
        price: 1000,
        ..limits(4)
    };
    assert_eq!(pools(&find(&[0, 0, 1, 1], dear).plan), 1);
}

#[test]
fn the_work_is_bounded() {
    let none = Limits {
        work: 0,
        ..limits(4)
    };
    assert_eq!(find(&[0, 1, 0, 1], none).measured, 0);
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_threads() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap()
            .install(|| find(&[0, 1, 2, 0, 1, 2, 3, 1], limits(4)))
    };
    assert_eq!(on(1), on(4));
}

#[test]
fn neighbours_are_plans_with_pools_numbered_from_their_first_units() {
    let orders = Orders(vec![vec![0, 1, 2]]);
    for plan in neighbours(&[0, 1, 0], &orders) {
        assert_eq!(plan, canonical(plan.clone()));
        assert_ne!(plan, [0, 1, 0]);
    }
}
