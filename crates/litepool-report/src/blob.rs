//! The rows of numbers beside the page's document: one after the other, little-endian.

use crate::model::Row;

/// Every row begins at a multiple of this, so that a browser can look at it as an array.
pub(crate) const ALIGNMENT: usize = 8;

/// Rows of numbers, one behind the other.
///
/// ```
/// use litepool_report::Blob;
///
/// let mut blob = Blob::default();
/// let sizes = blob.row([24_u32, 100, 8]);
/// assert_eq!((sizes.kind, sizes.length), ("u32", 3));
/// assert!(blob.numbers::<u32>(sizes).eq([24, 100, 8]));
/// ```
#[derive(Clone, Default, Debug)]
pub struct Blob {
    bytes: Vec<u8>,
}

/// A number as it stands in a row.
pub trait Number: Copy + Sized {
    /// What [`Row::kind`] calls it.
    const KIND: &'static str;
    /// Its bytes, at the end of these.
    fn put(self, bytes: &mut Vec<u8>);
    /// The number at the beginning of these bytes, and how many it has.
    fn get(bytes: &[u8]) -> Option<(Self, usize)>;
}

macro_rules! numbers {
    ($($number:ty: $kind:literal;)*) => {
        $(
            impl Number for $number {
                const KIND: &'static str = $kind;

                fn put(self, bytes: &mut Vec<u8>) {
                    bytes.extend_from_slice(&self.to_le_bytes());
                }

                fn get(bytes: &[u8]) -> Option<(Self, usize)> {
                    let first = bytes.first_chunk()?;
                    Some((Self::from_le_bytes(*first), first.len()))
                }
            }
        )*
    };
}

numbers! {
    u8: "u8";
    u16: "u16";
    u32: "u32";
    i32: "i32";
    f64: "f64";
}

impl Blob {
    /// Adds a row, and tells where it is. O(n).
    pub fn row<N: Number>(&mut self, numbers: impl IntoIterator<Item = N>) -> Row {
        let start = self.bytes.len().next_multiple_of(ALIGNMENT);
        self.bytes.resize(start, 0);
        let mut length = 0;
        for number in numbers {
            number.put(&mut self.bytes);
            length += 1;
        }
        Row {
            kind: N::KIND,
            offset: start as u64,
            length,
        }
    }

    /// The numbers of a row of this blob; none if it is of another type. O(n).
    pub fn numbers<N: Number>(&self, row: Row) -> impl Iterator<Item = N> + '_ {
        let length = if row.kind == N::KIND { row.length } else { 0 };
        let start = usize::try_from(row.offset).unwrap_or(usize::MAX);
        let mut rest = self.bytes.get(start..).unwrap_or_default();
        (0..length).map_while(move |_| {
            let (number, bytes) = N::get(rest)?;
            rest = &rest[bytes..];
            Some(number)
        })
    }

    /// All bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests;
