//! One page that shows a heap, and needs nothing but a browser.
//!
//! A [`Collector`] looks on while a trace is replayed, and keeps what the page shows; a dump brings
//! all of it along ([`dump`]). Numbers go into rows of a [`Blob`], all else into a document
//! ([`model`]); a [`Report`] makes one HTML file of both.

mod blob;
mod collect;
pub mod curves;
pub mod dump;
mod keyframe;
pub mod model;
pub mod names;
pub mod page;
mod report;
pub mod svg;

pub use blob::{Blob, Number};
pub use collect::{Collector, Doer, Plan};
pub use names::{NamedStack, Names, Naming};
pub use report::Report;

/// The examples in the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
