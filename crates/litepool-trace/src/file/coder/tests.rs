use super::*;
use crate::op::WordSize;
use crate::samples::{allocate, free, small};

/// The payload that a writer would put into a chunk.
fn payload(events: &[Event], sites: &[Site]) -> Vec<u8> {
    let mut rules = Rules::new(WordSize::Bits64);
    let mut encoder = Encoder::new();
    for site in sites {
        rules.add_site(&site.module).unwrap();
        encoder.site(site);
    }
    for event in events {
        let elapsed = event.time - rules.time();
        rules.accept(event).unwrap();
        encoder.event(event, &rules, elapsed);
    }
    let mut payload = Vec::new();
    encoder.flush(&mut payload);
    payload
}

/// Decodes a payload until its end or the first flaw.
fn decode(payload: Vec<u8>) -> Result<Vec<Event>, Flaw> {
    let mut rules = Rules::new(WordSize::Bits64);
    let mut decoder = Decoder::new();
    decoder.load(payload)?;
    std::iter::from_fn(|| decoder.event(&mut rules).transpose()).collect()
}

fn columns(columns: [&[u8]; COLUMNS]) -> Vec<u8> {
    let mut payload: Vec<u8> = columns.iter().map(|column| column.len() as u8).collect();
    payload.extend(columns.concat());
    payload
}

#[test]
fn what_comes_as_expected_costs_one_byte() {
    // The same place allocates the same size and frees the newest object, again and again.
    let events: Vec<_> = (0..100)
        .flat_map(|id| [allocate(id, 40), free(id)])
        .map(Event::from)
        .collect();
    // One size, once. Six lengths, one of them in two bytes.
    assert_eq!(payload(&events, &[]).len(), events.len() + 1 + 7);
}

#[test]
fn events_and_sites_come_back() {
    let trace = small();
    assert_eq!(
        decode(payload(&trace.events, &trace.sites)).unwrap(),
        trace.events
    );
}

#[test]
fn a_payload_that_breaks_the_format_is_refused() {
    let coding = |payload| match decode(payload) {
        Err(Flaw::Coding(what)) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(coding(vec![]), "a column has no length");
    assert_eq!(
        coding(vec![1, 0, 0, 0, 0, 0]),
        "a column is longer than the chunk"
    );
    assert_eq!(
        coding(vec![0, 0, 0, 0, 0, 0, 9]),
        "bytes behind the last column"
    );
    let huge = [&[0xff; 9][..], &[1, 0, 0, 0, 0, 0]].concat();
    assert_eq!(coding(huge), "a column is longer than the chunk");
    assert_eq!(
        coding(columns([&[HAS_SIZE], &[], &[], &[], &[], &[]])),
        "a number is cut off or too large"
    );
    assert_eq!(
        coding(columns([&[], &[], &[7], &[], &[], &[]])),
        "numbers that belong to no event"
    );
    assert_eq!(
        coding(columns([&[HAS_ALIGN], &[], &[], &[], &[], &[65]])),
        "an alignment above 2^63"
    );
    assert_eq!(
        coding(columns([&[SITE], &[], &[], &[], &[], &[1, 0]])),
        "a call site in a module that was not announced"
    );
    assert_eq!(
        coding(columns([&[SITE], &[], &[], &[], &[], &[0, 1, 0xff, 0]])),
        "a module's name is not UTF-8"
    );
    assert_eq!(
        coding(columns([&[SITE], &[], &[], &[], &[], &[0, 9, b'x', 0]])),
        "a text is cut off"
    );
    let no_such_tag = "a tag that this version doesn't have";
    assert_eq!(
        coding(columns([&[SITE | HAS_SITE], &[], &[], &[], &[], &[]])),
        no_such_tag
    );
    assert_eq!(
        coding(columns([
            &[ALLOCATE | HAS_DISTANCE],
            &[],
            &[],
            &[1],
            &[],
            &[]
        ])),
        no_such_tag
    );
}

#[test]
fn an_event_that_makes_no_sense_is_refused() {
    let fault = |payload| match decode(payload) {
        Err(Flaw::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        fault(columns([&[FREE], &[], &[], &[], &[], &[]])),
        Fault::Unknown { id: -1 }
    );
    assert_eq!(
        fault(columns([
            &[ALLOCATE, FREE | HAS_DISTANCE],
            &[],
            &[],
            &[5],
            &[],
            &[]
        ])),
        Fault::Unknown { id: -5 }
    );
    assert_eq!(
        fault(columns([&[ALLOCATE, FREE, FREE], &[], &[], &[], &[], &[]])),
        Fault::DoubleFree { id: 0 }
    );
    assert_eq!(
        fault(columns([&[ALLOCATE, RESIZE], &[], &[], &[], &[], &[]])),
        Fault::ResizeToZero
    );
    assert_eq!(
        fault(columns([&[HAS_SITE], &[3], &[], &[], &[], &[]])),
        Fault::UnknownSite { site: 3, known: 0 }
    );
    assert_eq!(
        fault(columns([&[HAS_THREAD], &[], &[], &[], &[], &[2]])),
        Fault::UnknownThread { thread: 2, next: 0 }
    );
}
