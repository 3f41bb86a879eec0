//! Names for addresses: the symbols and the debug information of a program.

use std::ops::Range;

use litepool_trace::WordSize;

/// A variable of the program: an object symbol.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its name, demangled.
    pub name: String,
    /// The addresses that it takes.
    pub range: Range<u64>,
}

/// A section of the program that is writable in memory: `.data`, `.bss` and the like.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataSection {
    /// Its name.
    pub name: String,
    /// The addresses that it takes.
    pub range: Range<u64>,
}

/// The names of a program's addresses.
#[derive(Debug)]
pub struct Symbols {
    word: WordSize,
}

impl Symbols {
    /// The program's word size.
    #[must_use]
    pub fn word(&self) -> WordSize {
        self.word
    }
}
