//! What litepool's tests, its fault campaign and its fuzz targets share: configurations, memory
//! between inaccessible pages, everything that can be done with a heap, and corruption.

mod case;
pub mod config;
mod everything;
mod guarded;
mod mutation;

pub use case::Case;
pub use everything::{
    Nothing, Owners, OwnersAndSites, Remembers, Sites, use_as_pool, use_everything,
};
pub use guarded::{Flush, Guarded};
pub use mutation::{Mutation, mend_figures};
