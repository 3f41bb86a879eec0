//! What the environment says of the recording.

use crate::layout::DEFAULT_DEPTH;
use crate::proc::Bytes;

/// What the environment says besides the path.
pub(crate) struct Settings {
    /// Whether other processes than the one that was started are recorded.
    pub(crate) children: bool,
    /// How many return addresses of a stack are taken.
    pub(crate) depth: usize,
}

/// The variables that are read, with what separates them from their values.
const VARIABLES: [&[u8]; 3] = [
    b"LITEPOOL_RECORD_FILE=",
    b"LITEPOOL_RECORD_CHILDREN=",
    b"LITEPOOL_RECORD_DEPTH=",
];

/// Reads the variables from the environment that the program was started with. The C library's copy
/// may not be there yet, and may be the program's to change. `push_path` gets the bytes of the path,
/// and where each belongs.
pub(crate) fn read(push_path: impl Fn(usize, u8)) -> Option<Settings> {
    let (mut matches, mut at) = ([true; 3], 0_usize);
    let (mut children, mut depth) = (Number::default(), Number::default());
    for byte in Bytes::open(c"/proc/self/environ").ok()? {
        if byte == 0 {
            (matches, at) = ([true; 3], 0);
            continue;
        }
        for (variable, (name, matches)) in VARIABLES.iter().zip(&mut matches).enumerate() {
            match (at.checked_sub(name.len()), variable) {
                (None, _) => *matches &= name.get(at) == Some(&byte),
                _ if !*matches => {}
                (Some(at), 0) => push_path(at, byte),
                (Some(at), 1) => children.push(at, byte),
                (Some(at), _) => depth.push(at, byte),
            }
        }
        at = at.wrapping_add(1);
    }
    Some(Settings {
        children: children.value != Some(0),
        depth: depth.value.unwrap_or(DEFAULT_DEPTH),
    })
}

/// A decimal number that is read digit by digit.
#[derive(Default)]
struct Number {
    /// `None` if nothing was read, or something else.
    value: Option<usize>,
}

impl Number {
    fn push(&mut self, at: usize, byte: u8) {
        let digit = char::from(byte).to_digit(10);
        let before = if at == 0 { Some(0) } else { self.value };
        self.value = before
            .zip(digit)
            .map(|(value, digit)| value.saturating_mul(10).saturating_add(digit as usize));
    }
}
