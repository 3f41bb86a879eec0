//! What is read, before it is told apart: plain or compressed, by its first bytes.

mod zstd;

use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;

use zstd::ZstdReader;

/// How many bytes are looked at to tell the formats apart: a device prints some before it dumps its
/// heap's trace.
const SAMPLE: u64 = 64 << 10;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const XZ: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];

/// Most memory that unpacking may take, in KiB: the largest dictionary of the command `xz`, 64 MiB,
/// and some.
const XZ_MEMORY: u32 = 66 << 10;

/// A file's content, decompressed.
pub(super) struct Input<'a> {
    /// Its first bytes.
    pub(super) sample: Vec<u8>,
    /// Its bytes, those included.
    pub(super) content: Box<dyn Read + 'a>,
    /// How many bytes of the file were read so far, as they stand in it.
    pub(super) read: Arc<AtomicU64>,
}

impl<'a> Input<'a> {
    /// Looks at the beginning.
    pub(super) fn new(input: impl Read + 'a) -> io::Result<Self> {
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted {
            input,
            read: Arc::clone(&read),
        };
        let (mut sample, mut content) = sample(counted)?;
        if let Some(compression) = Compression::of(&sample) {
            (sample, content) = self::sample(compression.unpack(content))?;
        }
        if is_utf16(&sample) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "this is text in UTF-16; save it as UTF-8",
            ));
        }
        Ok(Self {
            sample,
            content,
            read,
        })
    }
}

/// What decompresses these bytes, if they begin like a file that gzip, xz or zstd compressed: without
/// bounds on what comes out, which may be a thousand times as much.
///
/// Its errors say what is wrong with the compressed data, in words for a user.
///
/// ```
/// use std::io::{Read, Write};
/// use flate2::{Compression, write::GzEncoder};
/// use litepool_trace::decompressed;
///
/// let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
/// packed.write_all(b"op,id,size\n")?;
/// let packed = packed.finish()?;
/// let mut text = String::new();
/// decompressed(&packed).expect("gzip").read_to_string(&mut text)?;
/// assert_eq!(text, "op,id,size\n");
/// assert!(decompressed(text.as_bytes()).is_none());
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn decompressed(packed: &[u8]) -> Option<impl Read> {
    Compression::of(packed).map(|compression| compression.unpack(packed))
}

/// With what a file is compressed.
#[derive(Clone, Copy)]
enum Compression {
    Gzip,
    Xz,
    Zstd,
}

impl Compression {
    /// Tells it by the first bytes.
    fn of(sample: &[u8]) -> Option<Self> {
        if sample.starts_with(&GZIP) {
            Some(Self::Gzip)
        } else if sample.starts_with(&XZ) {
            Some(Self::Xz)
        } else if sample.starts_with(&ZSTD) {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    fn unpack<'a>(self, packed: impl Read + 'a) -> Box<dyn Read + 'a> {
        match self {
            Self::Gzip => Box::new(Unpacked("gzip", MultiGzDecoder::new(packed))),
            Self::Xz => {
                // It reads byte by byte.
                let packed = BufReader::new(packed);
                let unpacked = XzReader::new_mem_limit(packed, true, XZ_MEMORY);
                Box::new(Unpacked("xz", unpacked))
            }
            Self::Zstd => {
                let unpacked = ZstdReader::new(BufReader::new(packed));
                Box::new(Unpacked("zstd", unpacked))
            }
        }
    }
}

/// Is this ASCII text in UTF-16? Memory may begin like its mark, too.
fn is_utf16(sample: &[u8]) -> bool {
    let mut pairs = sample.as_chunks::<2>().0.iter();
    let Some(zero) = pairs.next().and_then(|mark| match mark {
        [0xff, 0xfe] => Some(1),
        [0xfe, 0xff] => Some(0),
        _ => None,
    }) else {
        return false;
    };
    pairs
        .take(8)
        .all(|pair| pair[zero] == 0 && pair[1 - zero].is_ascii() && pair[1 - zero] != 0)
}

/// The first bytes, and all of them.
fn sample<'a>(mut input: impl Read + 'a) -> io::Result<(Vec<u8>, Box<dyn Read + 'a>)> {
    let mut sample = Vec::new();
    input.by_ref().take(SAMPLE).read_to_end(&mut sample)?;
    let content = Cursor::new(sample.clone()).chain(input);
    Ok((sample, Box::new(content)))
}

/// Says what a decompressor's errors mean. The name is that of the compression.
struct Unpacked<R>(&'static str, R);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self(name, input) = self;
        input.read(buffer).map_err(|error| {
            let what = match error.kind() {
                io::ErrorKind::UnexpectedEof => "is cut off; copy it again",
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                    "is damaged; copy it again (as binary)"
                }
                io::ErrorKind::OutOfMemory => {
                    "takes more than 66 MiB of memory to decompress; do that beforehand"
                }
                _ => return error,
            };
            io::Error::new(error.kind(), format!("the {name} file {what}"))
        })
    }
}

/// Counts what is read.
struct Counted<R> {
    input: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.input.read(buffer)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}
