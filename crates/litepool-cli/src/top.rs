//! `litepool top`: what the heap of a device is doing now.
//!
//! - `state.rs`: what is live; `pool.rs`: where, and what is free between; `meter.rs`: rates;
//!   `alarms.rs`: what somebody should know
//! - `view.rs`: what is shown of it; `screen.rs`: as text; `lines.rs`: as JSON
//! - `terminal.rs`: the screen and the keys

mod alarms;
mod lines;
mod meter;
mod pool;
mod screen;
mod state;
mod terminal;
mod view;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use console::Key;

use crate::args::Top;
use crate::input::reception;
use crate::listen::{Heard, Limits, Listener};
use crate::naming::Naming;
use crate::output::{note, print};
use crate::{NO, YES};

pub(crate) use alarms::Thresholds;
use screen::{Screen, Size};
use state::State;
use terminal::Terminal;
pub(crate) use view::Sort;
use view::View;

/// How long until the screen shows what has changed.
const REFRESH: Duration = Duration::from_millis(250);

/// The size of a screen that is none.
const PAGE: Size = Size {
    width: 100,
    height: usize::MAX,
};

/// Shows it until the channel ends or somebody wants it to. No: an alarm was raised.
///
/// # Errors
/// The channel can't be read, nothing came, or standard output can't be written.
pub(crate) fn run(args: &Top) -> Result<u8> {
    let limits = Limits {
        duration: args.duration,
        idle: args.idle,
    };
    let listener = Listener::start(&args.from, &args.listening, limits)?;
    let is_live = !args.once && !args.json && terminal::is_there();
    let mut top = Running {
        args,
        listener,
        state: State::new(args.thresholds.clone()),
        naming: Naming::of_device(),
        begin: Instant::now(),
        status: String::new(),
        sort: args.sort,
    };
    if is_live {
        top.live()?;
    } else {
        top.until_the_end()?;
    }
    for line in reception::noted(top.listener.receiver.reception()) {
        note(format_args!("{}: {line}", top.listener.name));
    }
    Ok(if top.state.alarms().were_raised() {
        NO
    } else {
        YES
    })
}

struct Running<'a> {
    args: &'a Top,
    listener: Listener,
    state: State,
    naming: Naming,
    begin: Instant,
    /// What is to be said of the channel; empty: it is as it should be.
    status: String,
    sort: Sort,
}

impl Running<'_> {
    /// Hears for so long at most. Whether there may be more.
    fn hear(&mut self, patience: Duration) -> Result<bool> {
        let heard = self.listener.hear(patience)?;
        let receiver = &mut self.listener.receiver;
        let begin = self.begin;
        while let Some(happening) = receiver.next_happening() {
            // A device without a clock has ours.
            let now = if receiver.reception().has_clock {
                None
            } else {
                u64::try_from(begin.elapsed().as_micros()).ok()
            };
            let interned = receiver.interned();
            self.state.take(&happening, now, interned, &mut self.naming);
        }
        match heard {
            Heard::Waiting(why) => self.status = format!("waiting: {why}"),
            Heard::Open | Heard::Bytes => self.status.clear(),
            Heard::Nothing => self.state.silence(self.listener.silence()),
            Heard::End(error) => {
                self.status = match error {
                    Some(error) => format!("ended: {error}"),
                    None => "ended".into(),
                };
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn view(&mut self) -> View {
        let receiver = &self.listener.receiver;
        View::new(&mut self.state, receiver, &mut self.naming, self.sort)
    }

    /// Without a terminal: a page in the end, or lines of JSON as time goes by.
    fn until_the_end(&mut self) -> Result<()> {
        let mut next = Instant::now() + self.args.interval;
        while self.hear(REFRESH)? {
            if self.args.json && Instant::now() >= next {
                next = Instant::now() + self.args.interval;
                let line = lines::line(&self.view())?;
                print(&line)?;
            }
        }
        self.has_come()?;
        if self.args.json {
            let line = lines::line(&self.view())?;
            return print(&line);
        }
        let view = self.view();
        let screen = Screen::new(&view, &self.listener.name, &self.status, PAGE);
        print(&screen.page(self.args.sites))
    }

    /// On a terminal, until somebody leaves it.
    fn live(&mut self) -> Result<()> {
        let terminal = Terminal::enter()?;
        let mut goes_on = true;
        let mut drawn = None::<Instant>;
        let (mut scroll, mut help, mut paused) = (0_usize, false, false);
        let mut alarms = 0;
        loop {
            // Bytes that come in a flood are taken in before the screen shows them.
            if goes_on {
                goes_on = self.hear(REFRESH)?;
            }
            // Also when the channel has ended, and only the screen is still there.
            if self.listener.interrupted() {
                return Ok(());
            }
            let patience = if goes_on { Duration::ZERO } else { REFRESH };
            let key = terminal.key(patience);
            match key {
                Some(Key::Char('q' | 'Q') | Key::Escape | Key::CtrlC) => break,
                Some(Key::Char('h' | '?')) => help = !help,
                Some(Key::Char('p' | ' ')) => paused = !paused,
                Some(Key::ArrowDown | Key::Char('j')) => scroll += 1,
                Some(Key::ArrowUp | Key::Char('k')) => scroll = scroll.saturating_sub(1),
                Some(Key::Char(letter)) => self.sort = Sort::of_key(letter).unwrap_or(self.sort),
                _ => {}
            }
            let raised = self.state.alarms().raised();
            if raised > alarms && self.args.bell {
                terminal.ring()?;
            }
            alarms = raised;
            let is_due = drawn.is_none_or(|drawn| drawn.elapsed() >= REFRESH);
            if key.is_none() && (!is_due || paused) {
                continue;
            }
            let size = terminal.size();
            let view = self.view();
            let status = if paused { "paused" } else { &self.status };
            let mut screen = Screen::new(&view, &self.listener.name, status, size);
            screen.scroll = scroll.min(view.sites.len().saturating_sub(1));
            scroll = screen.scroll;
            terminal.draw(&if help { screen.help() } else { screen.full() })?;
            drawn = Some(Instant::now());
        }
        Ok(())
    }

    /// Whether anything did.
    fn has_come(&self) -> Result<()> {
        let reception = self.listener.receiver.reception();
        if reception.frames == 0 {
            bail!("{}: {}", self.listener.name, reception::nothing(reception));
        }
        Ok(())
    }
}
