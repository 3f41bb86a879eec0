//! Events to bytes and back: the payload of a chunk before compression.
//!
//! The fields of the events stand in columns, one kind of number in each, because numbers of one kind compress
//! better together. The first column holds a tag for each event that says which other columns it has a number in.

use std::collections::HashMap;

use super::model::{Model, align_code, align_of};
use super::{clip, varint};
use crate::error::Fault;
use crate::op::{Event, Op, Site};
use crate::rules::Rules;

/// Number of columns in a payload.
const COLUMNS: usize = 6;
const TAGS: usize = 0;
const SITES: usize = 1;
const SIZES: usize = 2;
const DISTANCES: usize = 3;
const TIMES: usize = 4;
/// Threads, alignments and call sites: rare.
const OTHERS: usize = 5;

/// The two low bits of a tag: what it is.
const KIND: u8 = 0b11;
const ALLOCATE: u8 = 0;
const FREE: u8 = 1;
const RESIZE: u8 = 2;
/// Not an event: a call site is announced.
const SITE: u8 = 3;
/// The other bits: which numbers follow because they are not the expected ones.
const HAS_SITE: u8 = 1 << 2;
const HAS_SIZE: u8 = 1 << 3;
const HAS_DISTANCE: u8 = 1 << 4;
const HAS_TIME: u8 = 1 << 5;
const HAS_THREAD: u8 = 1 << 6;
const HAS_ALIGN: u8 = 1 << 7;

/// Builds the payload of a chunk.
#[derive(Debug)]
pub(super) struct Encoder {
    columns: [Vec<u8>; COLUMNS],
    model: Model,
    /// The number of each module, in the order of appearance.
    modules: HashMap<String, u64>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self {
            columns: Default::default(),
            model: Model::new(),
            modules: HashMap::new(),
        }
    }

    /// Bytes gathered since the last [`Encoder::flush`].
    pub(super) fn len(&self) -> usize {
        self.columns.iter().map(Vec::len).sum()
    }

    /// Appends an event. `rules` has accepted all events before this one and this one as well; `elapsed` is the
    /// time since the event before, in microseconds.
    pub(super) fn event(&mut self, event: &Event, rules: &Rules, elapsed: u64) {
        let Self { columns, model, .. } = self;
        let mut tag = 0;
        let mut number = |bit: u8, column: usize, value: u64| {
            tag |= bit;
            varint::put(&mut columns[column], value);
        };
        if elapsed != 0 {
            number(HAS_TIME, TIMES, elapsed);
        }
        if event.thread != model.thread {
            number(HAS_THREAD, OTHERS, event.thread.into());
            model.thread = event.thread;
        }
        if event.site != model.expected_site() {
            number(HAS_SITE, SITES, event.site.into());
        }
        let Some(habit) = model.enter(event.site) else {
            unreachable!("the rules accept no site that the model doesn't know")
        };
        if let Op::Allocate { size, .. } | Op::Resize { size, .. } = event.op
            && size != habit.size
        {
            number(HAS_SIZE, SIZES, size);
            habit.size = size;
        }
        let kind = match event.op {
            Op::Allocate { align, .. } => {
                let code = align_code(align);
                if code != habit.align {
                    number(HAS_ALIGN, OTHERS, code.into());
                    habit.align = code;
                }
                ALLOCATE
            }
            Op::Resize { id, .. } | Op::Free { id } => {
                let distance = rules.objects() - 1 - id;
                if distance != habit.distance {
                    number(HAS_DISTANCE, DISTANCES, distance.into());
                    habit.distance = distance;
                }
                if let Op::Free { .. } = event.op {
                    FREE
                } else {
                    RESIZE
                }
            }
        };
        columns[TAGS].push(tag | kind);
    }

    /// Appends the announcement of a call site.
    pub(super) fn site(&mut self, site: &Site) {
        let text = clip(&site.module);
        let others = &mut self.columns[OTHERS];
        if let Some(&known) = self.modules.get(text) {
            varint::put(others, known);
        } else {
            let number = self.modules.len() as u64;
            varint::put(others, number);
            varint::put(others, text.len() as u64);
            others.extend_from_slice(text.as_bytes());
            self.modules.insert(text.to_owned(), number);
        }
        varint::put(others, site.offset);
        self.columns[TAGS].push(SITE);
        self.model.add_site();
    }

    /// Moves the gathered bytes to `payload`, whose old content is lost.
    pub(super) fn flush(&mut self, payload: &mut Vec<u8>) {
        payload.clear();
        for column in &self.columns {
            varint::put(payload, column.len() as u64);
        }
        for column in &mut self.columns {
            payload.append(column);
        }
    }
}

/// What is wrong with a payload whose checksum is right.
#[derive(Debug)]
pub(super) enum Flaw {
    /// The bytes don't follow the format.
    Coding(&'static str),
    /// An event makes no sense.
    Fault(Fault),
}

impl From<Fault> for Flaw {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Takes a chunk's payload apart.
#[derive(Debug)]
pub(super) struct Decoder {
    payload: Vec<u8>,
    /// What is left of each column: from, to.
    columns: [(usize, usize); COLUMNS],
    model: Model,
    modules: Vec<String>,
    sites: Vec<Site>,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self {
            payload: Vec::new(),
            columns: [(0, 0); COLUMNS],
            model: Model::new(),
            modules: Vec::new(),
            sites: Vec::new(),
        }
    }

    /// The call sites announced so far.
    pub(super) fn sites(&self) -> &[Site] {
        &self.sites
    }

    pub(super) fn into_sites(self) -> Vec<Site> {
        self.sites
    }

