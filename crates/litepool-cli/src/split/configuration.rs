//! A split as source text: pools as types in Rust, and calls in C.

use std::fmt::Write as _;

use super::facts::{OnePool, PoolFacts, Split};
use super::text::{label, letter, serves};
use crate::output::one_line;
use crate::units::count;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

/// The largest pool with 16-bit links, in granules.
const SHORT: u64 = 1 << 16;
/// The largest pool of a configuration that does not say.
const USUAL: u64 = 16 << 20;

/// The split in Rust: a configuration, the bytes and a constructor for each pool. It compiles as a module of
/// a program that has the library.
pub(super) fn rust(split: &Split, one: &OnePool, word: u32) -> String {
    let has_classes = split.pools.iter().any(|pool| !pool.classes.is_empty());
    let (fit, check) = (
        fit(one.configuration),
        if word == 32 { "Hardened" } else { "Links" },
    );
    let mut text = String::from("use core::mem::MaybeUninit;\n\n");
    if has_classes {
        text += "use litepool::slab::{Class, Slab};\n";
    }
    let _ = writeln!(
        text,
        "use litepool::{{Check, Config, Heap, InitError, fit::{fit}}};"
    );
    for (number, pool) in split.pools.iter().enumerate() {
        let name = format!("Pool{}", letter(number));
        let max_size = max_size(pool.bytes, one.granule as u64);
        let _ = write!(
            text,
            "\n{}pub struct {name};\n\n\
             impl Config for {name} {{\n    \
                 type Fit = {fit};\n    \
                 type Record = ();\n    \
                 const MAX_SIZE: usize = {max_size};\n    \
                 const GRANULE: usize = {};\n    \
                 const CHECK: Check = Check::{check};\n",
            comments("/// ", pool),
            one.granule,
        );
        if !pool.classes.is_empty() {
            text += &slab(pool);
        }
        let (slabs, make) = slabs(pool);
        let _ = write!(
            text,
            "}}\n\nimpl {name} {{\n    \
                 /// As many as the trace needed: add a margin for other runs.\n    \
                 pub const BYTES: usize = {};\n{slabs}\n    \
                 pub fn heap(memory: &mut [MaybeUninit<u8>]) -> Result<Heap<'_, Self>, InitError> {{\n        \
                     {make}\n    \
                 }}\n}}\n",
            digits(pool.bytes),
        );
    }
    text
}

/// The constant with the classes, as rustfmt has it.
fn slab(pool: &PoolFacts) -> String {
    let classes = pool.classes.iter();
    let classes =
        classes.map(|class| format!("Class::new({}, {})", class.object_bytes, class.slab_bytes));
    let classes: Vec<String> = classes.collect();
    let line = format!(
        "    const SLAB: Slab = Slab::fixed(&[{}], 0);\n",
        classes.join(", ")
    );
    if line.len() <= 101 {
        return line;
    }
    let lines: String = classes
        .iter()
        .map(|class| format!("            {class},\n"))
        .collect();
    format!(
        "    const SLAB: Slab = Slab::fixed(\n        &[\n{lines}        ],\n        0,\n    );\n"
    )
}

/// The constant with the bytes of slabs for each class, if there are any, and what makes the heap.
fn slabs(pool: &PoolFacts) -> (String, &'static str) {
    if pool.classes.is_empty() {
        return (String::new(), "Heap::new(memory)");
    }
    let bytes: Vec<String> = pool
        .classes
        .iter()
        .map(|class| digits(class.bytes as u64))
        .collect();
    let constant = format!(
        "    /// Bytes of slabs for each class.\n    const SLABS: [usize; {}] = [{}];\n",
        bytes.len(),
        bytes.join(", ")
    );
    (constant, "Heap::with_slab_bytes(memory, &Self::SLABS)")
}

/// The split in C. `None` if it has classes: the C library has its own.
pub(super) fn c(split: &Split, one: &OnePool) -> Option<String> {
    if split.pools.iter().any(|pool| !pool.classes.is_empty()) {
        return None;
    }
    let build = if one.configuration.ends_with("tlsf") {
        "kernel-mem-tlsf,mem-mul-pool"
    } else if one.configuration.ends_with("little") {
        "kernel-mem-bestfit-little,mem-mul-pool"
    } else {
        "mem-mul-pool"
    };
    let mut text = format!(
        "/* crates/litepool-c/build --no-default-features --features {build}\n   \
            With mem-owners each block takes 4 bytes more. */\n\
         #include \"los_memory.h\"\n"
    );
    let (mut pools, mut calls) = (String::new(), String::new());
    for (number, pool) in split.pools.iter().enumerate() {
        let name = format!("pool_{}", letter(number).to_ascii_lowercase());
        let _ = write!(
            pools,
            "\n{}static UINTPTR {name}[{} / sizeof(UINTPTR)];\n",
            comments("// ", pool),
            pool.bytes
        );
        let _ = writeln!(calls, "    LOS_MemInit({name}, sizeof {name});");
    }
    text += &pools;
    let _ = write!(text, "\nvoid init_pools(void)\n{{\n{calls}}}\n");
    Some(text)
}

/// What a pool serves, as comments.
fn comments(mark: &str, pool: &PoolFacts) -> String {
    let lines = serves(pool).into_iter();
    let lines = lines.map(|line| format!("{mark}{}\n", harmless(&line)));
    lines.collect()
}

/// A line of a comment that is no more than that: without control characters, those that turn the
/// direction of text, and a backslash at its end, which would join the next line.
fn harmless(line: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let line: String = line.chars().filter(|&c| !turns(c)).collect();
    let line = one_line(&line, 90);
    line.trim_end_matches(['\\', ' ']).to_owned()
}

fn max_size(bytes: u64, granule: u64) -> String {
    if bytes <= SHORT * granule {
        format!("{} << 10", (SHORT * granule) >> 10)
    } else if bytes <= USUAL {
        format!("{} << 20", USUAL >> 20)
    } else {
        format!("{} << 20", bytes.next_power_of_two() >> 20)
    }
}

fn fit(configuration: &str) -> &'static str {
    match configuration.rsplit('-').next() {
        Some("best") => "BestFit",
        Some("little") => "BestFitLittle",
        _ => "Tlsf",
    }
}

/// A number as Rust writes it.
fn digits(number: u64) -> String {
    count(number).replace(',', "_")
}

/// The names of the pools in a table.
pub(super) fn names(split: &Split) -> Vec<String> {
    let pools = split.pools.iter().enumerate();
    pools.map(|(number, pool)| label(number, pool)).collect()
}
