//! The node size check: how much room is there behind a pointer?
//!
//! A program that is about to write through a pointer asks how large its block is, and what is left
//! of it. `LiteOS`'s check of this name, with its levels; a *node* is a block.

use core::fmt;
use core::sync::atomic::{AtomicU8, Ordering};

use crate::block::Blocks;
use crate::error::NotReady;
use crate::layout::Layout;

/// What the node size check takes for a pointer to a block. One level for the whole program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum NodeCheckLevel {
    /// Only the start of a block. Constant time.
    Low = 0,
    /// Any address in a block's payload. Time linear in the number of blocks.
    High = 1,
    /// Nothing: every question is [`NodeSizeError::Disabled`]. The level at the start.
    Disabled = 0xFF,
}

static LEVEL: AtomicU8 = AtomicU8::new(NodeCheckLevel::Disabled as u8);

/// The level of the node size check. Constant time.
pub fn node_check_level() -> NodeCheckLevel {
    match LEVEL.load(Ordering::Relaxed) {
        0 => NodeCheckLevel::Low,
        1 => NodeCheckLevel::High,
        _ => NodeCheckLevel::Disabled,
    }
}

/// Sets the level of the node size check, for all pools. Constant time.
pub fn set_node_check_level(level: NodeCheckLevel) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// The room around a pointer, in bytes.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Heap, NodeCheckLevel, config::Pool256K, set_node_check_level};
///
/// let mut memory = [MaybeUninit::uninit(); 2048];
/// let mut heap = Heap::<Pool256K>::new(&mut memory)?;
/// let block = heap.allocate(100)?;
/// set_node_check_level(NodeCheckLevel::High);
/// // SAFETY: 10 bytes further on is still in the block.
/// let size = heap.node_size(unsafe { block.add(10) })?;
/// assert_eq!(size.available, size.total - 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NodeSize {
    /// Of the whole payload of the block.
    pub total: usize,
    /// From the pointer to the payload's end.
    pub available: usize,
}

/// Why the size is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum NodeSizeError {
    /// The level is [`NodeCheckLevel::Disabled`].
    Disabled,
    /// The pointer does not lead into the pool.
    OutOfPool,
    /// No used block begins at the pointer; or, at [`NodeCheckLevel::High`], is around it.
    NotABlock,
    /// See [`NotReady`].
    NotReady,
}

impl fmt::Display for NodeSizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disabled => "the node size check is disabled",
            Self::OutOfPool => "the address is outside the pool",
            Self::NotABlock => "the address is in no used block",
            Self::NotReady => return NotReady.fmt(f),
        })
    }
}

impl core::error::Error for NodeSizeError {}

impl From<NotReady> for NodeSizeError {
    fn from(NotReady: NotReady) -> Self {
        Self::NotReady
    }
}

impl NodeSize {
    /// As the [level](node_check_level) allows to ask: of the pointer that is `offset` bytes behind
    /// the pool's base, if it is a block's, whose payload has so many bytes.
    pub(crate) fn of(
        blocks: &Blocks<Layout>,
        offset: usize,
        of_block: impl FnOnce() -> Option<usize>,
    ) -> Result<Self, NodeSizeError> {
        let size = match node_check_level() {
            NodeCheckLevel::Disabled => return Err(NodeSizeError::Disabled),
            _ if offset >= blocks.memory().size() as usize => {
                return Err(NodeSizeError::OutOfPool);
            }
            NodeCheckLevel::Low => of_block().map(|total| Self {
                total,
                available: total,
            }),
            NodeCheckLevel::High => super::around(blocks, offset).map(|block| Self {
                total: block.payload,
                available: block.payload - (offset - block.offset),
            }),
        };
        size.ok_or(NodeSizeError::NotABlock)
    }
}
