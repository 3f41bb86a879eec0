//! What the formats of Valgrind's tools have in common: how they word a frame.

use litepool_snapshot::{Call, Place, printable};

use crate::stacks::Style;

/// `0x8001234: net_rx (net.c:42)`, `0x8001234: net_rx (libnet.so)` or
/// `0x8001234: ??? (in libnet.so)`.
///
/// The address is the offset in the module; without one, as on a device, the address.
pub(crate) const STYLE: Style = Style {
    call,
    task: |name| format!("0x0: {} (task)", printable(name)),
    unknown: "0x0: ??? (the call stack is not known)",
    more: "0x0: ??? (more callers)",
};

fn call(call: &Call, offset: u64) -> String {
    match &call.place {
        Place::Function { .. } => format!("{offset:#x}: {call}"),
        Place::Offset(_) if call.module.is_empty() => format!("{offset:#x}: ???"),
        Place::Offset(_) => format!("{offset:#x}: ??? (in {})", printable(&call.module)),
    }
}
