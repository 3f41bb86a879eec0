//! The lines of a table.

use crate::call_sites::CallSites;
use crate::memory_image::text::lines;
use crate::{Block, BlockState, Task};

/// How many lines of others may stand between two lines of a table.
const PATIENCE: u64 = 4;

/// A table of used blocks.
pub(super) struct Table {
    /// The line of its heading, from 1.
    pub(super) line: u64,
    /// The address of the pool, if it is printed.
    pub(super) pool: Option<u64>,
    pub(super) blocks: Vec<Block>,
    pub(super) sites: CallSites,
    /// Are addresses 64 bits wide?
    pub(super) is_wide: bool,
    pub(super) sizes: Sizes,
    /// How many lines begin like a block and don't go on like one.
    pub(super) damaged: u64,
    /// The first of them.
    pub(super) damaged_line: Option<u64>,
    columns: Columns,
}

/// What sizes a table has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sizes {
    /// None.
    None,
    /// Those of nodes, with their headers.
    Nodes,
    /// Those of blocks, and what can be used of them.
    Blocks,
}

/// The columns of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Columns {
    /// `LiteOS`: `node`, perhaps `size`, and so many return addresses.
    LiteOs { has_size: bool, sites: usize },
    /// litepool: `block`, `bytes`, `usable`, and what its configuration has.
    Litepool { has_task: bool, has_module: bool },
}

/// The tables of a log, in its order.
pub(super) fn tables(log: &[u8]) -> impl Iterator<Item = Table> {
    let mut lines = lines(log);
    // The heading that ended the table before.
    let mut next = None;
    let mut pool = None;
    std::iter::from_fn(move || {
        let mut table = match next.take() {
            Some(table) => table,
            None => lines.by_ref().find_map(|(number, line)| {
                let tokens = tokens(line);
                pool = pool_of(&tokens).or(pool);
                Table::of(number, &tokens, &mut pool)
            })?,
        };
        let mut strange = 0;
        for (number, line) in lines.by_ref() {
            let tokens = tokens(line);
            pool = pool_of(&tokens).or(pool);
            next = Table::of(number, &tokens, &mut pool);
            if next.is_some() {
                break;
            }
            match table.add(number, &tokens) {
                true => strange = 0,
                false if tokens.is_empty() => {}
                false => strange += 1,
            }
            if strange > PATIENCE {
                break;
            }
        }
        Some(table)
    })
}

/// What stands between white space, if it is text.
fn tokens(line: &[u8]) -> Vec<&str> {
    line.split(|&byte| byte <= b' ')
        .filter(|token| !token.is_empty())
        .map(|token| str::from_utf8(token).unwrap_or("?"))
        .collect()
}

/// The address in `used blocks of pool 0x20000000`.
fn pool_of(tokens: &[&str]) -> Option<u64> {
    match tokens {
        [.., "used", "blocks", "of", "pool", address] => hexadecimal(address),
        _ => None,
    }
}

impl Table {
    /// The table that begins with this heading, if it is one.
    fn of(line: u64, tokens: &[&str], pool: &mut Option<u64>) -> Option<Self> {
        let columns = Columns::of(tokens)?;
        let sizes = match columns {
            Columns::Litepool { .. } => Sizes::Blocks,
            Columns::LiteOs { has_size: true, .. } => Sizes::Nodes,
            Columns::LiteOs { .. } => Sizes::None,
        };
        Some(Self {
            line,
            pool: pool.take().filter(|_| sizes == Sizes::Blocks),
            blocks: Vec::new(),
            sites: CallSites::default(),
            is_wide: false,
            sizes,
            damaged: 0,
            damaged_line: None,
            columns,
        })
    }

    /// Adds the block of a line. Does the line begin like one of the table?
    fn add(&mut self, number: u64, tokens: &[&str]) -> bool {
        let Some(start) = tokens.iter().position(|token| token.starts_with("0x")) else {
            return false;
        };
        let row = &tokens[start..];
        let block = match self.columns {
            Columns::LiteOs { has_size, sites } => self.node(row, has_size, sites),
            Columns::Litepool {
                has_task,
                has_module,
            } => self.block(row, has_task, has_module),
        };
        if let Some(block) = block {
            self.is_wide |= block.address > Some(u32::MAX.into()) || row[0].len() >= 2 + 16;
            self.blocks.push(block);
            return true;
        }
        let begins = match self.columns {
            Columns::LiteOs { .. } => row[0].ends_with(':') || row.get(2) == Some(&":"),
            Columns::Litepool { .. } => hexadecimal(row[0]).is_some(),
        };
        if begins {
            self.damaged += 1;
            self.damaged_line.get_or_insert(number);
        }
        begins
    }

