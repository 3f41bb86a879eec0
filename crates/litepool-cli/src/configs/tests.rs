//! Configurations are found by name.

use litepool_replay::{Memory, Placement};

use super::*;

fn device(names: &[&str], max_size: Option<u64>) -> Device {
    Device {
        word: None,
        base_modulo: 0,
        config: names.iter().map(ToString::to_string).collect(),
        max_size,
    }
}

fn names(word: WordSize, names: &[&str]) -> Vec<&'static str> {
    select(word, &device(names, None))
        .unwrap()
        .iter()
        .map(|configuration| configuration.name)
        .collect()
}

#[test]
fn the_usual_ones_by_default_one_by_name_several_by_the_beginning() {
    let usual = names(WordSize::Bits32, &[]);
    assert_eq!(usual, ["tlsf", "best"]);
    let all = names(WordSize::Bits32, &["all"]);
    assert!(usual.iter().all(|name| all.contains(name)));
    assert_eq!(names(WordSize::Bits32, &["little"]), ["little"]);
    assert!(all.contains(&"little") && !usual.contains(&"little"));
    assert_eq!(
        names(WordSize::Bits32, &["slab-fast"]),
        ["slab-fast-tlsf", "slab-fast-best"]
    );
    assert!(!usual.iter().any(|name| name.starts_with("slab")));
    assert_eq!(names(WordSize::Bits32, &["tlsf"]), ["tlsf"]);
    assert_eq!(
        names(WordSize::Bits32, &["slab-lean"]),
        ["slab-lean-tlsf", "slab-lean-best"]
    );
}

#[test]
fn an_unknown_name_gets_the_list() {
    for name in ["", "tls", "tlsf-", "first-fit"] {
        let error = refusal(&[name], None);
        assert!(error.contains("there are: tlsf, best"), "{error}");
    }
}

fn refusal(names: &[&str], max_size: Option<u64>) -> String {
    let refused = select(WordSize::Bits64, &device(names, max_size));
    refused.unwrap_err().to_string()
}

#[test]
fn a_name_that_was_one_is_told_what_became_of_it() {
    assert!(refusal(&["best-u32"], None).contains("--max-size"));
    assert!(refusal(&["deferred"], None).contains("merged at once"));
}

/// A control block tells how wide its links are.
#[test]
fn the_pool_decides_how_wide_links_are_if_the_device_does_not() {
    let control_block = |size, max_size| {
        let chosen = select(WordSize::Bits32, &device(&["tlsf"], max_size)).unwrap();
        let mut memory = Memory::new(size, Placement::like(0, 0)).unwrap();
        chosen[0].control_block(&mut memory).unwrap()
    };
    let short = control_block(256 << 10, None);
    assert!(control_block((256 << 10) + 4, None) > short + 100);
    assert!(control_block(256 << 10, Some(16 << 20)) > short + 100);
    assert_eq!(control_block(256 << 10, Some(256 << 10)), short);
}

#[test]
fn what_has_no_such_pools_is_left_out() {
    let chosen = select(WordSize::Bits64, &device(&["all"], Some(1 << 20))).unwrap();
    assert!(!chosen.is_empty() && chosen.iter().all(|c| !c.name.ends_with("little")));
    for (name, max_size) in [("little", 1 << 20), ("all", 1 << 40)] {
        let error = refusal(&[name], Some(max_size));
        assert!(error.contains("none of these"), "{error}");
    }
}

#[test]
fn names_are_unique_for_a_word_size() {
    for word in [WordSize::Bits32, WordSize::Bits64] {
        let mut all = names(word, &["all"]);
        let number = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), number);
    }
}