    /// Begins a payload.
    pub(super) fn load(&mut self, payload: Vec<u8>) -> Result<(), Flaw> {
        let mut rest = &payload[..];
        let mut lengths = [0; COLUMNS];
        for length in &mut lengths {
            let stated = varint::take(&mut rest).ok_or(Flaw::Coding("a column has no length"))?;
            // What a 32-bit host can't count is longer than any chunk.
            *length = usize::try_from(stated).unwrap_or(usize::MAX);
        }
        let mut from = payload.len() - rest.len();
        for (column, length) in self.columns.iter_mut().zip(lengths) {
            let to = from.checked_add(length).filter(|&to| to <= payload.len());
            let to = to.ok_or(Flaw::Coding("a column is longer than the chunk"))?;
            *column = (from, to);
            from = to;
        }
        if from != payload.len() {
            return Err(Flaw::Coding("bytes behind the last column"));
        }
        self.payload = payload;
        Ok(())
    }

    /// The next event, or `None` at the end of the payload. Call sites announced before it are taken in.
    pub(super) fn event(&mut self, rules: &mut Rules) -> Result<Option<Event>, Flaw> {
        while let Some(tag) = self.tag() {
            if tag & KIND != SITE {
                return self.rest_of_event(tag, rules).map(Some);
            }
            if tag != SITE {
                return Err(Flaw::Coding("a tag that this version doesn't have"));
            }
            self.site(rules)?;
        }
        if self.columns.iter().any(|(from, to)| from != to) {
            return Err(Flaw::Coding("numbers that belong to no event"));
        }
        Ok(None)
    }

    fn rest_of_event(&mut self, tag: u8, rules: &mut Rules) -> Result<Event, Flaw> {
        let mut time = rules.time();
        if tag & HAS_TIME != 0 {
            time = time
                .checked_add(self.number(TIMES)?)
                .ok_or(Flaw::Coding("a time that is too large"))?;
        }
        if tag & HAS_THREAD != 0 {
            self.model.thread = self.number32(OTHERS)?;
        }
        let mut site = self.model.expected_site();
        if tag & HAS_SITE != 0 {
            site = self.number32(SITES)?;
        }
        let Some(&habit) = self.model.enter(site).as_deref() else {
            return Err(Fault::UnknownSite {
                site,
                known: rules.sites(),
            }
            .into());
        };
        let mut now = habit;
        if tag & HAS_SIZE != 0 {
            now.size = self.number(SIZES)?;
        }
        if tag & HAS_DISTANCE != 0 {
            now.distance = self.number32(DISTANCES)?;
        }
        if tag & HAS_ALIGN != 0 {
            now.align = u8::try_from(self.number(OTHERS)?).unwrap_or(u8::MAX);
        }
        let newest = i64::from(rules.objects()) - 1;
        let old = newest - i64::from(now.distance);
        let old = u32::try_from(old).map_err(|_| Fault::Unknown { id: old });
        let op = match tag & KIND {
            ALLOCATE if tag & HAS_DISTANCE == 0 => {
                let align = align_of(now.align).ok_or(Flaw::Coding("an alignment above 2^63"))?;
                Op::Allocate {
                    id: rules.objects(),
                    size: now.size,
                    align,
                }
            }
            FREE if tag & (HAS_SIZE | HAS_ALIGN) == 0 => Op::Free { id: old? },
            RESIZE if tag & HAS_ALIGN == 0 => Op::Resize {
                id: old?,
                size: now.size,
            },
            _ => return Err(Flaw::Coding("a tag that this version doesn't have")),
        };
        self.model.learn(now);
        let event = Event {
            op,
            thread: self.model.thread,
            site,
            time,
        };
        rules.accept(&event)?;
        rules.limit_live()?;
        Ok(event)
    }

    fn site(&mut self, rules: &mut Rules) -> Result<(), Flaw> {
        let module = self.number32(OTHERS)? as usize;
        if module == self.modules.len() {
            let length = self.number32(OTHERS)? as usize;
            let text = self.bytes(OTHERS, length)?;
            let text =
                str::from_utf8(text).map_err(|_| Flaw::Coding("a module's name is not UTF-8"))?;
            let text = text.to_owned();
            self.modules.push(text);
        }
        let Some(module) = self.modules.get(module) else {
            return Err(Flaw::Coding(
                "a call site in a module that was not announced",
            ));
        };
        rules.add_site(module)?;
        let module = module.clone();
        let offset = self.number(OTHERS)?;
        self.sites.push(Site { module, offset });
        self.model.add_site();
        Ok(())
    }

    fn tag(&mut self) -> Option<u8> {
        let (from, to) = &mut self.columns[TAGS];
        let tag = *self.payload[*from..*to].first()?;
        *from += 1;
        Some(tag)
    }

    fn number(&mut self, column: usize) -> Result<u64, Flaw> {
        let (from, to) = &mut self.columns[column];
        let mut rest = &self.payload[*from..*to];
        let number =
            varint::take(&mut rest).ok_or(Flaw::Coding("a number is cut off or too large"))?;
        *from = *to - rest.len();
        Ok(number)
    }

    fn number32(&mut self, column: usize) -> Result<u32, Flaw> {
        self.number(column)?
            .try_into()
            .map_err(|_| Flaw::Coding("a number needs more than 32 bits"))
    }

    fn bytes(&mut self, column: usize, length: usize) -> Result<&[u8], Flaw> {
        let (from, to) = &mut self.columns[column];
        let bytes = self.payload[*from..*to]
            .get(..length)
            .ok_or(Flaw::Coding("a text is cut off"))?;
        *from += length;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