    /// A line of `LiteOS`: `0x10017320: 0x528  0x9b004eba …`, without the size, or
    /// `0x10017320 1320    :  0x9b004eba …`.
    fn node(&mut self, row: &[&str], has_size: bool, sites: usize) -> Option<Block> {
        let (address, size, rest) = match row {
            [address, size, rest @ ..] if has_size && address.ends_with(':') => {
                (address.strip_suffix(':')?, hexadecimal(size)?, rest)
            }
            [address, size, ":", rest @ ..] if has_size => (*address, size.parse().ok()?, rest),
            [address, size, rest @ ..] if has_size => {
                (*address, size.strip_suffix(':')?.parse().ok()?, rest)
            }
            [address, rest @ ..] => (address.strip_suffix(':')?, 0, rest),
            [] => return None,
        };
        if rest.len() != sites {
            return None;
        }
        let sites: Option<Vec<u64>> = rest.iter().map(|site| hexadecimal(site)).collect();
        let stack = self.sites.number(sites?);
        Some(used(hexadecimal(address)?, size, size, stack))
    }

    /// A line of litepool: `0x20000120 40 32 7 2  0x08001234  0x08001300  slab  aligned`, where a
    /// task is a number, `interrupt` or `none`.
    fn block(&mut self, row: &[&str], has_task: bool, has_module: bool) -> Option<Block> {
        let [address, extent, size, rest @ ..] = row else {
            return None;
        };
        let mut rest = rest;
        let mut task = None;
        if has_task {
            task = match rest.split_off_first().copied()? {
                "interrupt" => Some(Task::Interrupt),
                "none" => Some(Task::None),
                "damaged" => None,
                number => Some(Task::Number(number.parse().ok()?)),
            };
        }
        let mut module = None;
        if has_module {
            module = match rest.split_off_first().copied()? {
                "none" => None,
                number => Some(number.parse().ok()?),
            };
        }
        let sites = rest.iter().map_while(|token| hexadecimal(token));
        let stack = self.sites.number(sites);
        let marks = rest.iter().skip_while(|token| hexadecimal(token).is_some());
        let in_slab = match *marks.copied().collect::<Vec<_>>() {
            [] | ["aligned"] => false,
            ["slab"] | ["slab", "aligned"] => true,
            _ => return None,
        };
        Some(Block {
            in_slab,
            task,
            module,
            ..used(
                hexadecimal(address)?,
                size.parse().ok()?,
                extent.parse().ok()?,
                stack,
            )
        })
    }
}

impl Columns {
    /// The columns of this heading, if it is one.
    fn of(tokens: &[&str]) -> Option<Self> {
        let start = tokens
            .iter()
            .position(|&token| matches!(token, "node" | "pstNode" | "block"))?;
        match &tokens[start..] {
            ["block", "bytes", "usable", rest @ ..] => {
                let is_known = rest
                    .iter()
                    .all(|column| matches!(*column, "task" | "module" | "called" | "from"));
                is_known.then(|| Self::Litepool {
                    has_task: rest.contains(&"task"),
                    has_module: rest.contains(&"module"),
                })
            }
            [_, rest @ ..] => {
                let has_size = rest.first() == Some(&"size");
                let sites = &rest[usize::from(has_size)..];
                let are_sites = (0..)
                    .zip(sites)
                    .all(|(n, site)| *site == format!("LR[{n}]"));
                (are_sites && !sites.is_empty()).then_some(Self::LiteOs {
                    has_size,
                    sites: sites.len(),
                })
            }
            [] => None,
        }
    }
}

/// A number with `0x`; what some libraries print for a null pointer is 0.
fn hexadecimal(token: &str) -> Option<u64> {
    if token == "(nil)" {
        return Some(0);
    }
    let digits = token.strip_prefix("0x")?;
    // A sign is no digit.
    let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_number
        .then(|| u64::from_str_radix(digits, 16).ok())
        .flatten()
}

fn used(address: u64, size: u64, extent: u64, stack: u32) -> Block {
    Block {
        pool: 0,
        address: Some(address),
        size,
        extent,
        state: BlockState::Used,
        in_slab: false,
        task: None,
        module: None,
        number: None,
        birth: None,
        stack,
    }
}
