//! What samples mention by number: texts, functions, locations, mappings. Each is written when it
//! is first mentioned, and all are numbered in the order in which they are written.

use std::collections::hash_map::Entry;
use std::io::{self, Write};
use std::rc::Rc;

use litepool_snapshot::{Call, Place, printable};
use litepool_trace::Interned;
use rustc_hash::FxHashMap;

use super::field::{function, line, location, mapping, profile};
use super::wire::Message;
use crate::Names;
use crate::texts;

/// Modules begin at multiples of this, one behind the other.
const ALIGNMENT: u64 = 1 << 20;

/// What a location is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Site {
    /// The trace's frame of this number.
    Frame(u32),
    /// A task or thread, at the root of a stack.
    Task(u32),
    /// In place of a call stack that is not known.
    Unknown,
}

/// Writes a profile's tables.
pub(super) struct Tables<'t, W> {
    out: W,
    interned: &'t Interned,
    names: &'t mut Names,
    texts: FxHashMap<String, u64>,
    functions: FxHashMap<(u64, u64), u64>,
    locations: FxHashMap<Site, u64>,
    /// Where each module begins: its offsets are addresses from there.
    bases: Vec<u64>,
}

impl<'t, W: Write> Tables<'t, W> {
    /// Begins with the text that has to be the first, the empty one, and with the modules.
    pub(super) fn new(out: W, interned: &'t Interned, names: &'t mut Names) -> io::Result<Self> {
        let mut tables = Self {
            out,
            interned,
            names,
            texts: FxHashMap::default(),
            functions: FxHashMap::default(),
            locations: FxHashMap::default(),
            bases: Vec::new(),
        };
        tables.text("")?;
        tables.modules()?;
        Ok(tables)
    }

    /// The output, at its end.
    pub(super) fn into_output(self) -> W {
        self.out
    }

    /// Writes a field of the profile.
    pub(super) fn field(&mut self, number: u32, message: &Message) -> io::Result<()> {
        let mut field = Message::default();
        field.message(number, message);
        self.out.write_all(field.as_bytes())
    }

    /// Writes a number of the profile.
    pub(super) fn number(&mut self, number: u32, value: u64) -> io::Result<()> {
        let mut field = Message::default();
        field.number(number, value);
        self.out.write_all(field.as_bytes())
    }

    /// The number of a text.
    pub(super) fn text(&mut self, text: &str) -> io::Result<u64> {
        let next = self.texts.len() as u64;
        match self.texts.entry(printable(text)) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(new) => {
                let mut field = Message::default();
                field.bytes(profile::STRING, new.key().as_bytes());
                self.out.write_all(field.as_bytes())?;
                Ok(*new.insert(next))
            }
        }
    }

    /// The name of a task.
    pub(super) fn task(&mut self, number: u32) -> io::Result<u64> {
        self.text(&self.names.thread(number))
    }

    /// The name of a pool.
    pub(super) fn pool(&mut self, number: u32) -> io::Result<u64> {
        self.text(&self.names.pool(number))
    }

    /// The number of a location, from 1.
    pub(super) fn location(&mut self, site: Site) -> io::Result<u64> {
        if let Some(&known) = self.locations.get(&site) {
            return Ok(known);
        }
        let number = self.locations.len() as u64 + 1;
        let mut message = Message::default();
        message.number(location::ID, number);
        match site {
            Site::Frame(frame) => self.frame(frame, &mut message)?,
            Site::Task(task) => self.line(&self.names.thread(task), "", 0, &mut message)?,
            Site::Unknown => self.line("[unknown]", "", 0, &mut message)?,
        }
        self.field(profile::LOCATION, &message)?;
        self.locations.insert(site, number);
        Ok(number)
    }

    /// Address and functions of a frame: the innermost inlined one first.
    fn frame(&mut self, number: u32, message: &mut Message) -> io::Result<()> {
        if let Some(frame) = self.interned.frames.get(number as usize) {
            let base = self.bases.get(frame.module as usize).copied();
            let address = base.unwrap_or(0).saturating_add(frame.offset);
            message.number(location::MAPPING, u64::from(frame.module) + 1);
            message.number(location::ADDRESS, address);
        }
        let calls: Rc<[Call]> = self.names.frame(self.interned, number);
        for call in calls.iter() {
            let (file, line): (&str, _) = match &call.place {
                Place::Function { file, line, .. } => (file, *line),
                Place::Offset(_) => ("", 0),
            };
            self.line(&texts::function(call), file, line, message)?;
        }
        Ok(())
    }

    /// Adds a function to a location.
    fn line(&mut self, name: &str, file: &str, at: u32, to: &mut Message) -> io::Result<()> {
        let (name, file) = (self.text(name)?, self.text(file)?);
        let next = self.functions.len() as u64 + 1;
        let number = *self.functions.entry((name, file)).or_insert(next);
        if number == next {
            let mut message = Message::default();
            message.number(function::ID, number);
            message.number(function::NAME, name);
            message.number(function::SYSTEM_NAME, name);
            message.number(function::FILE, file);
            self.field(profile::FUNCTION, &message)?;
        }
        let mut message = Message::default();
        message.number(line::FUNCTION, number);
        message.number(line::LINE, at.into());
        to.message(location::LINE, &message);
        Ok(())
    }

    /// Writes the modules, each in a range of addresses of its own. The first one has the addresses
    /// that its offsets are: that of a device is mostly the only one.
    fn modules(&mut self) -> io::Result<()> {
        let mut ends = vec![0; self.interned.modules.len()];
        for frame in &self.interned.frames {
            if let Some(end) = ends.get_mut(frame.module as usize) {
                *end = frame.offset.saturating_add(1).max(*end);
            }
        }
        let mut base = 0_u64;
        for (number, (module, end)) in (1..).zip(self.interned.modules.iter().zip(ends)) {
            let limit = base.saturating_add(end.max(1));
            let build_id = module.build_id.iter().map(|byte| format!("{byte:02x}"));
            let (path, build_id) = (self.text(&module.path)?, build_id.collect::<String>());
            let mut message = Message::default();
            message.number(mapping::ID, number);
            message.number(mapping::START, base);
            message.number(mapping::LIMIT, limit);
            message.number(mapping::FILE, path);
            message.number(mapping::BUILD_ID, self.text(&build_id)?);
            // All that can be known is there, so that nobody looks for more.
            for known in mapping::KNOWN {
                message.number(known, 1);
            }
            self.field(profile::MAPPING, &message)?;
            self.bases.push(base);
            base = limit.checked_next_multiple_of(ALIGNMENT).unwrap_or(limit);
        }
        Ok(())
    }
}
