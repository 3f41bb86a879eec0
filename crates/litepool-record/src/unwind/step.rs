//! How a walk goes on from a return address, in one word: what is done for every frame of every
//! operation takes as few branches as there can be.

use crate::stack::{Memory, WORD};
use crate::unwind::{Registers, code};

/// How a walk goes on from a return address.
///
/// The lowest bits say how; of what an unwind table says, three numbers of words follow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step(u64);

/// Where a frame is: its address, which is the stack pointer before the call. Offsets in bytes.
#[derive(Clone, Copy)]
pub(crate) enum Cfa {
    /// The stack pointer and an offset.
    Sp(isize),
    /// The frame pointer and an offset.
    Fp(isize),
    /// In memory, at an offset from the frame pointer.
    AtFp(isize),
}

/// Where a register of the caller is.
#[derive(Clone, Copy)]
pub(crate) enum Saved {
    /// In the register still.
    Same,
    /// In memory, at an offset from the frame's address.
    AtCfa(isize),
    /// In memory, at an offset from the frame pointer.
    AtFp(isize),
    /// Nobody says where.
    Lost,
}

/// Bits that say where the frame is. None of them: at the stack pointer and an offset.
const IS_TABLE: u64 = 1;
const CFA_IS_BY_FP: u64 = 1 << 1;
const CFA_IS_IN_MEMORY: u64 = 1 << 2;
/// Bits that say where the caller's frame pointer is. None of them: in its register.
const FP_IS_AT_CFA: u64 = 1 << 3;
const FP_IS_AT_FP: u64 = 1 << 4;
const FP_IS_LOST: u64 = 1 << 5;
/// The code is the recorder's own.
const IS_OWN: u64 = 1 << 6;

/// Where the three numbers are: the lowest bit and how many. The last one is the highest.
const CFA: [u32; 2] = [8, 20];
const FP: [u32; 2] = [28, 18];
const RA: [u32; 2] = [46, 18];

impl Step {
    /// It is the outermost frame.
    pub(crate) const END: Self = Self(1 << 1);
    /// No table is about it.
    pub(crate) const FRAME_POINTER: Self = Self(2 << 1);
    /// It is no return address: no code is mapped there.
    pub(crate) const NOT_CODE: Self = Self(3 << 1);

    /// What an unwind table says: where the frame is, and in it the caller's frame pointer and the
    /// return address, at an offset from the frame's address. A frame too large to be written down
    /// is as one without a table.
    pub(crate) fn table(cfa: Cfa, fp: Saved, ra: isize) -> Self {
        let (cfa_bits, cfa) = match cfa {
            Cfa::Sp(offset) => (0, offset),
            Cfa::Fp(offset) => (CFA_IS_BY_FP, offset),
            Cfa::AtFp(offset) => (CFA_IS_BY_FP | CFA_IS_IN_MEMORY, offset),
        };
        let (fp_bits, fp) = match fp {
            Saved::Same => (0, 0),
            Saved::AtCfa(offset) => (FP_IS_AT_CFA, offset),
            Saved::AtFp(offset) => (FP_IS_AT_FP, offset),
            Saved::Lost => (FP_IS_LOST, 0),
        };
        let bits = IS_TABLE | cfa_bits | fp_bits;
        let step = Self(bits | pack(cfa, CFA) | pack(fp, FP) | pack(ra, RA));
        if step.number(CFA) == cfa && step.number(FP) == fp && step.number(RA) == ra {
            step
        } else {
            Self::FRAME_POINTER
        }
    }

    /// The step as a word, which isn't 0.
    pub(crate) const fn word(self) -> u64 {
        self.0
    }

    /// The step of a word. `None` of 0.
    pub(crate) const fn from_word(word: u64) -> Option<Self> {
        match word {
            0 => None,
            word => Some(Self(word)),
        }
    }

    /// Whether an unwind table says how to go on.
    #[inline]
    pub(crate) const fn is_table(self) -> bool {
        self.has(IS_TABLE)
    }

    /// The same step from a return address of the recorder's own, which is no part of a stack.
    pub(crate) const fn own(self) -> Self {
        Self(self.0 | IS_OWN)
    }

    /// Whether the return address is the recorder's own.
    #[inline]
    pub(crate) const fn is_own(self) -> bool {
        self.has(IS_OWN)
    }

    /// Whether the table says so without the stack pointer.
    #[inline]
    pub(crate) const fn needs_no_sp(self) -> bool {
        self.has(CFA_IS_BY_FP)
    }

    const fn has(self, bits: u64) -> bool {
        self.0 & bits != 0
    }

    /// One of the three numbers, in bytes.
    #[inline]
    const fn number(self, [at, bits]: [u32; 2]) -> isize {
        let words = (self.0 << (64 - at - bits)).cast_signed() >> (64 - bits);
        (words as isize).wrapping_mul(WORD as isize)
    }

    /// The caller, as the table says.
    #[inline]
    pub(crate) fn follow<M: Memory>(self, memory: &mut M, at: Registers) -> Option<Registers> {
        let base = if self.has(CFA_IS_BY_FP) { at.fp } else { at.sp };
        let mut cfa = base.wrapping_add_signed(self.number(CFA));
        if self.has(CFA_IS_IN_MEMORY) {
            cfa = memory.word(cfa)?;
        }
        let pc = code(memory.word(cfa.wrapping_add_signed(self.number(RA)))?);
        let mut fp = at.fp;
        if self.has(FP_IS_AT_CFA | FP_IS_AT_FP) {
            let base = if self.has(FP_IS_AT_CFA) { cfa } else { at.fp };
            fp = memory.word(base.wrapping_add_signed(self.number(FP)))?;
        } else if self.has(FP_IS_LOST) {
            // No address: what is found by it is found nowhere.
            fp = 0;
        }
        Some(Registers { pc, sp: cfa, fp })
    }
}

/// An offset in bytes as a number of words at its bits.
const fn pack(offset: isize, [at, bits]: [u32; 2]) -> u64 {
    let words = offset / WORD as isize;
    ((words as u64) << (64 - bits)) >> (64 - bits) << at
}
