//! What a pool's configuration chose, in the words of the documentation.

use litepool::Algorithm;
use litepool_snapshot::Pool;
use serde::Serialize;

use crate::units::{count, counted};

/// A configuration.
#[derive(Serialize, Debug)]
pub(super) struct ConfigurationFacts {
    /// `tlsf`, `best` or `little`.
    algorithm: &'static str,
    granule: usize,
    /// Bytes of the largest pool.
    max_size: u64,
    link_bits: u32,
    seal_bits: u32,
    hardened: bool,
    joinable: bool,
    owners: bool,
    /// Tasks and modules with totals of their own.
    task_rows: u16,
    module_rows: u8,
    numbered: bool,
    call_sites: u8,
    slab: Vec<ClassFacts>,
    slab_expands: bool,
}

/// A size class of the slab.
#[derive(Serialize, Debug)]
struct ClassFacts {
    object: usize,
    slab: usize,
}

impl ConfigurationFacts {
    /// That of a pool of litepool's.
    pub(super) fn of(pool: &Pool) -> Option<Self> {
        let choices = pool.choices?;
        let rows = choices.record.owner.unwrap_or_default();
        let class = |&(object, slab): &(usize, usize)| ClassFacts { object, slab };
        Some(Self {
            algorithm: match choices.algorithm {
                Algorithm::Tlsf => "tlsf",
                Algorithm::BestFit => "best",
                Algorithm::BestFitLittle => "little",
            },
            granule: choices.granule,
            max_size: (choices.granule as u64) << choices.size_bits,
            link_bits: if choices.size_bits <= 16 { 16 } else { 32 },
            seal_bits: 29 - choices.size_bits,
            hardened: choices.hardened,
            joinable: choices.joined,
            owners: choices.record.owner.is_some(),
            task_rows: rows.tasks,
            module_rows: rows.modules,
            numbered: choices.record.sites.is_some(),
            call_sites: choices.record.sites.unwrap_or(0),
            slab: pool.classes.iter().map(class).collect(),
            slab_expands: choices.slab.expands,
        })
    }

    /// Names and values for a report.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let check = if self.hardened { "hardened" } else { "links" };
        let mut rows = vec![(
            "built as",
            format!(
                "{}, granule {}, up to {}, {}-bit links, check {check}",
                self.algorithm,
                self.granule,
                size(self.max_size),
                self.link_bits,
            ),
        )];
        if let Some(record) = self.record() {
            rows.push(("remembers", record));
        }
        if !self.slab.is_empty() {
            rows.push(("slab", self.slab_text()));
        }
        rows
    }

    /// What a used block remembers.
    fn record(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.owners {
            let totals = match (self.task_rows, self.module_rows) {
                (0, 0) => String::new(),
                (tasks, 0) => format!(" (totals of {})", counted(tasks, "task")),
                (0, modules) => format!(" (totals of {})", counted(modules, "module")),
                (tasks, modules) => format!(
                    " (totals of {}, {})",
                    counted(tasks, "task"),
                    counted(modules, "module")
                ),
            };
            parts.push(format!("task and module{totals}"));
        }
        if self.numbered {
            parts.push("number".into());
        }
        if self.call_sites > 0 {
            parts.push(counted(self.call_sites, "call site"));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn slab_text(&self) -> String {
        let (Some(first), Some(last)) = (self.slab.first(), self.slab.last()) else {
            return String::new();
        };
        let more = if self.slab_expands {
            ", as many slabs as it takes"
        } else {
            ""
        };
        match self.slab.len() {
            1 => format!("objects of {} bytes{more}", count(first.object as u64)),
            classes => format!(
                "{classes} classes, objects of {} to {} bytes{more}",
                count(first.object as u64),
                count(last.object as u64)
            ),
        }
    }
}

/// A power of two, as people write it.
fn size(bytes: u64) -> String {
    match bytes {
        0x4000_0000.. => format!("{} GiB", bytes >> 30),
        0x10_0000.. => format!("{} MiB", bytes >> 20),
        0x400.. => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}
