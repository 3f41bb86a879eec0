//! Bytes to messages. Nothing is believed.

use crate::events::Events;
use crate::message::{About, Error, Name, Task, VERSION};
use crate::{MAX_ENCODED, MAX_FRAME, cobs, crc, frame_type, varint};

/// What a frame says.
#[derive(Clone, Debug)]
pub enum Message<'a> {
    /// What the device is.
    About(About<'a>),
    /// What pools and tasks are called.
    Names(Names<'a>),
    /// What happened.
    Events(Events<'a>),
}

/// Reads one frame: what stands between two zeros on the wire, without them. The frame is decoded in
/// place. Linear in its length.
///
/// # Errors
///
/// If it is no whole frame of this format; see [`Error`]. No frame depends on another, so go on with
/// the next one.
///
/// # Examples
///
/// ```
/// use litepool_stream::{About, Error, FrameBuffer, Message, decode};
///
/// let mut buffer = FrameBuffer::new();
/// let about = About { word: 4, title: b"sensor", ..About::default() };
/// let mut frame = about.write(&mut buffer).to_vec();
/// frame.pop(); // The 0 that ends it.
///
/// let mut damaged = frame.clone();
/// let title = damaged.iter().position(|&byte| byte == b's').expect("the title");
/// damaged[title] = b't';
/// assert_eq!(decode(&mut damaged).unwrap_err(), Error::Checksum);
/// let Message::About(read) = decode(&mut frame)? else { panic!("another frame") };
/// assert_eq!(read, about);
/// # Ok::<(), Error>(())
/// ```
pub fn decode(frame: &mut [u8]) -> Result<Message<'_>, Error> {
    if frame.len() > MAX_FRAME + 1 || !cobs::decode(frame) {
        return Err(Error::NotAFrame);
    }
    let frame = &frame[1..];
    let Some((body, checksum)) = frame.split_last_chunk::<4>() else {
        return Err(Error::NotAFrame);
    };
    if crc::crc32(body) != u32::from_le_bytes(*checksum) {
        return Err(Error::Checksum);
    }
    let (&kind, payload) = body.split_first().ok_or(Error::NotAFrame)?;
    match kind {
        frame_type::ABOUT => about(payload).map(Message::About),
        frame_type::NAMES => Ok(Message::Names(Names { payload })),
        frame_type::EVENTS => Events::new(payload)
            .map(Message::Events)
            .ok_or(Error::Malformed),
        _ => Err(Error::Unknown(kind)),
    }
}

fn about(payload: &[u8]) -> Result<About<'_>, Error> {
    let (&version, mut rest) = payload.split_first().ok_or(Error::Malformed)?;
    if version != VERSION {
        return Err(Error::Version(version));
    }
    // What follows is a later writer's, and may be ignored.
    fields(&mut rest).ok_or(Error::Malformed)
}

fn fields<'a>(bytes: &mut &'a [u8]) -> Option<About<'a>> {
    let word = u8::try_from(varint::take(bytes)?).ok()?;
    if word != 4 && word != 8 {
        return None;
    }
    Some(About {
        word,
        boot: varint::take(bytes)?,
        ticks_per_second: varint::take(bytes)?,
        depth: varint::take(bytes)?,
        ring: varint::take(bytes)?,
        number: varint::take(bytes)?,
        unlisted_pools: varint::take(bytes)?,
        unlisted_tasks: varint::take(bytes)?,
        title: text(bytes)?,
        build_id: text(bytes)?,
    })
}

/// Bytes behind their number.
fn text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint::take(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(text)
}

