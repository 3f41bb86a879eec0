//! The allocators: litepool in its configurations, and the peers.

mod buddy;
mod dlmalloc;
mod embedded_alloc;
mod linked_list;
mod litepool;
mod process;
mod rlsf;
mod talc;

#[cfg(test)]
mod tests;

use crate::roster::Entry;

/// Name of the peer that every ratio is relative to.
pub const REFERENCE: &str = <talc::Talc as crate::subject::Subject>::NAME;

/// All allocators, in the order of the tables.
pub fn all() -> Vec<Entry> {
    let mut entries = vec![
        Entry::of::<talc::Talc>(),
        Entry::of::<litepool::TlsfU32G8>(),
        Entry::of::<litepool::BoundedTlsf>(),
        Entry::of::<litepool::HardenedTlsfU32G8>(),
        Entry::of::<litepool::TlsfU32G4>(),
        Entry::of::<litepool::TlsfU16G4>(),
        Entry::of::<litepool::HardenedTlsfU16G4>(),
        Entry::of::<litepool::BestU32G8>(),
        Entry::of::<litepool::HardenedBestU32G8>(),
        Entry::of::<litepool::BestU32G4>(),
        Entry::of::<litepool::BestU16G4>(),
        Entry::of::<litepool::FastTlsfU32G8>(),
        Entry::of::<litepool::HardenedFastTlsfU32G8>(),
        Entry::of::<litepool::FastBestU32G8>(),
        Entry::of::<litepool::FastTlsfU32G4>(),
        Entry::of::<litepool::LeanTlsfU32G4>(),
        Entry::of::<litepool::ExpandingTlsfU32G4>(),
        Entry::of::<litepool::FixedTlsfU32G4>(),
        Entry::of::<litepool::LittleU16G4>(),
        Entry::of::<rlsf::Rlsf24x32>(),
        Entry::of::<rlsf::Rlsf20x8>(),
        Entry::of::<embedded_alloc::EmbeddedTlsf>(),
        Entry::of::<embedded_alloc::EmbeddedLlff>(),
        Entry::of::<linked_list::LinkedList>(),
        Entry::of::<dlmalloc::Dlmalloc>(),
        Entry::of::<buddy::Buddy>(),
    ];
    #[cfg(feature = "process-peers")]
    entries.extend([
        Entry::of::<process::Mimalloc>(),
        Entry::of::<process::Jemalloc>(),
    ]);
    entries.push(Entry::of::<process::SystemMalloc>());
    entries
}
