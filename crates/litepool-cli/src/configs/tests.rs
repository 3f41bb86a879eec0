//! Configurations are found by name, and their limits are those of their heaps.

use super::*;
use crate::memory::Placement;

fn names(word: WordSize, names: &[&str]) -> Vec<&'static str> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    select(word, &names)
        .unwrap()
        .iter()
        .map(|configuration| configuration.name)
        .collect()
}

#[test]
fn the_usual_ones_by_default_one_by_name_several_by_the_beginning() {
    let usual = names(WordSize::Bits32, &[]);
    assert_eq!(usual, ["tlsf-u16", "tlsf-u32", "best-u16", "best-u32"]);
    let all = names(WordSize::Bits32, &["all"]);
    assert!(usual.iter().all(|name| all.contains(name)));
    assert_eq!(names(WordSize::Bits32, &["little"]), ["little-u16"]);
    assert!(all.contains(&"little-u16") && !usual.contains(&"little-u16"));
    assert_eq!(
        names(WordSize::Bits32, &["slab-fast"]),
        ["slab-fast-tlsf-u32", "slab-fast-best-u32"]
    );
    assert!(!usual.iter().any(|name| name.starts_with("slab")));
    assert_eq!(names(WordSize::Bits32, &["tlsf-u16"]), ["tlsf-u16"]);
    assert_eq!(names(WordSize::Bits32, &["tlsf"]), ["tlsf-u16", "tlsf-u32"]);
}

#[test]
fn an_unknown_name_gets_the_list() {
    for name in ["", "tls", "tlsf-", "first-fit"] {
        let error = select(WordSize::Bits64, &[name.to_string()])
            .unwrap_err()
            .to_string();
        assert!(error.contains("there are: tlsf-u16, tlsf-u32"), "{error}");
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

#[test]
fn the_largest_pool_can_be_made_and_one_granule_more_cannot() {
    for configuration in &REGISTRY {
        let control_block = |size| {
            let memory = Memory::new(size, Placement::like(0, 0));
            memory.map(|mut memory| configuration.control_block(&mut memory))
        };
        // A 32-bit host cannot have the largest of them.
        let Ok(control_block_of_largest) = control_block(configuration.largest) else {
            assert!(cfg!(target_pointer_width = "32") && configuration.largest > 1 << 30);
            continue;
        };
        assert!(control_block_of_largest.is_some(), "{configuration:?}");
        assert_eq!(
            control_block(configuration.largest + configuration.granule).unwrap(),
            None,
            "{configuration:?}"
        );
    }
}
