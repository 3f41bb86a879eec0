//! The number of an allocation, and its call sites.

use crate::arena::{Arena, WORD};
use crate::block::{Block, Form};
use crate::config::Config;
use crate::walk::{BlockInfo, State};

use super::Holder;
use super::owner::HolderWord;
use super::sign::Signature;

/// The most call sites that a block can remember.
pub const MAX_SITES: usize = 4;

/// The record of where a block comes from: the number of its allocation and `SITES` call sites (up to [`MAX_SITES`]), 4 bytes each.
///
/// Allocations of a pool are numbered one by one, so a number tells which came first, and a
/// [`Snapshot`](super::Snapshot) is no more than the number at its time.
#[derive(Debug)]
pub struct CallSites<const SITES: usize>;

/// Where a block comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Origin {
    /// The number of its allocation, from 0. It wraps at 2^32.
    pub number: u32,
    /// The call sites of [`Caller::sites`](super::Caller::sites); those that are not kept are 0.
    pub sites: [u32; MAX_SITES],
}

impl<C: Config> Arena<C> {
    /// The number that the next allocation gets.
    pub(super) fn next_number(self) -> u32 {
        self.load(Self::NEXT_NUMBER)
    }

    /// The same, which is then used up.
    pub(super) fn take_number(self) -> u32 {
        let number = self.next_number();
        self.store(Self::NEXT_NUMBER, number.wrapping_add(1));
        number
    }

    /// The origin that a signature tells.
    pub(super) fn origin_in(signature: &Signature) -> Option<Origin> {
        if !Self::NUMBERS {
            return None;
        }
        let words = signature.words.get(Self::NUMBER_WORD..)?;
        let mut sites = [0; MAX_SITES];
        for (site, &word) in sites
            .iter_mut()
            .zip(words.iter().skip(1).take(Self::SITE_COUNT))
        {
            *site = word;
        }
        Some(Origin {
            number: *words.first()?,
            sites,
        })
    }

    /// Reads the record at `offset`.
    pub(super) fn signature_at(self, offset: usize) -> Signature {
        let mut signature = Signature::BLANK;
        for (index, word) in signature
            .words
            .iter_mut()
            .take(Self::RECORD_WORDS)
            .enumerate()
        {
            *word = self.load(offset + index * WORD);
        }
        signature
    }

    /// Writes the record at `offset`.
    pub(super) fn set_signature(self, offset: usize, signature: &Signature) {
        for (index, &word) in signature.words.iter().take(Self::RECORD_WORDS).enumerate() {
            self.store(offset + index * WORD, word);
        }
    }
}

/// What records tell in a walk.
impl<C: Config> Arena<C> {
    /// Who holds a used block.
    pub fn holder_of_block(self, block: Block, size: u32, form: Form) -> Option<Holder> {
        if !Self::OWNS {
            return None;
        }
        Self::holder_word(&self.signature_of(block, size, form))?.holder()
    }

    /// Where a used block comes from.
    pub fn origin_of_block(self, block: Block, size: u32, form: Form) -> Option<Origin> {
        if !Self::NUMBERS {
            return None;
        }
        Self::origin_in(&self.signature_of(block, size, form))
    }

    /// The same block or slot in use, with the holder that its record has, be it damaged or not.
    pub fn with_likely_holder(self, info: BlockInfo) -> BlockInfo {
        // In a damaged pool an object may be one that has no room for a record.
        if !Self::OWNS || info.payload == 0 {
            return info;
        }
        let signature = if info.in_chunk {
            self.signature_at(info.offset + info.payload)
        } else {
            let mut block = self.block_at(info.offset);
            // What stands right before a large block's payload repeats its header.
            if self.header(block).size().is_large::<C>()
                && let Some(large) = self.large_block_of(block)
            {
                block = large;
            }
            let Some(size) = self.bounded_size(block) else {
                return info;
            };
            self.signature_of(block, size, Form::of::<C>(self.header(block)))
        };
        let holder = Self::holder_word(&signature).map(HolderWord::stated_holder);
        BlockInfo { holder, ..info }
    }

    /// The same slot, with what its record tells if it is in use.
    pub fn with_record_of_slot(self, mut slot: BlockInfo) -> BlockInfo {
        // In a damaged pool an object may be one that has no room for a record.
        if Self::HAS_RECORD && slot.state == State::Used && slot.payload != 0 {
            let signature = self.signature_at(slot.offset + slot.payload);
            slot.holder = Self::holder_word(&signature).and_then(HolderWord::holder);
            slot.origin = Self::origin_in(&signature);
        }
        slot
    }
}
