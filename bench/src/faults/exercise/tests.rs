use litepool::fit::Tlsf;
use litepool::track::{CallSites, Owners};
use litepool_testing::config::{Small, Standard, WithRecord, WithRegions};

use super::*;
use crate::faults::scene::{PLAIN_POOL, Shape};

type Plain = Standard<Tlsf, Small, 4>;
type Remembering = WithRecord<Plain, (Owners<4, 4>, CallSites<1>)>;

fn healthy<C: Config, const MORE: usize>() -> Scene<C, MORE> {
    Scene::new(PLAIN_POOL, Shape::Roomy).unwrap()
}

#[test]
fn blocks_grow_into_the_other_region_both_ways() {
    let mut scene = healthy::<WithRegions<Plain, 2>, 1>();
    let mut tell = |event| assert_ne!(event, Event::Found);
    let mut user = User::new::<Usual>(&mut scene, &mut tell);
    let region_of = |user: &User<'_, _, 1>, live: &Live| user.scene.region_of(&live.addresses());
    let homes: Vec<_> = user
        .live
        .iter()
        .map(|live| region_of(&user, live))
        .collect();
    assert!(homes.contains(&Some(0)) && homes.contains(&Some(1)));
    assert_eq!(user.resize_across(), Ok(()));
    assert_eq!(user.look(), Ok(()));
    assert_eq!(user.live.len(), homes.len());
    // Those of region 0 had their turn first, and went to the end in their order.
    let seen: Vec<_> = user
        .live
        .iter()
        .map(|live| region_of(&user, live))
        .collect();
    assert_ne!(
        seen.iter().filter(|&&region| region == Some(0)).count(),
        homes.len() / 2
    );
    assert_eq!(user.scene.heap.check(), Ok(()));
}

#[test]
fn what_a_task_held_is_gone_and_the_rest_is_not() {
    let mut scene = healthy::<Remembering, 0>();
    let mut tell = |event| assert_ne!(event, Event::Found);
    let mut user = User::new::<Records>(&mut scene, &mut tell);
    for task in [Task::Id(1), Task::Id(4), Task::Interrupt, Task::None] {
        assert!(user.live.iter().any(|live| live.task == task), "{task:?}");
        let held = user.live.len();
        assert_eq!(user.free_task(task), Ok(()));
        assert!(user.live.len() < held);
        assert_eq!(user.scene.heap.task_usage(task).used, 0);
        assert_eq!(user.scene.heap.stats().used_blocks, user.live.len());
    }
}

#[test]
fn a_block_that_goes_with_a_task_that_does_not_hold_it_is_harm() {
    let mut scene = healthy::<Remembering, 0>();
    let mut tell = |_| {};
    let mut user = User::new::<Records>(&mut scene, &mut tell);
    // As if the pool took it for another task's.
    let mistaken = user.live.iter_mut().find(|live| live.task == Task::Id(1));
    mistaken.expect("a block of that task").task = Task::Id(2);
    assert_eq!(user.free_task(Task::Id(1)), Err(Harm::FreedThoughHeld));
}
