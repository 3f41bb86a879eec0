//! What keys do to the screen.

use console::Key;

use super::view::Sort;

/// What somebody has chosen to see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    pub(super) sort: Sort,
    /// How many call sites are above the first one that is shown.
    pub(super) scroll: usize,
    pub(super) help: bool,
    pub(super) paused: bool,
}

impl Choice {
    pub(super) fn new(sort: Sort) -> Self {
        Self {
            sort,
            scroll: 0,
            help: false,
            paused: false,
        }
    }

    /// Does what a key says. False: the screen is to end.
    pub(super) fn press(&mut self, key: &Key) -> bool {
        match key {
            Key::Escape | Key::CtrlC => return false,
            Key::ArrowDown => self.scroll += 1,
            Key::ArrowUp => self.scroll = self.scroll.saturating_sub(1),
            Key::Char(letter) => match letter.to_ascii_lowercase() {
                'q' => return false,
                'h' | '?' => self.help = !self.help,
                'p' | ' ' => self.paused = !self.paused,
                'j' => return self.press(&Key::ArrowDown),
                'k' => return self.press(&Key::ArrowUp),
                'b' => self.sort = Sort::Bytes,
                'n' => self.sort = Sort::Blocks,
                'g' => self.sort = Sort::Growth,
                'r' => self.sort = Sort::Rate,
                'a' => self.sort = Sort::Age,
                _ => {}
            },
            _ => {}
        }
        true
    }
}

#[cfg(test)]
mod tests;
