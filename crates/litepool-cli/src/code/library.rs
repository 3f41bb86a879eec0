//! How the C library is built for pools that were replayed.

use litepool_replay::{Configuration, bits};
use litepool_trace::WordSize;

use super::{Replayed, fit, slab};

/// Why there are no switches of the C library for pools.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NotInC {
    /// It has not got this slab.
    Slab,
    /// Its classes of small objects can't be chosen.
    Classes,
    /// It would have links of another width than the pools that were replayed, which takes other
    /// sizes.
    Links,
}

impl NotInC {
    /// Sentences for people, with what to do.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Slab => "the library has no switch for this slab. Without it: --config tlsf,best",
            Self::Classes => {
                "the library's classes are LiteOS's, so a class of your own takes Rust."
            }
            Self::Links => {
                "a build of the library has links of one width, 16 bits where no pool has more \
                 than 256 KiB, else 32 bits; these sizes were found with other links. For the \
                 library: --config tlsf,best --max-size 16M"
            }
        }
    }
}

/// A `MAX_SIZE` of the library, and the feature that makes it; the others are the default's.
type MaxSize = (usize, Option<&'static str>);

impl Replayed {
    /// The features of the C library that make this configuration for all these pools, whose sizes
    /// are in bytes. A build of the library has one `MAX_SIZE`: it is that of the largest.
    ///
    /// # Errors
    /// There are none with which the pools are those that were replayed.
    pub(crate) fn features(&self, pools: &[usize]) -> Result<Vec<&'static str>, NotInC> {
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
            Some(_) => return Err(NotInC::Slab),
        }
        let (max_size, feature) = self.library_max_size(pools).ok_or(NotInC::Links)?;
        let library = self.configuration.with_max_size(max_size as u64);
        let is_as_replayed = |library: Configuration, pool: usize| {
            library.max_size(pool) == self.configuration.max_size(pool)
        };
        if !library.is_some_and(|library| pools.iter().all(|&pool| is_as_replayed(library, pool))) {
            return Err(NotInC::Links);
        }
        features.extend(feature);
        Ok(features)
    }

    /// The smallest `MAX_SIZE` of the library that holds all pools.
    fn library_max_size(&self, pools: &[usize]) -> Option<MaxSize> {
        let default = match self.configuration.word {
            WordSize::Bits32 => 16 << 20,
            WordSize::Bits64 => 256 << 20,
        };
        let needed = pools.iter().copied().fold(self.asked(), usize::max);
        let sizes = [
            (256 << 10, Some("max-256k")),
            (default, None),
            (2 << 30, Some("max-2g")),
        ];
        sizes.into_iter().find(|(size, _)| needed <= *size)
    }

    /// How to build it with these features: lines in a comment.
    pub(crate) fn library(&self, features: &[&str]) -> String {
        let word = bits(self.configuration.word);
        let target = match self.configuration.word {
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
        format!(
            " * The library for a device of {word} bits (of another processor: see its README for \
             --target):
 *
 *   crates/litepool-c/build --target {target} --out heap --no-default-features \\
 *       --features {}
 *
 * In the configuration of a LiteOS kernel: {switches}.
 * With mem-owners, which tells tasks apart, each block takes 4 bytes more.
",
            features.join(","),
        )
    }
}

/// Has the C library switches for it?
pub(crate) fn has_switches(configuration: &Configuration) -> bool {
    matches!(slab(configuration.name), None | Some("fixed" | "expanding"))
}
