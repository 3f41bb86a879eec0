use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::vec;
use std::vec::Vec;

use super::identity::VERSION;
use super::*;
use crate::memory::Memory;

/// What configurations may choose, in many combinations.
fn all_choices() -> Vec<Choices> {
    let algorithms = [
        Algorithm::Tlsf,
        Algorithm::BestFit,
        Algorithm::BestFitLittle,
    ];
    let owner = |tasks, modules| Some(Rows { tasks, modules });
    let records = [
        (None, None),
        (owner(0, 0), None),
        (owner(64, 0), None),
        (None, Some(0)),
        (owner(257, 100), Some(4)),
    ];
    let slab = SlabLayout {
        classes: 4,
        expands: true,
        keeps_empty: false,
        place_shift: 9,
    };
    let other = SlabLayout {
        classes: 63,
        expands: false,
        keeps_empty: true,
        place_shift: 6,
    };
    let mut all = Vec::new();
    for (at, size_bits) in (6..=29).enumerate() {
        for algorithm in algorithms {
            for (owner, sites) in records {
                for slab in [SlabLayout::NONE, slab, other] {
                    all.push(Choices {
                        algorithm,
                        size_bits,
                        granule: if at % 2 == 0 { 4 } else { 8 },
                        hardened: at % 3 == 0,
                        record: RecordLayout { owner, sites },
                        slab,
                        joined: at % 5 == 0,
                    });
                }
            }
        }
    }
    all
}

/// Words, as memory.
fn memory(words: &mut [MaybeUninit<u32>]) -> Memory {
    let size = size_of_val(words) as u32;
    // SAFETY: the words are borrowed for as long as the test uses the memory.
    unsafe { Memory::new(NonNull::from(words).cast(), size) }
}

#[test]
fn a_pool_names_its_whole_layout() {
    let mut words = vec![MaybeUninit::new(0); 16_384];
    let memory = memory(&mut words);
    for choices in all_choices() {
        let layout = Layout::new(choices);
        layout.write(&memory, 1234);
        assert_eq!(Layout::read(&memory), Ok((layout, 1234)));
        assert!(layout.is_stated(&memory, 1234));
        assert!(!layout.is_stated(&memory, 1235));
    }
}

#[test]
fn no_two_choices_are_named_alike() {
    let mut words = vec![MaybeUninit::new(0); 16_384];
    let memory = memory(&mut words);
    let all = all_choices();
    for (at, &choices) in all.iter().enumerate().step_by(17) {
        Layout::new(choices).write(&memory, 1234);
        for (other, &choices) in all.iter().enumerate() {
            let is_stated = Layout::new(choices).is_stated(&memory, 1234);
            assert_eq!(is_stated, at == other);
        }
    }
}

/// How much is proved may differ from one user of a pool to the next.
#[test]
fn a_pool_may_be_opened_with_another_check() {
    let mut words = vec![MaybeUninit::new(0); 64];
    let memory = memory(&mut words);
    let choices = all_choices()[0];
    Layout::new(choices).write(&memory, 100);
    let other = Choices {
        hardened: !choices.hardened,
        ..choices
    };
    assert!(Layout::new(other).is_stated(&memory, 100));
}

#[test]
fn what_is_no_pool_of_this_version_is_refused() {
    let mut words = vec![MaybeUninit::new(0); 64];
    let memory = memory(&mut words);
    assert_eq!(Layout::read(&memory), Err(Unreadable::NotAPool));
    Layout::new(all_choices()[0]).write(&memory, 100);
    memory.store_byte(2, VERSION + 1);
    assert_eq!(Layout::read(&memory), Err(Unreadable::Version(VERSION + 1)));
    // Version 1 had its own in the third word.
    for (at, byte) in b"LP".iter().enumerate() {
        memory.store_byte(at, *byte);
    }
    memory.store(2 * WORD, 1);
    assert_eq!(Layout::read(&memory), Err(Unreadable::Version(1)));
}

/// Whatever the first words are, nothing panics, and nothing behind the memory is read.
#[test]
fn any_bytes_are_read_or_refused() {
    let mut random = crate::fit::tests::Random(12_345);
    for size in [0, 3, 9, 10, 11, 64] {
        let mut words = vec![MaybeUninit::new(0); size];
        let memory = memory(&mut words);
        for choices in all_choices() {
            let layout = Layout::new(choices);
            if layout.fit_state > 4 * size {
                assert!(size >= 10 || Layout::read(&memory).is_err());
                continue;
            }
            layout.write(&memory, 100);
            for _ in 0..20 {
                let at = random.below(12);
                memory.store_byte(at, memory.load_byte(at) ^ 1 << random.below(8));
                let _ = Layout::read(&memory);
            }
        }
    }
}

#[test]
fn parts_of_the_control_block_do_not_overlap() {
    for choices in all_choices() {
        let layout = Layout::new(choices);
        let slab_end = SLAB_STATE + Layout::slab_bytes(choices.slab.classes, layout.link);
        assert!(slab_end <= layout.track_state);
        assert!(layout.track_state <= layout.region_state);
        assert!(layout.region_state <= layout.fit_state);
        let starts = [layout.track_state, layout.region_state, layout.fit_state];
        assert!(starts.iter().all(|start| start.is_multiple_of(WORD)));
        // A free block of the smallest size has room for what stands in one, and so has a used one.
        let min = layout.min as usize * choices.granule;
        assert!(min >= 2 * WORD && min > WORD + layout.record);
        assert_eq!(layout.link, if choices.size_bits > 16 { 4 } else { 2 });
    }
}
