//! What leads to one block of a dump.

use anyhow::{Error, Result, bail};
use litepool_snapshot::reach::Reach;
use litepool_snapshot::{Block, BlockState, Call, Origin, Snapshot};
use serde::Serialize;

use super::find::Found;
use crate::output::{hanging, one_line};
use crate::sites;
use crate::units::counted;

/// Columns of the text.
const WIDTH: usize = 79;

/// The answer for one block.
#[derive(Serialize, Debug)]
pub(super) struct Why {
    /// Where its payload begins.
    address: String,
    bytes: u64,
    task: String,
    #[serde(serialize_with = "sites::site")]
    site: Option<Call>,
    is_leak: bool,
    /// How it is reached: on a path of as few pointers as any.
    path: Option<String>,
    /// Whether that path depends on a pointer to the inside of a block.
    inside: bool,
    /// Whether it begins where a word may be left over: on a stack, in a recorder, in no variable.
    left_over: bool,
    /// If only leaks lead to it: the one that it was allotted to.
    through: Option<Box<Why>>,
}

impl Why {
    /// Of the block in which the address lies.
    ///
    /// # Errors
    /// It lies in none, or it is not known what leads to blocks.
    pub(super) fn new(found: &mut Found, address: u64) -> Result<Self> {
        if matches!(found.leaks.snapshot.origin, Origin::Trace { .. }) {
            bail!("--why is asked of a dump: a trace does not tell what leads to a block");
        }
        let block = block_at(&found.leaks.snapshot, address).ok_or_else(|| {
            Error::msg(format!(
                "there is no used block at {address:#x}; `litepool blocks` lists those that there \
                 are"
            ))
        })?;
        Self::of(found, block)
    }

    fn of(found: &mut Found, index: usize) -> Result<Self> {
        let snapshot = &found.leaks.snapshot;
        let Some(marks) = &found.reach else {
            return Err(Error::msg(found.remarks.join("\n")));
        };
        let block = &snapshot.blocks[index];
        let symbols = found.naming.firmware();
        let path = marks.path(snapshot, symbols, index);
        let reach = marks.reach(index);
        let through = match reach {
            Some(Reach::LeakedThrough { leak }) => Some(leak),
            _ => None,
        };
        let stack = found.naming.stack(&snapshot.interned, block.stack);
        let mut why = Self {
            address: format!("{:#x}", block.address.unwrap_or(0)),
            bytes: block.size,
            task: found.naming.task(&snapshot.interned, block.task),
            site: stack.site().cloned(),
            is_leak: path.is_none(),
            path: path.map(|path| path.to_string()),
            inside: matches!(reach, Some(Reach::Reached { inside: true, .. })),
            left_over: reach.is_some_and(Reach::is_left_over),
            through: None,
        };
        if let Some(leak) = through {
            why.through = Some(Box::new(Self::of(found, leak)?));
        }
        Ok(why)
    }

    /// Is it a leak?
    pub(super) fn is_leak(&self) -> bool {
        self.is_leak
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.title());
        let mut add = |sentence: &str| text += &hanging("  ", sentence, WIDTH);
        match (&self.path, &self.through) {
            (Some(path), _) => add(path),
            (None, None) => add("Nothing in the memory leads to it."),
            (None, Some(leak)) => add(&format!(
                "Only leaks lead to it: {}, to which nothing leads.",
                leak.title()
            )),
        }
        if self.inside {
            add(
                "A pointer on this path points to the inside of a block. It may be a member of a \
                 structure, or a number that looks like an address.",
            );
        }
        if self.left_over {
            add(
                "The path begins on a stack, in a recorder, or in memory that is no variable: a \
                 word there may be left over from a call that has returned, or from an event.",
            );
        }
        text
    }

    fn title(&self) -> String {
        format!(
            "{}, {}, {}, {}",
            self.address,
            counted(self.bytes, "byte"),
            one_line(&self.task, 16),
            one_line(&sites::site_text(self.site.as_ref()), 48)
        )
    }
}

/// The index of the innermost used block in which an address lies.
fn block_at(snapshot: &Snapshot, address: u64) -> Option<usize> {
    let has = |block: &Block| {
        let offset = block.address.and_then(|start| address.checked_sub(start));
        block.state == BlockState::Used && offset.is_some_and(|offset| offset < block.size)
    };
    let blocks = snapshot.blocks.iter().enumerate();
    let around = blocks.filter(|(_, block)| has(block));
    around
        .min_by_key(|(_, block)| block.size)
        .map(|(index, _)| index)
}
