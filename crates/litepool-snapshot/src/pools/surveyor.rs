//! The walk that finds its way behind corruption.
//!
//! ```text
//!   | h | used | h | used | ??? |   lost    | h | used | h | free | … | end |
//!                           ^ the header is no block's
//!                                             ^ from here on blocks follow each other again
//! ```
//!
//! A block that is wrong only in what stands at its end, or in what it says of the block before, is
//! still as large as its sealed header says: the walk tells that and goes on. Where the header
//! itself can't be believed, the walk goes on at the first place from which blocks follow each
//! other, far enough to be believed; what lies between is lost.

use litepool::track::Allocation;
use litepool::{Broken, Corruption, Image, Judged, State};

use super::chains::{Believed, Chains, seal_bits};
use super::survey::{Flaw, Survey, Walked, record_bytes};
use super::window::WORD;

/// With so many bits of seal or more, a wrong size does not pass.
const SURE_BITS: u32 = 7;

impl Survey {
    /// Walks and checks a pool of `bytes`, of which the first `present` are there. Time and memory
    /// linear in the pool's size.
    pub(super) fn of(image: &Image<'_>, bytes: &[u8], present: usize) -> Self {
        let check = if present < bytes.len() {
            // The index leads to what is not there.
            None
        } else {
            Some(image.check())
        };
        if check == Some(Ok(())) {
            return Self {
                blocks: image.blocks().map(Walked::from).collect(),
                ..Self::default()
            };
        }
        let mut survey = Surveyor::new(image, bytes, present).run();
        if check.is_some() {
            survey.reclaim(image);
        }
        // The lists are only read where every block is as it should be.
        if let Some(Err(found)) = check
            && survey.flaws.is_empty()
        {
            survey.add_of_index(&found);
        }
        survey
    }

    /// What a check found in the control block or in the lists.
    fn add_of_index(&mut self, found: &Corruption) {
        let block = self.block_at(found.block);
        self.flaws.push(Flaw {
            broken: found.broken,
            offset: found.block,
            previous: block.and_then(|block| block.checked_sub(1)),
            block,
        });
    }

    /// The index of the block whose payload begins at `offset`.
    fn block_at(&self, offset: usize) -> Option<usize> {
        let index = self.blocks.partition_point(|block| block.offset < offset);
        let block = self.blocks.get(index)?;
        (block.offset == offset).then_some(index)
    }
}

/// On its way through a pool.
struct Surveyor<'i> {
    image: &'i Image<'i>,
    bytes: &'i [u8],
    present: usize,
    /// The offset of the payload that comes next.
    at: usize,
    /// The index of the last block, if the walk came from it, and whether it is free.
    last: Option<(usize, bool)>,
    /// Found when they are needed.
    chains: Option<Chains>,
    survey: Survey,
}

impl<'i> Surveyor<'i> {
    fn new(image: &'i Image<'i>, bytes: &'i [u8], present: usize) -> Self {
        Self {
            image,
            bytes,
            present,
            at: image.first_block(),
            last: None,
            chains: None,
            survey: Survey::default(),
        }
    }

    fn run(mut self) -> Survey {
        let end = self.bytes.len();
        while self.at < end && self.at <= self.present {
            match self.image.judge(self.at) {
                Some(judged) if !is_unbelievable(&judged) => self.go_on(&judged),
                Some(_) => self.resynchronise(Broken::Seal),
                None => self.resynchronise(Broken::Size),
            }
        }
        if self.at == end && self.present == end {
            self.end();
        }
        self.survey
    }

    /// Adds the block that comes next, of which at least the size is believed.
    fn go_on(&mut self, judged: &Judged) {
        let index = self.survey.blocks.len();
        let says_wrong = self
            .last
            .is_some_and(|(_, is_free)| is_free != judged.follows_free);
        let ends = self.at - WORD + judged.size <= self.present;
        if says_wrong {
            self.flaw(Broken::PreviousFree, Some(index));
        } else if let Some(found) = judged.corruption.filter(|_| ends)
            && found.broken != Broken::Record
        {
            self.flaw(found.broken, Some(index));
        }
        self.add(ends);
        self.last = Some((index, judged.is_free));
        self.at += judged.size;
    }

    /// Adds the block that comes next, and the objects of a slab. What stands at the block's end is
    /// told if the dump has it.
    fn add(&mut self, ends: bool) {
        let mut walk = self.image.blocks_from(self.at);
        let block = walk.next();
        let has_owners = self.image.choices().record.owner.is_some();
        for info in block
            .into_iter()
            .chain(walk.take_while(|info| info.in_slab))
        {
            let mut walked = Walked::from(info);
            let is_held = walked.state == State::Used && walked.payload != 0;
            if !ends && walked.offset + walked.size > self.present {
                (walked.owner, walked.allocation) = (None, None);
            } else if has_owners && is_held && walked.owner.is_none() {
                let index = self.survey.blocks.len();
                walked.stated = self.image.stated_owner(&info);
                walked.allocation = info.allocation.filter(|it| self.is_possible(it));
                self.flaw_at(walked.offset, Broken::Record, Some(index));
            }
            self.survey.blocks.push(walked);
        }
    }

    /// Can a corrupt record still have its allocation? One overwritten by a byte or two can.
    fn is_possible(&self, allocation: &Allocation) -> bool {
        let next = self.image.snapshot();
        next.is_some_and(|next| allocation.number < next.number)
    }

