//! The windows: consecutive used blocks without which a request had room.

use std::collections::VecDeque;
use std::ops::Range;

use super::chain::{Chain, Pin};
use super::need::Need;

/// Consecutive used blocks without which there would be room. Each of them is needed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
    /// The free run that there would be: the address of the payload of a block at its start, and
    /// behind it as many bytes as the run has, headers included.
    pub run: Range<u64>,
    /// How many blocks; of a slab each of its objects counts.
    pub blocks: u64,
    /// Bytes that they take, headers included; of a slab all.
    pub bytes: u64,
    /// Bytes of the run that are free already: what they split.
    pub split: u64,
    /// The numbers of the allocations of the oldest and of the youngest, if all are known.
    pub numbers: Option<(u64, u64)>,
    /// Which ones, in the chain.
    pub(super) pins: Range<usize>,
}

impl Window {
    /// Bytes of the free run that there would be.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.run.end - self.run.start
    }
}

/// All windows; none if there is room as it is. O(n): both ends only move on, as a larger set
/// leaves a larger run.
pub(super) fn all(chain: &Chain, need: &Need) -> Vec<Window> {
    let mut windows = Vec::new();
    if chain.gaps().any(|gap| need.fits(&gap)) {
        return windows;
    }
    for stretch in &chain.stretches {
        let fits = |pins: &Range<usize>| need.fits(&chain.run(stretch, pins));
        let mut sliding = Sliding::new(&chain.pins, stretch.pins.start);
        while sliding.grow(stretch.pins.end) {
            if !fits(&sliding.pins) {
                continue;
            }
            while fits(&(sliding.pins.start + 1..sliding.pins.end)) {
                sliding.shrink();
            }
            windows.push(sliding.window(chain.run(stretch, &sliding.pins)));
            // The next window is without the first of this.
            sliding.shrink();
        }
    }
    windows
}

/// A window on its way, and what its blocks add up to.
struct Sliding<'c> {
    all: &'c [Pin],
    pins: Range<usize>,
    blocks: u64,
    bytes: u64,
    /// How many of them have no known number.
    unnumbered: usize,
    /// Those from which on no older one follows, and no younger one, ascending: the first of each
    /// is the oldest, and the youngest, of the window (R. Douglas, "Sliding window minimum").
    oldest: VecDeque<usize>,
    youngest: VecDeque<usize>,
}

impl<'c> Sliding<'c> {
    fn new(all: &'c [Pin], start: usize) -> Self {
        Self {
            all,
            pins: start..start,
            blocks: 0,
            bytes: 0,
            unnumbered: 0,
            oldest: VecDeque::new(),
            youngest: VecDeque::new(),
        }
    }

    /// Takes the next one in, if it is not `end`.
    fn grow(&mut self, end: usize) -> bool {
        let at = self.pins.end;
        if at == end {
            return false;
        }
        let all = self.all;
        self.pins.end += 1;
        self.blocks += all[at].objects;
        self.bytes += all[at].bytes();
        match all[at].numbers {
            None => self.unnumbered += 1,
            Some((oldest, youngest)) => {
                let first = |at: usize| all[at].numbers.map_or(0, |numbers| numbers.0);
                let last = |at: usize| all[at].numbers.map_or(0, |numbers| numbers.1);
                push(&mut self.oldest, at, |other| first(other) >= oldest);
                push(&mut self.youngest, at, |other| last(other) <= youngest);
            }
        }
        true
    }

    /// Leaves the first one out.
    fn shrink(&mut self) {
        let at = self.pins.start;
        self.pins.start += 1;
        self.blocks -= self.all[at].objects;
        self.bytes -= self.all[at].bytes();
        self.unnumbered -= usize::from(self.all[at].numbers.is_none());
        for queue in [&mut self.oldest, &mut self.youngest] {
            if queue.front() == Some(&at) {
                queue.pop_front();
            }
        }
    }

    fn window(&self, run: Range<u64>) -> Window {
        let numbers = |queue: &VecDeque<usize>| self.all[*queue.front()?].numbers;
        let all_known = self.unnumbered == 0;
        Window {
            split: run.end - run.start - self.bytes,
            run,
            blocks: self.blocks,
            bytes: self.bytes,
            numbers: numbers(&self.oldest)
                .zip(numbers(&self.youngest))
                .filter(|_| all_known)
                .map(|((oldest, _), (_, youngest))| (oldest, youngest)),
            pins: self.pins.clone(),
        }
    }
}

/// Puts `at` at the end, in the place of those that it outdoes.
fn push(queue: &mut VecDeque<usize>, at: usize, is_outdone: impl Fn(usize) -> bool) {
    while queue.back().is_some_and(|&last| is_outdone(last)) {
        queue.pop_back();
    }
    queue.push_back(at);
}

/// The cheapest ones that have no block in common.
pub(super) fn cheapest<'w>(windows: &[&'w Window], most: usize) -> Vec<&'w Window> {
    let mut chosen: Vec<&'w Window> = Vec::new();
    while chosen.len() < most {
        let is_apart = |window: &&&'w Window| {
            let mut others = chosen.iter().map(|other| &other.pins);
            others.all(|other| other.end <= window.pins.start || window.pins.end <= other.start)
        };
        let rest = windows.iter().filter(is_apart).copied();
        match rest.min_by_key(|window| (window.bytes, window.blocks)) {
            Some(window) => chosen.push(window),
            None => break,
        }
    }
    chosen
}

/// The one whose oldest block is the youngest; of several the cheapest.
pub(super) fn youngest<'w>(windows: &[&'w Window]) -> Option<&'w Window> {
    let known = windows
        .iter()
        .copied()
        .filter(|window| window.numbers.is_some());
    known.min_by_key(|window| {
        let oldest = window.numbers.map(|numbers| numbers.0);
        (std::cmp::Reverse(oldest), window.bytes)
    })
}

/// The one whose youngest block is the oldest; of several the cheapest.
pub(super) fn oldest<'w>(windows: &[&'w Window]) -> Option<&'w Window> {
    let known = windows
        .iter()
        .copied()
        .filter(|window| window.numbers.is_some());
    known.min_by_key(|window| (window.numbers.map(|numbers| numbers.1), window.bytes))
}
