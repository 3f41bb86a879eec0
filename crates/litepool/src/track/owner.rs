//! Owners, and what each of them has in all.
//!
//! The totals stand in the control block, a row for each task, then one for each module, each with
//! what is used now and the peak, in granules, as wide as a link:
//!
//! ```text
//!   none | interrupts | task 0 .. TASKS - 1 | beyond     none | module 0 .. MODULES - 1 | beyond
//! ```
//!
//! Where there is no table of tasks there is no row of them at all, and likewise for modules.

use core::fmt;

use super::sealed::Record;
use super::{Caller, Owns};
use crate::block::Blocks;
use crate::fit::mixed;
use crate::layout::{RecordLayout, Rows, Shape};

/// The record of a block's owner: its task and its module, in 4 bytes. The pool keeps totals for
/// tasks 0 to `TASKS - 1` and for modules 0 to `MODULES - 1`; whoever is beyond is remembered by
/// number all the same, and counted in one row with the others beyond.
///
/// The totals cost two links for each row: `TASKS + 3` rows unless `TASKS` is 0, `MODULES + 2`
/// unless `MODULES` is 0, where nothing is counted.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::track::{Owners, Task};
/// use litepool::{Caller, Config, Heap, fit::Tlsf};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = Owners<8, 0>;
///     const MAX_SIZE: usize = 64 << 10;
/// }
///
/// let mut memory = [MaybeUninit::uninit(); 4096];
/// let mut heap = Heap::<Device>::new(&mut memory)?;
/// heap.allocate_for(&Caller::task(3), 100, 1)?;
/// let usage = heap.task_usage(Task::Id(3));
/// assert!(usage.used >= 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Owners<const TASKS: usize, const MODULES: usize>;

/// A task, as a block's owner.
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

/// Who has a block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Owner {
    /// The task.
    pub task: Task,
    /// The module, if it has one.
    pub module: Option<u8>,
}

/// What a task or a module has, in bytes, headers and records included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Usage {
    /// Now.
    pub used: usize,
    /// At most, since the pool was made or the last
    /// [`Heap::reset_peak`](crate::Heap::reset_peak).
    pub peak: usize,
}

impl core::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        // Asking is safe, so a corrupt total must not overflow.
        usages.fold(Self::default(), |sum, usage| Self {
            used: sum.used.wrapping_add(usage.used),
            peak: sum.peak.wrapping_add(usage.peak),
        })
    }
}

impl<const TASKS: usize, const MODULES: usize> Owners<TASKS, MODULES> {
    /// The rows.
    pub(super) const ROWS: Rows = {
        assert!(TASKS <= 0xFFF0, "Owners: at most 65,520 tasks");
        assert!(MODULES <= 254, "Owners: at most 254 modules");
        Rows {
            tasks: TASKS as u16,
            modules: MODULES as u8,
        }
    };
}

impl<const TASKS: usize, const MODULES: usize> super::Record for Owners<TASKS, MODULES> {}
impl<const TASKS: usize, const MODULES: usize> Owns for Owners<TASKS, MODULES> {}

impl<const TASKS: usize, const MODULES: usize> Record for Owners<TASKS, MODULES> {
    const LAYOUT: RecordLayout = RecordLayout {
        owner: Some(Self::ROWS),
        sites: None,
    };
    type Stamp = OwnerWord;

    #[inline(always)]
    fn stamp<S: Shape>(caller: &Caller, _: &Blocks<S>) -> OwnerWord {
        caller.owner
    }

    #[inline(always)]
    fn write<S: Shape>(blocks: &Blocks<S>, offset: usize, granules: u32, word: OwnerWord) {
        blocks.memory().store(offset, word.0);
        Table::of(blocks).charge(word, granules);
    }

    #[inline(always)]
    fn read<S: Shape>(blocks: &Blocks<S>, offset: usize) -> Option<OwnerWord> {
        Some(OwnerWord(blocks.memory().load(offset))).filter(|word| word.is_whole())
    }

    #[inline(always)]
    fn credit<S: Shape>(blocks: &Blocks<S>, granules: u32, word: OwnerWord) {
        Table::of(blocks).credit(word, granules);
    }
}

/// An owner as a record's word: a check, the module, the task.
///
/// The check is the byte behind a payload: with it, all four bytes fold to one constant. So every
/// change of a bit shows, and every word that repeats a byte, as memory that was filled does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct OwnerWord(pub u32);

impl OwnerWord {
    const NO_TASK: u16 = 0;
    const INTERRUPT: u16 = 1;
    /// What stands for task 0; the others follow.
    const FIRST_TASK: u16 = 2;
    const NO_MODULE: u8 = 0;
    /// What stands for module 0.
    const FIRST_MODULE: u8 = 1;
    const LAST_MODULE: u8 = 0xFD;
    /// What the four bytes fold to.
    const FOLDED: u8 = 0xA5;
    /// No owner's: it counts in the rows of those beyond the table.
    pub const BEYOND: Self = Self(u32::MAX);

    /// Of this owner.
    #[inline]
    pub const fn of(task: Task, module: Option<u8>) -> Self {
        let task = match task {
            Task::Id(id) => id.saturating_add(Self::FIRST_TASK),
            Task::Interrupt => Self::INTERRUPT,
            Task::None => Self::NO_TASK,
        };
        let module = match module {
            Some(module) if module <= Self::LAST_MODULE => module + Self::FIRST_MODULE,
            _ => Self::NO_MODULE,
        };
        let blank = Self((task as u32) << 16 | (module as u32) << 8);
        Self(blank.0 | (blank.folded() ^ Self::FOLDED) as u32)
    }

