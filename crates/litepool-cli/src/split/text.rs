//! The report as people read it.

use comfy_table::CellAlignment;

use super::configuration;
use super::facts::{OnePool, PoolFacts, Report, Split};
use super::units::Unit;
use crate::code::NotInC;
use crate::output::{align, lines, one_line, table, wrapped};
use crate::sites::site_text;
use crate::units::{count, counted};

/// Columns of the terminal.
const WIDTH: usize = 80;
/// How many units of a pool are listed.
const MOST_UNITS: usize = 12;

impl Report {
    pub(super) fn text(&self, note: Option<&str>) -> String {
        let mut text = format!("{}\n\n", self.trace.title());
        match (&self.one_pool, &self.split) {
            (None, _) => {
                text +=
                    "No pool of these configurations serves this trace; try others, or --word.\n";
            }
            (Some(one), split) => {
                text += &self.answer(one, split.as_ref());
                text += &self.verdict(one);
                if let Some(split) = split {
                    text += &self.sources(split, one);
                }
            }
        }
        if let Some(note) = note {
            text += &format!("\n{note}\n");
        }
        text
    }

    fn answer(&self, one: &OnePool, split: Option<&Split>) -> String {
        let mut text = format!(
            "Smallest on a {}-bit device, in bytes ({}):\n\n",
            self.word, one.configuration
        );
        let mut rows = vec![[
            "one pool, as it is".to_owned(),
            count(one.bytes),
            format!("control block {}", count(one.control_block)),
        ]];
        if let Some(split) = split {
            rows.extend(split.rows());
        }
        let mut table = table(&["", "", ""]);
        table.add_rows(rows);
        align(
            &mut table,
            &[
                CellAlignment::Left,
                CellAlignment::Right,
                CellAlignment::Left,
            ],
        );
        text += &lines(&table);
        if split.is_some_and(|split| split.pools.iter().any(|pool| pool.fixed_slots.is_some())) {
            text += "\n  * The kernel's own: LOS_MemboxInit, k_mem_slab_init, osMemoryPoolNew. Not in\n    \
                     the sum.\n";
        }
        if let Some(split) = split {
            text.push('\n');
            for (number, pool) in split.pools.iter().enumerate() {
                let mut head = format!("pool {}: ", letter(number));
                for line in serves(pool) {
                    text += &format!("  {head}{}\n", one_line(&line, WIDTH - 2 - head.len()));
                    head = " ".repeat(head.len());
                }
            }
        }
        text
    }

    fn verdict(&self, one: &OnePool) -> String {
        let text = match (self.pool, &self.split) {
            (Some(pool), _) if one.bytes <= pool => format!(
                "One pool serves the trace in {} bytes: no split is needed for that.",
                count(pool)
            ),
            (Some(pool), Some(split)) if split.bytes <= pool => format!(
                "In {} bytes one pool fails, and this split serves the trace; {} are left.",
                count(pool),
                counted(pool - split.bytes, "byte")
            ),
            (Some(pool), split) => format!(
                "Neither one pool nor {} serves the trace in {} bytes.",
                if split.is_some() {
                    "this split"
                } else {
                    "any split that was tried"
                },
                count(pool)
            ),
            (None, Some(_)) => {
                "One run was recorded: add to each pool a margin for what other runs do.".into()
            }
            (None, None) => format!(
                "One pool is best. Of the splits that were tried none saves {} % for each further \
                 pool or class; less is not worth the code, and is lost in what other runs do.",
                self.threshold_percent
            ),
        };
        format!("\n{}", wrapped(&text, WIDTH))
    }

    fn sources(&self, split: &Split, one: &OnePool) -> String {
        let mut text = String::new();
        if !split.is_exact {
            text += "\nWith classes it is an estimate: a block grew while a slot of its size was free,\n\
                     which the heap may have used. Every other size is exact.\n";
        }
        text += &format!("\nRust:\n\n{}", configuration::rust(split, one));
        match configuration::c(split, one) {
            Ok(c) => text += &format!("\nC:\n\n{c}"),
            Err(NotInC::Classes) => text += &self.without_classes(one),
            Err(not_in_c) => text += &wrapped(&format!("\nC: {}", not_in_c.why()), WIDTH),
        }
        text
    }

