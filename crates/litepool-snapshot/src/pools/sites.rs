//! Call sites become stacks.

use litepool_trace::{Interned, WordSize};

use crate::call_sites::CallSites;
use crate::symbols::Symbols;

/// Makes stacks of the call sites of blocks, the same of the same.
pub(super) struct Stacks<'s> {
    /// The program, where a site is no address.
    wide: Option<&'s Symbols>,
    sites: CallSites,
}

impl<'s> Stacks<'s> {
    /// Of a program. On a machine of 64 bits a site is the distance of an address to where the
    /// program begins.
    pub(super) fn new(symbols: Option<&'s Symbols>) -> Self {
        Self {
            wide: symbols.filter(|symbols| symbols.word() == WordSize::Bits64),
            sites: CallSites::default(),
        }
    }

    /// The number of the stack of these call sites, the innermost first; those that are 0 are none.
    /// 0 if there are none.
    pub(super) fn number(&mut self, sites: &[u32]) -> u32 {
        let wide = self.wide;
        let address = |site: u32| {
            let site = u64::from(site);
            wide.map_or(site, |program| program.address_of(site))
        };
        let known = sites.iter().filter(|&&site| site != 0);
        self.sites.number(known.map(|&site| address(site)))
    }

    /// Everything that the numbers mean. The frames are of no module, but addresses of the program.
    pub(super) fn finish(self) -> Interned {
        self.sites.finish()
    }
}
