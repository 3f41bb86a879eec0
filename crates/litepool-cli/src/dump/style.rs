//! How a report looks: its width, and colours, if a terminal shows it.

use std::env;
use std::io::{self, IsTerminal};

/// Columns where there is no terminal.
const COLUMNS: usize = 80;

/// How a report looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// Columns of a line, at most.
    pub(crate) width: usize,
    has_colours: bool,
}

/// What a colour says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Paint {
    /// In use.
    Used,
    /// A slab, or an object in one.
    Slab,
    /// The pool's own.
    Control,
    /// Nothing to look at.
    Faint,
    /// Something is wrong.
    Wrong,
    /// Everything is as it should be.
    Sound,
}

impl Style {
    /// Without colours, for a file or another program.
    pub(crate) const PLAIN: Self = Self {
        width: COLUMNS,
        has_colours: false,
    };

    /// That of standard output. `NO_COLOR` in the environment switches colours off.
    pub(crate) fn of_output() -> Self {
        if !io::stdout().is_terminal() {
            return Self::PLAIN;
        }
        let width = terminal_size::terminal_size();
        Self {
            width: width.map_or(COLUMNS, |(width, _)| usize::from(width.0)),
            has_colours: env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }

    /// The text in the colour that says so.
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        if !self.has_colours {
            return text.into();
        }
        let code = match paint {
            Paint::Used => "33",
            Paint::Slab => "36",
            Paint::Control => "34",
            Paint::Faint => "2",
            Paint::Wrong => "1;31",
            Paint::Sound => "32",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}
