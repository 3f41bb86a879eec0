//! What each size of object costs beyond the bytes that were asked for.

use litepool_replay::{AtEnd, Configuration, Memory, Part, Placement};
use rustc_hash::FxHashMap;
use serde::Serialize;

/// The objects of a trace by their sizes, and what they take at the live peak.
#[derive(Serialize, Debug)]
pub(super) struct Waste {
    /// The configuration whose blocks these are.
    configuration: &'static str,
    /// By waste at the peak, the largest first.
    pub(super) classes: Vec<Class>,
    pub(super) all: Class,
    /// What a pool for each class would take, that no other class shares: the sum of the most
    /// objects of each class at any moment, without headers. Such pools can't fragment.
    pub(super) separate_pools: u64,
    /// The largest request, in bytes.
    pub(super) largest_request: u64,
}

/// Objects of some sizes that the granule makes alike. Sizes in bytes.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Class {
    /// The sizes.
    pub(super) from: u64,
    pub(super) to: u64,
    /// How often they were asked for, in the whole trace, by resizes, too.
    pub(super) requests: u64,
    /// Of how many bytes in all.
    requested_in_all: u64,
    /// Objects at the live peak.
    pub(super) objects: u64,
    /// What these were asked for.
    pub(super) requested: u64,
    /// What their blocks take, headers and rounding included.
    pub(super) taken: u64,
}

impl Waste {
    /// The configuration whose blocks these are.
    pub(super) fn configuration(&self) -> &'static str {
        self.configuration
    }
}

impl Class {
    /// Bytes that nobody asked for.
    pub(super) fn waste(&self) -> u64 {
        self.taken.saturating_sub(self.requested)
    }

    fn add(&mut self, other: &Self) {
        self.from = self.from.min(other.from);
        self.to = self.to.max(other.to);
        self.requests += other.requests;
        self.requested_in_all = self.requested_in_all.saturating_add(other.requested_in_all);
        self.objects += other.objects;
        self.requested += other.requested;
        self.taken += other.taken;
    }
}

/// What the objects of a trace waste in a pool of so many bytes, in which it completes. The blocks
/// are those of a replay up to the peak. `None` if it does not come that far.
pub(super) fn waste(
    trace: &Part,
    configuration: &Configuration,
    placement: Placement,
    pool: usize,
) -> Option<Waste> {
    let granule = configuration.granule as u64;
    let mut sums = Sums::new(trace, granule);
    let mut memory = Memory::new(pool, placement).ok()?;
    // Without a peak there are no objects.
    let peak = usize::try_from(trace.peak_at)
        .ok()
        .filter(|&peak| peak > 0)?;
    let mut at_peak = AtEnd::default();
    trace.replay(configuration, &mut memory, peak, Some(&mut at_peak));
    for (block, slot) in at_peak.finish()?.blocks {
        if let Some(slot) = slot {
            sums.at_peak(slot, block.size as u64);
        }
    }
    let mut all = Class {
        from: u64::MAX,
        ..Class::default()
    };
    for class in sums.classes.values() {
        all.add(&class.sums);
    }
    let separate = |class: &Life| class.most.saturating_mul(class.sums.to.max(granule));
    let separate_pools = sums.classes.values().map(separate);
    let separate_pools = separate_pools.fold(0, u64::saturating_add);
    let mut classes: Vec<Class> = sums.classes.into_values().map(|class| class.sums).collect();
    classes.sort_by_key(|class| (std::cmp::Reverse(class.waste()), class.from));
    Some(Waste {
        configuration: configuration.name,
        classes,
        all,
        separate_pools,
        largest_request: sums.largest,
    })
}

/// The objects of each class: their sums, how many are live, and how many were at most.
#[derive(Default)]
struct Life {
    sums: Class,
    live: u64,
    most: u64,
}

/// The objects of a trace, summed up.
struct Sums {
    granule: u64,
    classes: FxHashMap<u64, Life>,
    /// The sizes of the objects in their slots at the live peak; 0: none.
    at_peak: Vec<u64>,
    largest: u64,
}

impl Sums {
    fn new(trace: &Part, granule: u64) -> Self {
        let mut sums = Self {
            granule,
            classes: FxHashMap::default(),
            at_peak: Vec::new(),
            largest: 0,
        };
        let mut sizes = vec![0; trace.slots];
        trace.objects(&mut |number, object, before, after| {
            let (before, after) = (before.unwrap_or(0), after.unwrap_or(0));
            sums.change(before, after);
            sizes[object.slot] = after;
            if number as u64 + 1 == trace.peak_at {
                sums.at_peak.clone_from(&sizes);
            }
        });
        sums
    }

    /// An object of `old` bytes has `new`; 0: there is none.
    fn change(&mut self, old: u64, new: u64) {
        if old > 0 {
            self.class(old).live -= 1;
        }
        if new > 0 {
            self.largest = self.largest.max(new);
            let class = self.class(new);
            class.live += 1;
            class.most = class.most.max(class.live);
            class.sums.requests += 1;
            class.sums.requested_in_all = class.sums.requested_in_all.saturating_add(new);
        }
    }

    fn class(&mut self, size: u64) -> &mut Life {
        let granule = self.granule;
        let number = size.div_ceil(granule);
        self.classes.entry(number).or_insert_with(|| Life {
            sums: Class {
                from: (number - 1).saturating_mul(granule) + 1,
                to: number.saturating_mul(granule),
                ..Class::default()
            },
            ..Life::default()
        })
    }

    /// The object in a slot takes so many bytes at the peak.
    fn at_peak(&mut self, slot: u32, taken: u64) {
        let Some(&size) = self.at_peak.get(slot as usize).filter(|&&size| size > 0) else {
            return;
        };
        let class = &mut self.class(size).sums;
        class.objects += 1;
        class.requested += size;
        class.taken += taken;
    }
}

#[cfg(test)]
mod tests;
