//! Two-level segregated fit: good fit in constant time.
//!
//! After M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF: a new dynamic memory allocator for
//! real-time systems" (ECRTS 2004), with the classes of `OpenHarmony` LiteOS-M: 31 lists for the
//! sizes of 1 to 31 granules, one size each; above them eight lists for each power of two.
//!
//! ```text
//!   list      0     1  ...   30 | 31     32  ...   38 | 39     40     ...
//!   granules  1     2        31 | 32-35  36-39  60-63 | 64-71  72-79
//!   bytes     4     8       124 | 128    144    240   | 256    288         (granule 4)
//! ```
//!
//! A list is known by its **index**, its number here plus one, which puts the small sizes into
//! bitmap word 0 at the bit of their size, and every later word over four powers of two. A summary
//! word tells which words have a bit. A pool has heads only for the lists that it can fill.
//!
//! ```text
//!   state:  | summary | bitmap ... | head | head | ...
//! ```
//!
//! How a list is linked is in `list.rs`.

use super::Free;
use super::census::{Census, require};
use super::list::Lists;
use super::sealed::Fit;
use crate::block::{Block, Blocks, Defect};
use crate::corruption::Broken;
use crate::layout::{Algorithm, Layout, Shape};
use crate::memory::WORD;

/// Two-level segregated fit, the default: constant time, 223 lists, good fit.
///
/// A request takes the first non-empty list all of whose blocks suffice. If there is none, its own
/// list is searched, of which `LIMIT` blocks are looked at, and at least one: by default all of
/// them, so that what a free block can hold is not refused. A bound gives hard real time; then an
/// aligned request does not look at every block either, for one that happens to be well placed.
///
/// ```
/// use litepool::{Config, fit::Tlsf};
///
/// /// For hard real time: no request looks at more than four blocks of its own list.
/// struct Control;
/// impl Config for Control {
///     type Fit = Tlsf<4>;
///     type Record = ();
/// }
/// ```
#[derive(Debug)]
pub struct Tlsf<const LIMIT: usize = { usize::MAX }>;

/// Lists below this index hold blocks of one size.
const EXACT: u32 = 32;
/// Lists for each power of two above.
const STEPS: u32 = 8;

/// The list of blocks of `size` granules, which is not 0.
#[inline]
pub const fn list_of(size: u32) -> u32 {
    if size < EXACT {
        return size;
    }
    // An exclusive or, because with a subtraction compilers don't see the one instruction.
    let log2 = 31 ^ size.leading_zeros();
    (log2 + 1 - STEPS.ilog2()) * STEPS + (size << STEPS.ilog2() >> log2)
}

/// The first list all of whose blocks have `need` granules or more.
#[inline(always)]
fn list_for(need: u32) -> u32 {
    if need < EXACT {
        return need;
    }
    let log2 = 31 ^ need.leading_zeros();
    list_of(need + (1 << (log2 - STEPS.ilog2())) - 1)
}

/// Where the state of the index stands.
#[derive(Clone, Copy)]
struct State {
    summary: usize,
    bitmap: usize,
    heads: usize,
}

impl State {
    #[inline]
    const fn of(layout: &Layout) -> Self {
        let summary = layout.fit_state;
        let bitmap = summary + WORD;
        Self {
            summary,
            bitmap,
            heads: bitmap + Self::words(layout) as usize * WORD,
        }
    }

    /// Words of the bitmap: for every list that a request can ask for in the configuration's
    /// largest pool.
    #[inline(always)]
    const fn words(layout: &Layout) -> u32 {
        (layout.choices.size_bits - 1) * STEPS / u32::BITS + 1
    }
}

/// Where a request is served from.
enum Choice {
    /// The pending block.
    Pending,
    /// The first block of this list, all of whose blocks suffice.
    First(u32),
    /// The request's own list, which also has smaller ones.
    Own,
}

/// The lists, and which of them have blocks.
struct Index<'b, S> {
    blocks: &'b Blocks<S>,
    state: State,
    lists: Lists<'b, S>,
}

