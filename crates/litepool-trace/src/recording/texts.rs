//! Texts, which fill several slots each, among those of other threads.

use std::collections::HashMap;

use super::layout::{Kind, Slot};

/// Puts texts together again. Each belongs to the slot before it of the same thread.
#[derive(Default)]
pub(super) struct Texts {
    open: HashMap<u32, (Slot, Vec<u8>)>,
}

impl Texts {
    /// Takes a slot that begins or continues a text. When that completes one, gives its first slot
    /// and the text.
    pub(super) fn take(&mut self, slot: Slot) -> Option<(Slot, Vec<u8>)> {
        if slot.kind != Kind::Text {
            self.open.insert(slot.thread, (slot, Vec::new()));
            return None;
        }
        let (_, text) = self.open.get_mut(&slot.thread)?;
        let length = usize::from(slot.detail).min(32);
        text.extend(
            slot.words
                .iter()
                .flat_map(|word| word.to_ne_bytes())
                .take(length),
        );
        if length < 32 {
            self.open.remove(&slot.thread)
        } else {
            None
        }
    }
}

/// A text of a fixed number of words, up to its first zero.
pub(super) fn text_of(words: &[u64]) -> String {
    let bytes: Vec<u8> = words
        .iter()
        .flat_map(|word| word.to_ne_bytes())
        .take_while(|&byte| byte != 0)
        .collect();
    String::from_utf8_lossy(&bytes).into()
}
