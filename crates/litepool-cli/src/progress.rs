//! The progress bar: on standard error, only when that is a terminal, only for work over a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const PATIENCE: Duration = Duration::from_secs(1);

/// Tells how far a long piece of work is. It stays silent for the first second. Can be shared between threads.
pub(crate) struct Progress {
    bar: ProgressBar,
    start: Instant,
}

impl Progress {
    /// Progress towards `total` steps of the work that `what` names.
    pub(crate) fn new(what: &'static str, total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} [{bar:40}] {percent:>3} % {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        bar.set_message(what);
        Self {
            bar,
            start: Instant::now(),
        }
    }

    /// The number of steps turned out to be this.
    pub(crate) fn expect_in_all(&self, total: u64) {
        self.bar.set_length(total);
    }

    /// So many steps are done in all: some were not needed, or could not be counted.
    pub(crate) fn reach(&self, steps: u64) {
        self.bar.set_position(steps);
        self.advance(0);
    }

    /// `steps` are done.
    pub(crate) fn advance(&self, steps: u64) {
        self.bar.inc(steps);
        if self.bar.is_hidden() && self.start.elapsed() > PATIENCE {
            self.bar
                .set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A line that says how far something is that has no known end: on standard error, if that is a
/// terminal.
pub(crate) struct Ticker {
    bar: ProgressBar,
}

impl Ticker {
    /// One that says nothing yet.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
        let style = ProgressStyle::with_template("{msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        Self { bar }
    }

    /// Says this from now on. It is made up only where somebody sees it.
    pub(crate) fn say(&self, text: impl FnOnce() -> String) {
        if !self.bar.is_hidden() {
            self.bar.set_message(text());
            self.bar.tick();
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
