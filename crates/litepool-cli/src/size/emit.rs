//! The recommendation as code.

use litepool_replay::{Configuration, bits};
use litepool_trace::WordSize;

use super::reasons::{fit, slab};

/// A configuration and its pool, and how they were found.
pub(super) struct Ready<'a> {
    pub(super) configuration: &'a Configuration,
    /// Bytes.
    pub(super) pool: usize,
    /// Above it, `MAX_SIZE` where the command line asked for one.
    pub(super) max_size: Option<u64>,
    pub(super) word: WordSize,
    /// The files, for a comment.
    pub(super) files: &'a str,
}

/// 256 KiB: up to here links have 16 bits where a granule has 4 bytes, and the C library has a
/// switch.
const SMALL: usize = 256 << 10;

impl Ready<'_> {
    /// An `impl Config` and a static pool.
    pub(super) fn rust(&self) -> String {
        let name = self.configuration.name;
        let granule = self.configuration.granule;
        let check = if self.word == WordSize::Bits32 {
            "Hardened"
        } else {
            "Links"
        };
        let (uses, slab) = match slab(name) {
            Some(slab) => ("use litepool::slab::Slab;\n", slab.to_uppercase()),
            None => ("", String::new()),
        };
        let slab = match slab.as_str() {
            "" => String::new(),
            slab => format!("    const SLAB: Slab = Slab::{slab};\n"),
        };
        let fit = match fit(name) {
            "tlsf" => "Tlsf",
            "best" => "BestFit",
            _ => "BestFitLittle",
        };
        format!(
            "// {}
use core::mem::MaybeUninit;

use litepool::fit::{fit};
use litepool::lock::Spin;
{uses}use litepool::{{Check, Config, InitError, Pool}};

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

#[repr(align({granule}))]
struct Memory([MaybeUninit<u8>; POOL_SIZE]);

static mut MEMORY: Memory = Memory([const {{ MaybeUninit::uninit() }}; POOL_SIZE]);

/// The heap. Where interrupts allocate, its lock is `CriticalSection`.
pub static HEAP: Pool<Device, Spin> = Pool::new();

/// Makes the heap. To be called once, before the first allocation.
pub fn init_heap() -> Result<(), InitError> {{
    // SAFETY: nothing else names MEMORY; a second call is refused before anything is written.
    HEAP.init_static(unsafe {{ &mut (*(&raw mut MEMORY)).0 }})
}}
",
            self.comment(),
            number(self.max_size()),
            number(self.pool),
        )
    }

    /// How to build the C library, and a static pool. `None` if it has no switch for the
    /// configuration.
    pub(super) fn c(&self) -> Option<String> {
        let features = self.features()?;
        let word = bits(self.word);
        let target = match self.word {
            WordSize::Bits32 => "thumbv7m-none-eabi",
            WordSize::Bits64 => "x86_64-unknown-linux-gnu",
        };
        let switches = features
            .iter()
            .filter(|feature| feature.starts_with("kernel-"));
        let switches: Vec<String> = switches
            .filter(|feature| **feature != "kernel-mem-tlsf")
            .map(|feature| format!("LOSCFG_{}", feature.replace('-', "_").to_uppercase()))
            .collect();
        let switches = match switches.as_slice() {
            [] => "none: TLSF is the default of LiteOS-M".to_owned(),
            switches => switches.join(", "),
        };
        Some(format!(
            "/* {}
 *
 * The library for a device of {word} bits (of another processor: see its README for --target):
 *
 *   crates/litepool-c/build --target {target} --out heap --no-default-features \\
 *       --features {}
 *
 * In the configuration of a LiteOS kernel: {switches}.
 * With mem-owners, which tells tasks apart, each block takes 4 bytes more.
 */
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
            features.join(","),
            self.pool,
        ))
    }

    /// The features of the C library that make this configuration; `None` if there are none.
    pub(super) fn features(&self) -> Option<Vec<&'static str>> {
        let name = self.configuration.name;
        let mut features = vec!["mem-mul-pool", "mem-waterline"];
        features.push(match fit(name) {
            "tlsf" => "kernel-mem-tlsf",
            "best" => "kernel-mem-bestfit",
            _ => "kernel-mem-bestfit-little",
        });
        match slab(name) {
            None => (),
            Some("fixed") => features.push("kernel-mem-slab-extention"),
            Some("expanding") => features.extend([
                "kernel-mem-slab-extention",
                "kernel-mem-slab-auto-expansion-mode",
            ]),
            Some(_) => return None,
        }
        match self.max_size() {
            0..=SMALL => features.push("max-256k"),
            size if size > self.default_max_size() => features.push("max-2g"),
            _ => (),
        }
        Some(features)
    }

    /// What the C library has without a switch.
    fn default_max_size(&self) -> usize {
        match self.word {
            WordSize::Bits32 => 16 << 20,
            WordSize::Bits64 => 256 << 20,
        }
    }

    /// As small as the width of links that was replayed allows: the seal of headers has what is
    /// left.
    fn max_size(&self) -> usize {
        let of_form = self.configuration.max_size(self.pool);
        let smallest = self.pool.next_power_of_two().max(SMALL);
        let asked = usize::try_from(self.max_size.unwrap_or(0)).unwrap_or(usize::MAX);
        smallest.max(asked).min(of_form)
    }

    /// What stands above: no more than printable ASCII, for it is a file's name, and a comment.
    fn comment(&self) -> String {
        let plain = |c: char| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        };
        let files: String = self.files.chars().take(80).map(plain).collect();
        let files = files.replace("*/", "* /").replace("/*", "/ *");
        format!(
            "Found by `litepool size` for {files} on {} bits.",
            bits(self.word)
        )
    }
}

/// Has the C library switches for it?
pub(super) fn is_in_c(configuration: &Configuration) -> bool {
    matches!(slab(configuration.name), None | Some("fixed" | "expanding"))
}

/// A number as Rust has it: `86_016`.
fn number(number: usize) -> String {
    crate::units::count(number).replace(',', "_")
}

#[cfg(test)]
mod tests;
