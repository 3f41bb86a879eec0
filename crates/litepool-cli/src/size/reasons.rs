//! What speaks for a configuration, and against it.

use litepool_replay::Configuration;

use crate::code::{fit, slab};

/// How long a request takes beside `tlsf`, as `docs/bench.md` has it for x86-64: the means over
/// the recorded programs. `None` where it is not measured; that of `little` grows with the blocks.
pub(super) fn time_beside_tlsf(name: &str) -> Option<f64> {
    TIMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, time)| *time)
}

const TIMES: [(&str, f64); 7] = [
    ("tlsf", 1.0),
    ("best", 1.24),
    ("slab-fixed-tlsf", 1.19),
    ("slab-expanding-tlsf", 0.92),
    ("slab-lean-tlsf", 0.96),
    ("slab-fast-tlsf", 0.53),
    ("slab-fast-best", 0.51),
];

/// How long a request may take.
pub(super) fn bound(name: &str) -> &'static str {
    match fit(name) {
        "tlsf" => {
            "time is bounded but for one rare search: through the free blocks of a request's own size \
             class (Tlsf<LIMIT> bounds that, too)"
        }
        "best" => "time is bounded: a step for each bit of the size, whatever is free",
        _ => "each request walks all blocks: for pools of a few KiB",
    }
}

/// What its slab does.
pub(super) fn objects(name: &str) -> Option<&'static str> {
    Some(match slab(name)? {
        "fixed" => "LiteOS's slab: four classes, full after 512 bytes each",
        "expanding" => "LiteOS's slab: four classes, a factor of two apart",
        "lean" => "objects of up to 32 bytes have no header",
        _ => "objects of up to 4 KiB have no header",
    })
}

/// The configurations to put beside the recommended one: the plain ones, and the quickest.
pub(super) fn are_beside(recommended: &str, configuration: &Configuration) -> bool {
    let name = configuration.name;
    name != recommended && (configuration.is_usual() || name == "slab-fast-tlsf")
}

#[cfg(test)]
mod tests;
