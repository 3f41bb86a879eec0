//! `litepool top`: what the heap of a device is doing now.
//!
//! - `state.rs`: what is live; `pool.rs`: where, and what is free between; `sum.rs`, `meter.rs`: how
//!   much, and how fast that changes; `alarms.rs`: what somebody should know
//! - `view.rs`: what is shown of it; `screen.rs`: as text; `lines.rs`: as JSON
//! - `terminal.rs`: the screen and the keyboard; `keys.rs`: what its keys do

mod alarms;
mod keys;
mod lines;
mod meter;
mod pool;
mod screen;
mod state;
mod sum;
mod terminal;
mod view;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::args::Top;
use crate::input::reception;
use crate::listen::{Heard, Limits, Listener};
use crate::naming::Naming;
use crate::output::{note, print};
use crate::{NO, YES};

pub(crate) use alarms::Thresholds;
use keys::Choice;
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
        status: String::new(),
    };
    if is_live {
        top.live()?;
    } else {
        top.until_the_end()?;
    }
    top.has_come()?;
    if !is_live {
        top.page()?;
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
    /// What is to be said of the channel; empty: it is as it should be.
    status: String,
}

impl Running<'_> {
    /// Hears for so long at most. Whether there may be more.
    fn hear(&mut self, patience: Duration) -> Result<bool> {
        let heard = self.listener.hear(patience)?;
        if !self.listener.receiver.reception().has_clock
            && let Some(elapsed) = self.listener.elapsed()
        {
            // A device without a clock has ours, which goes on while it is silent.
            self.state
                .advance(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX));
        }
        let receiver = &mut self.listener.receiver;
        while let Some(happening) = receiver.next_happening() {
            let interned = receiver.interned();
            self.state.take(&happening, interned, &mut self.naming);
        }
        self.state.silence(self.listener.silence());
        match heard {
            Heard::Waiting(why) => self.status = format!("waiting: {why}"),
            Heard::Open | Heard::Bytes => self.status.clear(),
            Heard::Nothing => {}
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

    fn view(&mut self, sort: Sort) -> View {
        let receiver = &self.listener.receiver;
        View::new(&mut self.state, receiver, &mut self.naming, sort)
    }

    /// Without a terminal: until the channel ends, with lines of JSON meanwhile if they are wanted.
    fn until_the_end(&mut self) -> Result<()> {
        let mut next = Instant::now() + self.args.interval;
        // Lines may be wanted more often than a screen.
        while self.hear(REFRESH.min(self.args.interval))? {
            if self.args.json && Instant::now() >= next {
                next = Instant::now() + self.args.interval;
                print(&lines::line(&self.view(self.args.sort))?)?;
            }
        }
        Ok(())
    }

    /// What there is in the end: a page, or a line of JSON.
    fn page(&mut self) -> Result<()> {
        let view = self.view(self.args.sort);
        if self.args.json {
            return print(&lines::line(&view)?);
        }
        let screen = Screen::new(&view, &self.listener.name, &self.status, PAGE);
        print(&screen.page(self.args.sites))
    }

    /// On a terminal, until somebody leaves it.
    fn live(&mut self) -> Result<()> {
        let terminal = Terminal::enter()?;
        let mut goes_on = true;
        let mut drawn = None::<Instant>;
        let mut choice = Choice::new(self.args.sort);
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
            if key.as_ref().is_some_and(|key| !choice.press(key)) {
                return Ok(());
            }
            let raised = self.state.alarms().raised();
            if raised > alarms && self.args.bell {
                terminal.ring()?;
            }
            alarms = raised;
            let is_due = drawn.is_none_or(|drawn| drawn.elapsed() >= REFRESH);
            if key.is_none() && (!is_due || choice.paused) {
                continue;
            }
            let size = terminal.size();
            let view = self.view(choice.sort);
            choice.scroll = choice.scroll.min(view.sites.len().saturating_sub(1));
            let status = if choice.paused {
                "paused"
            } else {
                &self.status
            };
            let mut screen = Screen::new(&view, &self.listener.name, status, size);
            screen.scroll = choice.scroll;
            terminal.draw(&if choice.help {
                screen.help()
            } else {
                screen.full()
            })?;
            drawn = Some(Instant::now());
        }
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
