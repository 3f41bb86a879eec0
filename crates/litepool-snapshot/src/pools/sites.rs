//! Call sites become stacks.

use litepool_trace::{Frame, Interned, Stack, WordSize};
use rustc_hash::FxHashMap;

use crate::symbols::Symbols;

/// Makes stacks of the call sites of blocks, the same of the same.
pub(super) struct Stacks<'s> {
    /// The program, where a site is no address.
    wide: Option<&'s Symbols>,
    interned: Interned,
    frames: FxHashMap<u32, u32>,
    stacks: FxHashMap<(u32, u32), u32>,
}

impl<'s> Stacks<'s> {
    /// Of a program. On a machine of 64 bits a site is the distance of an address to where the
    /// program begins.
    pub(super) fn new(symbols: Option<&'s Symbols>) -> Self {
        Self {
            wide: symbols.filter(|symbols| symbols.word() == WordSize::Bits64),
            interned: Interned::default(),
            frames: FxHashMap::default(),
            stacks: FxHashMap::default(),
        }
    }

    /// The number of the stack of these call sites, the innermost first; those that are 0 are none.
    /// 0 if there are none.
    pub(super) fn number(&mut self, sites: &[u32]) -> u32 {
        let known = sites.iter().rev().filter(|&&site| site != 0);
        known.fold(0, |parent, &site| {
            let frame = self.frame(site);
            *self.stacks.entry((parent, frame)).or_insert_with(|| {
                self.interned.stacks.push(Stack { frame, parent });
                self.interned.stacks.len() as u32
            })
        })
    }

    fn frame(&mut self, site: u32) -> u32 {
        *self.frames.entry(site).or_insert_with(|| {
            let offset = u64::from(site);
            self.interned.frames.push(Frame {
                module: 0,
                offset: self
                    .wide
                    .map_or(offset, |program| program.address_of(offset)),
                locations: Vec::new(),
            });
            self.interned.frames.len() as u32 - 1
        })
    }

    /// Everything that the numbers mean. The frames are of no module, but addresses of the program.
    pub(super) fn finish(self) -> Interned {
        self.interned
    }
}