    #[inline(always)]
    const fn folded(self) -> u8 {
        let half = self.0 ^ self.0 >> 16;
        (half ^ half >> 8) as u8
    }

    /// Is it as it was written?
    #[inline(always)]
    pub fn is_whole(self) -> bool {
        self.folded() == Self::FOLDED
    }

    #[inline(always)]
    const fn task_number(self) -> u16 {
        (self.0 >> 16) as u16
    }

    #[inline(always)]
    const fn module_number(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// The owner, if the word is whole.
    pub fn owner(self) -> Option<Owner> {
        self.is_whole().then(|| self.stated_owner())
    }

    /// The owner that the word states, whole or not.
    pub const fn stated_owner(self) -> Owner {
        Owner {
            task: match self.task_number() {
                Self::INTERRUPT => Task::Interrupt,
                Self::NO_TASK => Task::None,
                task => Task::Id(task - Self::FIRST_TASK),
            },
            module: self.module_number().checked_sub(Self::FIRST_MODULE),
        }
    }

    /// The same module's word with another task.
    pub fn with_task(self, task: Task) -> Self {
        Self::of(task, self.stated_owner().module)
    }
}

/// A row of totals, by its place in the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row(usize);

impl Row {
    /// A number of its own, for a sum in which every row weighs differently. Odd, so that no
    /// granule more leaves the sum as it is; and no row weighs as much as others together, as it
    /// would if weights were multiples of something.
    pub fn weight(self) -> u64 {
        mixed(self.0 as u32 + 1) | 1
    }
}

/// The table of totals.
#[derive(Clone, Copy)]
pub struct Table<'b, S> {
    blocks: &'b Blocks<S>,
}

impl<'b, S: Shape> Table<'b, S> {
    /// That of a pool.
    #[inline(always)]
    pub fn of(blocks: &'b Blocks<S>) -> Self {
        Self { blocks }
    }

    #[inline(always)]
    fn size(&self) -> Rows {
        let owner = self.blocks.layout().choices.record.owner;
        owner.unwrap_or_default()
    }

    /// The row in which a task is counted.
    #[inline(always)]
    pub fn task_row(&self, word: OwnerWord) -> Option<Row> {
        let last = self.size().of_tasks().checked_sub(1)?;
        Some(Row(usize::from(word.task_number()).min(last)))
    }

    /// The row in which a module is counted.
    #[inline(always)]
    pub fn module_row(&self, word: OwnerWord) -> Option<Row> {
        let last = self.size().of_modules().checked_sub(1)?;
        let row = usize::from(word.module_number()).min(last);
        Some(Row(self.size().of_tasks() + row))
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        (0..self.size().count()).map(Row)
    }

    #[inline(always)]
    fn offset(&self, row: Row) -> usize {
        let layout = self.blocks.layout();
        layout.rows + 2 * row.0 * layout.link
    }

    /// Granules that the owners of a row have now.
    #[inline(always)]
    pub fn used(&self, row: Row) -> u32 {
        self.blocks.link(self.offset(row))
    }

    #[inline(always)]
    fn set_used(&self, row: Row, granules: u32) {
        self.blocks.set_link(self.offset(row), granules);
    }

    /// The peak of that.
    #[inline(always)]
    pub fn peak(&self, row: Row) -> u32 {
        self.blocks
            .link(self.offset(row) + self.blocks.layout().link)
    }

    #[inline(always)]
    fn set_peak(&self, row: Row, granules: u32) {
        let peak = self.offset(row) + self.blocks.layout().link;
        self.blocks.set_link(peak, granules);
    }

    /// What the owners of a row have; nothing, if there is none.
    pub fn usage(&self, row: Option<Row>) -> Usage {
        let Some(row) = row else {
            return Usage::default();
        };
        let bytes = |granules: u32| (granules as usize) << self.blocks.layout().granule_shift;
        Usage {
            used: bytes(self.used(row)),
            peak: bytes(self.peak(row)),
        }
    }

    /// Lets the peaks start again from what is used now.
    pub fn reset_peaks(&self) {
        for row in self.rows() {
            self.set_peak(row, self.used(row));
        }
    }

    /// Charges an owner with `granules` more.
    #[inline]
    pub fn charge(&self, word: OwnerWord, granules: u32) {
        self.each_row(word, |row| {
            let used = self.used(row).wrapping_add(granules);
            self.set_used(row, used);
            if used > self.peak(row) {
                self.set_peak(row, used);
            }
        });
    }

    /// Charges an owner with `granules` less.
    #[inline]
    pub fn credit(&self, word: OwnerWord, granules: u32) {
        self.each_row(word, |row| {
            self.set_used(row, self.used(row).wrapping_sub(granules));
        });
    }

    /// Has `change` change the rows in which an owner is counted.
    #[inline]
    pub fn each_row(&self, word: OwnerWord, mut change: impl FnMut(Row)) {
        // In a line: small code makes a loop of an iterator, with the rows in memory.
        if let Some(row) = self.task_row(word) {
            change(row);
        }
        if let Some(row) = self.module_row(word) {
            change(row);
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "task {id}"),
            Self::Interrupt => f.write_str("an interrupt"),
            Self::None => f.write_str("no task"),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.task)?;
        match self.module {
            Some(module) => write!(f, " in module {module}"),
            None => Ok(()),
        }
    }
}
