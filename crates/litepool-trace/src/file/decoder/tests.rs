use super::super::encoder::Encoder;
use super::super::record::TAGS;
use super::*;
use crate::file::VERSION;
use crate::op::WordSize;
use crate::samples::{allocate, free};

/// The payload that a writer would put into a chunk.
fn payload(events: &[Event]) -> Vec<u8> {
    let mut rules = Rules::new(WordSize::Bits64);
    let mut encoder = Encoder::new();
    for event in events {
        let elapsed = event.time - rules.time();
        rules.accept(event).unwrap();
        encoder.event(event, &rules, elapsed);
    }
    let mut payload = Vec::new();
    encoder.flush(&mut payload);
    payload
}

/// Decodes a payload of a version until its end or the first flaw.
fn decode_as(version: u16, payload: Vec<u8>) -> Result<(Vec<Event>, Interned), Flaw> {
    let mut rules = Rules::new(WordSize::Bits64);
    let mut decoder = Decoder::new(version);
    decoder.load(payload)?;
    let events = std::iter::from_fn(|| decoder.event(&mut rules).transpose());
    let events = events.collect::<Result<_, _>>()?;
    Ok((events, decoder.into_interned()))
}

fn decode(payload: Vec<u8>) -> Result<(Vec<Event>, Interned), Flaw> {
    decode_as(VERSION, payload)
}

/// A payload of so many columns, of which these have something in them.
fn payload_of<const N: usize>(count: usize, filled: [(usize, &[u8]); N]) -> Vec<u8> {
    let mut columns = vec![&[][..]; count];
    for (column, bytes) in filled {
        columns[column] = bytes;
    }
    let mut payload: Vec<u8> = columns.iter().map(|column| column.len() as u8).collect();
    payload.extend(columns.concat());
    payload
}

fn columns<const N: usize>(filled: [(usize, &[u8]); N]) -> Vec<u8> {
    payload_of(COLUMNS, filled)
}

fn columns_of_version_1<const N: usize>(filled: [(usize, &[u8]); N]) -> Vec<u8> {
    payload_of(COLUMNS_V1, filled)
}

/// What is wrong with the coding.
fn coding(decoded: Result<(Vec<Event>, Interned), Flaw>) -> &'static str {
    match decoded {
        Err(Flaw::Coding(what)) => what,
        other => panic!("{other:?}"),
    }
}

