//! Call stacks, which fill several slots each, among those of other threads.

use std::collections::HashMap;
use std::io::Write;

use super::layout::{LAST_PIECE, MAX_DEPTH, Slot};
use super::modules::Modules;
use crate::error::TraceError;
use crate::file::Writer;

/// The stacks that the log has told of.
#[derive(Default)]
pub(super) struct Stacks {
    /// The pieces that came so far, by thread and by the recorder's number.
    open: HashMap<(u32, u64), Vec<u64>>,
    /// The trace's number of each, by the recorder's.
    known: HashMap<u64, u32>,
}

impl Stacks {
    /// Takes a piece. When that completes a stack, the trace is told of it, and each of its return
    /// addresses means what it means at this point of the log.
    pub(super) fn take<W: Write>(
        &mut self,
        slot: Slot,
        modules: &mut Modules<'_>,
        writer: &mut Writer<W>,
    ) -> Result<(), TraceError> {
        let [stack, addresses @ ..] = slot.words;
        let key = (slot.thread, stack);
        let piece = usize::from(slot.detail & !LAST_PIECE);
        if piece == 0 {
            self.open.remove(&key);
        }
        let frames = self.open.entry(key).or_default();
        if frames.len() != piece * addresses.len() || piece * addresses.len() > MAX_DEPTH {
            // A piece before it was torn.
            self.open.remove(&key);
            return Ok(());
        }
        frames.extend(addresses);
        if slot.detail & LAST_PIECE != 0 {
            let frames = self.open.remove(&key).unwrap_or_default();
            let number = intern(&frames, modules, writer)?;
            self.known.insert(stack, number);
        }
        Ok(())
    }

    /// The trace's number of a stack; 0 if the log hasn't told of it.
    pub(super) fn number(&self, stack: u64) -> u32 {
        self.known.get(&stack).copied().unwrap_or(0)
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.known.len()).unwrap_or(u32::MAX)
    }

    /// Another log begins, in which pieces of this one are not continued.
    pub(super) fn fork(&mut self) {
        self.open.clear();
    }
}

/// The trace's number of the stack with these return addresses, the innermost first. 0 if no module
/// of them is known.
fn intern<W: Write>(
    frames: &[u64],
    modules: &mut Modules<'_>,
    writer: &mut Writer<W>,
) -> Result<u32, TraceError> {
    let frames = frames.split(|&address| address == 0).next();
    let frames = frames.map_or(&[][..], |frames| &frames[..frames.len().min(MAX_DEPTH)]);
    if !frames.iter().any(|&address| modules.is_known(address)) {
        return Ok(0);
    }
    let mut stack = 0;
    for &address in frames.iter().rev() {
        let frame = modules.frame(address, writer)?;
        stack = writer.stack(stack, frame)?;
    }
    Ok(stack)
}
