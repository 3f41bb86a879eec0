//! Speedscope's own format: JSON, with a profile each for the bytes live at the peak, live at the end
//! and allocated in all.
//!
//! Source: the schema `file-format-schema.json` of the npm package `speedscope`. Its bytes are the
//! weights of `sampled` profiles, whose samples are call stacks, the outermost frame first. Frames
//! are functions with their files: a line would tell calls of one function apart, and split it in
//! every view. A profile without bytes is left out, but for that of the peak.

use std::io::{self, Write};

use litepool_snapshot::{Call, ContextProfiler, Place};
use litepool_trace::{Event, Interned};

use crate::stacks::{Stacks, Style};
use crate::texts::{function, json};
use crate::{Bytes, Export, Names, Options};

/// Frames as they stand in the file.
const STYLE: Style = Style {
    call: |call, _| frame(call),
    task: |task| format!("{{\"name\":{}}}", json(task)),
    unknown: "{\"name\":\"[unknown]\"}",
    more: "{\"name\":\"[more callers]\"}",
};

/// The profiles, by their names.
const PROFILES: [(Bytes, &str); 3] = [
    (Bytes::Peak, "live at the peak"),
    (Bytes::End, "live at the end"),
    (Bytes::Total, "allocated in all"),
];

/// Writes that.
pub(crate) struct Speedscope<'a> {
    out: &'a mut dyn Write,
    program: String,
    first: Bytes,
    profiler: ContextProfiler,
    stacks: Stacks,
}

impl<'a> Speedscope<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, program: &str, options: Options) -> Self {
        Self {
            out,
            program: program.to_owned(),
            first: options.bytes.unwrap_or(Bytes::Peak),
            profiler: ContextProfiler::default(),
            stacks: Stacks::new(STYLE, options.task_root),
        }
    }

    fn profile(&mut self, name: &str, weights: &[(u64, u32)]) -> io::Result<()> {
        let sum = weights
            .iter()
            .fold(0, |sum: u64, (bytes, _)| sum.saturating_add(*bytes));
        let stacks = weights.iter().map(|&(_, stack)| {
            let frames = self.stacks.frames(stack).iter().rev();
            frames.map(u32::to_string).collect::<Vec<_>>().join(",")
        });
        let samples: Vec<String> = stacks.collect();
        let weights: Vec<String> = weights.iter().map(|(bytes, _)| bytes.to_string()).collect();
        write!(
            self.out,
            "{{\"type\":\"sampled\",\"name\":\"{name}\",\"unit\":\"bytes\",\"startValue\":0,\
             \"endValue\":{sum},\n\"samples\":["
        )?;
        for (index, sample) in samples.iter().enumerate() {
            let comma = if index > 0 { ",\n" } else { "" };
            write!(self.out, "{comma}[{sample}]")?;
        }
        write!(self.out, "],\n\"weights\":[{}]}}", weights.join(","))
    }
}

impl Export for Speedscope<'_> {
    fn event(&mut self, event: &Event, interned: &Interned, names: &mut Names) -> io::Result<()> {
        self.stacks
            .count(event, &mut self.profiler, interned, names);
        Ok(())
    }

    fn finish(&mut self, _: &Interned, _: &mut Names) -> io::Result<()> {
        let profiles = PROFILES.map(|(bytes, name)| (bytes, name, bytes.by_stack(&self.profiler)));
        let is_shown = |bytes: Bytes, weights: &[_]| bytes == Bytes::Peak || !weights.is_empty();
        let shown: Vec<_> = profiles
            .into_iter()
            .filter(|(bytes, _, weights)| is_shown(*bytes, weights))
            .collect();
        let first = shown.iter().position(|&(bytes, ..)| bytes == self.first);
        write!(
            self.out,
            "{{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n\
             \"exporter\":\"litepool {}\",\"name\":{},\"activeProfileIndex\":{},\n\
             \"shared\":{{\"frames\":[\n{}]}},\n\"profiles\":[\n",
            env!("CARGO_PKG_VERSION"),
            json(&self.program),
            first.unwrap_or(0),
            self.stacks.texts().join(",\n"),
        )?;
        for (index, (_, name, weights)) in shown.iter().enumerate() {
            if index > 0 {
                writeln!(self.out, ",")?;
            }
            self.profile(name, weights)?;
        }
        writeln!(self.out, "\n]}}")
    }
}

/// A frame as JSON.
fn frame(call: &Call) -> String {
    let name = json(&function(call));
    let file: &str = match &call.place {
        Place::Function { file, .. } if !file.is_empty() => file,
        _ => &call.module,
    };
    match file {
        "" => format!("{{\"name\":{name}}}"),
        file => format!("{{\"name\":{name},\"file\":{}}}", json(file)),
    }
}

#[cfg(test)]
mod tests;
