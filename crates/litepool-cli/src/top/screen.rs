//! What is shown, as text: a page as long as it needs, or a screen of a given size.

use comfy_table::CellAlignment;
use console::{Alignment, pad_str, truncate_str};

use super::view::{PoolView, Sort, View};
use crate::output::{align, lines, one_line, table, wrapped};
use crate::units::{count, counted};

/// How much room there is, in columns and lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Size {
    pub(super) width: usize,
    pub(super) height: usize,
}

/// How many lines of pools, and of tasks, a page has at most.
const ROWS: usize = 100;

/// From here on tasks and sites stand side by side.
const WIDE: usize = 150;

const KEYS: &str =
    "q quit  sort: b bytes, n blocks, g growth, r rate, a age  ↑↓ scroll  p pause  h help";
const FEW_KEYS: &str = "q quit  b n g r a sort  ↑↓ scroll  p pause  h help";

pub(super) const HELP: &str = "\
q, Esc   quit; exit code 1 if an alarm was raised, 2 if nothing came
b        sort the call sites by their live bytes
n        by the number of their live blocks
g        by how many bytes they grow in a minute
r        by how many blocks they allocate in a second
a        by the age of their oldest live block
↑ ↓      scroll the call sites
p        pause the screen; what comes is taken in all the same
h, ?     this help

Bytes are those that were asked for. Free memory is what lies between blocks: the device does \
not tell what headers and rounding take, so that a little less is free. Fragmentation is 1 - largest \
free / all free. A map's character is a part of the pool: ' ' free, '░' to '█' used, the more the darker.";

/// A view to be shown.
pub(super) struct Screen<'v> {
    view: &'v View,
    channel: &'v str,
    status: &'v str,
    size: Size,
    /// How many sites are above the first one that is shown.
    pub(super) scroll: usize,
}

impl<'v> Screen<'v> {
    pub(super) fn new(view: &'v View, channel: &'v str, status: &'v str, size: Size) -> Self {
        Self {
            view,
            channel,
            status,
            size,
            scroll: 0,
        }
    }

    /// A page, with so many sites, and as many pools and tasks as somebody reads.
    pub(super) fn page(&self, sites: usize) -> String {
        let mut page = self.head();
        page.extend(self.alarms(usize::MAX));
        page.push(String::new());
        page.extend(self.pools(ROWS));
        page.push(String::new());
        page.extend(self.tasks(self.size.width, ROWS));
        page.push(String::new());
        page.extend(self.sites(self.size.width, sites.saturating_add(1)));
        let log = self.log(10);
        if !log.is_empty() {
            page.push(String::new());
            page.extend(log);
        }
        page.iter()
            .map(|line| one_line(line, self.size.width).trim_end().to_owned() + "\n")
            .collect()
    }

    /// The lines of the screen: never more than there is room for, the keys last.
    pub(super) fn full(&self) -> Vec<String> {
        let Size { width, height } = self.size;
        let mut rows = self.head();
        rows.extend(self.alarms(if height < 30 { 2 } else { 5 }));
        let pools = self.pools((height / 3).max(2));
        rows.extend(pools);
        let log = self.log(match height {
            0..24 => 1,
            24..40 => 3,
            _ => 8,
        });
        let left = height.saturating_sub(rows.len() + log.len() + 1);
        if width >= WIDE {
            let half = width / 3;
            let tasks = self.tasks(half, left);
            let sites = self.sites(width - half - 2, left);
            rows.extend(beside(&tasks, half, &sites, left));
        } else {
            let tasks = self.tasks(width, (left / 3).max(3));
            let below = left.saturating_sub(tasks.len());
            rows.extend(tasks);
            rows.extend(self.sites(width, below));
        }
        rows.truncate(height.saturating_sub(log.len() + 1));
        rows.resize(height.saturating_sub(log.len() + 1), String::new());
        rows.extend(log);
        let keys = if width > KEYS.chars().count() {
            KEYS
        } else {
            FEW_KEYS
        };
        rows.push(keys.into());
        self.fitted(&rows)
    }

