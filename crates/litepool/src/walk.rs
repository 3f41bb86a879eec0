//! Walking the blocks of a pool, in the order of their addresses.

use core::iter::FusedIterator;
use core::marker::PhantomData;

use crate::arena::Arena;
use crate::block::{Block, Form};
use crate::config::Config;
use crate::heap::{Heap, payload_size};
use crate::stats::largest_request;

/// Who holds a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It was handed out.
    Used,
    /// It waits for a request.
    Free,
}

/// A block, as a walk finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct BlockInfo {
    /// Where the payload stands, in bytes from the pool's base.
    pub offset: usize,
    /// Bytes of the block, header included.
    pub size: usize,
    /// Bytes that the holder may use; of a free block, the largest request that it can hold.
    pub payload: usize,
    /// Used or free.
    pub state: State,
    /// Did an aligned request get it?
    pub aligned: bool,
}

/// The blocks of a pool in the order of their addresses; made by [`Heap::blocks`].
///
/// A step is constant time. The walk ends early at a block whose size can't be true; [`Heap::check`] says what is
/// wrong there.
#[derive(Debug)]
pub struct Blocks<'h, C: Config> {
    arena: Arena<C>,
    next: Block,
    heap: PhantomData<&'h ()>,
}

impl<C: Config> Heap<'_, C> {
    /// Walks every block, used and free, in the order of their addresses.
    #[must_use]
    pub fn blocks(&self) -> Blocks<'_, C> {
        Blocks {
            arena: self.arena(),
            next: Block(self.arena().first()),
            heap: PhantomData,
        }
    }
}

impl<C: Config> Iterator for Blocks<'_, C> {
    type Item = BlockInfo;

    fn next(&mut self) -> Option<BlockInfo> {
        let (arena, block) = (self.arena, self.next);
        let Some(size) = arena.bounded_size(block) else {
            self.next = Block(arena.end());
            return None;
        };
        self.next = block.after(size);
        Some(describe(arena, block, size))
    }
}

impl<C: Config> FusedIterator for Blocks<'_, C> {}

fn describe<C: Config>(arena: Arena<C>, block: Block, size: u32) -> BlockInfo {
    let header = arena.header(block);
    let bytes = size as usize * Arena::<C>::GRANULE;
    if header.is_used() {
        let form = Form::of::<C>(header);
        BlockInfo {
            offset: arena.payload(block, form),
            size: bytes,
            payload: payload_size::<C>(header, size),
            state: State::Used,
            aligned: header.is_aligned(),
        }
    } else {
        BlockInfo {
            offset: arena.offset(block),
            size: bytes,
            payload: largest_request::<C>(size),
            state: State::Free,
            aligned: false,
        }
    }
}
