//! Counters over time in the Trace Event Format, for Perfetto and `chrome://tracing`: the bytes that
//! are live in all, in each pool and of each task; and as instants the requests that were refused
//! and the places where events were lost.
//!
//! ```text
//!   {"ph":"C","name":"live bytes","pid":1,"ts":360,"args":{"bytes":2048}}
//! ```
//!
//! Times are microseconds. A trace without times counts its operations instead, and the process's
//! name says so. What a task or pool has is what was allocated by it or in it, whoever freed it.
//!
//! - `group.rs`: the counters of a kind, in a bounded number of points
//! - `series.rs`: one of them
//!
//! Source: *Trace Event Format* of the Catapult project (events `C`, `i`, `M`), and how Perfetto
//! reads it: each counter is a track of its own.

mod group;
mod series;

use std::collections::BTreeSet;
use std::io::{self, Write};

use litepool_trace::{Event, EventKind, Interned, Op};
use rustc_hash::FxHashMap;

use crate::stacks::frames_of;
use crate::texts::{function, json, shortened};
use crate::{About, Export, Names};

use group::Group;
use series::Moment;

/// The counter of all, with which the names of the others begin.
const ALL: &str = "live bytes";
/// Steps of the counters of a kind. Each is a point or two.
const MOST_STEPS: usize = 1 << 14;
/// Instants of each kind.
const MOST_INSTANTS: usize = 4096;
/// Calls of a refused request's stack.
const MOST_CALLS: usize = 8;
/// Counters of tasks, and of pools: those with the highest peaks.
const MOST_COUNTERS: usize = 100;

/// Writes that.
pub(crate) struct Counters<'a> {
    out: &'a mut dyn Write,
    program: String,
    has_times: bool,
    now: Moment,
    /// Size, task and pool of each live object.
    objects: FxHashMap<u32, (u64, u32, u32)>,
    all: Group,
    tasks: Group,
    pools: Group,
    refused: Instants,
    gaps: Instants,
    separator: &'static str,
}

/// What happened at moments, as text of JSON; and how many there is no room for.
#[derive(Default)]
struct Instants {
    shown: Vec<Instant>,
    more: u64,
}

struct Instant {
    at: Moment,
    thread: u32,
    /// Name and arguments.
    what: String,
}

impl<'a> Counters<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, about: About<'_>) -> Self {
        Self {
            out,
            program: about.program.to_owned(),
            has_times: about.profile.duration > 0,
            now: Moment::default(),
            objects: FxHashMap::default(),
            all: Group::new(MOST_STEPS),
            tasks: Group::new(MOST_STEPS),
            pools: Group::new(MOST_STEPS),
            refused: Instants::default(),
            gaps: Instants::default(),
            separator: "\n",
        }
    }

    /// Sets what an object has: its task's counter, its pool's, and that of all.
    fn change(&mut self, task: u32, pool: u32, before: u64, after: u64) {
        let now = self.now;
        self.tasks.change(task, before, after, now);
        self.pools.change(pool, before, after, now);
        self.all.change(0, before, after, now);
    }

    fn time(&self, at: Moment) -> u64 {
        if self.has_times {
            at.time
        } else {
            at.operation
        }
    }

    /// An event of the format. Threads are numbered from 1: 0 is the process.
    fn line(&mut self, event: &str) -> io::Result<()> {
        write!(self.out, "{}{{\"pid\":1,{event}}}", self.separator)?;
        self.separator = ",\n";
        Ok(())
    }

    /// The names of the process, and of the threads that have instants.
    fn metadata(&mut self, instants: [&Instants; 2], names: &Names) -> io::Result<()> {
        let process = match self.has_times {
            true => self.program.clone(),
            false => format!("{} (1 µs is 1 operation)", self.program),
        };
        let name = |thread: u32, what: &str, name: &str| {
            let name = json(name);
            format!(
                "\"tid\":{thread},\"ph\":\"M\",\"name\":\"{what}\",\"args\":{{\"name\":{name}}}"
            )
        };
        self.line(&name(0, "process_name", &process))?;
        let instants = instants.into_iter().flat_map(|instants| &instants.shown);
        let threads: BTreeSet<u32> = instants.map(|instant| instant.thread).collect();
        for thread in threads {
            self.line(&name(thread + 1, "thread_name", &names.thread(thread)))?;
        }
        Ok(())
    }

    fn counter(&mut self, name: &str, group: &Group, number: u32) -> io::Result<()> {
        let name = json(&shortened(name));
        // It is 0 before there is anything, and stays to the end what it was last.
        let start = (Moment::default(), 0);
        let end = (self.now, group.live(number));
        let points = [start].into_iter().chain(group.points(number));
        for (at, bytes) in points.chain([end]) {
            let time = self.time(at);
            self.line(&format!(
                "\"ph\":\"C\",\"name\":{name},\"ts\":{time},\"args\":{{\"bytes\":{bytes}}}"
            ))?;
        }
        Ok(())
    }

    fn instants(&mut self, instants: &Instants) -> io::Result<()> {
        for instant in &instants.shown {
            let time = self.time(instant.at);
            self.line(&format!(
                "\"ph\":\"i\",\"s\":\"p\",\"tid\":{},\"ts\":{time},{}",
                instant.thread + 1,
                instant.what
            ))?;
        }
        Ok(())
    }
}

