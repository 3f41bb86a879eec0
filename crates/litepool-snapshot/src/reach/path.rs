//! How a block is reached, in words.

use std::fmt::{self, Display, Formatter};

use crate::printable;
use crate::snapshot::Snapshot;
use crate::symbols::Symbols;

use super::mark::{Marks, Source};

/// A chain of pointers from a root to a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    /// Where it begins.
    pub root: Root,
    /// The blocks that it goes through, the last of which is the one asked for.
    pub links: Vec<Link>,
}

/// Where a path begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Root {
    /// In a register.
    Register,
    /// In a variable of the program.
    Variable {
        /// Its name.
        name: String,
        /// Bytes from where it begins.
        offset: u64,
    },
    /// In other memory.
    Memory {
        /// The word's address.
        address: u64,
    },
}

/// A block on a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    /// The block's index in [`Snapshot::blocks`].
    pub block: usize,
    /// The address of its payload.
    pub address: u64,
    /// How many bytes behind that the pointer points.
    pub inside: u64,
    /// Where in its payload the pointer to the next block is, in bytes from its beginning. `None`:
    /// there is none, or the next one is the block in which this one's pool lies.
    pub next: Option<u64>,
}

/// The path to a block.
pub fn of(
    marks: &Marks,
    snapshot: &Snapshot,
    symbols: Option<&Symbols>,
    block: usize,
) -> Option<Path> {
    let mut links: Vec<Link> = Vec::new();
    let mut block = block;
    let mut next = None;
    let root = loop {
        let mark = marks.get(block)?;
        let address = snapshot.blocks[block].address?;
        links.push(Link {
            block,
            address,
            inside: if mark.inside {
                mark.word.saturating_sub(address)
            } else {
                0
            },
            next: next.map(|next: u64| next - address),
        });
        (block, next) = match mark.source {
            Source::Register => break Root::Register,
            Source::Root(address) => break root(address, symbols),
            Source::Block { block, address } => (block as usize, Some(address)),
            Source::Pool(block) => (block as usize, None),
        };
    };
    links.reverse();
    Some(Path { root, links })
}

fn root(address: u64, symbols: Option<&Symbols>) -> Root {
    match symbols.and_then(|symbols| symbols.variable(address)) {
        Some(variable) => Root::Variable {
            name: printable(&variable.name),
            offset: address - variable.range.start,
        },
        None => Root::Memory { address },
    }
}

/// How many blocks at either end of a long path are shown.
const ENDS: usize = 4;

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root)?;
        let left_out = self.links.len().saturating_sub(2 * ENDS);
        // One left out takes no less room than itself.
        let left_out = if left_out > 1 { left_out } else { 0 };
        for (index, link) in self.links.iter().enumerate() {
            if left_out > 0 && index == ENDS {
                write!(f, " → … {left_out} blocks …")?;
            }
            if (ENDS..ENDS + left_out).contains(&index) {
                continue;
            }
            write!(f, " → {link}")?;
        }
        Ok(())
    }
}

impl Display for Root {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Register => f.write_str("a register"),
            Self::Variable { name, offset: 0 } => f.write_str(name),
            Self::Variable { name, offset } => write!(f, "{name} + {offset}"),
            Self::Memory { address } => write!(f, "the word at {address:#x}"),
        }
    }
}

impl Display for Link {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.inside > 0 {
            write!(f, "byte {} of ", self.inside)?;
        }
        write!(f, "{:#x}", self.address)?;
        match self.next {
            Some(next) => write!(f, " + {next}"),
            None => Ok(()),
        }
    }
}