    /// Finds where blocks follow each other again, behind a header that is no block's.
    fn resynchronise(&mut self, broken: Broken) {
        self.distrust_last();
        self.flaw(broken, None);
        let believed = Believed::of(self.image);
        let (from, end) = (self.at + self.image.choices().granule, self.bytes.len());
        let found = self.chains().find(from..end + 1, believed);
        let next = found.unwrap_or(end);
        if self.add_slab_before(next) {
            return;
        }
        if !self.add_free_before(next) {
            self.survey
                .lost
                .push(self.at - WORD..(next - WORD).min(self.present));
            self.last = None;
        }
        self.at = next;
    }

    /// With a short seal, or none, a wrong size passes, and shows only where it leads to no block.
    /// If blocks follow each other from within the last block on, it was that one's.
    fn distrust_last(&mut self) {
        let Some((last, _)) = self.last.filter(|_| seal_bits(self.image) < SURE_BITS) else {
            return;
        };
        let offset = self.survey.blocks[last].offset;
        let inside = offset + self.image.choices().granule..self.at;
        let believed = Believed::of(self.image);
        if self.chains().find(inside, believed).is_some() {
            self.survey.blocks.truncate(last);
            let is_before = |flaw: &Flaw| flaw.block.is_none_or(|block| block < last);
            self.survey.flaws.retain(is_before);
            self.last = last.checked_sub(1).map(|before| {
                let block = &self.survey.blocks[before];
                (before, block.state == State::Free && !block.in_slab)
            });
            if self
                .survey
                .lost
                .last()
                .is_some_and(|lost| lost.end + WORD == offset)
            {
                self.last = None;
            }
            self.at = offset;
        }
    }

    /// If the slab map says that a slab begins here, only its header is lost. Goes on behind it.
    fn add_slab_before(&mut self, next: usize) -> bool {
        let Some((bytes, objects)) = self.image.slab_at(self.at) else {
            return false;
        };
        if bytes > next - self.at {
            return false;
        }
        // A remainder that is no block of its own belongs to it.
        let is_all = next - self.at - bytes < 4 * WORD;
        let size = if is_all { next - self.at } else { bytes };
        let index = self.survey.blocks.len();
        if let Some(flaw) = self.survey.flaws.last_mut() {
            flaw.block = Some(index);
        }
        self.survey.blocks.push(Walked {
            offset: self.at,
            size,
            payload: 0,
            state: State::Slab,
            in_slab: false,
            aligned: false,
            owner: None,
            stated: None,
            allocation: None,
        });
        self.survey.blocks.extend(objects.map(Walked::from));
        self.last = Some((index, false));
        self.at += size;
        true
    }

    /// If the block at `next` says that a free one stands before it, and that one's last word says
    /// that it begins here, only its header is lost.
    fn add_free_before(&mut self, next: usize) -> bool {
        let size = next - self.at;
        let footer = self.word(next - 2 * WORD) as usize;
        let granule = self.image.choices().granule;
        let is_free = size >= 2 * WORD
            && next <= self.present
            && self
                .image
                .judge(next)
                .is_some_and(|judged| judged.follows_free)
            && footer.checked_mul(granule) == Some(size);
        if is_free {
            let index = self.survey.blocks.len();
            if let Some(flaw) = self.survey.flaws.last_mut() {
                flaw.block = Some(index);
            }
            self.survey.blocks.push(Walked {
                offset: self.at,
                size,
                payload: size.saturating_sub(WORD + self.record_bytes()),
                state: State::Free,
                in_slab: false,
                aligned: false,
                owner: None,
                stated: None,
                allocation: None,
            });
            self.last = Some((index, true));
        }
        is_free
    }

    fn record_bytes(&self) -> usize {
        record_bytes(self.image)
    }

    fn end(&mut self) {
        let Some(judged) = self.image.judge(self.at) else {
            return;
        };
        let says_wrong = self
            .last
            .is_some_and(|(_, is_free)| is_free != judged.follows_free);
        match judged.corruption {
            Some(found) => self.flaw(found.broken, None),
            None if says_wrong => self.flaw(Broken::PreviousFree, None),
            None => {}
        }
    }

    fn chains(&mut self) -> &Chains {
        let (image, size, present) = (self.image, self.bytes.len(), self.present);
        self.chains
            .get_or_insert_with(|| Chains::of(image, size, present))
    }

    fn word(&self, offset: usize) -> u32 {
        let word = self.bytes.get(offset..offset + WORD);
        let word = word.and_then(|word| word.try_into().ok());
        u32::from_le_bytes(word.unwrap_or_default())
    }

    fn flaw(&mut self, broken: Broken, block: Option<usize>) {
        self.flaw_at(self.at, broken, block);
    }

    fn flaw_at(&mut self, offset: usize, broken: Broken, block: Option<usize>) {
        self.survey.flaws.push(Flaw {
            broken,
            offset,
            previous: self
                .survey
                .blocks
                .len()
                .checked_sub(1)
                .filter(|_| self.last.is_some()),
            block,
        });
    }
}

/// Is its size not to be believed?
fn is_unbelievable(judged: &Judged) -> bool {
    let broken = judged.corruption.map(|found| found.broken);
    broken == Some(Broken::Seal)
}
