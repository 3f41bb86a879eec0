//! Every event arrives once, or is counted as lost, whoever produces and whenever it is read.

extern crate std;

mod readers;
mod threads;

use core::ptr::NonNull;
use core::sync::atomic::AtomicU32;
use std::cell::Cell;
use std::string::String;
use std::vec::Vec;
use std::{format, thread, vec};

use litepool::event::{Event as Happened, What};

use super::*;
use crate::{Error, Event, Message, Name, Record, Splitter};

/// What a desk makes of a stream.
#[derive(Default)]
struct Desk {
    splitter: Splitter,
    /// Number, time, task, pool, stack, event.
    events: Vec<(u64, u64, Task, u64, Vec<u64>, Event)>,
    lost: u64,
    abouts: Vec<(u64, u64, u64)>,
    names: Vec<String>,
    errors: Vec<Error>,
}

impl Desk {
    fn take(&mut self, mut bytes: &[u8]) {
        while let Some(message) = self.splitter.next(&mut bytes) {
            match message {
                Ok(Message::About(about)) => {
                    self.abouts
                        .push((about.number, about.unlisted_pools, about.unlisted_tasks));
                }
                Ok(Message::Names(names)) => {
                    self.names
                        .extend(names.map(|name| printed(&name.expect("a name"))));
                }
                Ok(Message::Events(records)) => {
                    for record in records {
                        let Record {
                            number,
                            time,
                            task,
                            pool,
                            stack,
                            event,
                        } = record.expect("a record");
                        if let Event::Lost { count } = event {
                            self.lost += count;
                        }
                        self.events
                            .push((number, time, task, pool, stack.collect(), event));
                    }
                }
                Err(error) => self.errors.push(error),
            }
        }
    }

    /// All there is.
    fn drain<D: Device, const W: usize, const S: usize, const P: usize, const T: usize>(
        &mut self,
        recorder: &Recorder<D, W, S, P, T>,
    ) -> usize {
        let (mut buffer, mut all) = ([0; 33], 0);
        loop {
            let length = recorder.read(&mut buffer);
            if length == 0 {
                return all;
            }
            all += length;
            self.take(&buffer[..length]);
        }
    }

    fn what(&self) -> Vec<Event> {
        self.events.iter().map(|event| event.5).collect()
    }

    /// Nothing is missing that is not told: each number follows from those before.
    fn is_seamless(&self) -> bool {
        let mut next = 0;
        self.errors.is_empty()
            && self.events.iter().all(|event| {
                let follows = event.0 == next;
                next += event.5.count();
                follows
            })
    }
}

fn printed(name: &Name<'_>) -> String {
    match *name {
        Name::Pool {
            address,
            size,
            name,
        } => format!("{address:x} {size} {}", String::from_utf8_lossy(name)),
        Name::Task { task, name } => format!("{task} {}", String::from_utf8_lossy(name)),
    }
}

struct Plain;
impl Device for Plain {}

const POOL: usize = 0x1000;

fn allocated(address: usize, size: usize) -> Happened {
    Happened {
        pool: POOL,
        what: What::Allocated {
            pointer: pointer(address),
            size,
            align: 1,
        },
    }
}

fn freed(address: usize) -> Happened {
    Happened {
        pool: POOL,
        what: What::Freed {
            pointer: pointer(address),
        },
    }
}

fn pointer(address: usize) -> NonNull<u8> {
    NonNull::new(core::ptr::without_provenance_mut(address)).expect("not null")
}

#[test]
fn all_kinds_arrive_as_they_happened() {
    static RECORDER: Recorder<Plain, 128, 0> = Recorder::new();
    let [a, b] = [pointer(0x1010), pointer(0x1080)];
    let (size, align) = (24, 64);
    for what in [
        What::Initialised { size: 4096 },
        What::Allocated {
            pointer: a,
            size,
            align: 1,
        },
        What::Allocated {
            pointer: b,
            size,
            align,
        },
        What::Resized {
            from: a,
            to: b,
            size,
        },
        What::Freed { pointer: a },
        What::NotAllocated { size, align },
        What::NotFreed { pointer: b },
        What::NotResized { pointer: b, size },
        What::Deinitialised,
    ] {
        RECORDER.record(&Happened { pool: POOL, what });
    }
    RECORDER.task_ended(5);
    let mut desk = Desk::default();
    desk.drain(&RECORDER);
    let (size, align_log2) = (24, 6);
    assert_eq!(
        desk.what(),
        [
            Event::Initialised { size: 4096 },
            Event::Allocated {
                block: 0x1010,
                size,
                align_log2: 0
            },
            Event::Allocated {
                block: 0x1080,
                size,
                align_log2
            },
            Event::Resized {
                from: 0x1010,
                to: 0x1080,
                size
            },
            Event::Freed { block: 0x1010 },
            Event::NotAllocated { size, align_log2 },
            Event::NotFreed { block: 0x1080 },
            Event::NotResized {
                block: 0x1080,
                size
            },
            Event::Deinitialised,
            Event::TaskEnded {
                task: Task::Number(5)
            },
        ]
    );
    assert!(desk.is_seamless());
    assert!(desk.events[..9].iter().all(|event| event.3 == POOL as u64));
    assert_eq!(desk.events[9].3, 0);
}

