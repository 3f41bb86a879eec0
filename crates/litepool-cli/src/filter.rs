//! Which blocks of a snapshot a report is about.

use litepool_snapshot::{Block, Snapshot, Task};

use crate::args::Filter;
use crate::naming::Naming;

impl Filter {
    /// Whether it lets a block pass.
    pub(crate) fn matches(&self, snapshot: &Snapshot, naming: &mut Naming, block: &Block) -> bool {
        let interned = &snapshot.interned;
        let of_task = |task: &String| is_task(block.task, task, interned.threads.as_slice());
        self.larger.is_none_or(|size| block.size > size)
            && self.task.as_ref().is_none_or(of_task)
            && self
                .site
                .as_ref()
                .is_none_or(|text| naming.stack(interned, block.stack).mentions(text))
    }
}

/// Whether an owner is the one that is called so: by its name or its number.
fn is_task(task: Option<Task>, wanted: &str, names: &[String]) -> bool {
    match task {
        None => false,
        Some(Task::Interrupt) => wanted == "interrupt",
        Some(Task::None) => wanted == "none",
        Some(Task::Number(number)) => {
            wanted.parse() == Ok(number)
                || names
                    .get(number as usize)
                    .is_some_and(|name| name == wanted)
        }
    }
}

#[cfg(test)]
mod tests;
