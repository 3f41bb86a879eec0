//! Records are written, proved, and moved with their blocks.

use core::ptr::NonNull;

use super::owner::HolderWord;
use super::{Caller, MAX_SITES};
use crate::arena::{Arena, WORD};
use crate::block::{Block, Form};
use crate::check::{Broken, Corruption};
use crate::config::Config;
use crate::error::FreeError;
use crate::record::Task;

/// A record's words: the holder's, the number, the sites; those that the configuration has.
#[derive(Clone, Copy)]
pub struct Signature {
    pub(super) words: [u32; 2 + MAX_SITES],
}

impl Signature {
    pub(super) const BLANK: Self = Self {
        words: [0; 2 + MAX_SITES],
    };
}

/// What is known of a used block or an object before it is given up or resized, so that it can be noted afterwards.
#[derive(Clone, Copy)]
pub struct Claim {
    signature: Signature,
    granules: u32,
}

/// Where a used block's or an object's record stands, and how large the holder's charge is.
#[derive(Clone, Copy)]
struct Tenancy {
    record: usize,
    granules: u32,
}

impl<C: Config> Arena<C> {
    /// Where the record of a used block stands: behind its payload and its alignment, before the follower's header and a large
    /// block's size.
    #[inline(always)]
    pub fn record_offset(self, block: Block, size: u32, form: Form) -> usize {
        let end = self.offset(block.after(size)) - WORD - Self::RECORD;
        match form {
            Form::Ordinary => end,
            Form::Large => end - WORD,
        }
    }

    /// The block or the object that was just handed out at `pointer`.
    fn tenancy_of_new(self, pointer: NonNull<u8>) -> Tenancy {
        let tag = self.tag_of_pointer(pointer);
        // A damaged map may see a chunk where a block was handed out: its record would be written outside of it.
        if tag.is_some() && (!Self::HARDENED || self.verify_object(pointer, tag).is_some()) {
            return self.object_tenancy(pointer, tag.class());
        }
        let mut block = self.block_at(self.offset_of(pointer));
        // What stands right before a large block's payload repeats its header.
        if self.header(block).size().is_large::<C>()
            && let Some(large) = self.large_block_of(block)
        {
            block = large;
        }
        let header = self.header(block);
        self.block_tenancy(block, self.size_of(block, header), Form::of::<C>(header))
    }

    fn block_tenancy(self, block: Block, size: u32, form: Form) -> Tenancy {
        Tenancy {
            record: self.record_offset(block, size, form),
            granules: size,
        }
    }

    fn object_tenancy(self, pointer: NonNull<u8>, class: usize) -> Tenancy {
        let size = C::SLAB.classes.get(class).map_or(0, |layout| layout.size);
        Tenancy {
            record: self.offset_of(pointer) + size as usize - Self::RECORD,
            granules: size / Self::GRANULE as u32,
        }
    }

    /// The used block or the object at `pointer`, once it is proved.
    fn tenancy(self, pointer: NonNull<u8>) -> Option<Tenancy> {
        let tag = self.tag_of_pointer(pointer);
        if tag.is_some() {
            self.verify_object(pointer, tag)?;
            return Some(self.object_tenancy(pointer, tag.class()));
        }
        let used = self.verify(pointer)?;
        // What an aligned block remembers stands between its payload and its record.
        let is_possible = !used.header.is_aligned()
            || self
                .alignment(used.block, used.header, used.size)
                .is_possible::<C>();
        if Self::PROVES_LINKS && !is_possible {
            return None;
        }
        Some(self.block_tenancy(used.block, used.size, used.form::<C>()))
    }

    /// For whom and from where a block is asked for, if blocks remember that. It is the program's
    /// code that answers, and may unwind: so it is asked before anything is taken.
    #[inline(always)]
    pub fn caller() -> Caller {
        if Self::HAS_RECORD {
            C::caller()
        } else {
            Caller::NONE
        }
    }

    /// Has the block that was just handed out at `pointer` remember who asked for it. Its number comes from the pool `numbers`: this one, or
    /// the first of several joined regions.
    #[inline(always)]
    pub fn sign(self, pointer: NonNull<u8>, numbers: Self, caller: &Caller) {
        if Self::HAS_RECORD {
            self.sign_new(pointer, numbers, caller);
        }
    }

    #[inline(never)]
    fn sign_new(self, pointer: NonNull<u8>, numbers: Self, caller: &Caller) {
        let mut signature = Signature::BLANK;
        let [first, rest @ ..] = &mut signature.words;
        let holder = HolderWord::of(caller.task, caller.module);
        let mut words = rest.iter_mut();
        if Self::OWNS {
            *first = holder.0;
        }
        if Self::NUMBERS {
            let number = if Self::OWNS {
                words.next()
            } else {
                Some(first)
            };
            if let Some(number) = number {
                *number = numbers.take_number();
            }
            for (word, &site) in words.zip(&caller.sites) {
                *word = site;
            }
        }
        self.write_tenancy(self.tenancy_of_new(pointer), &signature);
    }

