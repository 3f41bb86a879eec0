//! What is in the repository's own directory.

use super::*;

fn names(parts: &[&str]) -> Vec<(String, Origin)> {
    let traces = Path::new(env!("CARGO_MANIFEST_DIR")).join("../traces");
    let parts: Vec<String> = parts.iter().map(|&part| part.to_owned()).collect();
    let works = collect(&traces, &parts).unwrap();
    works
        .into_iter()
        .map(|work| (work.summary.name, work.summary.origin))
        .collect()
}

#[test]
fn traces_that_nothing_was_tuned_on_are_told_apart_by_their_directory() {
    let found = names(&["lua-station", "duk-telemetry", "churn-small"]);
    let expected = [
        ("lua-station", Origin::Recorded),
        ("duk-telemetry", Origin::Untuned),
        ("churn-small", Origin::Synthetic),
    ];
    assert_eq!(
        found,
        expected.map(|(name, origin)| (name.to_owned(), origin))
    );
}

#[test]
fn without_a_directory_there_is_synthetic_work_only() {
    let works = collect(Path::new("no such directory"), &[]).unwrap();
    assert!(!works.is_empty());
    assert!(
        works
            .iter()
            .all(|work| work.summary.origin == Origin::Synthetic)
    );
}

#[test]
fn a_name_that_nothing_has_is_an_error() {
    assert!(collect(Path::new("."), &["nothing".to_owned()]).is_err());
}
