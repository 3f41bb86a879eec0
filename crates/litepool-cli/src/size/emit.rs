//! The recommendation as code.

use litepool_replay::bits;

use crate::code::{NotInC, Replayed, harmless, number};

/// A configuration and its pool, and how they were found.
pub(super) struct Ready<'a> {
    pub(super) replayed: Replayed,
    /// Bytes.
    pub(super) pool: usize,
    /// The files, for a comment.
    pub(super) files: &'a str,
}

impl Ready<'_> {
    /// An `impl Config` and a static heap.
    pub(super) fn rust(&self) -> String {
        let configuration = &self.replayed.configuration;
        let (name, granule) = (configuration.name, configuration.granule);
        let (fit, check) = (self.replayed.fit(), self.replayed.check());
        let (uses, slab) = match self.replayed.slab() {
            Some(slab) => (
                "use litepool::slab::Slab;\n",
                format!("    const SLAB: Slab = Slab::{slab};\n"),
            ),
            None => ("", String::new()),
        };
        format!(
            "// {}
use litepool::fit::{fit};
{uses}use litepool::{{Check, Config, StaticHeap}};

/// The configuration `{name}` of `litepool size`.
pub struct Device;

impl Config for Device {{
    type Fit = {fit};
    type Record = ();
    const MAX_SIZE: usize = {};
    const GRANULE: usize = {granule};
    const CHECK: Check = Check::{check};
{slab}}}

/// Bytes of the pool.
pub const POOL_SIZE: usize = {};

/// The heap. `HEAP.init()` comes once, before the first allocation.
pub static HEAP: StaticHeap<POOL_SIZE, Device> = StaticHeap::new();
",
            self.comment(),
            number(self.replayed.max_size(self.pool, 0) as u64),
            number(self.pool as u64),
        )
    }

    /// How to build the C library, and a static pool.
    ///
    /// # Errors
    /// It has no switches for what was replayed.
    pub(super) fn c(&self) -> Result<String, NotInC> {
        let features = self.replayed.features(&[self.pool])?;
        Ok(format!(
            "/* {}
 *
{} */
#include \"los_memory.h\"

#define POOL_SIZE {}u

static UINTPTR pool[POOL_SIZE / sizeof(UINTPTR)];

/* To be called once, before the first allocation; then LOS_MemAlloc(pool, size). */
UINT32 init_heap(void)
{{
    return LOS_MemInit(pool, sizeof pool);
}}
",
            self.comment(),
            self.replayed.library(&features),
            self.pool,
        ))
    }

    /// What stands above.
    fn comment(&self) -> String {
        format!(
            "Found by `litepool size` for {} on {} bits.",
            harmless(self.files, 80),
            bits(self.replayed.configuration.word)
        )
    }
}

#[cfg(test)]
mod tests;
