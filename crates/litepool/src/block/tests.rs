use super::*;
use crate::config::{Pool32, Standard};
use crate::fit::Tlsf;
use std::format;

#[test]
fn a_header_keeps_its_fields_apart() {
    let header =
        Header::used(SizeField::of::<Pool32>(5), SizeField::of::<Pool32>(32_766)).aligned(true);
    assert_eq!(header.size().granules(), 5);
    assert_eq!(header.previous().granules(), 32_766);
    assert!(header.is_used() && header.is_aligned());

    let moved = header.with_previous(SizeField::of::<Pool32>(7));
    assert_eq!(moved.previous().granules(), 7);
    assert_eq!(moved.size(), header.size());
    assert!(moved.is_used() && moved.is_aligned());

    let released = header.released();
    assert!(!released.is_used() && !released.is_aligned());
    assert_eq!(
        (released.size(), released.previous()),
        (header.size(), header.previous())
    );
}

#[test]
fn a_size_of_32767_granules_is_written_elsewhere() {
    assert!(!SizeField::of::<Pool32>(32_766).is_large::<Pool32>());
    assert!(SizeField::of::<Pool32>(32_767).is_large::<Pool32>());
    assert!(SizeField::of::<Pool32>(1_000_000).is_large::<Pool32>());
    assert_eq!(Form::Large.field(20), SizeField::LARGE);
}

#[test]
fn a_header_prints_decoded() {
    let text = format!(
        "{:?}",
        Header::used(SizeField::of::<Pool32>(3), SizeField::NONE)
    );
    assert!(
        text.contains("SizeField(3)") && text.contains("used: true"),
        "{text}"
    );
}

#[test]
fn the_smallest_block_holds_a_header_and_two_links() {
    assert_eq!(Arena::<Standard<Tlsf, u16, 4>>::MIN, 2);
    assert_eq!(Arena::<Standard<Tlsf, u32, 4>>::MIN, 3);
    assert_eq!(Arena::<Standard<Tlsf, u16, 8>>::MIN, 1);
    assert_eq!(Arena::<Standard<Tlsf, u32, 8>>::MIN, 2);
}

/// A pool of a machine with longer addresses may have blocks on larger multiples than there are
/// here.
#[test]
fn an_alignment_is_any_power_of_two_above_the_granule() {
    for exponent in 3..usize::BITS {
        let alignment = Alignment::of(1 << exponent);
        assert_eq!(alignment.bytes(), 1 << exponent);
        assert!(alignment.is_possible::<Pool32>());
    }
    let possible = |byte: &u8| Alignment(*byte).is_possible::<Pool32>();
    assert!((0..=0xFF).filter(possible).eq((3..32).chain(0xA0..0xC0)));
    for byte in (0..=0xFF).filter(possible) {
        assert!(Alignment(byte).bytes() > Arena::<Pool32>::GRANULE);
    }
}
