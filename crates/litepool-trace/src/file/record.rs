//! How records stand in columns: which bits a tag has, and which column holds what.
//!
//! The fields of the records stand in columns, one kind of number in each, because numbers of one
//! kind compress better together. The first column holds a tag for each record that says which
//! other columns it has a number in.

/// Number of columns in a payload.
pub(super) const COLUMNS: usize = 10;
/// Number of columns in a payload of version 1: the first ones.
pub(super) const COLUMNS_V1: usize = 6;
pub(super) const TAGS: usize = 0;
/// Of version 1: call sites.
pub(super) const STACKS: usize = 1;
pub(super) const SIZES: usize = 2;
pub(super) const DISTANCES: usize = 3;
pub(super) const TIMES: usize = 4;
/// Threads, alignments, pools and lost events: rare. Of version 1 also the announcements of sites.
pub(super) const OTHERS: usize = 5;
/// How far back the parent of a stack is.
pub(super) const PARENTS: usize = 6;
/// The frame of a stack; the module of a frame.
pub(super) const FRAMES: usize = 7;
/// The offset of a frame.
pub(super) const OFFSETS: usize = 8;
/// Texts, names, build ids and locations.
pub(super) const TEXTS: usize = 9;

/// The two low bits of a tag: what the record is.
pub(super) const KIND: u8 = 0b11;
pub(super) const ALLOCATE: u8 = 0;
pub(super) const FREE: u8 = 1;
pub(super) const RESIZE: u8 = 2;
/// No operation: the other bits say what.
pub(super) const EXTRA: u8 = 3;

/// The other bits of an operation: which numbers follow because they are not the expected ones.
pub(super) const HAS_STACK: u8 = 1 << 2;
pub(super) const HAS_SIZE: u8 = 1 << 3;
pub(super) const HAS_DISTANCE: u8 = 1 << 4;
pub(super) const HAS_TIME: u8 = 1 << 5;
pub(super) const HAS_THREAD: u8 = 1 << 6;
pub(super) const HAS_ALIGN: u8 = 1 << 7;
/// An allocate has no distance.
pub(super) const ALLOCATE_HAS_POOL: u8 = HAS_DISTANCE;
/// A resize has no alignment.
pub(super) const RESIZE_HAS_POOL: u8 = HAS_ALIGN;

/// A call stack is announced.
pub(super) const STACK: u8 = EXTRA;
/// Its parent is not the newest stack.
pub(super) const HAS_PARENT: u8 = 1 << 6;
/// Its frame is not the expected one.
pub(super) const HAS_FRAME: u8 = 1 << 7;
/// A frame is announced.
pub(super) const FRAME: u8 = EXTRA | 1 << 2;
/// Its module is not that of the frame announced before.
pub(super) const HAS_MODULE: u8 = 1 << 6;
/// It has locations.
pub(super) const HAS_LOCATIONS: u8 = 1 << 7;
/// A text is announced that locations mention.
pub(super) const TEXT: u8 = EXTRA | 2 << 2;
/// A module is announced.
pub(super) const MODULE: u8 = EXTRA | 3 << 2;
/// A thread gets a name.
pub(super) const THREAD_NAME: u8 = EXTRA | 4 << 2;
/// A pool gets a name.
pub(super) const POOL_NAME: u8 = EXTRA | 5 << 2;
/// These four are events. A second byte in the column of tags has the bits of an operation from
/// [`HAS_STACK`] on, and the two below.
pub(super) const REFUSED: u8 = EXTRA | 6 << 2;
pub(super) const FOREIGN_FREE: u8 = EXTRA | 7 << 2;
pub(super) const THREAD_END: u8 = EXTRA | 8 << 2;
pub(super) const GAP: u8 = EXTRA | 9 << 2;
/// Of a refused request: a pool follows.
pub(super) const REFUSED_HAS_POOL: u8 = 1 << 0;
/// Of a refused request: an object was to be resized.
pub(super) const REFUSED_RESIZE: u8 = 1 << 1;

/// What a tag is that no event has: announcements.
pub(super) const fn is_announcement(tag: u8) -> bool {
    matches!(
        tag & !(HAS_PARENT | HAS_FRAME),
        STACK | FRAME | TEXT | MODULE | THREAD_NAME | POOL_NAME
    )
}
