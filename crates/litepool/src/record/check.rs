//! Proving records while the chain is walked, and then the totals.

use super::owner::HolderWord;
use super::sign::Signature;
use crate::arena::Arena;
use crate::block::{Block, Form};
use crate::check::{Broken, Corruption};
use crate::config::Config;

/// What holders hold, as one number: each row's granules, weighed by the row. It takes no table, and a total that is wrong by
/// anything changes it.
#[derive(Default)]
pub struct RecordCensus {
    weighed: u64,
}

impl RecordCensus {
    /// Proves the record of a used block that is known to be whole.
    pub fn add_block<C: Config>(
        &mut self,
        arena: Arena<C>,
        block: Block,
        size: u32,
    ) -> Result<(), Corruption> {
        if !Arena::<C>::OWNS {
            return Ok(());
        }
        let form = Form::of::<C>(arena.header(block));
        if self.add::<C>(&arena.signature_of(block, size, form), size) {
            Ok(())
        } else {
            Err(Corruption::of_block(arena, block, Broken::Record))
        }
    }

    /// Proves the record of an object in use, which ends at `end` and takes so many granules.
    pub fn add_object<C: Config>(
        &mut self,
        arena: Arena<C>,
        end: usize,
        granules: u32,
    ) -> Result<(), Corruption> {
        if !Arena::<C>::OWNS
            || self.add::<C>(&arena.signature_at(end - Arena::<C>::RECORD), granules)
        {
            return Ok(());
        }
        Err(Corruption {
            region: 0,
            block: end - granules as usize * Arena::<C>::GRANULE,
            previous: 0,
            broken: Broken::Record,
        })
    }

    fn add<C: Config>(&mut self, signature: &Signature, granules: u32) -> bool {
        let Some(word) = Arena::<C>::holder_word(signature).filter(|word| word.is_whole()) else {
            return false;
        };
        self.weigh::<C>(word, granules);
        true
    }

    fn weigh<C: Config>(&mut self, word: HolderWord, granules: u32) {
        for row in [Arena::<C>::task_row(word), Arena::<C>::module_row(word)] {
            let weighed = row.weight().wrapping_mul(u64::from(granules));
            self.weighed = self.weighed.wrapping_add(weighed);
        }
    }

    /// Proves the totals.
    pub fn finish<C: Config>(&self, arena: Arena<C>) -> Result<(), Corruption> {
        if !arena.states_record() {
            return Err(Corruption::of_pool(Broken::Identity));
        }
        let mut stated = 0_u64;
        for row in Arena::<C>::rows() {
            let held = arena.held(row);
            if arena.most_held(row) < held || arena.most_held(row) > arena.end() {
                return Err(Corruption::of_pool(Broken::Counter));
            }
            stated = stated.wrapping_add(row.weight().wrapping_mul(u64::from(held)));
        }
        if stated == self.weighed {
            Ok(())
        } else {
            Err(Corruption::of_pool(Broken::Counter))
        }
    }
}
