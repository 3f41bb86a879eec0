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
