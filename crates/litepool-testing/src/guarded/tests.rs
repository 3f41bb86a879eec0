use std::process::Command;

use super::*;

/// The name by which the test below tells its child which byte to read.
const OUTSIDE: &str = "LITEPOOL_TESTING_READ";

/// Reads the byte at `offset` from the base of memory in a process of its own; says whether that
/// survives.
fn survives(size: usize, flush: Flush, offset: isize) -> bool {
    let child = Command::new(std::env::current_exe().expect("this test"))
        .args([
            "--exact",
            "guarded::tests::the_child_reads_where_it_is_told",
        ])
        .env(OUTSIDE, format!("{size} {} {offset}", flush == Flush::Low))
        .output();
    child.expect("this test runs").status.success()
}

#[test]
fn the_child_reads_where_it_is_told() {
    let Ok(told) = std::env::var(OUTSIDE) else {
        return;
    };
    let [size, low, offset] = told.split(' ').collect::<Vec<_>>()[..] else {
        panic!("a size, a side and an offset");
    };
    let flush = if low == "true" {
        Flush::Low
    } else {
        Flush::High
    };
    let memory = Guarded::new(size.parse().expect("a size"), flush);
    let at = memory
        .base()
        .as_ptr()
        .wrapping_offset(offset.parse().expect("an offset"));
    // SAFETY: perhaps not readable, which is what is tried: the process ends then.
    std::hint::black_box(unsafe { at.read_volatile() });
}

#[test]
fn whole_pages_are_tight_on_both_sides() {
    let size = 4 * region::page::size();
    for flush in [Flush::Low, Flush::High] {
        for (offset, lives) in [
            (0, true),
            (usize::MAX, false),
            (size - 1, true),
            (size, false),
        ]
        .map(|(offset, lives)| (offset.cast_signed(), lives))
        {
            assert_eq!(survives(size, flush, offset), lives, "{flush:?}: {offset}");
        }
    }
}

#[test]
fn other_sizes_are_tight_on_the_side_that_is_asked_for() {
    let size = region::page::size() + 100;
    for (flush, offset, lives) in [
        (Flush::Low, -1, false),
        (Flush::Low, size as isize, true),
        (Flush::High, -1, true),
        (Flush::High, size as isize, false),
    ] {
        assert_eq!(survives(size, flush, offset), lives, "{flush:?}: {offset}");
    }
}

#[test]
fn addresses_far_outside_are_inaccessible_too() {
    for offset in [-(INACCESSIBLE as isize), INACCESSIBLE as isize] {
        assert!(!survives(4096, Flush::Low, offset), "{offset}");
    }
}

#[test]
fn the_low_bits_of_addresses_never_differ() {
    for size in [4096, 100_000, 12] {
        let base = |flush| Guarded::new(size, flush).base().addr().get() % BOUNDARY;
        assert_eq!(base(Flush::Low), 0);
        assert_eq!(base(Flush::High), base(Flush::High));
    }
}

#[test]
fn bytes_are_kept_and_flipped() {
    let mut memory = Guarded::copy_of(&[1, 2, 3], Flush::High);
    memory.flip(8 + 7);
    assert_eq!(memory.bytes(), [1, 0x82, 3]);
    memory.restore(&[4, 5, 6]);
    assert_eq!((memory.size(), memory.bytes()), (3, vec![4, 5, 6]));
}
