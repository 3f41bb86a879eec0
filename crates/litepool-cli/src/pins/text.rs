//! The section as people read it: below what says that a request found no room.

use comfy_table::CellAlignment;

use super::{PinsFacts, Share, WindowFacts, WithoutFacts};
use crate::output::{lines, one_line, table};
use crate::sites::site_text;
use crate::units::{count, counted, percent};

/// How many sets of blocks, and how many functions, are told.
const MOST: usize = 3;
/// Characters for a call site, and for who shares a set.
const SITE: usize = 44;

impl PinsFacts {
    pub(crate) fn text(&self) -> String {
        match self.room {
            "there" => "  There is a free block that holds it now.\n".into(),
            "too small" if self.missing == 0 => {
                "  No place of the pool has room at that alignment, even if it is empty.\n".into()
            }
            "too small" => format!(
                "  Even the empty pool is {} too small for it.\n",
                counted(self.missing, "byte")
            ),
            "full" => self.holders(),
            _ => self.pinned(),
        }
    }

    /// Of a full pool: what would have to be freed.
    fn holders(&self) -> String {
        let mut text = format!(
            "  At least {} would have to be freed: moving blocks makes no room for it.\n\
             \x20 Most is held by\n",
            counted(self.missing, "byte")
        );
        let mut table = table(&["", "bytes", "blocks"]);
        for share in self.holders.iter().take(MOST) {
            table.add_row([
                format!("  {}", site(share, self.has_tasks())),
                count(share.bytes),
                count(share.blocks),
            ]);
        }
        text += &lines(&table);
        text
    }

    fn pinned(&self) -> String {
        let mut text = String::new();
        if self.windows.is_empty() {
            text +=
                "  Few blocks do not stand in its way: those between free ones are too large.\n";
        } else {
            text += "  Used blocks split the free space. Without any one of these sets it fits:\n";
            text += &self.windows();
        }
        text += &match self.is_scarce() {
            true => format!(
                "  Only {} of the pool is free: a larger one helps more than moving blocks.\n",
                percent(self.free, self.used + self.free)
            ),
            false => self.without(),
        };
        text
    }

    fn windows(&self) -> String {
        let cheapest = self.windows.iter().take(MOST);
        let mut rows: Vec<(&str, &WindowFacts)> = cheapest.map(|window| ("", window)).collect();
        if let Some(first) = rows.first_mut() {
            first.0 = "least bytes";
        }
        for (name, window) in [("youngest", &self.youngest), ("oldest", &self.oldest)] {
            let is_new = |window: &&WindowFacts| rows.iter().all(|(_, other)| other != window);
            if let Some(window) = window.as_ref().filter(is_new) {
                rows.push((name, window));
            }
        }
        let mut table = table(&[
            "",
            "blocks",
            "bytes",
            "split",
            self.age_head(),
            "allocated by",
        ]);
        for (name, window) in rows {
            table.add_row([
                format!("  {name}"),
                count(window.blocks),
                count(window.bytes),
                count(window.split),
                window.age(),
                self.shares(window),
            ]);
        }
        if let Some(column) = table.column_mut(5) {
            column.set_cell_alignment(CellAlignment::Left);
        }
        lines(&table)
    }

    fn age_head(&self) -> &'static str {
        let is_of_trace = self.windows.iter().any(|w| w.first_operation.is_some());
        let is_numbered = self.windows.iter().any(|w| w.first_number.is_some());
        match (is_of_trace, is_numbered) {
            (true, _) => "operations",
            (false, true) => "allocations",
            (false, false) => "",
        }
    }

    /// Are there several?
    pub(crate) fn has_tasks(&self) -> bool {
        self.without_task.len() > 1
    }

    /// Who shares a set of blocks: the one who has the most of it, and how many more.
    fn shares(&self, window: &WindowFacts) -> String {
        let Some((first, others)) = window.shares.split_first() else {
            return String::new();
        };
        let first = site(first, self.has_tasks());
        match others.len() {
            0 => first,
            1 => format!("{first} and another"),
            others => format!("{first} and {} others", count(others)),
        }
    }

    /// Whose blocks had better be elsewhere.
    fn without(&self) -> String {
        let mut functions = self.answers(&self.without_function);
        let mut tasks = self.answers(&self.without_task);
        let mut text = String::new();
        match functions.next() {
            Some(first) => {
                text += &format!(
                    "  Without {} the largest request would be\n  {} bytes, instead of {}.\n",
                    first.whose(),
                    count(first.largest_free),
                    count(self.largest_free),
                );
            }
            None => text += "  No function's blocks alone are in its way.\n",
        }
        for other in functions.take(MOST - 1) {
            text += &format!("  It also fits without {}.\n", other.whose());
        }
        if let Some(task) = tasks.next().filter(|_| self.has_tasks()) {
            text += &format!("  Of the tasks, it fits without {}.\n", task.whose());
        }
        text
    }
}

impl WithoutFacts {
    fn whose(&self) -> String {
        let blocks = match self.blocks {
            1 => "block".into(),
            blocks => counted(blocks, "block"),
        };
        format!(
            "the {blocks} of {} ({})",
            one_line(&self.name, SITE),
            counted(self.bytes, "byte")
        )
    }
}

impl WindowFacts {
    /// When they were allocated: operations of a trace, else the numbers of the allocations.
    fn age(&self) -> String {
        let operations = self.first_operation.zip(self.last_operation);
        match operations.or(self.first_number.zip(self.last_number)) {
            None => String::new(),
            Some((first, last)) if first == last => count(first),
            Some((first, last)) => format!("{} to {}", count(first), count(last)),
        }
    }
}

fn site(share: &Share, with_task: bool) -> String {
    let site = one_line(&site_text(share.site.as_ref()), SITE);
    match &share.task {
        Some(task) if with_task => format!("{site}, {}", one_line(task, SITE)),
        _ => site,
    }
}
