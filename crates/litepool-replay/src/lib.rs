//! Replays a trace in litepool's own heaps: what the code of a device does with a pool of a given
//! size, done on a desk.
//!
//! A [`Configuration`] is a heap by name. [`Configuration::start`] makes one over [`Memory`] that is
//! placed as on the device, and the [`Run`] does operations in it, with an [`Observer`] who looks on.
//! A [`Part`] is a trace, or what is done to some of its objects, kept for many replays:
//! [`Part::attempt`] tries a pool, [`Part::smallest`] finds the smallest that serves it, by
//! [`search::smallest`]. A [`Perturber`] makes runs that differ a little from the recorded one;
//! [`overlay()`] has several traces run at the same time.

mod circumstances;
mod configurations;
mod engine;
mod fixed;
mod groups;
mod memory;
mod observers;
mod outcome;
mod overlay;
mod packed;
mod part;
mod perturb;
pub mod search;
mod slabs;
mod view;

pub use circumstances::Circumstances;
pub use configurations::{Configuration, bits, configurations};
pub use engine::{Run, Started};
pub use fixed::{FixedClass, FixedPool};
pub use groups::Groups;
pub use memory::{LARGEST_ALIGNMENT, Memory, NoMemory, Placement};
pub use observers::{
    AtEnd, AtFailure, Placed, Sample, Sampler, Series, StatsAt, Verified, Verifier,
};
pub use outcome::{Cause, Failure, Outcome};
pub use overlay::overlay;
pub use packed::PackedOps;
pub use part::{Object, Part, PartBuilder};
pub use perturb::{Perturbation, Perturber};
pub use slabs::{Behind, SlabClass, slots};
pub use view::{Observer, View};

/// The examples in the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
