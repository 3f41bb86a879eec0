//! A profile for `go tool pprof`: a protocol buffer, compressed with gzip.
//!
//! Sample types are those of Go's heap profiles: objects and bytes allocated in all (`alloc_objects`,
//! `alloc_space`) and live at the end (`inuse_objects`, `inuse_space`); and besides, live at the peak
//! (`peak_objects`, `peak_space`). Each sample has the labels `task` and `pool`. A trace does not tell
//! the time of day, so the profile has none; it has a duration.
//!
//! - `tables.rs`: what samples mention by number
//! - `field.rs`, `wire.rs`: protocol buffers, as far as they are needed
//!
//! Source: `proto/profile.proto` of google/pprof.

mod field;
mod tables;
mod wire;

use std::io::{self, Write};

use litepool_snapshot::{Context, ContextProfile, ContextProfiler};
use litepool_trace::{Event, Interned};

use crate::stacks::frames_of;
use crate::{About, Bytes, Export, Names, Options, gzip};

use field::{label, profile, sample, value_type};
use tables::{Site, Tables};
use wire::Message;

/// The sample types, with their units.
const TYPES: [(&str, &str); 6] = [
    ("alloc_objects", "count"),
    (ALLOCATED, "bytes"),
    ("inuse_objects", "count"),
    (IN_USE, "bytes"),
    ("peak_objects", "count"),
    (AT_PEAK, "bytes"),
];
const ALLOCATED: &str = "alloc_space";
const IN_USE: &str = "inuse_space";
const AT_PEAK: &str = "peak_space";

/// Writes that.
pub(crate) struct Pprof<'a> {
    out: &'a mut dyn Write,
    program: String,
    duration: u64,
    options: Options,
    profiler: ContextProfiler,
}

impl<'a> Pprof<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, about: About<'_>, options: Options) -> Self {
        Self {
            out,
            program: about.program.to_owned(),
            duration: about.profile.duration,
            options,
            profiler: ContextProfiler::default(),
        }
    }

    /// The sample type that is shown first: as of Go's profiles what is live at the end, unless
    /// there is nothing.
    fn first(&self) -> &'static str {
        match self.options.bytes {
            Some(Bytes::Total) => ALLOCATED,
            Some(Bytes::End) => IN_USE,
            Some(Bytes::Peak) => AT_PEAK,
            None if self.profiler.live().bytes == 0 => AT_PEAK,
            None => IN_USE,
        }
    }
}

impl Export for Pprof<'_> {
    fn event(&mut self, event: &Event, _: &Interned, _: &mut Names) -> io::Result<()> {
        self.profiler.event(event);
        Ok(())
    }

    fn finish(&mut self, interned: &Interned, names: &mut Names) -> io::Result<()> {
        let first = self.first();
        let mut tables = Tables::new(gzip(&mut *self.out), interned, names)?;
        for kind in TYPES {
            value_type(&mut tables, profile::SAMPLE_TYPE, kind)?;
        }
        let keys = Keys {
            task: tables.text("task")?,
            pool: tables.text("pool")?,
        };
        for (context, held) in self.profiler.contexts() {
            let locations = locations(&mut tables, interned, context, self.options.task_root)?;
            let sample = keys.sample(&mut tables, context, &held, locations)?;
            tables.field(profile::SAMPLE, &sample)?;
        }
        value_type(&mut tables, profile::PERIOD_TYPE, ("space", "bytes"))?;
        tables.number(profile::PERIOD, 1)?;
        let duration = self.duration.saturating_mul(1000);
        tables.number(profile::DURATION_NANOS, duration.min(i64::MAX as u64))?;
        let comment = tables.text(&self.program)?;
        tables.number(profile::COMMENT, comment)?;
        let first = tables.text(first)?;
        tables.number(profile::DEFAULT_SAMPLE_TYPE, first)?;
        tables.into_output().finish()?;
        Ok(())
    }
}

fn value_type<W: Write>(
    tables: &mut Tables<'_, W>,
    field: u32,
    (name, unit): (&str, &str),
) -> io::Result<()> {
    let mut message = Message::default();
    message.number(value_type::TYPE, tables.text(name)?);
    message.number(value_type::UNIT, tables.text(unit)?);
    tables.field(field, &message)
}

/// The numbers of the locations of a context, the innermost first.
fn locations<W: Write>(
    tables: &mut Tables<'_, W>,
    interned: &Interned,
    context: Context,
    has_task_root: bool,
) -> io::Result<Vec<u64>> {
    let mut locations = Vec::new();
    for frame in frames_of(interned, context.stack) {
        locations.push(tables.location(Site::Frame(frame))?);
    }
    if locations.is_empty() {
        locations.push(tables.location(Site::Unknown)?);
    }
    if has_task_root {
        locations.push(tables.location(Site::Task(context.thread))?);
    }
    Ok(locations)
}

/// The names of the labels, as numbers of texts.
#[derive(Clone, Copy)]
struct Keys {
    task: u64,
    pool: u64,
}

impl Keys {
    fn sample<W: Write>(
        self,
        tables: &mut Tables<'_, W>,
        context: Context,
        held: &ContextProfile,
        locations: Vec<u64>,
    ) -> io::Result<Message> {
        let values = [held.total, held.live, held.at_peak];
        let values = values.map(|held| [held.objects, held.bytes]);
        let mut message = Message::default();
        message.numbers(sample::LOCATION, locations);
        // They are signed.
        let signed = values.as_flattened().iter();
        let signed = signed.map(|&value| value.min(i64::MAX as u64));
        message.numbers(sample::VALUE, signed);
        let labels = [
            (self.task, tables.task(context.thread)?),
            (self.pool, tables.pool(context.pool)?),
        ];
        for (key, text) in labels {
            let mut label = Message::default();
            label.number(label::KEY, key);
            label.number(label::TEXT, text);
            message.message(sample::LABEL, &label);
        }
        Ok(message)
    }
}

#[cfg(test)]
mod tests;
