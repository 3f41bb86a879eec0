//! What Valgrind's DHAT writes, and `dh_view.html` and the Firefox Profiler read: JSON, version 2.
//!
//! A point of the program (`pps`) is a call stack that allocates, with its totals: blocks and bytes
//! allocated (`tb`, `tbk`), their lifetimes (`tl`), the most it held (`mb`, `mbk`), what it held at
//! the global maximum (`gb`, `gbk`) and at the end (`eb`, `ebk`). `fs` are its frames in `ftbl`,
//! the innermost first. A block that is resized stays that of who allocated it, as DHAT has it, and
//! `tb` counts by how much it grew.
//!
//! Source: `dhat/dh_main.c` and `dhat/dh_view.js` of Valgrind. What litepool does not know is left
//! out: how often blocks were read and written (`bkacc` is false).

use std::io::{self, Write};

use litepool_snapshot::{Clock, ContextProfiler};
use litepool_trace::{Event, Interned};

use crate::stacks::Stacks;
use crate::texts::json;
use crate::valgrind::STYLE;
use crate::{About, Export, Names, Options};

/// Writes that.
pub(crate) struct Dhat<'a> {
    out: &'a mut dyn Write,
    program: String,
    clock: Clock,
    profiler: ContextProfiler,
    stacks: Stacks,
}

/// How a unit of time is called, a million of them, and up to how many of them a block is said to
/// be short-lived.
type Unit = (&'static str, &'static str, u32);
const MICROSECONDS: Unit = ("us", "s", 100);
const OPERATIONS: Unit = ("operations", "million operations", 10);

impl<'a> Dhat<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, about: About<'_>, options: Options) -> Self {
        let clock = if about.profile.duration > 0 {
            Clock::Time
        } else {
            Clock::Operations
        };
        Self {
            out,
            program: about.program.to_owned(),
            clock,
            profiler: ContextProfiler::new(clock),
            stacks: Stacks::new(STYLE, options.task_root),
        }
    }

    fn head(&mut self) -> io::Result<()> {
        let (unit, million, short) = match self.clock {
            Clock::Time => MICROSECONDS,
            Clock::Operations => OPERATIONS,
        };
        // What is divided by the time at the end is not divided by nothing.
        let (end, peak) = (self.profiler.now().max(1), self.profiler.peak_at());
        let program = json(&self.program);
        writeln!(
            self.out,
            "{{\"dhatFileVersion\":2\n,\"mode\":\"heap\",\"verb\":\"Allocated\"\n\
             ,\"bklt\":true,\"bkacc\":false\n,\"tu\":\"{unit}\",\"Mtu\":\"{million}\",\"tuth\":{short}\n\
             ,\"cmd\":{program}\n,\"pid\":0\n,\"te\":{end},\"tg\":{peak}\n,\"pps\":"
        )
    }

    fn points(&mut self) -> io::Result<()> {
        let mut separator = '[';
        for (context, profile) in self.profiler.contexts() {
            let [total, most, peak, live] =
                [profile.total, profile.most, profile.at_peak, profile.live]
                    .map(|held| (held.bytes, held.objects));
            writeln!(
                self.out,
                "{separator}{{\"tb\":{},\"tbk\":{},\"tl\":{},\"mb\":{},\"mbk\":{},\"gb\":{},\"gbk\":{},\
                 \"eb\":{},\"ebk\":{},\"fs\":[{}]}}",
                total.0,
                total.1,
                profile.lifetimes,
                most.0,
                most.1,
                peak.0,
                peak.1,
                live.0,
                live.1,
                numbers(self.stacks.frames(context.stack))
            )?;
            separator = ',';
        }
        writeln!(self.out, "]")
    }

    fn frames(&mut self) -> io::Result<()> {
        writeln!(self.out, ",\"ftbl\":[\"[root]\"")?;
        for text in self.stacks.texts() {
            writeln!(self.out, ",{}", json(text))?;
        }
        writeln!(self.out, "]}}")
    }
}

/// Frames by their numbers in `ftbl`, of which the first is the root.
fn numbers(frames: &[u32]) -> String {
    let numbers = frames.iter().map(|frame| (frame + 1).to_string());
    numbers.collect::<Vec<_>>().join(",")
}

impl Export for Dhat<'_> {
    fn event(&mut self, event: &Event, interned: &Interned, names: &mut Names) -> io::Result<()> {
        // What reads alike has to be one: the viewer refuses it twice.
        self.stacks
            .count(event, &mut self.profiler, interned, names);
        Ok(())
    }

    fn finish(&mut self, _: &Interned, _: &mut Names) -> io::Result<()> {
        self.head()?;
        self.points()?;
        self.frames()
    }
}

#[cfg(test)]
mod tests;