    /// What C can do, whose library has no classes of one's own.
    fn without_classes(&self, one: &OnePool) -> String {
        let head = format!("\nC: {} ", NotInC::Classes.why());
        let Some(pools) = &self.pools_alone else {
            return wrapped(&format!("{head}Of pools alone one is best."), WIDTH);
        };
        let sum = format!(
            "{head}Pools alone take {} bytes and save {:.1} %:",
            count(pools.bytes),
            pools.saved_percent
        );
        let c = match configuration::c(pools, one) {
            Ok(c) => format!("\n{c}"),
            Err(not_in_c) => wrapped(&format!("\n{}", not_in_c.why()), WIDTH),
        };
        wrapped(&sum, WIDTH) + &c
    }
}

impl Split {
    fn rows(&self) -> Vec<[String; 3]> {
        let mut rows = vec![Default::default()];
        for (name, pool) in configuration::names(self).into_iter().zip(&self.pools) {
            let peak = format!("live peak {}", count(pool.live_peak));
            rows.push([name, count(pool.bytes), peak]);
            for class in &pool.classes {
                rows.push([
                    format!("  class of {} bytes", count(class.object_bytes as u64)),
                    String::new(),
                    format!(
                        "{} in {}: {}",
                        counted(class.objects as u64, "object"),
                        counted(class.slabs as u64, "slab"),
                        count(class.bytes as u64)
                    ),
                ]);
            }
            if let Some(fixed) = &pool.fixed_slots {
                let slots = fixed.classes.iter();
                let slots = slots
                    .map(|class| format!("{} of {}", count(class.slots), count(class.slot_bytes)));
                let slots: Vec<String> = slots.collect();
                let name = "  or fixed slots*".into();
                rows.push([name, count(fixed.bytes), slots.join(", ")]);
            }
        }
        let percent = format!("{:.1} %", self.saved_percent);
        rows.push(["in all".into(), count(self.bytes), String::new()]);
        rows.push(["saved".into(), count(self.saved), percent]);
        rows
    }
}

/// The letter of a pool.
pub(super) fn letter(number: usize) -> char {
    char::from(b'A' + (number % 26) as u8)
}

/// The name of a pool in a table.
pub(super) fn label(number: usize, pool: &PoolFacts) -> String {
    let rest = if pool.serves.is_none() && number > 0 {
        ", all else"
    } else {
        ""
    };
    format!("pool {}{rest}", letter(number))
}

/// What a pool serves, a line for each unit.
pub(super) fn serves(pool: &PoolFacts) -> Vec<String> {
    let Some(units) = &pool.serves else {
        return vec!["all else".into()];
    };
    let mut lines: Vec<String> = units.iter().take(MOST_UNITS).map(unit_text).collect();
    if units.len() > MOST_UNITS {
        let more = units.len() - MOST_UNITS;
        lines.push(format!("and {more} more: see --json"));
    }
    lines
}

/// A unit in a line: `parse (json.c:80) < main (main.c:9), up to 64 bytes`.
fn unit_text(unit: &Unit) -> String {
    let sizes = match (unit.from_bytes, unit.to_bytes) {
        (0, None) => String::new(),
        (0, Some(to)) => format!("up to {} bytes", count(to)),
        (from, None) => format!("{} bytes and more", count(from)),
        (from, Some(to)) => format!("{} to {} bytes", count(from), count(to)),
    };
    let site = match &unit.site {
        None => "requests".into(),
        Some(calls) if calls.is_empty() => "all smaller sites".into(),
        Some(calls) => {
            let calls: Vec<String> = calls.iter().map(|call| site_text(Some(call))).collect();
            calls.join(" < ")
        }
    };
    match (sizes.is_empty(), unit.site.is_some()) {
        (true, _) => site,
        (false, true) => format!("{site}, {sizes}"),
        (false, false) => format!("{site} of {sizes}"),
    }
}
