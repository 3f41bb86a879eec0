//! A region that is full but for some holes, [`Shape::Full`](super::Shape).

use anyhow::{Context, Result, ensure};
use litepool::{BlockInfo, Choices, Config, Regions, State};

use super::{Live, allocate, free};
use crate::faults::place::{LEAST_NODE, WORD, least_block, record};

/// Requests that fill what is between holes. The objects of the slabs that can grow in so small a
/// pool are smaller.
const FILLING: [usize; 4] = [136, 200, 150, 330];
/// Less is not filled: one request may take so much, and one behind it must still be larger than an
/// object.
const LEAST_FILLED: usize = FILLING[0] + 2 * WORD + 5 * WORD;
/// More is filled by more than one request.
const MOST_FILLED: usize = FILLING[3] + LEAST_FILLED + 8 * WORD;

/// Has the region of this number, which is preferred and new, no more than holes; gives the used
/// blocks. It is a pool of these choices.
pub fn populate<C: Config, const MORE: usize>(
    heap: &mut Regions<'static, C, MORE>,
    region: usize,
    choices: &Choices,
) -> Result<Vec<Live>> {
    let mut filler = Filler {
        heap,
        region,
        overhead: WORD + record(choices).iter().sum::<usize>(),
        live: Vec::new(),
        holes: Vec::new(),
    };
    filler.block(FILLING[0])?;
    let rest = filler.rest()?;
    let last = rest.offset + rest.size - least_block(choices);
    for (start, size) in places::<C>(last) {
        if filler.rest()?.offset + LEAST_FILLED <= start {
            filler.fill_until(start)?;
            let hole = filler.block(size - filler.overhead)?;
            ensure!(
                filler.live.pop() == Some(hole),
                "the hole was the last block"
            );
            filler.holes.push(hole);
        }
    }
    filler.fill_until(last)?;
    let Filler {
        heap,
        mut live,
        holes,
        ..
    } = filler;
    // Some holes more, none of which is beside another one or beside those.
    let more: Vec<Live> = (1..live.len() / 4)
        .map(|number| live.remove(3 * number - 1))
        .collect();
    // What is freed last is in no list.
    free(heap, &holes)?;
    free(heap, &more)?;
    Ok(live)
}

/// Where holes are to be, in ascending order, and how large they are, all in bytes: at places that
/// one bit tells from the `last` one, counted in granules.
fn places<C: Config>(last: usize) -> Vec<(usize, usize)> {
    let mut next = last;
    let mut places = Vec::new();
    let last = last / C::GRANULE;
    for bit in 0..last.ilog2() {
        let start = (last & !(1 << bit)) * C::GRANULE;
        let size = (next - start).saturating_sub(LEAST_FILLED.next_multiple_of(C::GRANULE));
        if size >= LEAST_NODE * C::GRANULE {
            places.push((start, size));
            next = start;
        }
    }
    places.reverse();
    places
}

/// Fills a region from its beginning on.
struct Filler<'f, C: Config, const MORE: usize> {
    heap: &'f mut Regions<'static, C, MORE>,
    region: usize,
    /// Bytes of a used block that are no payload.
    overhead: usize,
    live: Vec<Live>,
    holes: Vec<Live>,
}

impl<C: Config, const MORE: usize> Filler<'_, C, MORE> {
    fn blocks(&self) -> impl Iterator<Item = BlockInfo> {
        let region = self.region;
        let all = self.heap.blocks();
        all.filter(move |block| block.region == region && block.state != State::Gap)
    }

    /// What is free at the region's end.
    fn rest(&self) -> Result<BlockInfo> {
        let rest = self.blocks().last();
        rest.filter(|block| block.state == State::Free)
            .context("room at the end")
    }

    fn block(&mut self, size: usize) -> Result<Live> {
        let number = self.live.len() + self.holes.len();
        let block = allocate(self.heap, number, size, 1)?;
        self.live.push(block);
        Ok(block)
    }

    /// Fills all that is free before the block that is to stand at `start`.
    fn fill_until(&mut self, start: usize) -> Result<()> {
        for size in FILLING.into_iter().cycle() {
            let room = start - self.rest()?.offset;
            if room <= MOST_FILLED {
                self.block(room - self.overhead)?;
                break;
            }
            self.block(size)?;
        }
        ensure!(self.rest()?.offset == start, "a block took other room");
        Ok(())
    }
}

#[cfg(test)]
mod tests;
