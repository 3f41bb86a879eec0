//! Traces for tests.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::op::{Event, Header, Op, Site, WordSize};
use crate::trace::Trace;

pub(crate) const fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

pub(crate) const fn resize(id: u32, size: u64) -> Op {
    Op::Resize { id, size }
}

pub(crate) const fn free(id: u32) -> Op {
    Op::Free { id }
}

/// The operations alone.
pub(crate) fn ops(trace: &Trace) -> Vec<Op> {
    trace.events.iter().map(|event| event.op).collect()
}

/// A trace of bare operations.
pub(crate) fn trace_of(ops: impl IntoIterator<Item = Op>) -> Trace {
    Trace {
        header: Header {
            word: WordSize::Bits64,
            program: String::new(),
        },
        events: ops.into_iter().map(Event::from).collect(),
        sites: Vec::new(),
    }
}

/// A small trace that has something of everything.
pub(crate) fn small() -> Trace {
    let site = |module: &str, offset| Site {
        module: module.into(),
        offset,
    };
    let event = |op, thread, site, time| Event {
        op,
        thread,
        site,
        time,
    };
    Trace {
        header: Header {
            word: WordSize::Bits32,
            program: "blink --fast".into(),
        },
        events: vec![
            event(allocate(0, 24), 0, 1, 0),
            event(
                Op::Allocate {
                    id: 1,
                    size: 256,
                    align: 64,
                },
                1,
                2,
                15,
            ),
            event(allocate(2, 24), 0, 1, 15),
            event(resize(0, 4_000_000_000), 0, 3, 1_000_000),
            event(free(1), 1, 0, 1_000_001),
            event(allocate(3, 0), 0, 1, 1_000_001),
            event(free(0), 0, 3, u64::from(u32::MAX) * 2),
        ],
        sites: vec![
            site("blink", 0x11c0),
            site("libc.so.6", 0x758cc),
            site("blink", 0x11d5),
        ],
    }
}

/// Any trace that makes sense, of up to 400 events.
pub(crate) fn traces() -> impl Strategy<Value = Trace> {
    let word = prop_oneof![Just(WordSize::Bits32), Just(WordSize::Bits64)];
    let header = (word, ".{0,20}").prop_map(|(word, program)| Header { word, program });
    let sites = proptest::collection::hash_set(("[a-d]{0,2}", any::<u64>()), 0..6);
    (header, sites, vec(step(), 0..400)).prop_map(|(header, sites, steps)| {
        let sites: Vec<_> = sites
            .into_iter()
            .map(|(module, offset)| Site { module, offset })
            .collect();
        let mut player = Player {
            live: Vec::new(),
            objects: 0,
            threads: 0,
            time: 0,
        };
        let most = header.word.max_size();
        let events = steps
            .iter()
            .map(|step| player.play(step, most, sites.len() as u32))
            .collect();
        Trace {
            header,
            events,
            sites,
        }
    })
}

/// A random choice, still to be made possible.
type Step = (u8, prop::sample::Index, u64, Option<u32>, u32, u32, u64);

fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![8 => 0..200_u64, 2 => 0..100_000_u64, 1 => any::<u64>()];
    let align = prop_oneof![6 => Just(None), 1 => (0..64_u32).prop_map(Some)];
    let elapsed = prop_oneof![4 => Just(0), 4 => 0..1000_u64, 1 => 0..1_u64 << 50];
    (
        0..5_u8,
        any::<prop::sample::Index>(),
        size,
        align,
        0..4_u32,
        any::<u32>(),
        elapsed,
    )
}

struct Player {
    live: Vec<u32>,
    objects: u32,
    threads: u32,
    time: u64,
}

impl Player {
    fn play(&mut self, step: &Step, most: u64, sites: u32) -> Event {
        let &(kind, which, size, align, thread, site, elapsed) = step;
        let size = size.min(most);
        let op = match kind {
            3 if !self.live.is_empty() => resize(*which.get(&self.live), size.max(1)),
            4 if !self.live.is_empty() => free(self.live.swap_remove(which.index(self.live.len()))),
            _ => {
                let id = self.objects;
                self.objects += 1;
                self.live.push(id);
                Op::Allocate {
                    id,
                    size,
                    align: align.map_or(0, |exponent| 1 << exponent),
                }
            }
        };
        let thread = thread.min(self.threads);
        self.threads = self.threads.max(thread + 1);
        self.time += elapsed;
        Event {
            op,
            thread,
            site: site % (sites + 1),
            time: self.time,
        }
    }
}