#[test]
fn what_happens_before_anybody_reads_waits_in_the_ring() {
    static RECORDER: Recorder<Plain, 64, 0> = Recorder::new();
    for n in 0..100 {
        RECORDER.record(&allocated(0x1010 + 16 * n, n));
    }
    let mut desk = Desk::default();
    desk.drain(&RECORDER);
    assert!(desk.is_seamless());
    // One word for the pool, three for each event; and there has to be room for the longest one.
    assert_eq!(desk.events.len(), 19 + 1);
    assert_eq!(desk.events[19].5, Event::Lost { count: 81 });
    RECORDER.record(&freed(0x1010));
    desk.drain(&RECORDER);
    assert!(desk.is_seamless());
    assert_eq!(desk.events[20].0, 100);
}

#[test]
fn lost_events_are_told_where_they_were_lost() {
    static RECORDER: Recorder<Plain, 64, 0> = Recorder::new();
    let mut desk = Desk::default();
    for round in 0..50 {
        for n in 0..25 + round {
            RECORDER.record(&allocated(0x1010 + 16 * n, n));
        }
        // Part of a frame only.
        let mut buffer = [0; 10];
        let length = RECORDER.read(&mut buffer);
        desk.take(&buffer[..length]);
        RECORDER.record(&freed(0x1010));
        desk.drain(&RECORDER);
    }
    assert!(desk.is_seamless());
    let told = desk.events.iter().map(|event| event.5.count()).sum::<u64>();
    assert_eq!(told, (0..50).map(|round| 26 + round).sum::<u64>());
    assert!(desk.lost > 0);
}

std::thread_local! {
    static CLOCK: Cell<u32> = const { Cell::new(0) };
    static TASK: Cell<Task> = const { Cell::new(Task::None) };
}

/// A device whose clock and task the test sets.
struct Set;
impl Device for Set {
    const HAS_CLOCK: bool = true;

    fn ticks() -> u32 {
        CLOCK.get()
    }

    fn task() -> Task {
        TASK.get()
    }

    fn callers(sites: &mut [usize]) -> usize {
        sites[0] = 0x801;
        sites[1] = 0x901;
        // More than there is room for: said, not done.
        40
    }
}

#[test]
fn an_event_has_its_task_and_its_stack() {
    static RECORDER: Recorder<Set, 64, 2> = Recorder::new();
    for task in [
        Task::None,
        Task::Interrupt,
        Task::Number(0),
        Task::Number(65_532),
        Task::Number(70_000),
    ] {
        TASK.set(task);
        RECORDER.record(&freed(0x1010));
    }
    let mut desk = Desk::default();
    desk.drain(&RECORDER);
    let tasks: Vec<Task> = desk.events.iter().map(|event| event.2).collect();
    let highest = Task::Number(65_533);
    assert_eq!(
        tasks,
        [
            Task::None,
            Task::Interrupt,
            Task::Number(0),
            Task::Number(65_532),
            highest
        ]
    );
    assert!(desk.events.iter().all(|event| event.4 == [0x801, 0x901]));
}

#[test]
fn the_clock_goes_round_and_time_goes_on() {
    static RECORDER: Recorder<Set, 64, 2> = Recorder::new();
    let mut desk = Desk::default();
    for quarter in 1..=20u32 {
        CLOCK.set(quarter.wrapping_mul(1 << 30));
        if quarter % 3 == 0 {
            RECORDER.record(&freed(0x1010));
        }
        desk.drain(&RECORDER);
    }
    let times: Vec<u64> = desk.events.iter().map(|event| event.1 >> 30).collect();
    assert_eq!(times, [3, 6, 9, 12, 15, 18]);
}

#[test]
fn a_late_desk_learns_what_pools_and_tasks_are_called() {
    static RECORDER: Recorder<Plain, 1024, 0, 2, 2> = Recorder::new();
    let initialised = |pool, size| Happened {
        pool,
        what: What::Initialised { size },
    };
    RECORDER.record(&initialised(0x1000, 512));
    RECORDER.record(&initialised(0x2000, 256));
    RECORDER.record(&initialised(0x3000, 128));
    RECORDER.name_pool(0x2000, "net");
    RECORDER.name_task(1, "sensor");
    RECORDER.name_task(2, "log");
    RECORDER.name_task(3, "shell");
    let mut early = Desk::default();
    early.drain(&RECORDER);
    let names = ["1000 512 ", "2000 256 net", "task 1 sensor", "task 2 log"];
    assert_eq!(early.names, names);
    // One pool and one task had no room.
    assert_eq!(early.abouts, [(0, 1, 1)]);

    RECORDER.record(&Happened {
        pool: 0x1000,
        what: What::Deinitialised,
    });
    RECORDER.task_ended(2);
    RECORDER.name_task(3, "shell");
    let mut late = Desk::default();
    while late.abouts.is_empty() {
        for _ in 0..100 {
            RECORDER.record(&freed(0x2010));
        }
        late.drain(&RECORDER);
    }
    assert!(late.names.ends_with(&[
        "2000 256 net".into(),
        "task 1 sensor".into(),
        "task 3 shell".into()
    ]));
    let (about, _, _) = late.abouts[0];
    let before = late.events.iter().filter(|event| event.0 < about).count();
    assert_eq!(
        before as u64,
        about - 3,
        "all after the three of the early desk"
    );

    let mut asked = Desk::default();
    RECORDER.announce();
    asked.drain(&RECORDER);
    assert_eq!((asked.abouts.len(), asked.names.len()), (1, 3));
    assert_eq!(asked.drain(&RECORDER), 0, "and no more than that");
}