    /// Writes a record, and charges its holder.
    fn write_tenancy(self, tenancy: Tenancy, signature: &Signature) {
        self.set_signature(tenancy.record, signature);
        if let Some(word) = Self::holder_word(signature) {
            self.charge(word, tenancy.granules);
        }
    }

    pub(super) fn holder_word(signature: &Signature) -> Option<HolderWord> {
        let [first, ..] = signature.words;
        Self::OWNS.then_some(HolderWord(first))
    }

    /// Is the record of this block or object as it was written? One without a holder tells nothing of that.
    #[inline(always)]
    pub(super) fn is_signed(signature: &Signature) -> bool {
        Self::holder_word(signature).is_none_or(HolderWord::is_whole)
    }

    /// What has to be known of the block or the object at `pointer`, which is about to be given up or resized.
    ///
    /// # Errors
    ///
    /// It is none, or its record is damaged.
    #[inline(always)]
    pub fn claim(self, pointer: NonNull<u8>) -> Result<Claim, FreeError> {
        if Self::HAS_RECORD {
            return self.claim_proved(pointer);
        }
        Ok(Claim {
            signature: Signature::BLANK,
            granules: 0,
        })
    }

    #[inline(never)]
    fn claim_proved(self, pointer: NonNull<u8>) -> Result<Claim, FreeError> {
        let Some(tenancy) = self.tenancy(pointer) else {
            return Err(self.diagnose(pointer));
        };
        let signature = self.signature_at(tenancy.record);
        if !Self::is_signed(&signature) && Self::PROVES_LINKS {
            return Err(FreeError::Corrupt(self.damaged_record(pointer)));
        }
        Ok(Claim {
            signature,
            granules: tenancy.granules,
        })
    }

    #[cold]
    fn damaged_record(self, pointer: NonNull<u8>) -> Corruption {
        let offset = self.offset_of(pointer);
        if self.tag_of_pointer(pointer).is_some() {
            // Nothing before an object tells where the one before it begins.
            return Corruption {
                region: 0,
                block: offset,
                previous: 0,
                broken: Broken::Record,
            };
        }
        Corruption::of_block(self, self.block_at(offset), Broken::Record)
    }

    /// The block of this claim is given up.
    #[inline(always)]
    pub fn discharge(self, claim: &Claim) {
        if let Some(word) = Self::holder_word(&claim.signature) {
            self.discharge_granules(word, claim.granules);
        }
    }

    /// The block of this claim, which is about to move elsewhere, may have taken in the gap before its new place
    /// ([`Arena::stretch_record`]): nobody is to be charged with that.
    #[inline(always)]
    pub fn discharge_growth(self, claim: &Claim, pointer: NonNull<u8>) {
        if Self::OWNS
            && let Some(word) = Self::holder_word(&claim.signature)
            && let Ok(grown) = self.claim(pointer)
        {
            self.discharge_granules(word, grown.granules.wrapping_sub(claim.granules));
        }
    }

    /// The block of this claim has another size now, and stands at `pointer`. It keeps its record.
    #[inline(always)]
    pub fn renew(self, claim: &Claim, pointer: NonNull<u8>) {
        self.discharge(claim);
        self.sign_alike(claim, pointer);
    }

    /// The block of this claim, at `pointer`, belongs to another task from now on, in the same module.
    pub fn hand_over(self, claim: &Claim, pointer: NonNull<u8>, task: Task) {
        let module = Self::holder_word(&claim.signature)
            .and_then(HolderWord::holder)
            .and_then(|holder| holder.module);
        let mut signature = claim.signature;
        let [first, ..] = &mut signature.words;
        *first = HolderWord::of(task, module).0;
        self.discharge(claim);
        self.write_tenancy(self.tenancy_of_new(pointer), &signature);
    }

    /// A new block at `pointer` is to take the place of that of this claim, which is still there.
    #[inline(always)]
    pub fn sign_alike(self, claim: &Claim, pointer: NonNull<u8>) {
        if Self::HAS_RECORD {
            self.write_tenancy(self.tenancy_of_new(pointer), &claim.signature);
        }
    }

    /// The used block `block`, of the ordinary form, is about to grow from `size` by `gap` granules that its follower could not use:
    /// its record moves to the new end, and its holder is charged.
    #[inline(always)]
    pub fn stretch_record(self, block: Block, size: u32, gap: u32) {
        if !Self::HAS_RECORD {
            return;
        }
        let from = self.record_offset(block, size, Form::Ordinary);
        let to = self.record_offset(block, size + gap, Form::Ordinary);
        let signature = self.signature_at(from);
        self.set_signature(to, &signature);
        if let Some(word) = Self::holder_word(&signature) {
            self.charge(word, gap);
        }
    }

    /// Can the used block `block` of the ordinary form grow, as far as its record is concerned?
    #[inline(always)]
    pub fn has_sound_record(self, block: Block, size: u32) -> bool {
        !Self::OWNS
            || Self::is_signed(&self.signature_at(self.record_offset(block, size, Form::Ordinary)))
    }

    /// The record of the used block `block`.
    pub fn signature_of(self, block: Block, size: u32, form: Form) -> Signature {
        self.signature_at(self.record_offset(block, size, form))
    }
}
