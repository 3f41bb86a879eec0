//! Reading a trace, event by event.

use std::io::{self, Read};

use super::columns::Flaw;
use super::decoder::Decoder;
use super::{
    CHUNK_BYTES, CHUNK_TAG, END_BYTES, END_TAG, HEADER_BYTES, LOST_BYTES, LOST_TAG, MAGIC,
    MAX_CHUNK, MAX_PACKED, MAX_TEXT, VERSION,
};
use crate::error::TraceError;
use crate::interned::Interned;
use crate::op::{Event, Header, WordSize};
use crate::rules::Rules;

/// Reads a trace of any version from any [`Read`]: an iterator of events.
///
/// Every event is verified against those before it. The first error ends the iteration. If there is
/// none, the file was complete and intact, and so was the recording. The memory needed is that of a
/// chunk (two megabytes at most), a bit for every object that is live or near a live one, and what
/// [`Reader::interned`] holds. Reads are large; buffering `R` gains nothing.
///
/// A file that would need much memory for its length is refused: see
/// [`Fault::TooMuchInterned`](crate::Fault::TooMuchInterned) and
/// [`Fault::TooManyLive`](crate::Fault::TooManyLive).
///
/// ```no_run
/// use litepool_trace::Reader;
///
/// let mut reader = Reader::new(std::fs::File::open("program.lpt")?)?;
/// let mut bytes = 0;
/// while let Some(event) = reader.next() {
///     if let Some(litepool_trace::Op::Allocate { size, .. }) = event?.op() {
///         bytes += size;
///     }
/// }
/// println!("{} allocated {bytes} bytes", reader.header().program);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reader<R: Read> {
    source: Source<R>,
    header: Header,
    rules: Rules,
    decoder: Decoder,
    /// Events returned so far.
    events: u64,
    /// Where the current chunk begins, and the number of the first event after it.
    chunk: (u64, u64),
    done: bool,
}

impl<R: Read> Reader<R> {
    /// Begins to read: takes the header.
    ///
    /// # Errors
    /// [`TraceError`], if the header is not that of a trace that this version can read.
    pub fn new(input: R) -> Result<Self, TraceError> {
        let mut source = Source { input, offset: 0 };
        let (version, header) = source.header()?;
        Ok(Self {
            source,
            rules: Rules::new(header.word),
            header,
            decoder: Decoder::new(version),
            events: 0,
            chunk: (0, 0),
            done: false,
        })
    }

    /// What the trace says about its origin.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What the events so far mention by number, and perhaps some of what the next ones do. Of a
    /// file of version 1, each call site is a stack of one frame without locations.
    #[must_use]
    pub fn interned(&self) -> &Interned {
        self.decoder.interned()
    }

    /// The header, and what [`Reader::interned`] tells.
    #[must_use]
    pub fn into_parts(self) -> (Header, Interned) {
        (self.header, self.decoder.into_interned())
    }

    fn advance(&mut self) -> Result<Option<Event>, TraceError> {
        loop {
            let event = self
                .decoder
                .event(&mut self.rules)
                .map_err(|flaw| self.explain(flaw))?;
            if event.is_some() {
                self.events += 1;
                return Ok(event);
            }
            let (offset, due) = self.chunk;
            if self.events != due {
                return Err(damaged(
                    offset,
                    "a chunk holds another number of events than it states",
                ));
            }
            if !self.next_chunk()? {
                return Ok(None);
            }
        }
    }

    /// Reads the next chunk, or the end record (`false`).
    fn next_chunk(&mut self) -> Result<bool, TraceError> {
        let start = self.source.offset;
        let mut tag = [0];
        self.source
            .fill(&mut tag, "the sequence of chunks, before the end record")?;
        match tag {
            [CHUNK_TAG] => {}
            [END_TAG] => return self.end::<END_BYTES>(start, END_TAG).map(|()| false),
            [LOST_TAG] => return self.end::<LOST_BYTES>(start, LOST_TAG).map(|()| false),
            [other] => {
                return Err(damaged(
                    start,
                    format!("a chunk or the end should begin here, found byte {other:#04x}"),
                ));
            }
        }
        let mut head = [CHUNK_TAG; CHUNK_BYTES];
        self.source.fill(&mut head[1..], "the head of a chunk")?;
        let (first, events) = (u64_at(&head, 1), u32_at(&head, 9));
        let (raw, packed, crc) = (u32_at(&head, 13), u32_at(&head, 17), u32_at(&head, 21));
        if raw > MAX_CHUNK || packed > MAX_PACKED || events > raw {
            return Err(damaged(start, "a chunk states an impossible length"));
        }
        let mut payload = vec![0; packed as usize];
        self.source.fill(&mut payload, "a chunk")?;
        let mut sum = crc32fast::Hasher::new();
        sum.update(&head[..CHUNK_BYTES - 4]);
        sum.update(&payload);
        if sum.finalize() != crc {
            return Err(damaged(start, "the checksum of a chunk is wrong"));
        }
        if first != self.events {
            return Err(damaged(
                start,
                "a chunk is missing, repeated or out of order",
            ));
        }
        let payload = miniz_oxide::inflate::decompress_to_vec_with_limit(&payload, raw as usize)
            .ok()
            .filter(|payload| payload.len() == raw as usize)
            .ok_or_else(|| {
                damaged(
                    start,
                    "a chunk can't be decompressed to the length that it states",
                )
            })?;
        self.chunk = (start, first.saturating_add(events.into()));
        self.rules.at(self.source.offset);
        self.decoder
            .load(payload)
            .map_err(|flaw| self.explain(flaw))?;
        Ok(true)
    }

