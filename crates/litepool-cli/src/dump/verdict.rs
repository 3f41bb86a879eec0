//! What is wrong in a pool: where, who may have done it, and the bytes around it.

use std::ops::{Range, RangeInclusive};

use litepool_snapshot::reach::{Reach, Reachability};
use litepool_snapshot::{Defect, Snapshot};
use serde::Serialize;

use super::facts::{BlockFacts, hex};
use super::hex::{around, window};
use super::style::{Paint, Style};
use crate::leaks::path_text;
use crate::naming::Naming;
use crate::output::{hanging, one_line};
use crate::units::count;

/// How many defects are shown with their bytes, and how many at all.
const WITH_BYTES: usize = 3;
const MOST: usize = 10;
/// How many calls of a stack are shown.
const CALLS: usize = 6;

/// Something that does not hold.
#[derive(Serialize, Debug)]
pub(super) struct DefectFacts {
    pub(super) address: String,
    /// How many bytes are wrong; 0 if that can't be told.
    pub(super) bytes: u64,
    pub(super) what: String,
    /// The block at which it shows.
    pub(super) block: Option<BlockFacts>,
    /// The block that was most likely written beyond.
    pub(super) suspect: Option<BlockFacts>,
    /// What leads to the suspect: who has that pointer may have written beyond the block.
    pub(super) path: Option<String>,
    /// Whether a word may be left over where it begins: on a stack, in a recorder, in no variable.
    pub(super) left_over: bool,
    /// The task that an overwritten record still names.
    pub(super) stated_task: Option<String>,
    #[serde(skip)]
    range: Range<u64>,
    /// Where no block could be told from there on.
    #[serde(skip)]
    lost: Option<Range<u64>>,
}

impl DefectFacts {
    pub(super) fn new(
        snapshot: &Snapshot,
        defect: &Defect,
        naming: &mut Naming,
        reach: Option<&Reachability>,
    ) -> Self {
        let suspect = reach.zip(defect.suspect);
        let path =
            suspect.and_then(|(reach, block)| reach.path(snapshot, naming.firmware(), block));
        let reached = suspect.and_then(|(reach, block)| reach.reach(block));
        let mut facts = |index: Option<usize>| {
            let block = snapshot.blocks.get(index?)?;
            Some(BlockFacts::new(snapshot, block, naming))
        };
        let mut lost = snapshot.pools.iter().flat_map(|pool| &pool.lost);
        Self {
            address: hex(defect.address),
            bytes: defect.length,
            what: defect.what.clone(),
            block: facts(defect.block),
            suspect: facts(defect.suspect),
            path: path.map(|path| path.to_string()),
            left_over: reached.is_some_and(Reach::is_left_over),
            stated_task: (defect.stated).map(|task| naming.task(&snapshot.interned, Some(task))),
            range: defect.address..defect.address + defect.length,
            lost: lost.find(|range| range.start == defect.address).cloned(),
        }
    }

    /// Where it shows.
    pub(super) fn at(&self) -> u64 {
        self.range.start
    }

    fn text(&self, number: usize, width: usize) -> String {
        let place = if self.bytes == 0 {
            "in the pool at "
        } else {
            ""
        };
        let what = format!("{place}{}: {}", self.address, self.what);
        let mut text = hanging(&format!("  {number}. "), &what, width);
        if let Some(lost) = &self.lost {
            let lost = format!(
                "up to {} no block can be told: {} bytes are lost",
                hex(lost.end),
                count(lost.end - lost.start)
            );
            text += &hanging("     ", &lost, width);
        }
        if let Some(task) = &self.stated_task {
            let task = format!("it still names {}", one_line(task, 40));
            text += &hanging("     ", &task, width);
        }
        for (who, block) in self.blocks() {
            text += &hanging("     ", &format!("{who}: {}", block.text()), width);
            for call in block.stack.calls_from_site().iter().take(CALLS) {
                text += &format!("       {}\n", call.text(width - 7));
            }
        }
        if let Some(path) = &self.path {
            let path = format!("what leads to it: {}", path_text(path, self.left_over));
            text += &hanging("     ", &path, width);
        }
        text
    }

    /// The blocks at which it shows and that may be the cause, if these are two.
    fn blocks(&self) -> Vec<(&'static str, &BlockFacts)> {
        match (&self.block, &self.suspect) {
            (Some(block), Some(suspect)) if block.address == suspect.address => {
                vec![("shows at, and suspect", block)]
            }
            (block, suspect) => {
                let block = block.as_ref().map(|block| ("shows at", block));
                let suspect = suspect.as_ref();
                let suspect = suspect.map(|block| ("suspect, the block before", block));
                block.into_iter().chain(suspect).collect()
            }
        }
    }
}

impl BlockFacts {
    /// In a line: what it is, and who has it.
    pub(super) fn text(&self) -> String {
        let kind = match (self.in_slab, self.state) {
            (true, _) => "object ",
            (false, "slab") => "slab ",
            _ => "",
        };
        let mut text = format!("{kind}{}, {} bytes", self.address, count(self.size));
        if self.state == "free" {
            text += ", free";
        }
        if let Some(task) = &self.task {
            text += &format!(", {}", one_line(task, 24));
        }
        if let Some(number) = self.number {
            text += &format!(", allocation {}", count(number));
        }
        text
    }
}

/// All defects of a heap, the first ones with the bytes around them.
pub(super) fn text(defects: &[DefectFacts], snapshot: &Snapshot, style: Style) -> String {
    let mut text = String::new();
    let headers = headers(snapshot, defects);
    let wrong: Vec<Range<u64>> = defects.iter().map(|defect| defect.range.clone()).collect();
    let mut shown = None;
    for (index, defect) in defects.iter().take(MOST).enumerate() {
        text += &defect.text(index + 1, style.width);
        let is_shown = |window: &RangeInclusive<u64>| window.contains(&defect.range.end);
        if index < WITH_BYTES && defect.bytes > 0 && !shown.as_ref().is_some_and(is_shown) {
            text += "\n";
            text += &around(&snapshot.memory, &defect.range, &wrong, &headers, style);
            text += "\n";
            shown = Some(window(&defect.range));
        }
    }
    if defects.len() > MOST {
        let more = count((defects.len() - MOST) as u64);
        text += &format!("  … and {more} more; --json has them all\n");
    }
    if defects
        .iter()
        .take(WITH_BYTES)
        .any(|defect| defect.bytes > 0)
    {
        let legend = "  [ ] what is wrong, ( ) headers of blocks\n";
        text += &style.paint(Paint::Faint, legend);
    }
    text
}

/// The addresses of the headers near these defects.
fn headers(snapshot: &Snapshot, defects: &[DefectFacts]) -> Vec<u64> {
    let near = |address: u64| {
        let shown = defects.iter().take(WITH_BYTES);
        shown
            .into_iter()
            .any(|defect| defect.at().abs_diff(address) < 128)
    };
    snapshot
        .blocks
        .iter()
        .filter(|block| !block.in_slab)
        .filter_map(|block| block.address?.checked_sub(4))
        .filter(|&address| near(address))
        .collect()
}
