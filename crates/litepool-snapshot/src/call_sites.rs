//! Return addresses become numbered call stacks.

use litepool_trace::{Frame, Interned, MAX_DEPTH, Stack};
use rustc_hash::FxHashMap;

/// Numbers call stacks, the same with the same number.
#[derive(Default)]
pub(crate) struct CallSites {
    interned: Interned,
    frames: FxHashMap<u64, u32>,
    stacks: FxHashMap<(u32, u32), u32>,
}

impl CallSites {
    /// The number of the stack of these return addresses, the innermost first; those that are 0
    /// are none, and there are at most [`MAX_DEPTH`]. 0 if there is none.
    pub(crate) fn number(&mut self, addresses: impl IntoIterator<Item = u64>) -> u32 {
        let known = addresses.into_iter().filter(|&address| address != 0);
        let known: Vec<u64> = known.take(MAX_DEPTH).collect();
        known.into_iter().rev().fold(0, |parent, address| {
            let frame = self.frame(address);
            *self.stacks.entry((parent, frame)).or_insert_with(|| {
                self.interned.stacks.push(Stack { frame, parent });
                self.interned.stacks.len() as u32
            })
        })
    }

    fn frame(&mut self, address: u64) -> u32 {
        *self.frames.entry(address).or_insert_with(|| {
            self.interned.frames.push(Frame {
                module: 0,
                offset: address,
                locations: Vec::new(),
            });
            self.interned.frames.len() as u32 - 1
        })
    }

    /// Everything that the numbers mean. The frames are of no module, but addresses of the program.
    pub(crate) fn finish(self) -> Interned {
        self.interned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_stack_has_the_same_number() {
        let mut sites = CallSites::default();
        assert_eq!(sites.number([0, 0]), 0);
        let first = sites.number([0x10, 0x20, 0]);
        let second = sites.number([0x30, 0x20]);
        assert_ne!(first, second);
        assert_eq!(sites.number([0x10, 0, 0x20]), first);
        assert_eq!(sites.number(1_u64..), sites.number(1..=64));
        let interned = sites.finish();
        let offsets = |stack| interned.frames_of(stack).map(|frame| frame.offset);
        assert!(offsets(first).eq([0x10, 0x20]));
        assert!(offsets(second).eq([0x30, 0x20]));
        assert_eq!(interned.stacks.len(), 3 + 64);
    }
}
