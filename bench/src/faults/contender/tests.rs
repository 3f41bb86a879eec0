use std::collections::BTreeMap;

use super::*;
use crate::faults::exercise::{Harm, Operation};

fn named(name: &str) -> &'static Contender {
    CONTENDERS
        .iter()
        .find(|contender| contender.name == name)
        .expect("a configuration")
}

/// How many bytes of the roomy pool are for what.
fn census(contender: &Contender) -> BTreeMap<Place, usize> {
    let mut census = BTreeMap::new();
    let flips = contender.flips().unwrap();
    for flip in flips.iter().filter(|flip| flip.shape == 0) {
        *census.entry(flip.place).or_insert(0) += 1;
    }
    census.values_mut().for_each(|bits| *bits /= 8);
    census
}

/// Flips one bit and uses the pool, in this process: only for damage that is known to do no harm.
fn events(contender: &Contender, flip: Flip) -> Vec<Event> {
    let mut events = Vec::new();
    contender
        .run(&mut |count| (count == 0).then_some(flip), &mut |event| {
            events.push(event);
        })
        .unwrap();
    events
}

fn first(contender: &Contender, place: Place) -> Flip {
    let flips = contender.flips().unwrap();
    let flip = flips.iter().find(|flip| flip.place == place);
    *flip.expect("a byte for that")
}

fn finds_during(events: &[Event]) -> Vec<Operation> {
    let mut doing = Operation::Stats;
    let mut found = Vec::new();
    for event in events {
        match event {
            Event::Doing(operation) => doing = *operation,
            Event::Found => found.push(doing),
            _ => {}
        }
    }
    found
}

#[test]
fn damage_that_means_nothing_is_neither_found_nor_harmful() {
    for contender in &CONTENDERS {
        for place in [Place::Padding, Place::FreeMemory] {
            let events = events(contender, first(contender, place));
            assert_eq!(finds_during(&events), [], "{}: {place:?}", contender.name);
            assert_eq!(events.last(), Some(&Event::Done), "{}", contender.name);
        }
    }
}

#[test]
fn a_damaged_identity_is_found_by_the_check_alone() {
    for contender in &CONTENDERS {
        let found = finds_during(&events(contender, first(contender, Place::Identity)));
        assert_eq!(found, [Operation::Check, Operation::CheckAgain]);
    }
}

#[test]
fn every_operation_is_done() {
    for (name, count) in [
        ("tlsf 256M g8 links", 11),
        ("tlsf 256K g4 records links", 14),
        ("tlsf 256K g4 two regions links", 13),
        ("tlsf 256K g4 records two regions hardened", 16),
    ] {
        let contender = named(name);
        let events = events(contender, first(contender, Place::Padding));
        let operations: Vec<Operation> = events
            .iter()
            .filter_map(|event| match event {
                Event::Doing(operation) => Some(*operation),
                _ => None,
            })
            .collect();
        assert!(operations.is_sorted(), "{name}");
        assert_eq!(operations.len(), count, "{name}");
    }
}

#[test]
fn a_pool_has_blocks_of_all_kinds() {
    use Place::*;
    const RECORD: [Place; 5] = [RecordKind, Owner, Allocation, Total, OwnerFigure];
    let usual = [
        Identity, Counter, Figure, Pending, Header, Footer, Alignment, FreeMemory,
    ];
    let special: [(&str, &[Place]); 12] = [
        ("tlsf 256M g8 links", &[Bitmap, Head, Link]),
        ("tlsf 256K g4 links", &[Bitmap, Head, Link]),
        ("best 256M g8 links", &[Bitmap, Head, Link, TreeLink]),
        ("best 2G g4 hardened", &[Bitmap, Head, Link, TreeLink]),
        ("little 256K g4 links", &[]),
        (
            "tlsf 256K g4 slab-expanding links",
            &[SlabState, SlabMap, Bitmap, Head, Slots, SlabLink],
        ),
        (
            "tlsf 256M g8 slab-fast links",
            &[SlabState, SlabMap, Bitmap, Head, Slots, SlabLink],
        ),
        (
            "tlsf 256M g8 slab-fast hardened",
            &[SlabMap, Slots, AlignedSlots, SlabLink, SlabCheck],
        ),
        ("tlsf 256K g4 records links", &RECORD),
        ("best 16M g4 records hardened", &RECORD),
        (
            "tlsf 256K g4 two regions links",
            &[Bitmap, Head, Link, Region],
        ),
        (
            "tlsf 16M g4 slab-fast two regions hardened",
            &[Slots, SlabCheck, Region],
        ),
    ];
    for (name, special) in special {
        let census = census(named(name));
        for place in usual.iter().chain(special) {
            assert!(census.contains_key(place), "{name}: {place:?}");
        }
    }
}

