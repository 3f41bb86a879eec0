//! Random drawings, and what is found by trying everything.

use proptest::prelude::*;

use super::*;

/// Every set of consecutive used blocks without which there is a run that holds the request, if no
/// smaller one of them does.
fn all_windows(snapshot: &Snapshot, need: &Need) -> Vec<Range<usize>> {
    let used: Vec<usize> = (0..snapshot.blocks.len())
        .filter(|&at| is_pin(snapshot, at))
        .collect();
    let serves = |range: Range<usize>| serves(snapshot, need, &used[range]);
    let mut found = Vec::new();
    for start in 0..used.len() {
        for end in start + 1..=used.len() {
            let is_minimal = !serves(start + 1..end) && !serves(start..end - 1);
            if serves(start..end) && is_minimal {
                found.push(used[start]..used[end - 1] + 1);
            }
        }
    }
    found
}

fn is_pin(snapshot: &Snapshot, at: usize) -> bool {
    let block = &snapshot.blocks[at];
    !block.in_slab && held(snapshot, at).next().is_some()
}

/// The free runs without these blocks, put together byte by byte.
fn runs(snapshot: &Snapshot, without: &[usize]) -> Vec<Range<u64>> {
    let mut runs: Vec<Range<u64>> = Vec::new();
    for (at, block) in snapshot.blocks.iter().enumerate() {
        let is_free = !is_pin(snapshot, at) || without.contains(&at);
        if block.in_slab || !is_free {
            continue;
        }
        let range = block.address.unwrap()..block.address.unwrap() + block.extent;
        match runs.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => runs.push(range),
        }
    }
    runs
}

fn serves(snapshot: &Snapshot, need: &Need, without: &[usize]) -> bool {
    runs(snapshot, without).iter().any(|run| need.fits(run))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn windows_are_what_trying_everything_finds(
        drawing in r"([abcd.]{0,3}[.|#]?(\[[ab.]{1,3}\])?){0,9}",
        number in 1u64..12,
        align in prop::sample::select(vec![0u64, 32, 64, 256]),
    ) {
        let snapshot = drawn(&drawing);
        let request = Request { align, ..places(number) };
        let pins = Pins::of(&snapshot, 0, request).unwrap();
        let need = Need::of(&request, choices());
        let expected = if serves(&snapshot, &need, &[]) {
            prop_assert_eq!(pins.room(), Room::There);
            Vec::new()
        } else {
            all_windows(&snapshot, &need)
        };
        let found: Vec<Range<usize>> = pins
            .windows()
            .iter()
            .map(|window| {
                let of = &pins.chain.pins[window.pins.clone()];
                of[0].block..of[of.len() - 1].block + 1
            })
            .collect();
        prop_assert_eq!(&found, &expected);
        for window in pins.windows() {
            let blocks: Vec<&Block> = pins.blocks(window).collect();
            let numbers = || blocks.iter().filter_map(|block| block.number);
            prop_assert_eq!(window.blocks, blocks.len() as u64);
            prop_assert_eq!(window.split + window.bytes, window.size());
            prop_assert_eq!(window.numbers, numbers().min().zip(numbers().max()));
            prop_assert!(need.fits(&window.run));
        }
        let split = || pins.windows().iter().filter(|window| pins.splits(window.split));
        let cost = |window: &Window| (window.bytes, window.blocks);
        let cheapest = pins.cheapest(1).first().map(|window| cost(window));
        prop_assert_eq!(cheapest, split().map(cost).min());
        let youngest = |window: &Window| window.numbers.map(|(_, youngest)| youngest);
        let oldest = |window: &Window| window.numbers.map(|(oldest, _)| oldest);
        prop_assert_eq!(pins.oldest().and_then(youngest), split().filter_map(youngest).min());
        prop_assert_eq!(pins.youngest().and_then(oldest), split().filter_map(oldest).max());
    }

    #[test]
    fn the_pool_without_a_site_is_what_leaving_its_blocks_out_finds(
        drawing in r"([abcd.]{0,3}[.|#]?(\[[ab.]{1,3}\])?){0,9}",
        number in 1u64..12,
        align in prop::sample::select(vec![0u64, 64]),
    ) {
        let snapshot = drawn(&drawing);
        let request = Request { align, ..places(number) };
        let pins = Pins::of(&snapshot, 0, request).unwrap();
        let need = Need::of(&request, choices());
        for without in pins.without(by_site) {
            let is_of_site = |block: &Block| block.stack == without.group as u32;
            let gone: Vec<usize> = (0..snapshot.blocks.len())
                .filter(|&at| is_pin(&snapshot, at) && held(&snapshot, at).all(is_of_site))
                .collect();
            let largest = runs(&snapshot, &gone).into_iter().map(|run| run.end - run.start);
            prop_assert_eq!(without.largest_free, largest.max().unwrap_or(0).saturating_sub(4));
            let fits_anyway = serves(&snapshot, &need, &[]);
            prop_assert_eq!(without.serves || fits_anyway, serves(&snapshot, &need, &gone));
            let of_site = || snapshot.blocks.iter().filter(|block| is_of_site(block));
            prop_assert_eq!(without.blocks, of_site().count() as u64);
            prop_assert_eq!(without.bytes, of_site().map(|block| block.extent).sum::<u64>());
        }
    }
}
