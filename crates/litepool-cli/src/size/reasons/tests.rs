//! What is said about configurations is true of them.

use std::path::Path;

use litepool_replay::configurations;
use litepool_trace::WordSize;

use super::*;

/// The figures of the first table of a kind in `docs/bench.md`: of the rows whose first column this
/// is, the second.
fn mean(bench: &str, row: &str) -> f64 {
    let cells = |line: &str| -> Vec<String> {
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = bench.lines().map(cells);
    let found = rows
        .into_iter()
        .find(|cells| cells.get(1).is_some_and(|cell| cell == row));
    found
        .and_then(|cells| cells[2].parse().ok())
        .unwrap_or_else(|| panic!("no row {row}"))
}

#[test]
fn times_are_those_of_the_bench() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bench.md");
    let bench = std::fs::read_to_string(path).unwrap();
    for (name, time) in TIMES {
        let (row, tlsf) = match (fit(name), slab(name)) {
            // With 4 bytes in a granule the bench has no slab in front of best fit.
            ("best", Some(slab)) => (
                format!("litepool best u32 g8 slab-{slab}"),
                "litepool tlsf u32 g8",
            ),
            (fit, Some(slab)) => (
                format!("litepool {fit} u32 g4 slab-{slab}"),
                "litepool tlsf u32 g4",
            ),
            (fit, None) => (format!("litepool {fit} u32 g4"), "litepool tlsf u32 g4"),
        };
        let measured = mean(&bench, &row) / mean(&bench, tlsf);
        assert!(
            (measured - time).abs() < 0.15,
            "{name}: {time} is said, {measured:.2} measured"
        );
    }
}

#[test]
fn each_configuration_has_an_algorithm_and_perhaps_a_slab() {
    for configuration in configurations(WordSize::Bits32) {
        let name = configuration.name;
        assert!(["tlsf", "best", "little"].contains(&fit(name)), "{name}");
        assert_eq!(slab(name).is_some(), objects(name).is_some(), "{name}");
        assert_eq!(slab(name).is_some(), name.contains("slab"), "{name}");
    }
}