#[test]
fn every_bit_that_nobody_holds_is_flipped_once() {
    for contender in &CONTENDERS {
        let flips = contender.flips().unwrap();
        assert_eq!(flips, contender.flips().unwrap(), "the same every time");
        let bits = contender.regions * contender.pool * 8;
        for (shape, least) in [(0, bits / 2), (1, bits / 8)] {
            let of_shape = |flip: &&Flip| flip.shape == shape;
            let flips: Vec<&Flip> = flips.iter().filter(of_shape).collect();
            assert!(flips.is_sorted_by(|one, next| one.bit < next.bit));
            assert!(flips.len() < bits && flips.len() > least);
            assert_eq!(flips.last().unwrap().bit, bits - 1, "the end's header");
        }
    }
}

#[test]
fn a_used_flag_that_is_gone_is_found_when_the_block_is_freed() {
    let contender = named("tlsf 256M g8 links");
    let flips = contender.flips().unwrap();
    let flags = flips
        .iter()
        .filter(|flip| flip.place == Place::Header && flip.bit % 32 == 31);
    for flag in flags {
        let found = finds_during(&events(contender, *flag));
        assert!(found.contains(&Operation::Check));
    }
}

#[test]
fn nothing_is_called_harm_that_is_none() {
    for contender in &CONTENDERS {
        for bit in [8 * 16, 8 * 24] {
            let place = Place::Figure;
            let shape = 1;
            let events = events(contender, Flip { shape, bit, place });
            let harmed = |harm| events.contains(&Event::Harmed(harm));
            assert!(!harmed(Harm::Outside) && !harmed(Harm::Changed));
            assert!(!harmed(Harm::HandedOutTwice));
        }
    }
}

#[test]
fn every_word_of_records_and_regions_is_flipped() {
    let records = census(named("tlsf 256K g4 records links"));
    // A row is what is owned now and the peak, two bytes each: for four tasks and three kinds more, four modules and two.
    assert_eq!(
        (records[&Place::RecordKind], records[&Place::Total]),
        (4, 26)
    );
    assert_eq!(
        records[&Place::OwnerFigure],
        26 + 4,
        "the peaks, the next number"
    );
    assert_eq!(records[&Place::Allocation], 2 * records[&Place::Owner]);
    let regions = census(named("tlsf 256K g4 two regions links"));
    assert_eq!(regions[&Place::Region], 4 + 8);
    let plain = census(named("tlsf 256K g4 links"));
    assert_eq!(regions[&Place::Head], 2 * plain[&Place::Head]);
    assert_eq!(regions[&Place::Figure], 2 * plain[&Place::Figure] + 4);
}

#[test]
fn a_record_is_proved_before_its_block_is_resized() {
    for name in [
        "tlsf 256K g4 records links",
        "tlsf 16M g4 slab-fast records hardened",
    ] {
        let contender = named(name);
        let flips = contender.flips().unwrap();
        let owners = flips.iter().filter(|flip| flip.place == Place::Owner);
        for flip in owners.step_by(29) {
            let events = events(contender, *flip);
            let found = finds_during(&events);
            assert!(found.contains(&Operation::Check), "{name}: {flip:?}");
            assert!(found.contains(&Operation::Resize), "{name}: {flip:?}");
            assert_eq!(events.last(), Some(&Event::Done), "{name}: {flip:?}");
        }
    }
}

#[test]
fn what_a_record_tells_of_the_allocation_has_no_second_statement() {
    let contender = named("tlsf 256K g4 records hardened");
    let flips = contender.flips().unwrap();
    for flip in flips
        .iter()
        .filter(|flip| flip.place == Place::Allocation)
        .step_by(29)
    {
        assert_eq!(finds_during(&events(contender, *flip)), []);
    }
}

#[test]
fn words_of_regions_are_found_by_the_check_alone() {
    let contender = named("tlsf 256K g4 two regions hardened");
    let flips = contender.flips().unwrap();
    for flip in flips.iter().filter(|flip| flip.place == Place::Region) {
        let events = events(contender, *flip);
        assert_eq!(
            finds_during(&events),
            [Operation::Check, Operation::CheckAgain]
        );
        assert_eq!(events.last(), Some(&Event::Done));
    }
}