impl<'b, S: Shape> Index<'b, S> {
    #[inline]
    fn of(blocks: &'b Blocks<S>) -> Self {
        let state = State::of(blocks.layout());
        Self {
            blocks,
            state,
            lists: Lists::at(blocks, state.heads, u32::MAX),
        }
    }

    #[inline(always)]
    fn word(&self, word: u32) -> u32 {
        self.blocks
            .memory()
            .load(self.state.bitmap + word as usize * WORD)
    }

    #[inline(always)]
    fn set_word(&self, word: u32, bits: u32) {
        let offset = self.state.bitmap + word as usize * WORD;
        self.blocks.memory().store(offset, bits);
    }

    #[inline(always)]
    fn summary(&self) -> u32 {
        self.blocks.memory().load(self.state.summary)
    }

    #[inline(always)]
    fn set_summary(&self, words: u32) {
        self.blocks.memory().store(self.state.summary, words);
    }

    #[inline(always)]
    fn mark_filled(&self, list: u32) {
        let word = list / u32::BITS;
        self.set_word(word, self.word(word) | 1 << (list % u32::BITS));
        self.set_summary(self.summary() | 1 << word);
    }

    #[inline]
    fn mark_empty(&self, list: u32) {
        let word = list / u32::BITS;
        let bits = self.word(word) & !(1 << (list % u32::BITS));
        self.set_word(word, bits);
        if bits == 0 {
            self.set_summary(self.summary() & !(1 << word));
        }
    }

    /// The first list from `list` on that the bitmap says is not empty, in a pool that has as many
    /// words of bitmap; 0 if there is none.
    #[inline]
    fn first_filled(&self, list: u32) -> u32 {
        let word = list / u32::BITS;
        let bits = self.word(word) & (!0 << (list % u32::BITS));
        if bits != 0 {
            return word * u32::BITS + bits.trailing_zeros();
        }
        let words = self.words_set() & (!1 << word);
        if words == 0 {
            return 0;
        }
        let word = words.trailing_zeros();
        word * u32::BITS + self.word(word).trailing_zeros()
    }

    /// The words of bitmap that the summary says have a bit; never one that there is not.
    #[inline(always)]
    fn words_set(&self) -> u32 {
        self.summary() & ((1 << State::words(self.blocks.layout())) - 1)
    }

    /// Where a request is served from.
    #[inline]
    fn choose(&self, need: u32, pending: Free) -> Choice {
        if pending.size == need {
            return Choice::Pending;
        }
        let list = self.first_filled(list_for(need));
        if pending.size >= need && (list == 0 || list_of(pending.size) <= list) {
            Choice::Pending
        } else if list == 0 {
            Choice::Own
        } else {
            Choice::First(list)
        }
    }

    /// A bit is set exactly where a head is, and a summary bit where a word has one.
    fn check_word(&self, word: u32) -> Result<(), Defect> {
        let is_filled = |list| self.lists.first(list).is_some();
        let bits = (0..u32::BITS)
            .filter(|bit| is_filled(word * u32::BITS + bit))
            .fold(0, |bits, bit| bits | 1 << bit);
        let is_summed_up = (self.summary() >> word & 1 != 0) == (bits != 0);
        require(self.word(word) == bits && is_summed_up, Broken::Bitmap)
    }
}

impl<const LIMIT: usize> Fit for Tlsf<LIMIT> {
    const ALGORITHM: Algorithm = Algorithm::Tlsf;
    const LIMIT: usize = if LIMIT == 0 { 1 } else { LIMIT };

    fn state_bytes(layout: &Layout, granules: u32) -> usize {
        // All of one size have a head in every pool.
        let last = list_of(granules).max(EXACT - 1);
        let count = (last - layout.min + 1) as usize;
        State::of(layout).heads + count * layout.link - layout.fit_state
    }

    #[inline(always)]
    fn insert<S: Shape>(blocks: &Blocks<S>, block: Block, size: u32) {
        let index = Index::of(blocks);
        let list = list_of(size);
        if index.lists.push(list, block) {
            index.mark_filled(list);
        }
    }

