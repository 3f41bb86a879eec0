//! The pool's memory over time, as cells.

use litepool::{BlockInfo, State};
use rustc_hash::FxHashMap;

use super::Plan;
use super::live::{Live, Owner};
use super::timeline::per_column;
use crate::blob::Blob;
use crate::model::Map;
use crate::names::Names;

/// Cells above each other.
const ROWS: usize = 512;
/// Columns.
const COLUMNS: u64 = 2048;
/// Blocks that are looked at for all columns: some seconds' work.
const WORK: u64 = 300_000_000;
/// An owner has two bytes.
const OWNERS: usize = u16::MAX as usize;

/// The map, column by column.
#[derive(Debug)]
pub struct Cells {
    per_column: u64,
    columns: u32,
    pool: usize,
    bytes_per_row: usize,
    rows: usize,
    used: Vec<u8>,
    owner: Vec<u16>,
    age: Vec<u8>,
    size: Vec<u8>,
    /// Owners of cells, and the cells' numbers of them.
    owners: Vec<u32>,
    numbers: FxHashMap<u32, u16>,
    cell: Cell,
}

/// The cell that a walk is in.
#[derive(Default, Debug)]
struct Cell {
    /// Bytes of used blocks.
    used: usize,
    /// Bytes of each owner, and which of them are not 0.
    of_owner: Vec<u32>,
    owners: Vec<u32>,
    /// The largest part of a block that each of these owners has: (bytes, birth, size).
    largest: FxHashMap<u32, (u32, u64, u32)>,
}

impl Cells {
    pub fn new(plan: &Plan) -> Self {
        let granule = plan.granule.max(1);
        let rows = (ROWS / plan.thrift.max(1) as usize).max(64);
        let bytes_per_row = plan.pool.div_ceil(rows).next_multiple_of(granule);
        let bytes_per_row = bytes_per_row.max(granule);
        let columns = COLUMNS / u64::from(plan.thrift.max(1));
        let affordable = WORK / (plan.slots as u64).max(1);
        Self {
            per_column: per_column(plan.expected, columns.min(affordable).max(16)),
            columns: 0,
            pool: plan.pool,
            bytes_per_row,
            rows: plan.pool.div_ceil(bytes_per_row).max(1),
            used: Vec::new(),
            owner: Vec::new(),
            age: Vec::new(),
            size: Vec::new(),
            owners: Vec::new(),
            numbers: FxHashMap::default(),
            cell: Cell::default(),
        }
    }

    pub fn per_column(&self) -> u64 {
        self.per_column
    }

    /// A column ends: its cells are those of these blocks. O(blocks + rows).
    pub fn end(&mut self, blocks: &[BlockInfo], live: &Live, done: u64) {
        self.cell.of_owner.resize(live.owners().len(), 0);
        let mut row = 0;
        // What stands before the first block is the pool's own.
        let first = blocks.first().map_or(self.pool, |first| first.offset);
        let own = (0, first.saturating_sub(HEADER), None);
        let used = blocks.iter().filter(|info| info.state == State::Used);
        let used = used.map(|info| {
            let start = info
                .offset
                .saturating_sub(if info.in_slab { 0 } else { HEADER });
            (start, start + info.size, live.at(info.offset))
        });
        for (start, end, object) in std::iter::once(own).chain(used) {
            let mut at = start;
            while at < end.min(self.pool) {
                let of = at / self.bytes_per_row;
                while row < of {
                    self.close(done);
                    row += 1;
                }
                let until = end.min((of + 1) * self.bytes_per_row);
                self.cell.used += until - at;
                if let Some(object) = object {
                    let part = (until - at) as u32;
                    self.cell.add(object.owner, part, object.birth, object.size);
                }
                at = until;
            }
        }
        while row < self.rows {
            self.close(done);
            row += 1;
        }
        self.columns += 1;
    }

    /// Writes the cell, and begins the next one.
    fn close(&mut self, done: u64) {
        let used = std::mem::take(&mut self.cell.used);
        let share = (used * 255).div_ceil(self.bytes_per_row).min(255);
        self.used.push(share as u8);
        let (owner, age, size) = match self.cell.take() {
            None => (0, 0, 0),
            Some((owner, birth, size)) => (
                self.number(owner),
                power(done.saturating_sub(birth)),
                power(u64::from(size)),
            ),
        };
        self.owner.push(owner);
        self.age.push(age);
        self.size.push(size);
    }

    /// The cells' number of an owner; 0: there are too many.
    fn number(&mut self, owner: u32) -> u16 {
        if let Some(&number) = self.numbers.get(&owner) {
            return number;
        }
        if self.owners.len() + 1 == OWNERS {
            return 0;
        }
        self.owners.push(owner);
        let number = self.owners.len() as u16;
        self.numbers.insert(owner, number);
        number
    }

    /// As the page has it.
    pub fn finish(self, owners: &[Owner], names: &mut Names<'_>, blob: &mut Blob) -> Map {
        let of_cells = self.owners.iter().map(|&owner| {
            let (stack, thread) = owners[owner as usize];
            (names.stack(stack), names.task(thread))
        });
        Map {
            columns: self.columns,
            rows: self.rows as u32,
            operations_per_column: self.per_column,
            bytes_per_row: self.bytes_per_row as u64,
            owners: std::iter::once((0, None)).chain(of_cells).collect(),
            used: blob.row(self.used),
            owner: blob.row(self.owner),
            age: blob.row(self.age),
            size: blob.row(self.size),
        }
    }
}

impl Cell {
    fn add(&mut self, owner: u32, bytes: u32, birth: u64, size: u32) {
        let of_owner = &mut self.of_owner[owner as usize];
        if *of_owner == 0 {
            self.owners.push(owner);
        }
        *of_owner += bytes;
        let largest = self.largest.entry(owner).or_default();
        if bytes > largest.0 {
            *largest = (bytes, birth, size);
        }
    }

    /// The owner that has most of it, and the birth and size of the block that it has most of; the
    /// cell is empty then.
    fn take(&mut self) -> Option<(u32, u64, u32)> {
        let mut most = None;
        let mut bytes = 0;
        for owner in self.owners.drain(..) {
            let of_owner = std::mem::take(&mut self.of_owner[owner as usize]);
            if of_owner > bytes {
                (bytes, most) = (of_owner, Some(owner));
            }
        }
        let owner = most?;
        let &(_, birth, size) = self.largest.get(&owner)?;
        self.largest.clear();
        Some((owner, birth, size))
    }
}

/// Bytes of a block's header.
const HEADER: usize = 4;

/// The power of two that a number has reached: 0 of 0 and 1.
fn power(number: u64) -> u8 {
    number.max(1).ilog2() as u8
}
