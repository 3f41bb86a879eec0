//! A pool as a map: addresses from left to right, a character for so many bytes.

use std::ops::Range;

use litepool_snapshot::{Block, BlockState, Pool};

use super::style::{Paint, Style};

/// Rows of a map, at most.
const ROWS: u64 = 12;
/// Bytes of a character, at least.
const LEAST: u64 = 16;
/// Columns in front of a row: an address and two blanks.
const MARGIN: usize = 14;

/// A map of a pool's memory.
pub(super) struct Map {
    base: u64,
    size: u64,
    /// Bytes of a character.
    step: u64,
    columns: usize,
    cells: Vec<Cell>,
}

/// What lies in the bytes of one character.
#[derive(Clone, Copy, Default)]
struct Cell {
    used: u64,
    slab: u64,
    is_control: bool,
    is_lost: bool,
    is_missing: bool,
    is_wrong: bool,
}

impl Map {
    /// The map of a pool and its blocks. `wrong` are the addresses of its defects.
    pub(super) fn of<'s>(
        pool: &Pool,
        blocks: impl Iterator<Item = &'s Block>,
        wrong: &[u64],
        width: usize,
    ) -> Option<Self> {
        let base = pool.base.filter(|_| pool.size > 0)?;
        let columns = 1 << (width.saturating_sub(MARGIN).clamp(16, 128)).ilog2();
        let step = pool
            .size
            .div_ceil(columns as u64 * ROWS)
            .next_power_of_two()
            .max(LEAST);
        let cells = vec![Cell::default(); pool.size.div_ceil(step) as usize];
        let mut map = Self {
            base,
            size: pool.size,
            step,
            columns,
            cells,
        };
        map.fill(pool, blocks);
        for &address in wrong {
            map.each(address..address + 1, |cell, _| cell.is_wrong = true);
        }
        Some(map)
    }

    fn fill<'s>(&mut self, pool: &Pool, blocks: impl Iterator<Item = &'s Block>) {
        let mut first = self.base + self.size;
        for block in blocks {
            let Some(address) = block.address else {
                continue;
            };
            // An object has no header, and the header of a block stands before its address.
            let start = if block.in_slab { address } else { address - 4 };
            first = first.min(start);
            let range = start..start + block.extent;
            match block.state {
                BlockState::Used => self.each(range, |cell, bytes| cell.used += bytes),
                BlockState::Slab => self.each(range, |cell, bytes| cell.slab += bytes),
                BlockState::Free => {}
            }
        }
        let (base, end) = (self.base, self.base + self.size);
        for lost in &pool.lost {
            first = first.min(lost.start);
            self.each(lost.clone(), |cell, _| cell.is_lost = true);
        }
        self.each(base..first, |cell, _| cell.is_control = true);
        self.each(end - pool.missing..end, |cell, _| cell.is_missing = true);
    }

    /// Visits the cells of these addresses, each with how many of them are its own.
    fn each(&mut self, range: Range<u64>, mut visit: impl FnMut(&mut Cell, u64)) {
        let end = range.end.min(self.base + self.size) - self.base;
        let mut at = range.start.max(self.base) - self.base;
        while at < end {
            let index = at / self.step;
            let next = ((index + 1) * self.step).min(end);
            visit(&mut self.cells[index as usize], next - at);
            at = next;
        }
    }

    /// Bytes of a character.
    pub(super) fn step(&self) -> u64 {
        self.step
    }

    /// The rows, each with the address of its first byte.
    pub(super) fn text(&self, style: Style) -> String {
        let mut text = String::new();
        for (row, cells) in self.cells.chunks(self.columns).enumerate() {
            let address = self.base + row as u64 * self.columns as u64 * self.step;
            text += &format!("  {address:#010x}  ");
            for (column, cell) in cells.iter().enumerate() {
                let begins = (row * self.columns + column) as u64 * self.step;
                let bytes = self.step.min(self.size - begins);
                let (character, paint) = cell.look(bytes);
                text += &style.paint(paint, character);
            }
            text.push('\n');
        }
        text
    }

    /// What the characters mean that are there.
    pub(super) fn legend(&self) -> String {
        let has = |is: fn(&Cell) -> bool| self.cells.iter().any(is);
        let mut legend = vec!["█▓▒░ used", "· free"];
        for (is_there, meaning) in [
            (has(|cell| cell.is_control), "c control block"),
            (has(|cell| cell.slab > 0), "= slab, with room"),
            (has(|cell| cell.is_lost), "? lost"),
            (has(|cell| cell.is_wrong), "! wrong"),
            (has(|cell| cell.is_missing), "- not in the dump"),
        ] {
            legend.extend(is_there.then_some(meaning));
        }
        legend.join(", ")
    }
}

impl Cell {
    fn look(&self, bytes: u64) -> (&'static str, Paint) {
        // A slab's objects count twice: as such, and as a part of the slab.
        let used = self.used * 4 / bytes.max(1);
        match self {
            Self { is_wrong: true, .. } => ("!", Paint::Wrong),
            Self {
                is_missing: true, ..
            } => ("-", Paint::Faint),
            Self { is_lost: true, .. } => ("?", Paint::Wrong),
            Self {
                is_control: true, ..
            } if self.used == 0 => ("c", Paint::Control),
            Self { slab, .. } if *slab > 0 && used < 2 => ("=", Paint::Slab),
            Self { used: 0, .. } => ("·", Paint::Faint),
            _ => {
                let paint = if self.slab > 0 {
                    Paint::Slab
                } else {
                    Paint::Used
                };
                (["░", "▒", "▓", "█", "█"][used.min(4) as usize], paint)
            }
        }
    }
}

#[cfg(test)]
mod tests;