    /// Verifies the rest of the end record, and that nothing follows.
    fn end<const BYTES: usize>(&mut self, start: u64, tag: u8) -> Result<(), TraceError> {
        let mut end = [tag; BYTES];
        self.source.fill(&mut end[1..], "the end record")?;
        let (stated, crc) = end.split_at(BYTES - 4);
        if crc32fast::hash(stated) != u32_at(crc, 0) {
            return Err(damaged(start, "the checksum of the end record is wrong"));
        }
        let totals = (u64_at(&end, 1), u32_at(&end, 9), u32_at(&end, 13));
        if totals != (self.events, self.rules.objects(), self.rules.stacks()) {
            return Err(damaged(
                start,
                "the totals in the end record are not those of the file",
            ));
        }
        if !self.source.at_end()? {
            return Err(damaged(self.source.offset, "bytes behind the end record"));
        }
        if tag == LOST_TAG {
            return Err(TraceError::Lost {
                offset: start,
                events: self.events,
                lost: u64_at(&end, END_BYTES - 4),
            });
        }
        Ok(())
    }

    fn explain(&self, flaw: Flaw) -> TraceError {
        let (offset, _) = self.chunk;
        match flaw {
            Flaw::Coding(what) => damaged(offset, format!("event {}: {what}", self.events)),
            Flaw::Fault(fault) => TraceError::Invalid {
                offset,
                event: self.events,
                fault,
            },
        }
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Event, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let next = self.advance().transpose();
        self.done = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<R: Read> std::iter::FusedIterator for Reader<R> {}

/// The input, and how much of it was read.
#[derive(Debug)]
struct Source<R> {
    input: R,
    offset: u64,
}

impl<R: Read> Source<R> {
    /// The version and the header.
    fn header(&mut self) -> Result<(u16, Header), TraceError> {
        let mut bytes = vec![0; HEADER_BYTES];
        let read = self.read(&mut bytes[..MAGIC.len()])?;
        if bytes[..MAGIC.len()] != MAGIC {
            bytes.truncate(read);
            // What is shorter than the magic number but agrees with it is truncated rather than foreign.
            if MAGIC.starts_with(&bytes) {
                return Err(TraceError::Truncated {
                    offset: self.offset,
                    inside: "the header",
                });
            }
            return Err(TraceError::Foreign { found: bytes });
        }
        self.fill(&mut bytes[MAGIC.len()..10], "the header")?;
        let version = u16::from_le_bytes([bytes[8], bytes[9]]);
        if !(1..=VERSION).contains(&version) {
            return Err(TraceError::Version { found: version });
        }
        self.fill(&mut bytes[10..], "the header")?;
        let length = u32_at(&bytes, 12) as usize;
        if length > MAX_TEXT {
            return Err(damaged(12, "the header states an impossible length"));
        }
        bytes.resize(HEADER_BYTES + length + 4, 0);
        self.fill(&mut bytes[HEADER_BYTES..], "the header")?;
        let (bytes, crc) = bytes.split_at(HEADER_BYTES + length);
        if crc32fast::hash(bytes) != u32_at(crc, 0) {
            return Err(damaged(0, "the checksum of the header is wrong"));
        }
        let word = match (bytes[10], bytes[11]) {
            (4, 0) => WordSize::Bits32,
            (8, 0) => WordSize::Bits64,
            _ => return Err(damaged(10, "the word size is neither 4 nor 8 bytes")),
        };
        let program = str::from_utf8(&bytes[HEADER_BYTES..]);
        let program =
            program.map_err(|_| damaged(HEADER_BYTES as u64, "the program's name is not UTF-8"))?;
        let header = Header {
            word,
            program: program.to_owned(),
        };
        Ok((version, header))
    }

    /// Reads until the buffer is full or the input ends.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TraceError> {
        let mut read = 0;
        while read < buffer.len() {
            match self.input.read(&mut buffer[read..]) {
                Ok(0) => break,
                Ok(bytes) => {
                    read += bytes;
                    self.offset += bytes as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(TraceError::Io {
                        offset: self.offset,
                        source,
                    });
                }
            }
        }
        Ok(read)
    }

    fn fill(&mut self, buffer: &mut [u8], inside: &'static str) -> Result<(), TraceError> {
        if self.read(buffer)? == buffer.len() {
            Ok(())
        } else {
            Err(TraceError::Truncated {
                offset: self.offset,
                inside,
            })
        }
    }

    fn at_end(&mut self) -> Result<bool, TraceError> {
        let before = self.offset;
        let end = self.read(&mut [0])? == 0;
        self.offset = before;
        Ok(end)
    }
}

fn damaged(offset: u64, what: impl Into<std::borrow::Cow<'static, str>>) -> TraceError {
    TraceError::Damaged {
        offset,
        what: what.into(),
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
