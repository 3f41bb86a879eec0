//! Who weighs most at the failure and at a peak of its own, and what there is without sites.

use litepool_snapshot::Place;
use litepool_trace::Op;

use super::*;

fn part(ops: &[Op]) -> Part {
    let mut builder = Part::builder();
    ops.iter().for_each(|&op| builder.push(op));
    builder.finish()
}

fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

fn call(offset: u64) -> Call {
    Call {
        module: "demo".into(),
        place: Place::Offset(offset),
    }
}

fn sites(of_object: &[u32]) -> AllocationSites {
    let number = of_object
        .iter()
        .max()
        .map_or(0, |&last| u64::from(last) + 1);
    AllocationSites {
        calls: (0..number).map(|site| Some(call(site))).collect(),
        of_object: of_object.to_vec(),
    }
}

#[test]
fn bytes_at_the_failure_and_peaks_count_in_turn() {
    let whole = part(&[
        allocate(0, 500),
        Op::Free { id: 0 },
        allocate(0, 40),
        allocate(1, 30),
        Op::Resize { id: 1, size: 60 },
        allocate(2, 9),
    ]);
    let heaviest = Heaviest::of(&whole, &sites(&[0, 1, 2, 3]), 6);
    let known: Vec<(Kind, u64, u64)> = heaviest
        .kinds
        .iter()
        .map(|heavy| (heavy.kind.clone(), heavy.at_failure, heavy.peak))
        .collect();
    let site = |offset| Kind::Site(call(offset));
    assert_eq!(
        known,
        [
            (site(2), 60, 60),
            (site(0), 0, 500),
            (site(1), 40, 40),
            (site(3), 0, 9)
        ]
    );
    assert_eq!(heaviest.of_object(0), Some(1));
    assert_eq!(heaviest.of_object(2), Some(0));
    assert_eq!(heaviest.of_object(9), None);
}

#[test]
fn there_are_ten_at_most() {
    let ops: Vec<Op> = (0..30).map(|id| allocate(id, u64::from(id) + 1)).collect();
    let of_object: Vec<u32> = (0..30).collect();
    let heaviest = Heaviest::of(&part(&ops), &sites(&of_object), 30);
    assert_eq!(heaviest.kinds.len(), MOST);
    assert_eq!(heaviest.of_object(29), Some(1));
    assert_eq!(heaviest.of_object(0), None);
}

#[test]
fn without_sites_the_sizes_are_told_apart() {
    let whole = part(&[
        allocate(0, 24),
        allocate(1, 17),
        allocate(2, 100),
        allocate(3, u64::MAX),
    ]);
    let unknown = AllocationSites {
        calls: vec![None],
        of_object: vec![0; 4],
    };
    let heaviest = Heaviest::of(&whole, &unknown, 4);
    let text: Vec<String> = heaviest
        .kinds
        .iter()
        .map(|heavy| heavy.kind.text(80))
        .collect();
    assert!(
        text.contains(&"objects of 17 to 24 bytes".to_owned()),
        "{text:?}"
    );
    assert_eq!(heaviest.of_object(0), heaviest.of_object(1));
}
