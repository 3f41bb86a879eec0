//! Folded stacks: a line for each call stack, its frames with semicolons between them, the outermost
//! first, and its bytes.
//!
//! ```text
//!   net_rx;main;read_packet;pbuf_alloc 4096
//! ```
//!
//! Source: `stackcollapse-perf.pl` and `flamegraph.pl` of B. Gregg's `FlameGraph`, whose first frame is
//! the program or thread, too; inferno and speedscope read the same. Frames are functions, as those
//! tools have them: what one function calls on several lines is one frame.

use std::io::{self, Write};

use litepool_snapshot::{ContextProfiler, printable};
use litepool_trace::{Event, Interned};

use crate::stacks::{Stacks, Style};
use crate::texts::{function, shortened};
use crate::{Bytes, Export, Names, Options};

const STYLE: Style = Style {
    call: |call, _| frame(&function(call)),
    task: |task| frame(task),
    unknown: "[unknown]",
    more: "[more callers]",
};

/// Writes that.
pub(crate) struct Folded<'a> {
    out: &'a mut dyn Write,
    bytes: Bytes,
    profiler: ContextProfiler,
    stacks: Stacks,
}

impl<'a> Folded<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, options: Options) -> Self {
        Self {
            out,
            bytes: options.bytes.unwrap_or(Bytes::Peak),
            profiler: ContextProfiler::default(),
            stacks: Stacks::new(STYLE, true),
        }
    }
}

impl Export for Folded<'_> {
    fn event(&mut self, event: &Event, interned: &Interned, names: &mut Names) -> io::Result<()> {
        self.stacks
            .count(event, &mut self.profiler, interned, names);
        Ok(())
    }

    fn finish(&mut self, _: &Interned, _: &mut Names) -> io::Result<()> {
        for (bytes, stack) in self.bytes.by_stack(&self.profiler) {
            let frames = self.stacks.frames(stack).iter().rev();
            let texts = frames.map(|&frame| self.stacks.texts()[frame as usize].as_str());
            writeln!(self.out, "{} {bytes}", texts.collect::<Vec<_>>().join(";"))?;
        }
        Ok(())
    }
}

/// A name that is one frame whatever is in it.
fn frame(name: &str) -> String {
    let name = shortened(&printable(name)).replace(';', ":");
    match name.trim() {
        "" => STYLE.unknown.into(),
        name => name.into(),
    }
}

#[cfg(test)]
mod tests;
