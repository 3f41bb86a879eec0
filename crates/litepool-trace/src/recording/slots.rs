//! Reading a raw log slot by slot.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::error::RecordingError;
use super::layout::{
    MAGIC, SEGMENT_BYTES, SLOT_BYTES, SLOT_WORDS, SLOTS_AT, Slot, VERSION, header,
};

/// The slots of a log, in order. A slot that was never filled is `None`.
pub(super) struct Slots {
    input: BufReader<File>,
    path: PathBuf,
    /// Where the next slot begins.
    offset: u64,
    /// Where the last one ends.
    end: u64,
}

impl Slots {
    /// Opens a log and checks its beginning and its length.
    pub(super) fn open(path: &Path) -> Result<([u64; header::WORDS], Self), RecordingError> {
        let io = |source| RecordingError::Io {
            path: path.into(),
            offset: 0,
            source,
        };
        let mut file = File::open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => RecordingError::Missing { path: path.into() },
            _ => io(error),
        })?;
        let end = file.seek(SeekFrom::End(0)).map_err(io)?;
        file.rewind().map_err(io)?;
        let mut bytes = [0; header::WORDS * 8];
        let mut got = 0;
        while got < bytes.len() {
            match file.read(&mut bytes[got..]).map_err(io)? {
                0 => break,
                more => got += more,
            }
        }
        let mut words = [0; header::WORDS];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        if bytes[..8] != MAGIC {
            let blank = bytes == [0; header::WORDS * 8];
            return Err(if blank && (end == 0 || end >= SLOTS_AT) {
                RecordingError::Unbegun { path: path.into() }
            } else {
                RecordingError::Foreign {
                    path: path.into(),
                    found: bytes[..got.min(8)].to_vec(),
                }
            });
        }
        if words[header::VERSION] != VERSION && got >= 16 {
            return Err(RecordingError::Version {
                path: path.into(),
                found: words[header::VERSION],
            });
        }
        if end < SLOTS_AT || !(end - SLOTS_AT).is_multiple_of(SEGMENT_BYTES) {
            return Err(RecordingError::Truncated {
                path: path.into(),
                offset: end,
            });
        }
        file.seek(SeekFrom::Start(SLOTS_AT)).map_err(io)?;
        let input = BufReader::with_capacity(64 << 10, file);
        Ok((
            words,
            Self {
                input,
                path: path.into(),
                offset: SLOTS_AT,
                end,
            },
        ))
    }

    /// The next slot, `None` after the last one.
    pub(super) fn next(&mut self) -> Result<Option<Option<Slot>>, RecordingError> {
        if self.offset >= self.end {
            return Ok(None);
        }
        let mut bytes = [0; SLOT_BYTES as usize];
        let (path, offset) = (&self.path, self.offset);
        self.input
            .read_exact(&mut bytes)
            .map_err(|source| RecordingError::Io {
                path: path.clone(),
                offset,
                source,
            })?;
        let mut words = [0; SLOT_WORDS];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        let slot = Slot::from_words(words);
        if slot.is_none() && words[SLOT_WORDS - 1] != 0 {
            return Err(RecordingError::Damaged {
                path: path.clone(),
                offset,
                what: "a slot of no known kind",
            });
        }
        self.offset += SLOT_BYTES;
        Ok(Some(slot))
    }

    /// Where the next slot begins, in bytes from the file's start.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes of slots there are.
    pub(super) fn bytes(&self) -> u64 {
        self.end - SLOTS_AT
    }

    /// The log's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