    /// What the keys and the words mean.
    pub(super) fn help(&self) -> Vec<String> {
        let mut rows = vec!["litepool top".to_owned(), String::new()];
        let help = wrapped(HELP, self.size.width.saturating_sub(1));
        rows.extend(help.lines().map(Into::into));
        rows.truncate(self.size.height);
        self.fitted(&rows)
    }

    fn fitted(&self, rows: &[String]) -> Vec<String> {
        // The last column stays free: some terminals begin a line behind it.
        let width = self.size.width.saturating_sub(1);
        let fitted = |row| truncate_str(&one_line(row, width), width, "…").into_owned();
        rows.iter().map(|row| fitted(row.as_str())).collect()
    }

    fn head(&self) -> Vec<String> {
        let view = self.view;
        let device = match view.device.as_str() {
            "" => "a device",
            device => device,
        };
        let mut first = format!(
            "{} on {}: {} in {}",
            one_line(device, 30),
            one_line(self.channel, 40),
            counted(view.events, "event"),
            clock(view.time_microseconds),
        );
        if let Some(rate) = view.operations_per_second {
            first += &format!(", {}/s", decimal(rate));
        }
        if !self.status.is_empty() {
            first += &format!("  [{}]", self.status);
        }
        let second = format!(
            "live {} bytes in {}, peak {}; {}",
            count(view.live_bytes),
            counted(view.live_blocks, "block"),
            count(view.peak_bytes),
            counted(view.refused, "refused request"),
        );
        let losses = [
            (view.lost_in_ring, "lost in the ring"),
            (view.lost_on_the_way, "lost on the way"),
            (view.lost_before, "before"),
        ];
        let mut losses: Vec<String> = losses
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{} {what}", counted(number, "event")))
            .collect();
        if view.resets > 0 {
            losses.push(counted(view.resets, "reset"));
        }
        let third = (!losses.is_empty()).then(|| losses.join("; "));
        [first, second].into_iter().chain(third).collect()
    }

    /// The newest first: it is why somebody looks.
    fn alarms(&self, most: usize) -> Vec<String> {
        let alarms = self.view.alarms.iter().rev().take(most);
        alarms.map(|alarm| format!("! {}", alarm.text)).collect()
    }

    fn pools(&self, most: usize) -> Vec<String> {
        let pools = &self.view.pools;
        let mut table = table(&[
            "pool",
            "size",
            "used",
            "%",
            "peak",
            "free ~",
            "largest ~",
            "fragm.",
            "refused",
        ]);
        for pool in pools.iter().take(most) {
            table.add_row([
                one_line(&pool.name, 20),
                known(pool.size),
                count(pool.used),
                share(pool.used, pool.size),
                count(pool.peak),
                count(pool.free),
                count(pool.largest_free),
                pool.fragmentation_percent
                    .map_or("-".into(), |percent| format!("{percent:.0} %")),
                count(pool.refused),
            ]);
        }
        let mut rows: Vec<String> = lines(&table).lines().map(Into::into).collect();
        // A map below each pool, if there is room for all.
        if 2 * pools.len() < most && pools.iter().all(|pool| !pool.map.is_empty()) {
            for (index, pool) in pools.iter().enumerate().rev() {
                rows.insert(index + 2, self.map(pool));
            }
        }
        clipped(rows, pools.len(), most, "pool")
    }

    fn map(&self, pool: &PoolView) -> String {
        let width = self
            .size
            .width
            .saturating_sub(6)
            .min(200)
            .min(pool.map.len());
        let mut map = String::from("  [");
        for cell in 0..width {
            let from = cell * pool.map.len() / width;
            let to = ((cell + 1) * pool.map.len() / width).max(from + 1);
            let cells = &pool.map[from..to];
            let used = cells.iter().sum::<f64>() / cells.len() as f64;
            map.push(match used {
                used if used < 0.02 => ' ',
                used if used < 0.3 => '░',
                used if used < 0.6 => '▒',
                used if used < 0.85 => '▓',
                _ => '█',
            });
        }
        map + "]"
    }

