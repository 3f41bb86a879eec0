//! Which bytes are wrong, and who may have written them.

use litepool::track::Task;
use litepool::{Broken, Image, State};

use super::survey::{Flaw, Survey, Walked};
use super::window::WORD;

/// A flaw as people are told it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Told {
    /// Where the wrong bytes begin, in bytes from the pool's base.
    pub(super) offset: usize,
    /// How many; 0 if it can't be told.
    pub(super) length: usize,
    /// What is wrong.
    pub(super) what: String,
    /// The index of the block that was most likely written beyond.
    pub(super) suspect: Option<usize>,
    /// Whom a corrupt record names.
    pub(super) stated: Option<Task>,
}

/// Tells a flaw of a pool of `size` bytes.
pub(super) fn told(image: &Image<'_>, size: usize, survey: &Survey, flaw: &Flaw) -> Told {
    let block = flaw.block.and_then(|index| survey.blocks.get(index));
    let (offset, length) = bytes_of(image, size, flaw, block);
    Told {
        offset,
        length,
        what: text(flaw, block),
        suspect: suspect(survey, flaw),
        stated: stated_task(image, block),
    }
}

/// The bytes that do not hold.
fn bytes_of(image: &Image<'_>, size: usize, flaw: &Flaw, block: Option<&Walked>) -> (usize, usize) {
    let link = if image.choices().size_bits <= 16 {
        2
    } else {
        4
    };
    let header = (flaw.offset.saturating_sub(WORD), WORD);
    let behind_payload = block.map_or(flaw.offset, |block| block.offset + block.payload);
    match flaw.broken {
        Broken::Identity => (0, 3 * WORD),
        Broken::EndBlock => (size - WORD, WORD),
        Broken::Size | Broken::Seal | Broken::PreviousFree | Broken::NotMerged => header,
        Broken::Alignment => (behind_payload, 2),
        // Its first word is the one that is proved.
        Broken::Record => (behind_payload, WORD),
        Broken::Footer => {
            let end = block.map_or(flaw.offset, |block| block.offset + block.size);
            (end.saturating_sub(2 * WORD), WORD)
        }
        Broken::ListLink if flaw.offset != 0 => (flaw.offset, 2 * link),
        Broken::Slab if flaw.offset != 0 => (flaw.offset, 8 * WORD),
        _ => (0, 0),
    }
}

/// What is wrong, and what else is known of it.
fn text(flaw: &Flaw, block: Option<&Walked>) -> String {
    let mut text = flaw.broken.describe().to_owned();
    match flaw.broken {
        Broken::Size | Broken::Seal if block.is_some_and(|block| block.state == State::Used) => {
            text += "; by the pool's counters only the header is lost";
        }
        Broken::Footer | Broken::ListLink | Broken::ListHead | Broken::Pending => {
            text += ": most likely a free block was written to";
        }
        _ => {}
    }
    text
}

/// The task that a corrupt record names, if it can be one.
fn stated_task(image: &Image<'_>, block: Option<&Walked>) -> Option<Task> {
    let rows = image.choices().record.owner?;
    let task = block?.stated?.task;
    let is_possible = match task {
        Task::Id(id) => rows.tasks == 0 || id < rows.tasks,
        Task::Interrupt => true,
        // It is what zeros say.
        Task::None => false,
    };
    is_possible.then_some(task)
}

/// The block that was most likely written beyond: the one at which the flaw shows if what is wrong
/// stands behind its payload; the used block before it if its header is wrong. Of a free block that
/// was written to nobody knows who did.
fn suspect(survey: &Survey, flaw: &Flaw) -> Option<usize> {
    match flaw.broken {
        Broken::Record | Broken::Alignment => flaw.block,
        Broken::Size
        | Broken::Seal
        | Broken::PreviousFree
        | Broken::NotMerged
        | Broken::EndBlock
        | Broken::Slab => {
            let previous = flaw.previous?;
            (survey.blocks.get(previous)?.state == State::Used).then_some(previous)
        }
        _ => None,
    }
}
