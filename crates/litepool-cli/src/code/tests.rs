//! Source text has the links that were replayed, and strangers' texts stay in their comments.

use litepool_replay::configurations;

use super::*;

fn replayed(word: WordSize, name: &str) -> Replayed {
    let mut all = configurations(word);
    Replayed {
        configuration: all.find(|one| one.name == name).unwrap(),
        max_size: None,
    }
}

/// The same with the `MAX_SIZE` that a command line asks for.
fn asked(word: WordSize, name: &str, max_size: u64) -> Replayed {
    let Replayed { configuration, .. } = replayed(word, name);
    Replayed {
        configuration: configuration.with_max_size(max_size).unwrap(),
        max_size: Some(max_size),
    }
}

#[test]
fn max_size_holds_the_pool_and_has_the_links_that_were_replayed() {
    let pools = [86_016, 262_144, 300_000, 600_000, 3 << 20, 300 << 20];
    for word in [WordSize::Bits32, WordSize::Bits64] {
        for configuration in configurations(word) {
            for wide in [None, Some(16 << 20)] {
                let Some(configuration) = configuration.with_max_size(wide.unwrap_or(0)) else {
                    continue;
                };
                let replayed = Replayed {
                    configuration,
                    max_size: wide,
                };
                let fitting = pools
                    .iter()
                    .filter(|&&pool| pool <= configuration.largest());
                for (&pool, room) in fitting.flat_map(|pool| [(pool, 0), (pool, 16 << 20)]) {
                    let links = |size: usize| size.div_ceil(configuration.granule) > 1 << 16;
                    let max_size = replayed.max_size(pool, room);
                    assert!(max_size >= pool, "{} {pool}", configuration.name);
                    assert_eq!(links(max_size), links(configuration.max_size(pool)));
                }
            }
        }
    }
}

#[test]
fn the_largest_pool_decides_the_max_size_of_the_library() {
    let last = |word, pools: &[usize]| {
        let features = replayed(word, "tlsf").features(pools).unwrap();
        *features.last().unwrap()
    };
    let (default, word32, word64) = ("kernel-mem-tlsf", WordSize::Bits32, WordSize::Bits64);
    assert_eq!(last(word32, &[200_000]), "max-256k");
    assert_eq!(last(word32, &[4_732, 200_000]), "max-256k");
    assert_eq!(last(word32, &[3 << 20]), default);
    assert_eq!(last(word32, &[3 << 20, 1 << 20]), default);
    assert_eq!(last(word32, &[3 << 20, 20 << 20]), "max-2g");
    assert_eq!(last(word64, &[20 << 20]), default);
    assert_eq!(last(word64, &[300 << 20]), "max-2g");
}

#[test]
fn pools_whose_links_the_library_would_have_wider_are_refused() {
    let refused = Err(NotInC::Links);
    let best = replayed(WordSize::Bits32, "best");
    assert_eq!(best.features(&[4_096, 300_000]), refused);
    // 16-bit links reach to 512 KiB with granules of 8 bytes, where the library has none.
    for name in ["tlsf", "little"] {
        let replayed = replayed(WordSize::Bits64, name);
        assert_eq!(replayed.features(&[300_000]), refused);
        assert!(replayed.features(&[200_000]).is_ok());
    }
    // What is said to help does.
    for word in [WordSize::Bits32, WordSize::Bits64] {
        let wide = asked(word, "best", 16 << 20);
        let features = wide.features(&[4_096, 300_000]).unwrap();
        assert!(!features.iter().any(|feature| feature.starts_with("max-")));
    }
    // A MAX_SIZE that the library would have with other links.
    let narrow = asked(WordSize::Bits64, "best", 300_000);
    assert_eq!(narrow.features(&[4_096]), refused);
}

#[test]
fn slabs_of_litepools_own_are_not_in_c() {
    for configuration in configurations(WordSize::Bits32) {
        let replayed = Replayed {
            configuration,
            max_size: None,
        };
        let is_in_c = replayed.features(&[4_096]) != Err(NotInC::Slab);
        assert_eq!(is_in_c, has_switches(&configuration));
        let name = configuration.name;
        assert_eq!(is_in_c, !name.contains("lean") && !name.contains("fast"));
    }
}

#[test]
fn a_strangers_text_stays_in_its_comment() {
    for (text, shown) in [
        ("f\n#define x\u{202e} \\", "f #define x"),
        ("a */ int x; /* b", "a * / int x; / * b"),
        ("*/*/", "* / * /"),
        ("*\u{200f}/", "* /"),
        ("next ??/", "next ? ?/"),
        ("next ????//", "next ??? ?//"),
        ("解析 \\ x", "解析 \\ x"),
    ] {
        assert_eq!(harmless(text, 90), shown);
    }
    assert_eq!(harmless(&"x".repeat(200), 80).chars().count(), 80);
}
