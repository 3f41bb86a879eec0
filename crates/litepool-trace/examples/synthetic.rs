//! A long trace with call stacks and threads, to measure what reads it: `synthetic OPERATIONS OBJECTS > FILE`.
//!
//! So many objects are alive most of the time; each operation replaces one at random. Their sizes are those that
//! programs ask for, most of them small and some large: with 2,000 objects 110 KB are live, with 30,000 of all sizes
//! (`synthetic 10000000 30000 large`) 13 MB. Beside them one call stack leaks 24 bytes in every 5,000 operations, and
//! each worker thread leaves 100 bytes when it ends.

use std::error::Error;
use std::io::{Write, stdout};

use litepool_trace::{Event, EventKind, Frame, Header, Location, Module, Op, WordSize, Writer};

/// Functions of the program, and how deep its call stacks are.
const FUNCTIONS: u64 = 400;
const DEPTH: u64 = 14;
/// How many call stacks allocate.
const STACKS: usize = 2000;
/// Operations between two objects that leak, and in the life of a worker.
const LEAK_EVERY: u64 = 5000;
const WORKER_LIFE: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = "synthetic OPERATIONS OBJECTS [large] > FILE";
    let [operations, objects, large @ ..] = &arguments[..] else {
        return Err(usage.into());
    };
    let most = if large.is_empty() { 110 } else { 860 };
    let header = Header {
        word: WordSize::Bits32,
        program: arguments.join(" "),
    };
    let mut run = Run::new(Writer::new(stdout().lock(), &header)?)?;
    let (operations, objects): (u64, usize) = (operations.parse()?, objects.parse()?);
    let mut live = Vec::new();
    while run.operations < operations {
        run.workers()?;
        if run.operations.is_multiple_of(LEAK_EVERY) {
            run.allocate(run.leak, 24)?;
        } else if live.len() < objects {
            let stack = run.stacks[run.random.below(STACKS as u64) as usize];
            let size = 1 + run.random.below(most);
            live.push(run.allocate(stack, size)?);
        } else {
            let at = run.random.below(live.len() as u64) as usize;
            match run.random.below(20) {
                0 => {
                    let size = 1 + run.random.below(most);
                    run.event(Op::Resize { id: live[at], size }.into(), 0)?;
                }
                _ => run.event(
                    Op::Free {
                        id: live.swap_remove(at),
                    }
                    .into(),
                    0,
                )?,
            }
        }
    }
    run.writer.finish()?.flush()?;
    Ok(())
}

/// What was written so far.
struct Run<W: Write> {
    writer: Writer<W>,
    random: Random,
    stacks: Vec<u32>,
    leak: u32,
    operations: u64,
    objects: u32,
    /// The workers so far; the last one runs.
    workers: u32,
}

impl<W: Write> Run<W> {
    fn new(mut writer: Writer<W>) -> Result<Self, Box<dyn Error>> {
        let mut random = Random(1);
        let module = writer.module(&Module {
            path: "/opt/station/bin/station".into(),
            build_id: vec![0x5a; 20],
        })?;
        let mut stacks = Vec::new();
        for _ in 0..STACKS {
            let mut stack = 0;
            for depth in 0..DEPTH {
                // Few functions near the root, more and more towards the leaves.
                let number = random.below((FUNCTIONS >> (DEPTH - 1 - depth)).max(1));
                let frame = writer.frame(&frame(module, depth, number))?;
                stack = writer.stack(stack, frame)?;
            }
            stacks.push(stack);
        }
        let leak = writer.frame(&frame(module, DEPTH, 7))?;
        let leak = writer.stack(stacks[0], leak)?;
        writer.name_thread(0, "main")?;
        Ok(Self {
            writer,
            random,
            stacks,
            leak,
            operations: 0,
            objects: 0,
            workers: 0,
        })
    }

    /// Ends a worker and begins the next one when it is time.
    fn workers(&mut self) -> Result<(), Box<dyn Error>> {
        if self.operations < u64::from(self.workers) * WORKER_LIFE {
            return Ok(());
        }
        if self.workers > 0 {
            self.allocate(self.stacks[1], 100)?;
            self.event(EventKind::ThreadEnd.into(), 0)?;
        }
        self.workers += 1;
        let name = format!("worker {}", self.workers);
        Ok(self.writer.name_thread(self.workers, &name)?)
    }

    fn allocate(&mut self, stack: u32, size: u64) -> Result<u32, Box<dyn Error>> {
        let id = self.objects;
        self.objects += 1;
        self.event(Op::Allocate { id, size, align: 0 }.into(), stack)?;
        Ok(id)
    }

    fn event(&mut self, event: Event, stack: u32) -> Result<(), Box<dyn Error>> {
        self.operations += u64::from(event.op().is_some());
        let is_worker = event.op().is_none() || !self.operations.is_multiple_of(4);
        Ok(self.writer.event(&Event {
            stack,
            thread: if is_worker { self.workers } else { 0 },
            time: self.operations * 2,
            ..event
        })?)
    }
}

fn frame(module: u32, depth: u64, number: u64) -> Frame {
    Frame {
        module,
        offset: 0x1000 * (1 + depth) + 0x10 * number,
        locations: vec![Location {
            function: format!("layer{depth}_function{number}").into(),
            file: format!("src/layer{depth}.c").into(),
            line: 10 + number as u32,
        }],
    }
}

/// Knuth's linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
