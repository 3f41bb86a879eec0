//! A split as source text: pools as types in Rust, and calls in C.

use std::fmt::Write as _;

use super::facts::{OnePool, PoolFacts, Split};
use super::labels::{letter, serves};
use crate::code::{NotInC, harmless, number};

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

/// What `MAX_SIZE` leaves room for, so that a pool can be given a margin: that of a configuration that
/// does not say.
const ROOM: usize = 16 << 20;

/// The split in Rust: a configuration, the bytes and a constructor for each pool. It compiles as a module of
/// a program that has the library.
pub(super) fn rust(split: &Split, one: &OnePool) -> String {
    let (fit, check) = (one.replayed.fit(), one.replayed.check());
    let mut text = String::from("use core::mem::MaybeUninit;\n\n");
    if has_classes(split) {
        text += "use litepool::slab::{Class, Slab};\n";
    } else if one.replayed.slab().is_some() {
        text += "use litepool::slab::Slab;\n";
    }
    let _ = writeln!(
        text,
        "use litepool::{{Check, Config, Heap, InitError, fit::{fit}}};"
    );
    for (index, pool) in split.pools.iter().enumerate() {
        let name = format!("Pool{}", letter(index));
        let max_size = number(one.replayed.max_size(pool.bytes as usize, ROOM) as u64);
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
            text += &classes(pool);
        } else if let Some(slab) = one.replayed.slab() {
            let _ = writeln!(text, "    const SLAB: Slab = Slab::{slab};");
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
            number(pool.bytes),
        );
    }
    text
}

/// The constant with the classes, as rustfmt has it.
fn classes(pool: &PoolFacts) -> String {
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
        .map(|class| number(class.bytes as u64))
        .collect();
    let constant = format!(
        "    /// Bytes of slabs for each class.\n    const SLABS: [usize; {}] = [{}];\n",
        bytes.len(),
        bytes.join(", ")
    );
    (constant, "Heap::with_slab_bytes(memory, &Self::SLABS)")
}

fn has_classes(split: &Split) -> bool {
    split.pools.iter().any(|pool| !pool.classes.is_empty())
}

/// The split in C.
///
/// # Errors
/// No build of the library has these pools.
pub(super) fn c(split: &Split, one: &OnePool) -> Result<String, NotInC> {
    if has_classes(split) {
        return Err(NotInC::Classes);
    }
    let bytes: Vec<usize> = split.pools.iter().map(|pool| pool.bytes as usize).collect();
    let features = one.replayed.features(&bytes)?;
    let mut text = format!(
        "/*\n{} */\n#include \"los_memory.h\"\n",
        one.replayed.library(&features)
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
    Ok(text)
}

/// What a pool serves, as comments.
fn comments(mark: &str, pool: &PoolFacts) -> String {
    let lines = serves(pool).into_iter();
    let lines = lines.map(|line| format!("{mark}{}\n", harmless(&line, 90)));
    lines.collect()
}
