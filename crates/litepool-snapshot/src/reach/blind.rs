//! What marking does not see.

use std::fmt::{self, Display, Formatter};

use crate::snapshot::{BlockState, Snapshot};
use crate::symbols::Symbols;

use super::roots::{Roots, length};

/// Something that was not seen in a dump, so that a verdict may be wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlindSpot {
    /// The program is not known: all memory outside the pools counts, which is so many bytes, also
    /// what is left over in it.
    NoSymbols(u64),
    /// The dump has no registers.
    NoRegisters,
    /// So many bytes of the program's variables are not in the dump.
    Variables(u64),
    /// The contents of so many used blocks are not in the dump, or not all of them.
    Contents(usize),
    /// So many bytes of pools are behind overwritten headers: which blocks were used there is not
    /// known, so every word there counts as one that is used.
    Lost(u64),
}

impl BlindSpot {
    /// What can be seen in no dump.
    pub const ALWAYS: &'static str = "\
Pointers that are packed (offsets of 16 bits, XORed, with bits in the lowest two or three), or that \
only a peripheral or a DMA controller has, are not seen: such a block looks leaked. Words left over \
on stacks, and numbers that look like addresses, keep a leak hidden.";
}

/// Those of a snapshot.
pub fn of(snapshot: &Snapshot, symbols: Option<&Symbols>, roots: &Roots) -> Vec<BlindSpot> {
    let without_contents = (snapshot.blocks.iter())
        .filter(|block| block.state == BlockState::Used)
        .filter_map(|block| Some(block.address?..block.address?.saturating_add(block.size)))
        .filter(|payload| snapshot.memory.bytes(payload.clone()).is_none())
        .count();
    let lost = length(&roots.lost);
    let spots = [
        (
            symbols.is_none(),
            BlindSpot::NoSymbols(length(&roots.elsewhere)),
        ),
        (roots.registers.is_empty(), BlindSpot::NoRegisters),
        (roots.missing > 0, BlindSpot::Variables(roots.missing)),
        (without_contents > 0, BlindSpot::Contents(without_contents)),
        (lost > 0, BlindSpot::Lost(lost)),
    ];
    let there = spots.into_iter().filter(|(is_there, _)| *is_there);
    there.map(|(_, spot)| spot).collect()
}

impl Display for BlindSpot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSymbols(bytes) => write!(
                f,
                "Without the program's ELF file (--elf) all memory outside the pools counts as \
                 variables, {bytes} bytes: what is left over in it hides leaks, and nothing has a \
                 name."
            ),
            Self::NoRegisters => f.write_str(
                "The dump has no registers: a block that only a register points to looks leaked.",
            ),
            Self::Variables(bytes) => write!(
                f,
                "{bytes} bytes of the program's variables are not in the dump: what only they \
                 point to looks leaked."
            ),
            Self::Contents(blocks) => write!(
                f,
                "The contents of {blocks} used blocks are not in the dump: what only they point \
                 to looks leaked."
            ),
            Self::Lost(bytes) => write!(
                f,
                "Of {bytes} bytes behind overwritten headers nobody knows which blocks were used: \
                 what a word there points to does not count as leaked."
            ),
        }
    }
}
