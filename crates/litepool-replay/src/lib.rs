//! Replays a trace in litepool's own heaps: what the code of a device does with a pool of a given
//! size, done on a desk.
//!
//! A [`Configuration`] is a heap by name. [`Configuration::start`] makes one over [`Memory`] that is
//! placed as on the device, and the [`Run`] does operations in it, with an [`Observer`] who looks on.
//! [`search::smallest`] finds the smallest pool that serves a trace.

mod configurations;
mod engine;
mod memory;
mod observers;
mod packed;
pub mod search;

pub use configurations::{Configuration, bits, configurations};
pub use engine::{Cause, Failure, Observer, Outcome, Run, Started, View};
pub use memory::{LARGEST_ALIGNMENT, Memory, NoMemory, Placement};
pub use observers::{AtFailure, Placed, Sample, Sampler, Series, Verified, Verifier};
pub use packed::PackedOps;
