//! Writing a trace, event by event.

use std::io::{self, Write};

use super::encoder::Encoder;
use super::interner::Interner;
use super::{
    CHUNK_BYTES, CHUNK_TAG, CHUNK_TARGET, END_TAG, HEADER_BYTES, LOST_BYTES, LOST_TAG, MAGIC,
    VERSION, clip,
};
use crate::error::TraceError;
use crate::interned::{Frame, Module, Stack};
use crate::op::{Event, Header};
use crate::rules::Rules;

/// How hard to compress, from 0 to 10. 6 is where more effort stops paying.
const COMPRESSION: u8 = 6;

/// Writes a trace to any [`Write`], in chunks of some tens of thousands of events.
///
/// The memory needed is that of a chunk, a bit for every object that is live or near a live one,
/// and an entry for everything that has a number. Writes are large; buffering `W` gains nothing.
///
/// A trace is complete only after [`Writer::finish`]: one that ends before is recognised as truncated.
///
/// ```
/// use litepool_trace::{Event, Header, Op, WordSize, Writer};
///
/// let header = Header { word: WordSize::Bits32, program: "demo".into() };
/// let mut writer = Writer::new(Vec::new(), &header)?;
/// writer.event(&Event::from(Op::Allocate { id: 0, size: 24, align: 0 }))?;
/// // A free of what was never allocated is refused, and so is whatever else no trace can hold.
/// assert!(writer.event(&Event::from(Op::Free { id: 7 })).is_err());
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    rules: Rules,
    encoder: Encoder,
    /// What has a number.
    interner: Interner,
    /// Bytes written so far.
    offset: u64,
    /// Events accepted so far.
    events: u64,
    /// Events written in chunks so far.
    flushed: u64,
    /// Scratch, to reuse its memory.
    payload: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a trace.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the header can't be written.
    pub fn new(out: W, header: &Header) -> Result<Self, TraceError> {
        let mut writer = Self {
            out,
            rules: Rules::new(header.word),
            encoder: Encoder::new(),
            interner: Interner::default(),
            offset: 0,
            events: 0,
            flushed: 0,
            payload: Vec::new(),
        };
        let program = clip(&header.program);
        let mut bytes = Vec::with_capacity(HEADER_BYTES + program.len() + 4);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&[header.word.bytes() as u8, 0]);
        bytes.extend_from_slice(&(program.len() as u32).to_le_bytes());
        bytes.extend_from_slice(program.as_bytes());
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        writer.put(&bytes)?;
        Ok(writer)
    }

    /// The number of a module, for [`Frame::module`]. The same module always gets the same number;
    /// the first one is number 0. O(1), as all that follow.
    ///
    /// # Errors
    /// [`TraceError::Io`] if a full chunk can't be written, [`TraceError::Rejected`] if its build id
    /// is too long or there are more modules than 32 bits can number.
    pub fn module(&mut self, module: &Module) -> Result<u32, TraceError> {
        if let Some(number) = self.interner.module(module) {
            return Ok(number);
        }
        let kept = Module {
            path: clip(&module.path).to_owned(),
            build_id: module.build_id.clone(),
        };
        let number = self
            .rules
            .add_module(&kept)
            .map_err(|fault| self.reject(fault))?;
        self.encoder.module(&kept);
        self.interner.add_module(module.clone(), number);
        self.flush_if_full()?;
        Ok(number)
    }

    /// The number of a frame, for [`Stack::frame`]. The same frame always gets the same number; the
    /// first one is number 0.
    ///
    /// # Errors
    /// As [`Writer::module`], and if its module is not known or it has too many locations.
    pub fn frame(&mut self, frame: &Frame) -> Result<u32, TraceError> {
        if let Some(number) = self.interner.frame(frame) {
            return Ok(number);
        }
        let mut texts = Vec::with_capacity(frame.locations.len());
        for location in &frame.locations {
            texts.push((self.text(&location.function)?, self.text(&location.file)?));
        }
        let number = self
            .rules
            .add_frame(frame)
            .map_err(|fault| self.reject(fault))?;
        self.encoder.frame(frame, &texts);
        self.interner.add_frame(frame.clone(), number);
        self.flush_if_full()?;
        Ok(number)
    }

    /// The number of a call stack, for [`Event::stack`]: a frame that was called by the stack
    /// `parent`, or by nobody who is known (0). The same stack always gets the same number; the
    /// first one is number 1.
    ///
    /// # Errors
    /// As [`Writer::module`], and if the frame or the parent is not known or the stack would be
    /// deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    pub fn stack(&mut self, parent: u32, frame: u32) -> Result<u32, TraceError> {
        let stack = Stack { frame, parent };
        if let Some(number) = self.interner.stack(stack) {
            return Ok(number);
        }
        let number = self
            .rules
            .add_stack(stack)
            .map_err(|fault| self.reject(fault))?;
        self.encoder.stack(stack);
        self.interner.add_stack(stack, number);
        self.flush_if_full()?;
        Ok(number)
    }

    /// Says what a thread or task is called from now on: one that appeared, or the next one, which
    /// appears so. Empty: nobody knows.
    ///
    /// # Errors
    /// [`TraceError::Io`] if a full chunk can't be written, [`TraceError::Rejected`] if the thread's
    /// number skips one.
    pub fn name_thread(&mut self, thread: u32, name: &str) -> Result<(), TraceError> {
        let name = clip(name);
        let before = self.interner.thread_name(thread);
        if before == name && self.rules.knows_thread(thread) {
            return Ok(());
        }
        let before = before.len();
        self.rules
            .name_thread(thread, name, before)
            .map_err(|fault| self.reject(fault))?;
        self.interner.name_thread(thread, name);
        self.encoder.thread_name(thread, name);
        self.flush_if_full()
    }

    /// Says what a pool or region is called from now on, likewise.
    ///
    /// # Errors
    /// As [`Writer::name_thread`].
    pub fn name_pool(&mut self, pool: u32, name: &str) -> Result<(), TraceError> {
        let name = clip(name);
        let before = self.interner.pool_name(pool);
        if before == name && self.rules.knows_pool(pool) {
            return Ok(());
        }
        let before = before.len();
        self.rules
            .name_pool(pool, name, before)
            .map_err(|fault| self.reject(fault))?;
        self.interner.name_pool(pool, name);
        self.encoder.pool_name(pool, name);
        self.flush_if_full()
    }

    /// Appends an event. O(1), and now and then the compression of a chunk.
    ///
    /// # Errors
    /// [`TraceError::Rejected`] if the event makes no sense after those before it; the trace is as it was and can
    /// be continued. [`TraceError::Io`] if a full chunk can't be written; the trace is then lost.
    pub fn event(&mut self, event: &Event) -> Result<(), TraceError> {
        let elapsed = event.time.saturating_sub(self.rules.time());
        self.rules
            .accept(event)
            .map_err(|fault| self.reject(fault))?;
        self.encoder.event(event, &self.rules, elapsed);
        self.events += 1;
        self.flush_if_full()
    }

    /// How many events were accepted so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Writes what is left, and the end record; flushes and returns the destination.
    ///
    /// # Errors
    /// [`TraceError::Io`].
    pub fn finish(self) -> Result<W, TraceError> {
        self.end(None)
    }

    /// As [`Writer::finish`], of a recording that ended before the program did: so many operations
    /// followed that are not in the trace. Whoever reads it gets all that is there, and then
    /// [`TraceError::Lost`].
    ///
    /// # Errors
    /// [`TraceError::Io`].
    pub fn finish_incomplete(self, lost: u64) -> Result<W, TraceError> {
        self.end(Some(lost))
    }

    fn end(mut self, lost: Option<u64>) -> Result<W, TraceError> {
        if self.encoder.len() > 0 {
            self.flush()?;
        }
        let mut bytes = Vec::with_capacity(LOST_BYTES);
        bytes.push(lost.map_or(END_TAG, |_| LOST_TAG));
        bytes.extend_from_slice(&self.events.to_le_bytes());
        bytes.extend_from_slice(&self.rules.objects().to_le_bytes());
        bytes.extend_from_slice(&self.rules.stacks().to_le_bytes());
        bytes.extend(lost.iter().flat_map(|lost| lost.to_le_bytes()));
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        self.put(&bytes)?;
        let offset = self.offset;
        self.out
            .flush()
            .map_err(|source| TraceError::Io { offset, source })?;
        Ok(self.out)
    }

    /// The number of a text that locations mention; 0 is the empty one.
    fn text(&mut self, text: &str) -> Result<u32, TraceError> {
        let text = clip(text);
        if text.is_empty() {
            return Ok(0);
        }
        if let Some(number) = self.interner.text(text) {
            return Ok(number);
        }
        let number = self
            .rules
            .add_text(text)
            .map_err(|fault| self.reject(fault))?;
        self.encoder.text(text);
        self.interner.add_text(text, number);
        self.flush_if_full()?;
        Ok(number)
    }

    fn flush_if_full(&mut self) -> Result<(), TraceError> {
        if self.encoder.len() >= CHUNK_TARGET {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Writes a chunk of everything gathered so far.
    fn flush(&mut self) -> Result<(), TraceError> {
        self.encoder.flush(&mut self.payload);
        let mut packed = miniz_oxide::deflate::compress_to_vec(&self.payload, COMPRESSION);
        // Readers don't believe in millions of live objects or names in a few bytes.
        if !self.rules.is_believable(self.offset + packed.len() as u64) {
            packed = miniz_oxide::deflate::compress_to_vec(&self.payload, 0);
        }
        // Both lengths are below MAX_PACKED, and a chunk holds fewer events than bytes: they fit into 32 bits.
        let mut bytes = Vec::with_capacity(CHUNK_BYTES + packed.len());
        bytes.push(CHUNK_TAG);
        bytes.extend_from_slice(&self.flushed.to_le_bytes());
        bytes.extend_from_slice(&((self.events - self.flushed) as u32).to_le_bytes());
        bytes.extend_from_slice(&(self.payload.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        let mut crc = crc32fast::Hasher::new();
        crc.update(&bytes);
        crc.update(&packed);
        bytes.extend_from_slice(&crc.finalize().to_le_bytes());
        bytes.extend_from_slice(&packed);
        self.put(&bytes)?;
        self.flushed = self.events;
        self.rules.at(self.offset);
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), TraceError> {
        let result: io::Result<()> = self.out.write_all(bytes);
        result.map_err(|source| TraceError::Io {
            offset: self.offset,
            source,
        })?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    fn reject(&self, fault: crate::Fault) -> TraceError {
        TraceError::Rejected {
            event: self.events,
            fault,
        }
    }
}
