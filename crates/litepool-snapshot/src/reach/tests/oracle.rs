//! Devices with words by chance, against the plainest search that there is.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use super::device::{Device, HEADER, IDLE_STACK, STACK, VARIABLES};
use crate::reach::Reach;

/// A word: where it is, and where it points to.
#[derive(Clone, Debug)]
struct Word {
    /// In which block, if in one, and which word of it or of the other memory.
    place: (Place, u64),
    /// To which block, and how many bytes from where its payload begins.
    target: (usize, i64),
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Place {
    Variable,
    Stack,
    Elsewhere,
    Block(usize),
}

const BLOCKS: usize = 8;
const SIZE: u64 = 16;

fn word() -> impl Strategy<Value = Word> {
    let place = prop_oneof![
        1 => Just(Place::Variable),
        1 => Just(Place::Stack),
        1 => Just(Place::Elsewhere),
        9 => (0..BLOCKS).prop_map(Place::Block),
    ];
    let offset = prop_oneof![
        4 => Just(0),
        1 => Just(-4),
        1 => 1..SIZE as i64,
        1 => Just(SIZE as i64),
    ];
    ((place, 0..SIZE / 4), (0..BLOCKS, offset)).prop_map(|(place, target)| Word { place, target })
}

/// The blocks that are reached from `roots`, with `known` besides, over words that `follow` allows.
fn closure(
    words: &[Word],
    known: &BTreeSet<usize>,
    roots: &[Place],
    follow: impl Fn(i64) -> bool,
) -> BTreeSet<usize> {
    let mut reached = known.clone();
    loop {
        let before = reached.len();
        for Word { place, target } in words {
            let is_seen = match place.0 {
                Place::Block(block) => reached.contains(&block),
                root => roots.contains(&root),
            };
            let points_into = (0..SIZE as i64).contains(&target.1);
            if is_seen && points_into && follow(target.1) {
                reached.insert(target.0);
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

/// The words as a device has them: of two in one place, the last.
fn device(words: &[Word]) -> (Device, Vec<u64>, Vec<Word>) {
    let mut device = Device::new();
    let blocks: Vec<u64> = (0..BLOCKS).map(|_| device.block(SIZE)).collect();
    let mut last: Vec<Word> = Vec::new();
    for word in words {
        last.retain(|other| other.place != word.place);
        last.push(word.clone());
    }
    for Word { place, target } in &last {
        let base = match place.0 {
            Place::Variable => VARIABLES,
            Place::Stack => IDLE_STACK,
            Place::Elsewhere => STACK,
            Place::Block(block) => blocks[block],
        };
        let pointer = blocks[target.0].wrapping_add_signed(target.1);
        device.set(base + 4 * place.1, pointer);
    }
    // A pointer to the header's first byte is one behind the block before it.
    assert_eq!(HEADER, 4);
    (device, blocks, last)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_reached_is_what_the_plainest_search_finds(words in vec(word(), 0..24)) {
        let (device, blocks, words) = device(&words);
        let none = BTreeSet::new();
        let named = [Place::Variable];
        let all = [Place::Variable, Place::Stack, Place::Elsewhere];
        let any = |_| true;
        let starts = |offset| offset == 0;
        let sure = closure(&words, &none, &named, starts);
        let inside = closure(&words, &sure, &named, any);
        let elsewhere = closure(&words, &inside, &all, starts);
        let reached = closure(&words, &elsewhere, &all, any);
        let verdicts = device.verdicts();
        for (index, verdict) in verdicts.iter().enumerate() {
            let expected = (reached.contains(&index)).then(|| Reach::Reached {
                inside: !sure.contains(&index)
                    && (inside.contains(&index) || !elsewhere.contains(&index)),
                named: inside.contains(&index),
            });
            match expected {
                Some(expected) => prop_assert_eq!(*verdict, expected),
                None => prop_assert!(verdict.is_leaked()),
            }
        }
        prop_assert_eq!(blocks.len(), verdicts.len());
    }

    #[test]
    fn direct_leaks_lead_to_all_and_are_as_few_as_that_takes(words in vec(word(), 0..24)) {
        let (device, _, words) = device(&words);
        let led_to = |from: usize| closure(&words, &BTreeSet::from([from]), &[], |_| true);
        let leaked: BTreeSet<usize> = (device.verdicts().iter().enumerate())
            .filter(|(_, verdict)| verdict.is_leaked())
            .map(|(index, _)| index)
            .collect();
        let leaks = device.leaks();
        let found: BTreeSet<usize> = leaks.iter().flat_map(|leak| led_to(leak.block)).collect();
        prop_assert!(leaked.is_subset(&found));
        // None of them leads to another one.
        for leak in &leaks {
            let found = led_to(leak.block);
            prop_assert!(leaks.iter().all(|it| it.block == leak.block || !found.contains(&it.block)));
        }
        let others: usize = leaks.iter().map(|leak| leak.others).sum();
        prop_assert_eq!(leaks.len() + others, leaked.len());
    }
}