impl Instants {
    fn add(&mut self, event: &Event, at: Moment, what: impl FnOnce() -> String) {
        if self.shown.len() == MOST_INSTANTS {
            self.more += 1;
            return;
        }
        self.shown.push(Instant {
            at,
            thread: event.thread,
            what: what(),
        });
    }
}

impl Export for Counters<'_> {
    fn event(&mut self, event: &Event, interned: &Interned, names: &mut Names) -> io::Result<()> {
        self.now.time = event.time;
        self.now.operation += u64::from(event.op().is_some());
        match event.kind {
            EventKind::Op(Op::Allocate { id, size, .. }) => {
                self.objects.insert(id, (size, event.thread, event.pool));
                self.change(event.thread, event.pool, 0, size);
            }
            EventKind::Op(Op::Resize { id, size }) => {
                if let Some(object) = self.objects.get_mut(&id) {
                    let (before, task, pool) = *object;
                    object.0 = size;
                    self.change(task, pool, before, size);
                }
            }
            EventKind::Op(Op::Free { id }) => {
                if let Some((size, task, pool)) = self.objects.remove(&id) {
                    self.change(task, pool, size, 0);
                }
            }
            EventKind::Refused { size, align, .. } => {
                let now = self.now;
                self.refused
                    .add(event, now, || refused(event, size, align, interned, names));
            }
            EventKind::Gap { lost } => {
                let now = self.now;
                self.gaps.add(event, now, || gap(lost));
            }
            EventKind::ForeignFree | EventKind::ThreadEnd => {}
        }
        Ok(())
    }

    fn finish(&mut self, _: &Interned, names: &mut Names) -> io::Result<()> {
        write!(self.out, "{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
        let [tasks, pools, all] = [&mut self.tasks, &mut self.pools, &mut self.all]
            .map(|group| std::mem::replace(group, Group::new(MOST_STEPS)));
        let [refused, gaps] = [&mut self.refused, &mut self.gaps].map(std::mem::take);
        let shown = [tasks.highest(MOST_COUNTERS), pools.highest(MOST_COUNTERS)];
        self.metadata([&refused, &gaps], names)?;
        self.counter(ALL, &all, 0)?;
        let [shown_tasks, shown_pools] = &shown;
        // The only pool, or task, is all there is.
        for &pool in shown_pools.iter().filter(|_| shown_pools.len() > 1) {
            self.counter(&format!("{ALL} in {}", names.pool(pool)), &pools, pool)?;
        }
        for &task in shown_tasks.iter().filter(|_| shown_tasks.len() > 1) {
            self.counter(&format!("{ALL} of {}", names.thread(task)), &tasks, task)?;
        }
        self.instants(&refused)?;
        self.instants(&gaps)?;
        write!(
            self.out,
            "\n],\"otherData\":{{\"program\":{},\"tasks left out\":{},\
             \"pools left out\":{},\"refused requests left out\":{},\"gaps left out\":{}}}}}\n",
            json(&self.program),
            tasks.len() - shown_tasks.len(),
            pools.len() - shown_pools.len(),
            refused.more,
            gaps.more
        )
    }
}

/// A request that was refused, as JSON.
fn refused(event: &Event, size: u64, align: u64, interned: &Interned, names: &mut Names) -> String {
    let mut stack = Vec::new();
    for frame in frames_of(interned, event.stack).take(MOST_CALLS) {
        stack.extend(names.frame(interned, frame).iter().map(function));
    }
    stack.truncate(MOST_CALLS);
    let align = match align {
        0 => String::new(),
        align => format!(",\"alignment\":{align}"),
    };
    format!(
        "\"name\":\"refused: {size} bytes\",\"args\":{{\"bytes\":{size}{align},\"pool\":{},\"call stack\":{}}}",
        json(&shortened(&names.pool(event.pool))),
        json(&shortened(&stack.join(" < ")))
    )
}

/// A place where events are missing, likewise.
fn gap(lost: u64) -> String {
    match lost {
        0 => "\"name\":\"events were lost\",\"args\":{}".into(),
        lost => format!("\"name\":\"{lost} events were lost\",\"args\":{{\"events\":{lost}}}"),
    }
}

#[cfg(test)]
mod tests;
