//! Traces for tests.

use proptest::collection::{hash_set, vec};
use proptest::prelude::*;

use crate::interned::{Frame, Interned, Location, MAX_DEPTH, Module, Stack};
use crate::op::{Event, EventKind, Header, Op, WordSize};
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
    trace.events.iter().filter_map(Event::op).collect()
}

/// The innermost frames of all stacks, as module and offset.
pub(crate) fn sites(trace: &Trace) -> Vec<(&str, u64)> {
    let interned = &trace.interned;
    (1..)
        .zip(&interned.stacks)
        .map(|(stack, _)| {
            let frame = interned.innermost(stack).unwrap();
            let module = interned.module_of(frame).unwrap();
            (module.path.as_str(), frame.offset)
        })
        .collect()
}

/// A trace of bare operations.
pub(crate) fn trace_of(ops: impl IntoIterator<Item = Op>) -> Trace {
    Trace {
        header: Header {
            word: WordSize::Bits64,
            program: String::new(),
        },
        events: ops.into_iter().map(Event::from).collect(),
        interned: Interned::default(),
    }
}

/// A location in a file of its function's name.
pub(crate) fn location(function: &str, line: u32) -> Location {
    Location {
        function: function.into(),
        file: format!("src/{function}.c").into(),
        line,
    }
}

/// A small trace that has something of everything.
pub(crate) fn small() -> Trace {
    let module = |path: &str, build_id: &[u8]| Module {
        path: path.into(),
        build_id: build_id.into(),
    };
    let frame = |module, offset, locations: &[Location]| Frame {
        module,
        offset,
        locations: locations.into(),
    };
    let stack = |parent, frame| Stack { frame, parent };
    let event = |kind: EventKind, thread, stack, pool, time| Event {
        kind,
        thread,
        stack,
        pool,
        time,
    };
    let refused = |size, resized| EventKind::Refused {
        size,
        align: 0,
        resized,
    };
    let aligned = Op::Allocate {
        id: 1,
        size: 256,
        align: 64,
    };
    let [later, late] = [1_000_001, u64::from(u32::MAX) * 2];
    Trace {
        header: Header {
            word: WordSize::Bits32,
            program: "blink --fast".into(),
        },
        events: vec![
            event(allocate(0, 24).into(), 0, 2, 0, 0),
            event(aligned.into(), 1, 3, 1, 15),
            event(allocate(2, 24).into(), 0, 2, 0, 15),
            event(resize(0, 4_000_000_000).into(), 0, 3, 1, 1_000_000),
            event(free(1).into(), 1, 0, 0, later),
            event(refused(u64::MAX, None), 1, 3, 2, later),
            event(EventKind::Gap { lost: 17 }, 0, 0, 0, later),
            event(allocate(3, 0).into(), 0, 2, 0, later),
            event(refused(30, Some(2)), 0, 1, 0, later),
            event(EventKind::ForeignFree, 2, 4, 0, later),
            event(free(0).into(), 0, 3, 0, late),
            event(EventKind::ThreadEnd, 1, 0, 0, late),
        ],
        interned: Interned {
            modules: vec![module("blink", &[0xb1; 20]), module("libc.so.6", &[])],
            frames: vec![
                frame(0, 0x11c0, &[location("main", 12)]),
                frame(0, 0x12d5, &[location("grow", 7), location("blink", 40)]),
                frame(1, 0x758cc, &[]),
            ],
            stacks: vec![stack(0, 0), stack(1, 1), stack(1, 2), stack(0, 2)],
            threads: vec!["main".into(), String::new(), "net".into()],
            pools: vec![String::new(), "dma".into()],
        },
    }
}

/// Any trace that makes sense, of up to 400 events.
pub(crate) fn traces() -> impl Strategy<Value = Trace> {
    let word = prop_oneof![Just(WordSize::Bits32), Just(WordSize::Bits64)];
    let header = (word, ".{0,20}").prop_map(|(word, program)| Header { word, program });
    let names = vec("[a-z]{0,3}", 0..6);
    (
        header,
        interned(),
        names.clone(),
        names,
        vec(step(), 0..400),
    )
        .prop_map(|(header, interned, threads, pools, steps)| {
            let stacks = interned.stacks.len() as u32;
            let mut player = Player {
                live: Vec::new(),
                objects: 0,
                threads: 0,
                pools: 1,
                time: 0,
            };
            let most = header.word.max_size();
            let events = steps
                .iter()
                .map(|step| player.play(step, most, stacks))
                .collect();
            Trace {
                header,
                events,
                interned: Interned {
                    threads: known(threads, player.threads),
                    pools: known(pools, player.pools),
                    ..interned
                },
            }
        })
}

