use litepool_trace::WordSize;

use super::*;
use crate::moment::Moment;
use crate::samples::Run;
use crate::snapshot::{Pool, Task};

fn sizes(snapshot: &Snapshot, indices: &[usize]) -> Vec<u64> {
    indices
        .iter()
        .map(|&index| snapshot.blocks[index].size)
        .collect()
}

#[test]
fn of_one_trace_blocks_are_matched_by_number() {
    let mut run = Run::default();
    let gone = run.allocate(1, 1);
    let stays = run.allocate(1, 2);
    let a = run.snapshot(Moment::End).unwrap();
    run.free(gone);
    run.resize(stays, 12);
    run.allocate(2, 4);
    let freed = run.allocate(2, 8);
    let b = run.snapshot(Moment::End).unwrap();
    run.free(freed);
    run.allocate(3, 16);
    let c = run.snapshot(Moment::End).unwrap();

    let born = born(&a, &b, &c).unwrap();
    assert_eq!(sizes(&c, &born.there), [4]);
    assert_eq!(sizes(&a, &born.gone), [1]);
    assert_eq!(sizes(&b, &born.freed), [8]);
    assert_eq!(born.resized, [(1, 0)]);
}

#[test]
fn nothing_is_born_between_a_moment_and_itself() {
    let mut run = Run::default();
    run.allocate(1, 1);
    let a = run.snapshot(Moment::End).unwrap();
    assert_eq!(born(&a, &a, &a).unwrap(), Born::default());
}

#[test]
fn numbers_of_different_traces_mean_nothing_to_each_other() {
    let mut run = Run::default();
    run.allocate(1, 1);
    let a = run.snapshot(Moment::End).unwrap();
    let mut b = a.clone();
    b.origin = Origin::Trace {
        file: "other.lpt".into(),
        operation: 1,
        time: 0,
    };
    assert_eq!(born(&a, &b, &b), Err(NoMatch::Traces));
    let dump = dump(&[]);
    assert_eq!(born(&a, &dump, &dump), Err(NoMatch::Kinds));
}

/// A dump of a pool with these blocks, by number and size.
fn dump(blocks: &[(u64, u64)]) -> Snapshot {
    let mut run = Run::default();
    for &(_, size) in blocks {
        run.allocate(1, size);
    }
    let mut dump = run.snapshot(Moment::End).unwrap();
    dump.origin = Origin::Dump { files: Vec::new() };
    dump.word = WordSize::Bits32;
    for (block, &(number, _)) in dump.blocks.iter_mut().zip(blocks) {
        block.number = Some(number);
        block.birth = None;
    }
    dump.pools = vec![Pool {
        base: Some(0x2000_0000),
        size: 4096,
        ..Pool::default()
    }];
    dump
}

#[test]
fn dumps_of_one_run_are_matched_by_number_too() {
    let a = dump(&[(0, 10), (4, 20)]);
    let b = dump(&[(4, 20), (5, 30), (9, 40)]);
    let c = dump(&[(4, 20), (9, 40)]);
    let born = born(&a, &b, &c).unwrap();
    assert_eq!(sizes(&c, &born.there), [40]);
    assert_eq!(sizes(&b, &born.freed), [30]);
}

/// Number 3 was given before the first dump, which does not have it.
#[test]
fn a_restart_between_two_dumps_shows() {
    let a = dump(&[(0, 10), (4, 20)]);
    let b = dump(&[(0, 10), (3, 20)]);
    assert_eq!(born(&a, &b, &b), Err(NoMatch::Restarted));
    let mut b = dump(&[(4, 20)]);
    b.blocks[0].task = Some(Task::Interrupt);
    assert_eq!(born(&a, &b, &b), Err(NoMatch::Restarted));
    let mut b = dump(&[(4, 20)]);
    b.blocks[0].stack = 2;
    assert_eq!(born(&a, &b, &b), Err(NoMatch::Restarted));
}

#[test]
fn dumps_without_numbers_or_of_other_pools_are_not_matched() {
    let a = dump(&[(0, 10)]);
    let mut b = dump(&[(0, 10)]);
    b.blocks[0].number = None;
    assert_eq!(born(&a, &b, &b), Err(NoMatch::NoNumbers));
    let mut b = dump(&[(0, 10)]);
    b.pools[0].size = 8192;
    assert_eq!(born(&a, &b, &b), Err(NoMatch::Pools));
}

#[test]
fn builds_differ_if_a_module_of_the_same_name_has_another_id() {
    let program = |path: &str, id: &[u8]| {
        let mut snapshot = dump(&[(0, 10)]);
        snapshot.interned.modules.push(Module {
            path: path.into(),
            build_id: id.to_vec(),
        });
        snapshot
    };
    let (a, b) = (program("/old/app", &[1]), program("/new/app", &[2]));
    assert_eq!(born(&a, &b, &b), Err(NoMatch::Builds));
    assert!(same_builds(
        &a.interned,
        &program("/new/app", &[1]).interned
    ));
    assert!(same_builds(&a.interned, &program("/new/app", &[]).interned));
    assert!(same_builds(
        &a.interned,
        &program("/new/lib", &[2]).interned
    ));
}