    #[inline(always)]
    fn remove<S: Shape>(blocks: &Blocks<S>, block: Block, _: u32) -> bool {
        let index = Index::of(blocks);
        index.lists.unlink(block, |list| index.mark_empty(list))
    }

    fn is_listed<S: Shape>(blocks: &Blocks<S>, block: Block) -> bool {
        Index::of(blocks).lists.is_linked(block)
    }

    fn find<S: Shape>(blocks: &Blocks<S>, need: u32, pending: Free) -> Free {
        let index = Index::of(blocks);
        match index.choose(need, pending) {
            Choice::Pending => pending,
            Choice::First(list) => {
                let block = index.lists.first(list);
                let size = blocks.inspect_free(block);
                Free { block, size }
            }
            Choice::Own => Self::search(blocks, need),
        }
    }

    fn search<S: Shape>(blocks: &Blocks<S>, need: u32) -> Free {
        search(blocks, need, Self::LIMIT)
    }

    #[inline]
    fn take<S: Shape>(blocks: &Blocks<S>, need: u32, pending: Free) -> Free {
        let index = Index::of(blocks);
        match index.choose(need, pending) {
            Choice::Pending => pending,
            Choice::First(list) => {
                let free = index.lists.first_of(list, need);
                let on_empty = || index.mark_empty(list);
                if free.size != 0 && index.lists.pop(list, free.block, on_empty) {
                    free
                } else {
                    Free::NONE
                }
            }
            Choice::Own => Free::NONE,
        }
    }

    fn extremes<S: Shape>(blocks: &Blocks<S>, looks: usize) -> (u32, u32) {
        let index = Index::of(blocks);
        let words = index.words_set();
        let (Some(high), false) = (words.checked_ilog2(), words == 0) else {
            return (0, 0);
        };
        let low = words.trailing_zeros();
        let lowest = low * u32::BITS + index.word(low).trailing_zeros();
        let highest = high * u32::BITS + index.word(high).checked_ilog2().unwrap_or(0);
        (
            extremes(blocks, lowest, looks).0,
            extremes(blocks, highest, looks).1,
        )
    }

    fn check<S: Shape>(census: &mut Census<'_, S>) -> Result<(), Defect> {
        let index = Index::of(census.blocks);
        let lists = index.lists;
        for list in (0..lists.count()).map(|number| census.blocks.min() + number) {
            let first = (lists.head(list), lists.name(list));
            census.walk(first, Block::NONE, |size| list_of(size) == list)?;
        }
        let words = State::words(census.blocks.layout());
        for word in 0..words {
            index.check_word(word)?;
        }
        require(index.summary() >> words == 0, Broken::Bitmap)
    }
}

/// The smallest and the largest of the first `looks` blocks of `list`, both 0 if there is none.
/// Asking is safe, so this also comes to an end in a corrupt pool.
fn extremes<S: Shape>(blocks: &Blocks<S>, list: u32, looks: usize) -> (u32, u32) {
    let lists = Index::of(blocks).lists;
    let mut block = lists.first(list);
    let (mut smallest, mut largest) = (0, 0);
    for _ in 0..looks.min(blocks.capacity() as usize) {
        let size = blocks.inspect_free(block);
        if size == 0 {
            break;
        }
        if largest == 0 || size < smallest {
            smallest = size;
        }
        largest = largest.max(size);
        block = blocks.next_free(block);
    }
    (smallest, largest)
}

/// A block of `need` granules or more among the first `limit` ones of its list, which also has
/// smaller ones.
#[cold]
#[inline(never)]
fn search<S: Shape>(blocks: &Blocks<S>, need: u32, limit: usize) -> Free {
    let (lists, list) = (Index::of(blocks).lists, list_of(need));
    let mut block = lists.first(list);
    // No list is longer than the pool, but a corrupt one may lead in a circle.
    for _ in 0..limit.min(blocks.capacity() as usize) {
        let size = blocks.inspect_free(block);
        if size == 0 {
            break;
        }
        if size >= need {
            return Free { block, size };
        }
        block = blocks.next_free(block);
    }
    Free::NONE
}

#[cfg(test)]
mod tests;
