//! Holders, and what each of them holds in all.
//!
//! The totals stand in the control block, a row for each task, then one for each module, each with what is held now and the peak, in
//! granules, as wide as a link:
//!
//! ```text
//!   task 0 .. TASKS - 1 | tasks beyond | none | interrupts | module 0 .. MODULES - 1 | modules beyond | none
//! ```

use crate::arena::Arena;
use crate::check::mixed;
use crate::config::{Config, sealed::Index as _};

/// The record of a block's holder: its task and its module, in 4 bytes. The pool keeps totals for tasks 0 to `TASKS - 1` and for
/// modules 0 to `MODULES - 1`; whoever is beyond is remembered by number all the same, and counted in one row with the others
/// beyond.
///
/// The totals cost `2 * (TASKS + 3 + MODULES + 2)` links of [`Config::Index`].
#[derive(Debug)]
pub struct Owner<const TASKS: usize, const MODULES: usize>;

/// A task, as a block's holder.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Task {
    /// The task of this number. Numbers above 65,533 count as 65,533.
    Id(u16),
    /// An interrupt handler.
    Interrupt,
    /// No task: before the scheduler runs.
    None,
}

/// Who holds a block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Holder {
    /// The task.
    pub task: Task,
    /// The module, if it has one.
    pub module: Option<u8>,
}

/// A holder as a record's word: a check, the module, the task.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HolderWord(pub u32);

impl HolderWord {
    const NO_TASK: u16 = 0xFFFE;
    const INTERRUPT: u16 = 0xFFFF;
    const LAST_TASK: u16 = 0xFFFD;
    const NO_MODULE: u8 = 0xFF;
    /// Modules of this number or above are none.
    const MODULE_LIMIT: u8 = 0xFE;

    /// Of this holder.
    pub fn of(task: Task, module: Option<u8>) -> Self {
        let task = match task {
            Task::Id(id) => id.min(Self::LAST_TASK),
            Task::Interrupt => Self::INTERRUPT,
            Task::None => Self::NO_TASK,
        };
        let module = module
            .filter(|&module| module < Self::MODULE_LIMIT)
            .unwrap_or(Self::NO_MODULE);
        let [low, high] = task.to_le_bytes();
        Self(u32::from_le_bytes([
            Self::check(module, low, high),
            module,
            low,
            high,
        ]))
    }

    /// A byte that every change of a bit changes, and that words of zeros or of ones do not have.
    fn check(module: u8, low: u8, high: u8) -> u8 {
        !(module ^ low.rotate_left(3) ^ high.rotate_left(6)) ^ 0x5A
    }

    /// Is it as it was written?
    pub fn is_whole(self) -> bool {
        let [check, module, low, high] = self.0.to_le_bytes();
        check == Self::check(module, low, high)
    }

    fn task_number(self) -> u16 {
        (self.0 >> 16) as u16
    }

    fn module_number(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// The holder, if the word is whole.
    pub fn holder(self) -> Option<Holder> {
        self.is_whole().then(|| self.stated_holder())
    }

    /// The holder that the word states, whole or not.
    pub fn stated_holder(self) -> Holder {
        Holder {
            task: match self.task_number() {
                Self::INTERRUPT => Task::Interrupt,
                Self::NO_TASK => Task::None,
                id => Task::Id(id),
            },
            module: Some(self.module_number()).filter(|&module| module < Self::MODULE_LIMIT),
        }
    }
}

/// A row of totals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Row(usize);

impl Row {
    /// A number of its own, for a sum in which every row weighs differently. Odd, so that no granule more leaves the sum as it
    /// is; and no row weighs as much as others together, as it would if weights were multiples of something.
    pub fn weight(self) -> u64 {
        mixed(self.0 as u32 + 1) | 1
    }
}

/// The rows.
impl<C: Config> Arena<C> {
    /// How many rows there are.
    const ROW_COUNT: usize = if Self::OWNS {
        Self::TASKS + 3 + Self::MODULES + 2
    } else {
        0
    };

    /// Bytes of all rows.
    pub(super) const ROW_BYTES: usize = 2 * Self::ROW_COUNT * C::Index::BYTES;

    /// The row of a task.
    pub(super) fn task_row(word: HolderWord) -> Row {
        Row(match word.task_number() {
            HolderWord::NO_TASK => Self::TASKS + 1,
            HolderWord::INTERRUPT => Self::TASKS + 2,
            id => usize::from(id).min(Self::TASKS),
        })
    }

    /// The row of a module.
    pub(super) fn module_row(word: HolderWord) -> Row {
        let modules = Self::TASKS + 3;
        Row(modules
            + match word.module_number() {
                HolderWord::NO_MODULE => Self::MODULES + 1,
                module => usize::from(module).min(Self::MODULES),
            })
    }

    /// The row of the tasks beyond the table.
    pub(super) fn row_of_tasks_beyond() -> Row {
        Row(Self::TASKS)
    }

    /// The row of the modules beyond the table.
    pub(super) fn row_of_modules_beyond() -> Row {
        Row(Self::TASKS + 3 + Self::MODULES)
    }

    /// All rows.
    pub(super) fn rows() -> impl Iterator<Item = Row> {
        (0..Self::ROW_COUNT).map(Row)
    }

    fn row_offset(row: Row) -> usize {
        Self::ROWS + 2 * row.0 * C::Index::BYTES
    }

    /// Granules that the holders of a row hold now.
    pub(super) fn held(self, row: Row) -> u32 {
        self.load_link(Self::row_offset(row))
    }

    /// The most granules that they have held.
    pub(super) fn most_held(self, row: Row) -> u32 {
        self.load_link(Self::row_offset(row) + C::Index::BYTES)
    }

    /// Lets the peaks start again from what is held now.
    pub fn reset_peaks_of_holders(self) {
        for row in Self::rows() {
            self.store_link(Self::row_offset(row) + C::Index::BYTES, self.held(row));
        }
    }

    /// Charges a holder with `granules` more.
    pub(super) fn charge(self, word: HolderWord, granules: u32) {
        for row in [Self::task_row(word), Self::module_row(word)] {
            let held = self.held(row).wrapping_add(granules);
            self.store_link(Self::row_offset(row), held);
            // As wide as a link, so that a damaged total wraps as it was stored.
            if self.held(row) > self.most_held(row) {
                self.store_link(Self::row_offset(row) + C::Index::BYTES, held);
            }
        }
    }

    /// Charges a holder with `granules` less.
    pub(super) fn discharge_granules(self, word: HolderWord, granules: u32) {
        for row in [Self::task_row(word), Self::module_row(word)] {
            let held = self.held(row).wrapping_sub(granules);
            self.store_link(Self::row_offset(row), held);
        }
    }
}
