//! The pool's memory over time, as cells.

use litepool::{BlockInfo, State};

use super::Plan;
use super::live::Live;
use super::owners::PageOwners;
use super::timeline::per_column;
use crate::blob::Blob;
use crate::model::Map;

/// Cells above each other.
const ROWS: usize = 512;
/// Columns.
const COLUMNS: u64 = 2048;
/// Blocks that are looked at for all columns: some seconds' work.
const WORK: u64 = 100_000_000;
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
    /// The index of an owner and 1; 0: nobody.
    owner: Vec<u32>,
    age: Vec<u8>,
    size: Vec<u8>,
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
    /// The largest part of a block that each owner of it has.
    largest: Vec<Part>,
}

/// What of a block lies in a cell.
#[derive(Clone, Copy, Default, Debug)]
struct Part {
    bytes: u32,
    size: u32,
    birth: u64,
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
            cell: Cell::default(),
        }
    }

    pub fn per_column(&self) -> u64 {
        self.per_column
    }

    /// A column ends: its cells are those of these blocks. O(blocks + rows).
    pub fn end(&mut self, blocks: &[BlockInfo], live: &Live, done: u64) {
        self.cell.of_owner.resize(live.owners().len(), 0);
        self.cell
            .largest
            .resize(live.owners().len(), Part::default());
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
                    let part = Part {
                        bytes: (until - at) as u32,
                        size: object.size,
                        birth: object.birth,
                    };
                    self.cell.add(object.owner, part);
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
            Some((owner, part)) => (
                owner + 1,
                power(done.saturating_sub(part.birth)),
                power(u64::from(part.size)),
            ),
        };
        self.owner.push(owner);
        self.age.push(age);
        self.size.push(size);
    }

    /// As the page has it.
    pub fn finish(self, owners: &PageOwners, blob: &mut Blob) -> Map {
        // The page's owner of each cell, in the order of their first ones.
        let mut numbers = vec![0_u16; owners.all.len()];
        let mut of_cells = vec![(0, None)];
        let owner = self.owner.iter().map(|&owner| {
            let Some(index) = owner.checked_sub(1) else {
                return 0;
            };
            let page = owners.of[index as usize] as usize;
            if numbers[page] == 0 && of_cells.len() < OWNERS {
                numbers[page] = of_cells.len() as u16;
                of_cells.push(owners.all[page]);
            }
            numbers[page]
        });
        let owner = blob.row(owner);
        Map {
            columns: self.columns,
            rows: self.rows as u32,
            operations_per_column: self.per_column,
            bytes_per_row: self.bytes_per_row as u64,
            owners: of_cells,
            used: blob.row(self.used),
            owner,
            age: blob.row(self.age),
            size: blob.row(self.size),
        }
    }
}

impl Cell {
    fn add(&mut self, owner: u32, part: Part) {
        let of_owner = &mut self.of_owner[owner as usize];
        let largest = &mut self.largest[owner as usize];
        if *of_owner == 0 {
            self.owners.push(owner);
            *largest = part;
        } else if part.bytes > largest.bytes {
            *largest = part;
        }
        *of_owner += part.bytes;
    }

    /// The owner that has most of it, and his largest part; the cell is empty then.
    fn take(&mut self) -> Option<(u32, Part)> {
        let mut most = None;
        let mut bytes = 0;
        for owner in self.owners.drain(..) {
            let of_owner = std::mem::take(&mut self.of_owner[owner as usize]);
            if of_owner > bytes {
                (bytes, most) = (of_owner, Some(owner));
            }
        }
        most.map(|owner| (owner, self.largest[owner as usize]))
    }
}

/// Bytes of a block's header.
const HEADER: usize = 4;

/// The power of two that a number has reached: 0 of 0 and 1.
fn power(number: u64) -> u8 {
    number.max(1).ilog2() as u8
}
