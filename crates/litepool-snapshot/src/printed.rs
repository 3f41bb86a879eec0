//! Heaps that a device printed: tables of used blocks on its console.
//!
//! Read are the tables of LiteOS-M's `LOS_MemUsedNodeShow`, of the command `memused` of `LiteOS`, and
//! of the function that replaces the former in litepool's library for C. They may stand anywhere
//! in a log, each line behind what a logger puts in front of it.

mod table;

use litepool_trace::WordSize;

use crate::memory_image::text::is_text;
use crate::memory_image::{DumpBytes, MemoryImage};
use crate::{Origin, Pool, Snapshot};
use table::{Sizes, Table, tables};

/// A table was asked for that a log does not have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{file}@{number}: there is no table {number} of used blocks in this log; there are {tables}"
)]
pub struct NoSuchTable {
    /// The log.
    pub file: String,
    /// The number of the table, from 1.
    pub number: u64,
    /// How many there are.
    pub tables: u64,
}

impl Snapshot {
    /// The used blocks that a device printed: those of the last table in a log, or of the table
    /// whose number, from 1, is given in place of an address. `None` if this is no text with a
    /// table.
    ///
    /// The heap need not be litepool's. The tables of `LiteOS` tell nodes: their addresses and sizes
    /// are those of the node's header, and with it. Call sites are stacks of frames of no module,
    /// whose offsets are addresses of the program. Linear in the log.
    ///
    /// # Errors
    ///
    /// [`NoSuchTable`], if the log has tables, but not that many.
    ///
    /// # Examples
    ///
    /// ```
    /// use litepool_snapshot::{Snapshot, memory_image::DumpBytes};
    ///
    /// let log = "node          size        LR[0]       LR[1]       LR[2]\n\
    ///            0x20000320: 0x128  0x08004eba  0x08004f60  0x08005002\n\
    ///            0x20000448: 0xe0  0x0800c24e  0x0800c246  0x0\n";
    /// let log = DumpBytes { name: "log.txt".into(), address: None, bytes: log.into() };
    /// let snapshot = Snapshot::of_printed(&log)?.expect("a table");
    /// assert_eq!(snapshot.blocks[1].size, 0xe0);
    /// let caller = snapshot.interned.innermost(snapshot.blocks[1].stack);
    /// assert_eq!(caller.map(|frame| frame.offset), Some(0x0800_c24e));
    /// # Ok::<(), litepool_snapshot::NoSuchTable>(())
    /// ```
    pub fn of_printed(log: &DumpBytes) -> Result<Option<Self>, NoSuchTable> {
        if !is_text(&log.bytes) {
            return Ok(None);
        }
        let number = log.address;
        let mut chosen = None;
        let mut count = 0;
        for table in tables(&log.bytes) {
            count += 1;
            if number.is_none_or(|number| number == count) {
                chosen = Some(table);
            }
        }
        match (chosen, number) {
            (Some(table), _) => Ok(Some(snapshot(&log.name, table, number, count))),
            (None, Some(number)) if count > 0 => Err(NoSuchTable {
                file: log.name.clone(),
                number,
                tables: count,
            }),
            (None, _) => Ok(None),
        }
    }
}

fn snapshot(file: &str, table: Table, number: Option<u64>, count: u64) -> Snapshot {
    let remarks = remarks(file, &table, number, count);
    let pool = Pool {
        base: table.pool,
        ..Pool::default()
    };
    Snapshot {
        origin: Origin::Printed {
            file: file.to_owned(),
            line: table.line,
        },
        word: if table.is_wide {
            WordSize::Bits64
        } else {
            WordSize::Bits32
        },
        pools: vec![pool],
        blocks: table.blocks,
        interned: table.sites.finish(),
        memory: MemoryImage::empty(remarks),
        live_tasks: None,
        passed_over: Vec::new(),
    }
}

/// What a user should know.
fn remarks(file: &str, table: &Table, number: Option<u64>, count: u64) -> Vec<String> {
    let line = table.line;
    let mut remarks = Vec::new();
    if number.is_none() && count > 1 {
        remarks.push(format!(
            "{file}: the last of {count} tables of used blocks in this log, from line {line}; \
             name another one as in {file}@1"
        ));
    }
    match table.sizes {
        Sizes::None => remarks.push(format!(
            "{file}: this table has no sizes: bytes are counted as 0"
        )),
        Sizes::Nodes => remarks.push(format!(
            "{file}: addresses and sizes are those of nodes, with their headers"
        )),
        Sizes::Blocks => {}
    }
    if let Some(first) = table.damaged_line {
        remarks.push(format!(
            "{file}: {} of the table's lines can't be read, the first one is line {first}: blocks \
             are missing",
            table.damaged
        ));
    }
    remarks
}

#[cfg(test)]
mod tests;
