//! All blocks of a heap at one moment, and what they tell.
//!
//! A [`Snapshot`] is taken from a trace (a moment of it) or from a dump of a device's memory. What
//! is asked of it is the same for both: who holds what, what nothing reaches, what pins the free
//! space, what came since another snapshot.

mod call_sites;
mod contexts;
pub mod diff;
mod growth;
mod leaks;
mod live;
pub mod memory_image;
mod moment;
pub mod pins;
mod placed;
pub mod pools;
mod printable;
mod printed;
pub mod reach;
#[cfg(test)]
mod samples;
pub mod sites;
mod snapshot;
pub mod symbols;
mod task_names;
#[cfg(test)]
mod test_program;

pub use contexts::{Clock, Context, ContextProfile, ContextProfiler, Held};
pub use growth::{Growth, Trend};
pub use leaks::{Leak, LeakFinder, LeakVerdict, Leaks};
pub use moment::{Moment, MomentError, SnapshotBuilder};
pub use pools::NoPool;
pub use printable::{is_printable, printable, xml_escaped};
pub use printed::NoSuchTable;
pub use sites::{Call, Place, SiteInStack};
pub use snapshot::{
    Birth, Block, BlockState, Defect, Origin, OwnerUsage, PassedOver, Pool, Snapshot, Task,
    UsageOf, Verdict, WhyPassedOver,
};
pub use symbols::{DataSection, Resolver, Symbols, SymbolsError, Variable};

/// The example in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
