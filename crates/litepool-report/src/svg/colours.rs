//! Who has which colour.
//!
//! Categories have those of M. Okabe and K. Ito, "Color Universal Design" (2008), in the page's order
//! (`page/colours.js`): people with any kind of colour vision tell them apart, on white and on black.

use rustc_hash::FxHashMap;

use super::axis::size;
use crate::model::{Call, Source};

/// Of the heaviest owners, the heaviest first.
pub(super) const OWNERS: [&str; 8] = [
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#c9b800", "#7a5195",
];
/// Of all others.
pub(super) const REST: &str = "#8c959f";
/// Of sizes, from small to large, in even steps: blue to yellow, at lightnesses that both white and
/// black pages show.
const SIZES: [&str; 8] = [
    "#3b528b", "#33638d", "#2a788e", "#21918c", "#28ae80", "#5ec962", "#a5c936", "#e3b505",
];

/// What a cell or a block is coloured by, and how.
pub(super) struct Colouring {
    by: By,
    /// By site or task: the number of its category.
    index: FxHashMap<u32, usize>,
    /// Name and colour, `#rrggbb`. The last is of all others.
    pub(super) categories: Vec<(String, &'static str)>,
    /// What the categories are.
    pub(super) what: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Site,
    Task,
    Size,
}

/// Who has something: its stack, its task, the power of two of its size.
#[derive(Clone, Copy, Default)]
pub(super) struct Holder {
    pub(super) stack: u32,
    pub(super) task: Option<u32>,
    pub(super) size: u8,
}

impl Colouring {
    /// By call site if sites are known; else by task; else by size. `holders` with how much they have.
    pub(super) fn of(source: &Source, holders: &[(Holder, u64)]) -> Self {
        let by = if source.stacks.len() > 1 {
            By::Site
        } else if source.tasks.len() > 1 {
            By::Task
        } else {
            By::Size
        };
        if by == By::Size {
            return Self::sizes();
        }
        let mut weights: FxHashMap<u32, u64> = FxHashMap::default();
        for (holder, weight) in holders {
            if let Some(key) = key(by, source, holder) {
                *weights.entry(key).or_default() += weight;
            }
        }
        let mut weights: Vec<(u32, u64)> = weights.into_iter().collect();
        weights.sort_by_key(|&(key, weight)| (std::cmp::Reverse(weight), key));
        weights.truncate(OWNERS.len());
        let name = |key: u32| match by {
            By::Site => source.calls.get(key as usize).map(site),
            _ => source.tasks.get(key as usize).cloned(),
        };
        let names = weights
            .iter()
            .map(|&(key, _)| name(key).unwrap_or_default());
        let mut categories: Vec<_> = names.zip(OWNERS).collect();
        categories.push(("all others".into(), REST));
        let keys = weights.iter().enumerate();
        Self {
            by,
            index: keys.map(|(index, &(key, _))| (key, index)).collect(),
            categories,
            what: if by == By::Site {
                "allocated in"
            } else {
                "task"
            },
        }
    }

    fn sizes() -> Self {
        let classes = SIZES.iter().enumerate();
        let name = |class: usize| match class {
            0 => "below 32 B".to_owned(),
            _ => format!("from {}", size(16 << (2 * class - 1))),
        };
        let mut categories: Vec<_> = classes
            .map(|(class, &colour)| (name(class), colour))
            .collect();
        categories.push(("the heap's own".into(), REST));
        Self {
            by: By::Size,
            index: FxHashMap::default(),
            categories,
            what: "size of the block",
        }
    }

    /// The number of a holder's category; of `None`, and where it is not known who, the last one.
    pub(super) fn category(&self, source: &Source, holder: Option<&Holder>) -> usize {
        let rest = self.categories.len() - 1;
        let Some(holder) = holder else { return rest };
        if self.by == By::Size {
            // 32 bytes are 2^5; a class has two powers.
            return usize::from(holder.size.saturating_sub(3) / 2).min(SIZES.len() - 1);
        }
        let key = key(self.by, source, holder);
        key.and_then(|key| self.index.get(&key))
            .copied()
            .unwrap_or(rest)
    }
}

fn key(by: By, source: &Source, holder: &Holder) -> Option<u32> {
    match by {
        By::Site if holder.stack == 0 => None,
        By::Site => Some(source.stacks.get(holder.stack as usize)?.site),
        _ => holder.task,
    }
}

/// A call, as short as it can be: function and line, or module and offset.
pub(super) fn site(call: &Call) -> String {
    let base = |path: &str| {
        path.rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let place = match (call.file.is_empty(), call.offset) {
        (false, _) if call.line > 0 => format!("{}:{}", base(&call.file), call.line),
        (false, _) => base(&call.file),
        (true, Some(offset)) => format!("{}+{offset:#x}", base(&call.module)),
        (true, None) => base(&call.module),
    };
    match (call.function.is_empty(), place.is_empty()) {
        (true, _) => place,
        (false, true) => call.function.clone(),
        (false, false) => format!("{}, {place}", call.function),
    }
}

/// Red, green and blue of `#rrggbb`.
pub(super) fn rgb(colour: &str) -> [u8; 3] {
    let number = u32::from_str_radix(colour.trim_start_matches('#'), 16).unwrap_or(0);
    [(number >> 16) as u8, (number >> 8) as u8, number as u8]
}