/// What rule is broken.
fn fault(decoded: Result<(Vec<Event>, Interned), Flaw>) -> Fault {
    match decoded {
        Err(Flaw::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_comes_as_expected_costs_one_byte() {
    // The same place allocates the same size and frees the newest object, again and again.
    let events: Vec<_> = (0..100)
        .flat_map(|id| [allocate(id, 40), free(id)])
        .map(Event::from)
        .collect();
    // One size, once. Ten lengths, one of them in two bytes.
    assert_eq!(payload(&events).len(), events.len() + 1 + 11);
}

/// Two stacks, the second called by the first, both of new frames.
#[test]
fn a_stack_of_a_new_frame_costs_a_byte_beyond_its_frame() {
    let payload = columns([
        (TAGS, &[MODULE, FRAME, STACK, FRAME, STACK, ALLOCATE]),
        (OFFSETS, &[5, 9]),
        (TEXTS, &[1, b'a', 0]),
    ]);
    let (events, interned) = decode(payload).unwrap();
    let offsets: Vec<u64> = interned.frames_of(2).map(|frame| frame.offset).collect();
    assert_eq!(offsets, [9, 5]);
    assert_eq!(
        events[0].stack, 2,
        "a stack is announced because it is used"
    );
}

/// Of two stacks with the same caller and callee, the second one needs no number of a frame.
#[test]
fn a_frame_is_expected_to_call_what_it_called_before() {
    let payload = columns([
        (
            TAGS,
            &[
                MODULE,
                FRAME,
                FRAME,
                FRAME,
                STACK | HAS_PARENT | HAS_FRAME,
                STACK | HAS_FRAME,
                STACK | HAS_PARENT | HAS_FRAME,
                STACK | HAS_FRAME,
                STACK,
            ],
        ),
        (OFFSETS, &[5, 6, 7]),
        (PARENTS, &[0, 2]),
        // 0 calls 1; then 2 calls 0, which is expected to call 1.
        (FRAMES, &[0, 1, 2, 0]),
        (TEXTS, &[1, b'a', 0]),
    ]);
    let (_, interned) = decode(payload).unwrap();
    let calls: Vec<(u32, u32)> = interned
        .stacks
        .iter()
        .map(|stack| (stack.parent, stack.frame))
        .collect();
    assert_eq!(calls, [(0, 0), (1, 1), (0, 2), (3, 0), (4, 1)]);
}

#[test]
fn a_payload_that_breaks_the_format_is_refused() {
    let short = coding(decode(vec![]));
    assert_eq!(short, "a column has no length");
    let long = columns([]).into_iter().map(|byte| byte + 1).collect();
    assert_eq!(coding(decode(long)), "a column is longer than the chunk");
    let behind = [columns([]), vec![9]].concat();
    assert_eq!(coding(decode(behind)), "bytes behind the last column");
    let huge = [&[0xff; 9][..], &[1], &[0; 9]].concat();
    assert_eq!(coding(decode(huge)), "a column is longer than the chunk");
    let cut = columns([(TAGS, &[HAS_SIZE])]);
    assert_eq!(coding(decode(cut)), "a number is cut off or too large");
    let stray = columns([(SIZES, &[7])]);
    assert_eq!(coding(decode(stray)), "numbers that belong to no record");
    let align = columns([(TAGS, &[HAS_ALIGN]), (OTHERS, &[65])]);
    assert_eq!(coding(decode(align)), "an alignment above 2^63");
    let lone = columns([(TAGS, &[GAP])]);
    assert_eq!(coding(decode(lone)), "a tag is cut off");
}

#[test]
fn an_announcement_that_breaks_the_format_is_refused() {
    let of = |tags: &[u8], texts: &[u8]| coding(decode(columns([(TAGS, tags), (TEXTS, texts)])));
    assert_eq!(of(&[TEXT], &[1, 0xff]), "a text is not UTF-8");
    assert_eq!(of(&[MODULE], &[9, b'x']), "a text is cut off");
    let long = of(&[TEXT], &[0x80, 0x80, 4]);
    assert_eq!(long, "a text of more than 65,535 bytes");
    let located = [MODULE, FRAME | HAS_LOCATIONS];
    let unknown = columns([
        (TAGS, &located),
        (OFFSETS, &[0]),
        (TEXTS, &[0, 0, 1, 0, 1, 0]),
    ]);
    assert_eq!(coding(decode(unknown)), "a text that was not announced");
    let many = columns([(TAGS, &located), (OFFSETS, &[0]), (TEXTS, &[0, 0, 65])]);
    assert_eq!(
        fault(decode(many)),
        Fault::TooManyLocations { locations: 65 }
    );
    assert_eq!(
        fault(decode(columns([(TAGS, &[STACK])]))),
        Fault::UnknownFrame { frame: 0, known: 0 }
    );
    let orphan = columns([(TAGS, &[STACK | HAS_PARENT]), (PARENTS, &[1])]);
    assert_eq!(
        coding(decode(orphan)),
        "a stack whose parent is before the first"
    );
    let homeless = columns([(TAGS, &[FRAME]), (OFFSETS, &[0])]);
    assert_eq!(
        fault(decode(homeless)),
        Fault::UnknownModule {
            module: 0,
            known: 0
        }
    );
}

#[test]
fn a_tag_that_does_not_exist_is_refused() {
    for tags in [
        &[FREE | HAS_SIZE][..],
        &[FREE | HAS_ALIGN],
        &[TEXT | HAS_PARENT],
        &[THREAD_NAME | HAS_FRAME],
        &[EXTRA | 10 << 2, 0],
        &[EXTRA | 15 << 2, 0],
        &[GAP | HAS_PARENT, 0],
        &[GAP, HAS_SIZE],
        &[FOREIGN_FREE, REFUSED_HAS_POOL],
        &[THREAD_END, HAS_ALIGN],
        &[REFUSED, HAS_DISTANCE],
    ] {
        let what = coding(decode(columns([
            (TAGS, tags),
            (SIZES, &[1]),
            (DISTANCES, &[1]),
        ])));
        assert_eq!(what, "a tag that this version doesn't have", "{tags:?}");
    }
}

#[test]
fn an_event_that_makes_no_sense_is_refused() {
    let of = |tags: &[u8]| fault(decode(columns([(TAGS, tags)])));
    assert_eq!(of(&[FREE]), Fault::Unknown { id: -1 });
    assert_eq!(of(&[REFUSED, REFUSED_RESIZE]), Fault::Unknown { id: -1 });
    assert_eq!(of(&[ALLOCATE, FREE, FREE]), Fault::DoubleFree { id: 0 });
    assert_eq!(of(&[ALLOCATE, RESIZE]), Fault::ResizeToZero);
    let far = columns([(TAGS, &[ALLOCATE, FREE | HAS_DISTANCE]), (DISTANCES, &[5])]);
    assert_eq!(fault(decode(far)), Fault::Unknown { id: -5 });
    let stack = columns([(TAGS, &[HAS_STACK]), (STACKS, &[3])]);
    assert_eq!(
        fault(decode(stack)),
        Fault::UnknownStack { stack: 3, known: 0 }
    );
    let thread = columns([(TAGS, &[HAS_THREAD]), (OTHERS, &[2])]);
    assert_eq!(
        fault(decode(thread)),
        Fault::UnknownThread { thread: 2, next: 0 }
    );
    let pool = columns([(TAGS, &[ALLOCATE_HAS_POOL]), (OTHERS, &[2])]);
    assert_eq!(fault(decode(pool)), Fault::UnknownPool { pool: 2, next: 1 });
}

/// Version 1 has sites where version 2 has stacks, and nothing of what is new.
#[test]
fn a_site_of_version_1_is_a_stack_of_one_frame() {
    let payload = columns_of_version_1([
        (TAGS, &[EXTRA, HAS_STACK, EXTRA, HAS_STACK]),
        (STACKS, &[1, 2]),
        (OTHERS, &[0, 2, b'a', b'b', 16, 0, 32]),
    ]);
    let (events, interned) = decode_as(1, payload).unwrap();
    assert_eq!(interned.modules.len(), 1);
    let sites: Vec<(&str, u64)> = events
        .iter()
        .flat_map(|event| interned.frames_of(event.stack))
        .map(|frame| (&*interned.module_of(frame).unwrap().path, frame.offset))
        .collect();
    assert_eq!(sites, [("ab", 16), ("ab", 32)]);
    assert!(interned.stacks.iter().all(|stack| stack.parent == 0));
}

/// Its writers did not expect the newest site: that costs a number there, and means another site.
#[test]
fn version_1_expects_what_it_always_did() {
    let payload = columns_of_version_1([(TAGS, &[EXTRA, ALLOCATE]), (OTHERS, &[0, 1, b'a', 16])]);
    let (events, _) = decode_as(1, payload).unwrap();
    assert_eq!(events[0].stack, 0);
}

#[test]
fn version_1_has_no_tags_of_version_2() {
    for tag in [
        ALLOCATE | ALLOCATE_HAS_POOL,
        RESIZE | RESIZE_HAS_POOL,
        FRAME,
        TEXT,
        GAP,
        STACK | HAS_PARENT,
    ] {
        let what = coding(decode_as(1, columns_of_version_1([(TAGS, &[tag, 0])])));
        assert_eq!(what, "a tag that this version doesn't have", "{tag:#x}");
    }
    let others: &[u8] = &[1, 0];
    let unknown = columns_of_version_1([(TAGS, &[EXTRA]), (OTHERS, others)]);
    assert_eq!(
        fault(decode_as(1, unknown)),
        Fault::UnknownModule {
            module: 1,
            known: 0
        }
    );
}