    fn tasks(&self, width: usize, most: usize) -> Vec<String> {
        let mut table = table(&["task", "bytes", "blocks", "peak", "allocs/s"]);
        for task in self.view.tasks.iter().take(most) {
            let ended = if task.has_ended { " (ended)" } else { "" };
            table.add_row([
                one_line(&task.name, width.saturating_sub(44).clamp(8, 30)) + ended,
                count(task.bytes),
                count(task.blocks),
                count(task.peak),
                rate(task.allocations_per_second),
            ]);
        }
        let rows = lines(&table).lines().map(Into::into).collect();
        clipped(rows, self.view.tasks.len(), most, "task")
    }

    fn sites(&self, width: usize, most: usize) -> Vec<String> {
        let marked = |sort: Sort| {
            let mark = if self.view.sort == sort { "▾" } else { "" };
            format!("{}{mark}", sort.head())
        };
        let heads = [
            Sort::Bytes,
            Sort::Blocks,
            Sort::Growth,
            Sort::Rate,
            Sort::Age,
        ]
        .map(marked);
        let mut head: Vec<&str> = heads.iter().map(String::as_str).collect();
        head.push("call site");
        let mut table = table(&head);
        let mut alignments = [CellAlignment::Right; 6];
        alignments[5] = CellAlignment::Left;
        align(&mut table, &alignments);
        for site in self.view.sites.iter().skip(self.scroll).take(most) {
            table.add_row([
                count(site.bytes),
                count(site.blocks),
                site.bytes_per_minute.map_or("-".into(), growth),
                rate(site.allocations_per_second),
                site.age_microseconds.map_or("-".into(), clock),
                one_line(&site.site, width.saturating_sub(52).max(12)),
            ]);
        }
        let mut rows: Vec<String> = lines(&table).lines().map(Into::into).collect();
        rows.truncate(most);
        rows
    }

    fn log(&self, most: usize) -> Vec<String> {
        let log = &self.view.log;
        let newest = log.iter().skip(log.len().saturating_sub(most));
        newest
            .map(|(time, text)| format!("{:>9}  {text}", clock(*time)))
            .collect()
    }
}

/// A head and the first ones of `all`, in so many lines at most; what is left out is told.
fn clipped(mut rows: Vec<String>, all: usize, most: usize, noun: &str) -> Vec<String> {
    let shown = most.saturating_sub(2);
    if 1 + all > most {
        rows.truncate(most.saturating_sub(1));
        let more = counted((all - shown) as u64, noun);
        rows.push(format!("  and {more} more"));
    }
    rows
}

/// Two pieces of text side by side.
fn beside(left: &[String], width: usize, right: &[String], most: usize) -> Vec<String> {
    let rows = left.len().max(right.len()).min(most);
    let line = |rows: &[String], row: usize| rows.get(row).cloned().unwrap_or_default();
    let row = |row| {
        let left = one_line(&line(left, row), width);
        let left = pad_str(&left, width, Alignment::Left, Some("…"));
        format!("{left}  {}", line(right, row))
    };
    (0..rows).map(row).collect()
}

fn known(number: u64) -> String {
    match number {
        0 => "-".into(),
        number => count(number),
    }
}

fn share(part: u64, whole: u64) -> String {
    match whole {
        0 => "-".into(),
        whole => format!("{:.0}", 100.0 * part as f64 / whole as f64),
    }
}

/// A number with a digit behind the point, if it is small.
fn decimal(number: f64) -> String {
    if number.abs() < 10.0 {
        format!("{number:.1}")
    } else {
        count(number.abs() as u64)
    }
}

fn rate(rate: Option<f64>) -> String {
    rate.map_or("-".into(), decimal)
}

fn growth(bytes: f64) -> String {
    let sign = match bytes.round() {
        0.0 => return "0".into(),
        bytes if bytes > 0.0 => "+",
        _ => "-",
    };
    format!("{sign}{}", count(bytes.abs().round() as u64))
}

/// A time as people read it on a screen that changes: `12.5 s`, `3:07`, `2:03:07`.
fn clock(microseconds: u64) -> String {
    let seconds = microseconds / 1_000_000;
    match seconds {
        0..60 => format!("{:.1} s", microseconds as f64 / 1e6),
        60..3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!(
            "{}:{:02}:{:02}",
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60
        ),
    }
}

#[cfg(test)]
mod tests;