/// What pools and tasks are called, one after the other. After an error there is nothing more.
///
/// ```
/// use litepool_stream::{FrameBuffer, Message, Name, NamesWriter, Splitter, Task};
///
/// let mut buffer = FrameBuffer::new();
/// let mut writer = NamesWriter::new(&mut buffer);
/// let task = Name::Task { task: Task::Number(3), name: b"sensor" };
/// let pool = Name::Pool { address: 0x2000_0000, size: 4096, name: b"main" };
/// assert!(writer.name(&task) && writer.name(&pool));
///
/// let mut splitter = Splitter::new();
/// let Some(Ok(Message::Names(names))) = splitter.next(&mut writer.finish()) else { panic!() };
/// assert!(names.map(Result::unwrap).eq([task, pool]));
/// ```
#[derive(Clone, Debug)]
pub struct Names<'a> {
    payload: &'a [u8],
}

impl<'a> Iterator for Names<'a> {
    type Item = Result<Name<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.payload.is_empty() {
            return None;
        }
        let mut rest = core::mem::take(&mut self.payload);
        let name = name(&mut rest);
        if name.is_some() {
            self.payload = rest;
        }
        Some(name.ok_or(Error::Malformed))
    }
}

fn name<'a>(bytes: &mut &'a [u8]) -> Option<Name<'a>> {
    match varint::take(bytes)? {
        0 => Some(Name::Pool {
            address: varint::take(bytes)?,
            size: varint::take(bytes)?,
            name: text(bytes)?,
        }),
        1 => Some(Name::Task {
            task: Task::of_code(varint::take(bytes)?)?,
            name: text(bytes)?,
        }),
        _ => None,
    }
}

/// Finds the frames in what comes out of a channel, in whatever pieces it comes, and whatever stands
/// before, between and instead of them.
///
/// ```
/// use litepool_stream::{About, FrameBuffer, Message, Splitter};
///
/// let mut buffer = FrameBuffer::new();
/// let frame = About { word: 4, ..About::default() }.write(&mut buffer);
/// // What a serial line brings: the end of a frame whose beginning nobody saw, then a whole one.
/// let channel = [b"\x07\x09\0", frame].concat();
///
/// let (mut splitter, mut found, mut foreign) = (Splitter::new(), 0, 0);
/// for mut piece in channel.chunks(5) {
///     while let Some(message) = splitter.next(&mut piece) {
///         match message {
///             Ok(Message::About(about)) => found += u32::from(about.word),
///             Ok(_) => {}
///             Err(_) => foreign += 1,
///         }
///     }
/// }
/// assert_eq!((found, foreign, splitter.pending()), (4, 1, 0));
/// ```
#[derive(Clone, Debug)]
pub struct Splitter {
    /// A frame, as far as it is here.
    frame: [u8; MAX_ENCODED],
    /// How many bytes that is; more than there is room for if it is too long to be one.
    length: usize,
}

impl Default for Splitter {
    fn default() -> Self {
        Self::new()
    }
}

impl Splitter {
    /// One that has seen nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            frame: [0; MAX_ENCODED],
            length: 0,
        }
    }

    /// Takes bytes from the front of `bytes` until a frame has ended, and says what it says; `None`
    /// when all were taken. Empty frames are passed over.
    ///
    /// # Errors
    ///
    /// As [`decode`]: what stood between two zeros is no frame. What follows is another matter.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Option<Result<Message<'_>, Error>> {
        loop {
            let end = bytes.iter().position(|&byte| byte == 0);
            let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            self.take(part);
            *bytes = rest.get(1..).unwrap_or(&[]);
            end?;
            let length = core::mem::take(&mut self.length);
            if length > 0 {
                return Some(match self.frame.get_mut(..length) {
                    Some(frame) => decode(frame),
                    None => Err(Error::NotAFrame),
                });
            }
        }
    }

    /// Bytes of a frame that has not ended yet.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.length
    }

    fn take(&mut self, part: &[u8]) {
        let end = self.length.saturating_add(part.len());
        if let Some(room) = self.frame.get_mut(self.length..end) {
            room.copy_from_slice(part);
        }
        // Longer than any frame: it stays so until it ends.
        self.length = end;
    }
}
