use super::*;

/// Every distance in a slab, for every size that a class may have.
#[test]
fn a_multiplication_divides_exactly() {
    for size in (STEP..=MAX_OBJECT).step_by(STEP) {
        for slab in [4096, MAX_SLAB] {
            if size > slab / 2 {
                continue;
            }
            let class = Class::new(size, slab);
            for distance in 0..slab as u32 {
                let slot = distance / class.size;
                let expected =
                    (distance.is_multiple_of(class.size) && slot < class.slots).then_some(slot);
                assert_eq!(class.slot_at(distance), expected, "size {size}, {distance}");
            }
            // What lies in the slab's head wraps.
            for before in 1..=HEAD as u32 {
                assert_eq!(class.slot_at(0_u32.wrapping_sub(before)), None);
            }
        }
    }
}

#[test]
fn objects_end_before_the_next_slabs_header() {
    for slab in [Slab::FIXED, Slab::LEAN, Slab::FAST] {
        for class in slab.classes {
            let end = HEAD + (class.slots * class.size) as usize;
            assert!(end <= class.bytes as usize - WORD);
            assert!(class.slots < u64::BITS);
            assert_eq!(class.all_slots.count_ones(), class.slots);
        }
    }
}

#[test]
fn the_table_gives_the_smallest_class_that_holds_a_size() {
    for slab in [Slab::FIXED, Slab::LEAN, Slab::FAST] {
        let table = slab.table();
        for size in 1..=MAX_OBJECT {
            let expected = slab
                .classes
                .iter()
                .position(|class| class.size as usize >= size)
                .unwrap_or(slab.classes.len());
            assert_eq!(usize::from(table[Slab::step_of(size)]), expected, "{size}");
        }
    }
}

/// No class of the fast slab rounds a size up by more than a quarter, save the smallest ones by
/// less than a step.
#[test]
fn the_fast_classes_waste_little() {
    let mut before = 0;
    for class in Slab::FAST.classes {
        let size = class.size as usize;
        assert!(size <= (before + STEP).max(before + before / 4));
        before = size;
    }
}

#[test]
fn a_word_tells_a_class_and_no_changed_bit_tells_another() {
    for slab in [Slab::FIXED, Slab::LEAN, Slab::FAST] {
        for class in slab.classes {
            assert_eq!(Class::of_word(class.word()), Some(*class));
            for bit in 0..u32::BITS {
                assert_eq!(Class::of_word(class.word() ^ 1 << bit), None);
            }
        }
    }
    assert_eq!(Class::of_word(0), None);
    assert_eq!(Class::of_word(u32::MAX), None);
}

#[test]
fn a_slab_that_is_off_has_nothing() {
    assert!(!Slab::OFF.is_on());
    assert_eq!(Slab::OFF.largest_object(), 0);
}
