//! The terminal: a screen of its own, and its keys.

use std::io;
use std::panic;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use console::{Key, Term};

use super::screen::Size;

/// Another screen, so that what was there before comes back.
const OTHER_SCREEN: &str = "\x1b[?1049h";
const FIRST_SCREEN: &str = "\x1b[?1049l";

/// Whether somebody sees standard output, on a terminal that has a screen.
pub(super) fn is_there() -> bool {
    console::user_attended() && std::env::var_os("TERM").is_none_or(|name| name != "dumb")
}

/// A terminal whose screen is ours as long as this value lives.
pub(super) struct Terminal {
    term: Term,
    keys: Receiver<Key>,
    /// What the terminal does with keys when nobody is here.
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl Terminal {
    /// Takes the screen.
    ///
    /// # Errors
    /// The terminal can't be written.
    pub(super) fn enter() -> io::Result<Self> {
        let term = Term::buffered_stdout();
        let (reporter, keys) = sync_channel(16);
        #[cfg(unix)]
        let before = rustix::termios::tcgetattr(io::stdout()).ok();
        // A panic drops nothing, and its message belongs on the screen that was there before.
        let report = panic::take_hook();
        #[cfg(unix)]
        let mode = before.clone();
        panic::set_hook(Box::new(move |panic| {
            leave(&Term::stdout());
            #[cfg(unix)]
            restore(mode.as_ref());
            report(panic);
        }));
        term.write_str(OTHER_SCREEN)?;
        term.hide_cursor()?;
        term.clear_screen()?;
        term.flush()?;
        let reader = Term::stdout();
        thread::spawn(move || {
            while let Ok(key) = reader.read_key_raw() {
                if reporter.send(key).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            term,
            keys,
            #[cfg(unix)]
            before,
        })
    }

    /// The next key, if one is pressed within so long.
    pub(super) fn key(&self, patience: Duration) -> Option<Key> {
        if patience.is_zero() {
            return self.keys.try_recv().ok();
        }
        match self.keys.recv_timeout(patience) {
            Ok(key) => Some(key),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => None,
            // No keyboard: the screen stays, until a signal comes.
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                thread::sleep(patience);
                None
            }
        }
    }

    /// How large it is now.
    pub(super) fn size(&self) -> Size {
        let (rows, columns) = self.term.size();
        Size {
            width: usize::from(columns).max(20),
            height: usize::from(rows).max(5),
        }
    }

    /// Shows these lines and nothing else.
    ///
    /// # Errors
    /// The terminal can't be written.
    pub(super) fn draw(&self, lines: &[String]) -> io::Result<()> {
        for (row, line) in lines.iter().enumerate() {
            self.term.move_cursor_to(0, row)?;
            self.term.clear_line()?;
            self.term.write_str(line)?;
        }
        if lines.len() < self.size().height {
            self.term.move_cursor_to(0, lines.len())?;
            self.term.clear_to_end_of_screen()?;
        }
        self.term.flush()
    }

    /// Rings the bell.
    ///
    /// # Errors
    /// The terminal can't be written.
    pub(super) fn ring(&self) -> io::Result<()> {
        self.term.write_str("\x07")?;
        self.term.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave(&self.term);
        #[cfg(unix)]
        restore(self.before.as_ref());
    }
}

/// Back to the first screen. What can't be put back stays: there is nobody left to tell.
fn leave(term: &Term) {
    drop(term.show_cursor());
    drop(term.write_str(FIRST_SCREEN));
    drop(term.flush());
}

/// Keys do what they did before. A key that is waited for has it otherwise.
#[cfg(unix)]
fn restore(before: Option<&rustix::termios::Termios>) {
    if let Some(before) = before {
        let now = rustix::termios::OptionalActions::Now;
        let _ = rustix::termios::tcsetattr(io::stdout(), now, before);
    }
}
