//! A pool stands where the device's stands, as far as alignments can tell.

use super::*;

#[test]
fn the_remainder_is_the_devices() {
    for (base, largest, modulus) in [
        (0, 0, 4096),
        (0x2000_0400, 64, 4096),
        (0x2000_0404, 8192, 8192),
        (12, 65_536, 65_536),
        (12, 1 << 63, 1 << 20),
    ] {
        let mut memory = Memory::new(10_000, Placement::like(base, largest)).unwrap();
        let pool = memory.pool();
        assert_eq!(pool.len(), 10_000);
        assert_eq!(pool.as_ptr().addr() % modulus, base as usize % modulus);
        memory.touch();
    }
}

#[test]
fn an_odd_base_is_noticed() {
    assert_eq!(Placement::like(0x2000_0404, 0).misalignment(4), 0);
    assert_eq!(Placement::like(0x2000_0404, 0).misalignment(8), 4);
}
