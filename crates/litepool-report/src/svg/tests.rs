use super::axis::{count, size, size_ticks, ticks};
use super::*;
use crate::model::{
    Call, Defect, Failure, Keyframe, Map, PoolFacts, Refusal, Stack, TaskRow, Timeline,
};

/// What would end an element, an attribute or a document, and what XML does not have at all.
const HOSTILE: &str = "a<script>]]>&\"'\0\u{1b}[31m\u{202e}\u{ffff}";

fn noise(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::from_fn(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        Some(state >> 33)
    })
}

/// A trace whose every name is hostile, and whose every cell is another's.
fn trace(blob: &mut Blob, columns: u32, rows: u32) -> Source {
    let mut row = |most: u64| {
        blob.row(
            noise(most)
                .map(|n| (n % most) as u32)
                .take(columns as usize),
        )
    };
    let timeline = Timeline {
        columns,
        operations_per_column: 1000,
        live: row(50_000),
        live_peak: row(50_000),
        used: row(60_000),
        free: row(5000),
        largest_free: row(4000),
        used_blocks: row(100),
        free_blocks: row(100),
        tasks: vec![
            TaskRow {
                task: Some(0),
                live: row(30_000),
            },
            TaskRow {
                task: None,
                live: row(20_000),
            },
        ],
        failures: vec![Refusal {
            operation: 5000,
            ..Refusal::default()
        }],
        ..Timeline::default()
    };
    let cells = (columns * rows) as usize;
    let map = Map {
        columns,
        rows,
        operations_per_column: 1000,
        bytes_per_row: 128,
        used: blob.row(noise(1).map(|n| n as u8).take(cells)),
        owner: blob.row(noise(2).map(|n| n as u16 % 3).take(cells)),
        age: blob.row(noise(3).map(|n| n as u8 % 20).take(cells)),
        size: blob.row(noise(4).map(|n| n as u8 % 20).take(cells)),
        owners: vec![(0, None), (1, Some(0)), (2, None)],
    };
    let operations = u64::from(columns) * 1000;
    Source {
        name: HOSTILE.into(),
        kind: "trace",
        word: 32,
        operations,
        tasks: vec![HOSTILE.into(), "net".into()],
        calls: vec![Call {
            function: HOSTILE.into(),
            ..Call::default()
        }],
        stacks: vec![Stack::default(); 3],
        pools: vec![PoolFacts {
            configuration: "tlsf".into(),
            size: 65_536,
            granule: 4,
            ..PoolFacts::default()
        }],
        timeline: Some(timeline),
        map: Some(map),
        failure: Some(Failure {
            operation: operations / 2,
            kind: "allocate",
            request: 4096,
            cause: "fragmented",
            free: 5000,
            largest_free: 1000,
            ..Failure::default()
        }),
        ..Source::default()
    }
}

fn dump(blob: &mut Blob) -> Source {
    let keyframe = Keyframe {
        kind: "dump",
        pool: blob.row([0u8, 0, 0, 200]),
        offset: blob.row([100u32, 300, u32::MAX, 0]),
        extent: blob.row([200u32, 100, u32::MAX, 1]),
        size: blob.row([196u32, 96, 1, 1]),
        state: blob.row([1u8, 0, 2, 3]),
        stack: blob.row([0u32, 0, 9, 9]),
        task: blob.row([1u16, 0, 9, 9]),
        birth: blob.row([0.0, 0.0, 0.0, 0.0]),
        ..Keyframe::default()
    };
    let defect = Defect {
        address: 0x2000_0064,
        length: 4,
        what: HOSTILE.into(),
        ..Defect::default()
    };
    let far = Defect {
        address: u64::MAX,
        length: u64::MAX,
        ..Defect::default()
    };
    Source {
        name: HOSTILE.into(),
        kind: "dump",
        tasks: vec![HOSTILE.into(), "net".into()],
        pools: vec![PoolFacts {
            name: HOSTILE.into(),
            base: 0x2000_0000,
            size: 2048,
            granule: 4,
            defects: vec![defect, far],
            ..PoolFacts::default()
        }],
        keyframes: vec![keyframe],
        ..Source::default()
    }
}

