//! The report as people read it.

use comfy_table::CellAlignment;

use super::configuration;
use super::facts::{OnePool, Report, Split};
use super::labels::{label, letter, serves};
use crate::code::NotInC;
use crate::output::{align, lines, one_line, table, wrapped};
use crate::units::{count, counted};

/// Columns of the terminal.
const WIDTH: usize = 80;

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
        for (number, pool) in self.pools.iter().enumerate() {
            let name = label(number, pool);
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
