//! What a reader sees.

use super::*;

fn work(name: &str, origin: Origin) -> Summary {
    Summary {
        name: name.to_owned(),
        origin,
        word: 64,
        operations: 1_234_567,
        live_peak: 1000,
        live_objects: 7,
    }
}

#[test]
fn thousands_are_set_apart() {
    assert_eq!(
        [0, 999, 1000, 1_234_567].map(thousands),
        ["0", "999", "1,000", "1,234,567"]
    );
}

#[test]
fn the_mean_leaves_synthetic_work_out() {
    let works = [
        work("lua", Origin::Recorded),
        work("churn", Origin::Synthetic),
    ];
    assert_eq!(mean(&[Some(2.0), Some(8.0)], &works, 2), "2.00");
    assert_eq!(mean(&[Some(2.0), Some(8.0)], &works[1..], 2), "2.00");
}

#[test]
fn there_is_no_mean_over_only_some_of_the_traces() {
    let works = [
        work("lua", Origin::Recorded),
        work("sqlite", Origin::Recorded),
    ];
    assert_eq!(mean(&[Some(2.0), None], &works, 2), NOTHING);
}

#[test]
fn markdown_is_a_markdown_table() {
    let page = works(Style::Markdown, &[work("lua", Origin::Recorded)]).to_string();
    let lines: Vec<&str> = page.lines().collect();
    assert_eq!(lines.len(), 3, "{page}");
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with('|') && line.ends_with('|')),
        "{page}"
    );
}