/// Elements are closed in the order in which they were opened, and text has only what XML has.
fn assert_well_formed(svg: &str) {
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    let forbidden = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{ffff}');
    assert!(!svg.contains(forbidden));
    let mut open = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("every element ends");
        assert!(!text.contains('>'), "{text}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        match (tag.strip_prefix('/'), tag.strip_suffix('/')) {
            (Some(name), _) => assert_eq!(open.pop(), Some(name)),
            (None, Some(_)) => {}
            (None, None) => open.push(tag.split(' ').next().unwrap_or_default()),
        }
        for entity in text.split('&').skip(1) {
            assert!(
                ["lt;", "gt;", "amp;", "quot;"]
                    .iter()
                    .any(|known| entity.starts_with(known))
            );
        }
    }
    assert!(open.is_empty());
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    assert!(!svg.contains("<script"));
    assert!(!svg.contains("http") || svg.matches("http").count() == 1);
}

#[test]
fn whatever_a_program_calls_its_parts_a_picture_is_well_formed() {
    let mut blob = Blob::default();
    let sources = [trace(&mut blob, 50, 16), trace(&mut blob, 7, 1)];
    assert_well_formed(&timeline(&sources[..1], &blob).expect("a timeline"));
    assert_well_formed(&timeline(&sources, &blob).expect("a timeline"));
    assert_well_formed(&map(&sources[0], &blob).expect("a map"));
    let dump = dump(&mut blob);
    assert_well_formed(&map(&dump, &blob).expect("a map"));
    assert!(timeline(&[dump], &blob).is_none());
}

#[test]
fn however_much_there_is_a_picture_is_below_200_kb_and_always_the_same() {
    let mut blob = Blob::default();
    let source = trace(&mut blob, 2048, 512);
    let picture = map(&source, &blob).expect("a map");
    assert!(picture.len() < 200_000, "{}", picture.len());
    assert_eq!(map(&source, &blob).expect("a map"), picture);

    let sources: Vec<Source> = (0..MOST_PANELS)
        .map(|_| trace(&mut blob, 4096, 1))
        .collect();
    let picture = timeline(&sources, &blob).expect("a timeline");
    assert!(picture.len() < 200_000, "{}", picture.len());
    assert_eq!(timeline(&sources, &blob).expect("a timeline"), picture);
}

#[test]
fn a_source_without_anything_has_no_picture_and_one_without_an_operation_an_empty_one() {
    let mut blob = Blob::default();
    assert!(map(&Source::default(), &blob).is_none());
    assert!(timeline(&[], &blob).is_none());
    let nothing = Source {
        operations: 0,
        failure: None,
        ..trace(&mut blob, 0, 0)
    };
    assert!(map(&nothing, &blob).is_none());
    assert_well_formed(&timeline(&[nothing], &blob).expect("a timeline"));
}

#[test]
fn a_failure_is_told_and_marked() {
    let mut blob = Blob::default();
    let source = trace(&mut blob, 50, 16);
    let picture = timeline(std::slice::from_ref(&source), &blob).expect("a timeline");
    let told = "tlsf, 32 bits: fragmented at operation 25,000: allocate 4,096 bytes; \
                5,000 are free, at most 1,000 together";
    assert!(picture.contains(told), "{picture}");
    assert!(picture.contains("class=\"mark\""));
    assert!(
        map(&source, &blob)
            .expect("a map")
            .contains("operation 25,000: no 4,096 bytes")
    );
}

#[test]
fn axes_have_round_numbers() {
    assert_eq!(
        ticks(174_193, 8).collect::<Vec<_>>(),
        [0, 50_000, 100_000, 150_000]
    );
    assert_eq!(ticks(3, 8).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(ticks(0, 8).collect::<Vec<_>>(), [0]);
    assert!(ticks(u64::MAX, 8).count() <= 9);
    assert_eq!(
        size_ticks(77_072, 5).map(size).collect::<Vec<_>>(),
        ["0 B", "16 KiB", "32 KiB", "48 KiB", "64 KiB"]
    );
    assert!(size_ticks(u64::MAX, 8).count() <= 9);
    assert_eq!(count(1_234_567), "1,234,567");
    assert_eq!(size(1025), "1,025 B");
}
