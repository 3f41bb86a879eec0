//! What is recommended is round, and large enough.

use super::*;

#[test]
fn round_sizes_are_at_most_a_little_larger() {
    for size in [1, 100, 1_000, 97_904, 1_000_000, 123_456_789] {
        let round = rounded_up(size);
        assert!(
            round >= size && round - size <= (size / 128).max(16),
            "{size} -> {round}"
        );
    }
    assert_eq!(rounded_up(97_904), 98_304);
    assert_eq!(rounded_up(98_304), 98_304);
}