/// The names of those that appear, as a reader has them: without empty ones at the end.
fn known(mut names: Vec<String>, count: u32) -> Vec<String> {
    names.truncate(count as usize);
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    names
}

/// Up to some modules, frames in them, and stacks, none of them twice.
fn interned() -> impl Strategy<Value = Interned> {
    let location =
        ("[a-c]{0,2}", "[x-z]{0,2}", any::<u32>()).prop_map(|(function, file, line)| Location {
            function: function.into(),
            file: file.into(),
            line,
        });
    let index = any::<prop::sample::Index>;
    (
        hash_set(("[a-d]{0,2}", vec(any::<u8>(), 0..3)), 0..4),
        vec((index(), any::<u64>(), vec(location, 0..3)), 0..8),
        vec((index(), index()), 0..80),
    )
        .prop_map(|(modules, frames, stacks)| {
            let mut interned = Interned::default();
            for (path, build_id) in modules {
                interned.modules.push(Module { path, build_id });
            }
            for (module, offset, locations) in frames {
                if interned.modules.is_empty() {
                    break;
                }
                let frame = Frame {
                    module: module.index(interned.modules.len()) as u32,
                    offset,
                    locations,
                };
                if !interned.frames.contains(&frame) {
                    interned.frames.push(frame);
                }
            }
            for (parent, frame) in stacks {
                if interned.frames.is_empty() {
                    break;
                }
                let stack = Stack {
                    parent: parent.index(interned.stacks.len() + 1) as u32,
                    frame: frame.index(interned.frames.len()) as u32,
                };
                let is_deep = interned.frames_of(stack.parent).count() == MAX_DEPTH;
                if !is_deep && !interned.stacks.contains(&stack) {
                    interned.stacks.push(stack);
                }
            }
            interned
        })
}

/// A random choice, still to be made possible.
type Step = (
    u8,
    prop::sample::Index,
    u64,
    Option<u32>,
    (u32, u32, u32),
    u64,
);

fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![8 => 0..200_u64, 2 => 0..100_000_u64, 1 => any::<u64>()];
    let align = prop_oneof![6 => Just(None), 1 => (0..64_u32).prop_map(Some)];
    let elapsed = prop_oneof![4 => Just(0), 4 => 0..1000_u64, 1 => 0..1_u64 << 50];
    (
        0..12_u8,
        any::<prop::sample::Index>(),
        size,
        align,
        (0..4_u32, any::<u32>(), 0..3_u32),
        elapsed,
    )
}

struct Player {
    live: Vec<u32>,
    objects: u32,
    threads: u32,
    pools: u32,
    time: u64,
}

impl Player {
    fn play(&mut self, step: &Step, most: u64, stacks: u32) -> Event {
        let &(choice, which, size, align, (thread, stack, pool), elapsed) = step;
        let align = align.map_or(0, |exponent| 1 << exponent);
        let kind = self.kind(choice, which, size, align, most);
        let thread = thread.min(self.threads);
        self.threads = self.threads.max(thread + 1);
        let has_pool = matches!(
            kind,
            EventKind::Refused { .. } | EventKind::Op(Op::Allocate { .. } | Op::Resize { .. })
        );
        let pool = if has_pool { pool.min(self.pools) } else { 0 };
        self.pools = self.pools.max(pool + 1);
        self.time += elapsed;
        Event {
            kind,
            thread,
            stack: stack % (stacks + 1),
            pool,
            time: self.time,
        }
    }

    fn kind(
        &mut self,
        choice: u8,
        which: prop::sample::Index,
        size: u64,
        align: u64,
        most: u64,
    ) -> EventKind {
        let any = (!self.live.is_empty()).then(|| which.index(self.live.len()));
        match (choice, any) {
            (0, _) => EventKind::ForeignFree,
            (1, _) => EventKind::ThreadEnd,
            (2, _) => EventKind::Gap { lost: size },
            (3, any) => EventKind::Refused {
                size,
                align,
                resized: any.map(|index| self.live[index]),
            },
            (4, _) => EventKind::Refused {
                size,
                align,
                resized: None,
            },
            (5 | 6, Some(index)) => resize(self.live[index], size.clamp(1, most)).into(),
            (7 | 8, Some(index)) => free(self.live.swap_remove(index)).into(),
            _ => {
                let id = self.objects;
                self.objects += 1;
                self.live.push(id);
                let size = size.min(most);
                Op::Allocate { id, size, align }.into()
            }
        }
    }
}
