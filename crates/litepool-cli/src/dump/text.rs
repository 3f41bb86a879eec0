//! The report as people read it.

use comfy_table::{CellAlignment, Table};
use litepool_snapshot::Snapshot;

use super::facts::{Figures, HeapFacts, PoolFigures, RegionFacts, Report, blocks_of};
use super::map::Map;
use super::owners::OwnerFacts;
use super::style::{Paint, Style};
use super::verdict;
use crate::output::{clipped, hanging, lines, one_line, table, wrapped};
use crate::units::{count, counted, percent};

/// Columns of a name.
const NAME: usize = 11;
/// How many calls of a stack are shown.
const CALLS: usize = 3;

impl Report {
    /// The report: of each heap so many call sites.
    pub(super) fn text(&self, snapshot: &Snapshot, sites: usize, style: Style) -> String {
        let mut text = self.title(style);
        for heap in &self.heaps {
            text.push('\n');
            text += &heap.text(snapshot, sites, style);
        }
        text += &self.others(style);
        for note in &self.notes {
            text += &wrapped(&format!("\nNote: {note}"), style.width);
        }
        text
    }

    fn title(&self, style: Style) -> String {
        let bytes: u64 = self.memory.iter().map(|memory| memory.bytes).sum();
        if let Some(line) = self.line {
            let file = self.files.join(", ");
            let title = format!(
                "{file}: a table of used blocks, from line {} on",
                count(line)
            );
            return wrapped(&title, style.width);
        }
        let pieces = match &self.memory[..] {
            [memory] => format!("at {}", memory.address),
            pieces => format!("in {}", counted(pieces.len(), "piece")),
        };
        let title = format!(
            "{}: {} bytes {pieces}, {}",
            self.files.join(", "),
            count(bytes),
            counted(self.heaps.len(), "pool")
        );
        wrapped(&title, style.width)
    }

    /// Places that are no pool, except those that are so by chance.
    fn others(&self, style: Style) -> String {
        let mut text = String::new();
        for place in &self.passed_over {
            let what = match (place.why, place.version, &place.of) {
                ("another version", Some(version), _) => {
                    format!("a pool of layout version {version}, which is not read")
                }
                ("remains", _, Some(of)) => format!(
                    "what is left of an earlier pool, in memory that the pool at {of} has now"
                ),
                ("not looked at", ..) => {
                    "too many pools overlap: from here on none was looked at".into()
                }
                _ => continue,
            };
            text += &wrapped(&format!("\nAt {}: {what}", place.address), style.width);
            if place.why == "not looked at" {
                break;
            }
        }
        text
    }
}

impl HeapFacts {
    fn text(&self, snapshot: &Snapshot, sites: usize, style: Style) -> String {
        let mut text = self.head(style);
        text += &self.maps(snapshot, style);
        text += &owners("task", &self.tasks);
        text += &owners("module", &self.modules);
        text += &self.sites(sites, style);
        text += &self.pins();
        text += &self.verdict(snapshot, style);
        text
    }

    fn head(&self, style: Style) -> String {
        let name = match &self.name[..] {
            "" => "Pool".into(),
            name => format!("Pool {}", one_line(name, 40)),
        };
        let mut text = match &self.regions[..] {
            [region] => match &region.address {
                Some(address) => format!("{name} at {address}"),
                None => name,
            },
            regions => format!("{name}: {} joined", counted(regions.len(), "region")),
        };
        if let Some(pool) = &self.figures.pool {
            text += &format!(", {} bytes", count(pool.size));
        }
        let paint = match self.verdict {
            "corrupt" => Paint::Wrong,
            "sound" => Paint::Sound,
            _ => Paint::Faint,
        };
        text += &format!(": {}\n", style.paint(paint, self.verdict));
        let mut rows = Vec::new();
        if let Some(configuration) = &self.configuration {
            rows.extend(configuration.rows());
        }
        rows.extend(self.figures.rows());
        rows.extend(self.places());
        for (name, value) in rows {
            text += &hanging(&format!("  {name:<NAME$}"), &value, style.width);
        }
        text
    }

    /// What is to be said of where it lies.
    fn places(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        for region in &self.regions {
            if let Some(within) = &region.within {
                let text = format!("in the block at {within}, which is another pool's");
                rows.push(("nested", text));
            }
            if region.missing > 0 {
                let text = format!(
                    "the dump ends {} bytes before the pool does, {} bytes into it",
                    count(region.missing),
                    count(region.size - region.missing)
                );
                rows.push(("cut off", text));
            }
        }
        let missing: Vec<String> = self
            .missing_regions
            .iter()
            .map(ToString::to_string)
            .collect();
        if !missing.is_empty() {
            let numbers = missing.join(", ");
            let text = format!("joined as well, but not in the dump: region {numbers}");
            rows.push(("missing", text));
        }
        if self.regions[0].region != 0 {
            let text = format!(
                "it is region {} of a heap whose first region is not in the dump",
                self.regions[0].region
            );
            rows.push(("missing", text));
        }
        rows
    }

    fn maps(&self, snapshot: &Snapshot, style: Style) -> String {
        let mut text = String::new();
        let wrong: Vec<u64> = self.defects.iter().map(verdict::DefectFacts::at).collect();
        for region in &self.regions {
            let Some(map) = self.map(snapshot, region, &wrong, style) else {
                continue;
            };
            let name = match self.regions.len() {
                1 => String::new(),
                _ => format!("Region {}, {} bytes: ", region.region, count(region.size)),
            };
            text += &format!("\n{name}a character is {} bytes\n", count(map.step()));
            text += &map.text(style);
            text += &format!("  {}\n", style.paint(Paint::Faint, &map.legend()));
        }
        text
    }

    fn map(
        &self,
        snapshot: &Snapshot,
        region: &RegionFacts,
        wrong: &[u64],
        style: Style,
    ) -> Option<Map> {
        let pool = &snapshot.pools[region.pool];
        let blocks = blocks_of(snapshot, &[region.pool])
            .cloned()
            .collect::<Vec<_>>();
        let range = pool.base?..pool.base? + pool.size;
        let wrong: Vec<u64> = wrong
            .iter()
            .copied()
            .filter(|at| range.contains(at))
            .collect();
        Map::of(pool, blocks.iter(), &wrong, style.width)
    }

    /// What stands in the way of a request.
    fn pins(&self) -> String {
        let Some(pins) = &self.pins else {
            return String::new();
        };
        let what = match Some(pins.request()) == self.figures.largest_refused() {
            true => "The largest request that was refused",
            false => "A request",
        };
        let size = counted(pins.request(), "byte");
        format!("\n{what}: {size}\n{}", pins.text())
    }

    fn sites(&self, most: usize, style: Style) -> String {
        if self.call_sites.is_empty() {
            return String::new();
        }
        let mut table = table(&["allocated in < called from", "blocks", "bytes", "task"]);
        for site in self.call_sites.iter().take(most) {
            let width = style.width.saturating_sub(36).max(24);
            let calls = site.stack.iter().take(CALLS).enumerate();
            let calls = calls.map(|(level, call)| match level {
                0 => call.text(width),
                _ => format!("  < {}", call.text(width - 4)),
            });
            let task = match &site.tasks[..] {
                [] => String::new(),
                [task] => one_line(task, 12),
                tasks => format!("{} tasks", tasks.len()),
            };
            table.add_row([
                calls.collect::<Vec<_>>().join("\n"),
                count(site.blocks),
                count(site.bytes),
                task,
            ]);
        }
        align(&mut table, 3);
        let all = self.call_sites.len();
        let title = if most < all {
            format!(
                "\nCall sites of used blocks: {most} of {}",
                count(all as u64)
            )
        } else {
            "\nCall sites of used blocks".into()
        };
        format!("{title}\n{}", lines(&table))
    }

    fn verdict(&self, snapshot: &Snapshot, style: Style) -> String {
        if self.defects.is_empty() {
            return String::new();
        }
        let title = format!("Corrupt: {}", counted(self.defects.len(), "defect"));
        let text = verdict::text(&self.defects, snapshot, style);
        format!("\n{}\n{text}", style.paint(Paint::Wrong, &title))
    }
}

impl Figures {
    fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        match &self.pool {
            Some(pool) => {
                let mut used = pool.share(self.used_blocks, self.used);
                used += &format!("; peak {}", count(pool.peak));
                rows.push(("used", used));
                let mut free = pool.share(pool.free_blocks, pool.free);
                free += &format!("; largest request {}", count(pool.largest_free));
                rows.push(("free", free));
                if pool.counted_used != self.used {
                    let counted = count(pool.counted_used);
                    rows.push((
                        "counted",
                        format!("{counted} used bytes, as the pool counts them"),
                    ));
                }
            }
            None => rows.push(("used", bytes_in(self.used_blocks, self.used))),
        }
        if self.slabs > 0 {
            let slabs = counted(self.slabs, "slab");
            rows.push((
                "in slabs",
                format!("{slabs} of {} bytes", count(self.slab_bytes)),
            ));
        }
        rows.extend(self.pool.as_ref().map(|pool| ("refused", pool.refused())));
        rows
    }
}

impl PoolFigures {
    /// So many bytes in so many blocks, as a share of the pool.
    fn share(&self, blocks: u64, bytes: u64) -> String {
        let share = percent(bytes, self.size);
        format!("{}, {share}", bytes_in(blocks, bytes))
    }

    fn refused(&self) -> String {
        match self.refused {
            0 => "no request".into(),
            requests => format!(
                "{} for want of room, the largest of {} bytes",
                counted(requests, "request"),
                count(self.largest_refused)
            ),
        }
    }
}

fn bytes_in(blocks: u64, bytes: u64) -> String {
    format!("{} bytes in {}", count(bytes), counted(blocks, "block"))
}

fn owners(kind: &str, owners: &[OwnerFacts]) -> String {
    if owners.is_empty() {
        return String::new();
    }
    let has_peaks = owners.iter().any(|owner| owner.peak.is_some());
    let mut table = table(&[kind, "blocks", "bytes", if has_peaks { "peak" } else { "" }]);
    for owner in owners {
        table.add_row([
            clipped(&one_line(&owner.name, 80), 32),
            count(owner.blocks),
            count(owner.bytes),
            owner.peak.map_or(String::new(), count),
        ]);
    }
    format!("\n{}", lines(&table))
}

/// The column of this index to the left.
fn align(table: &mut Table, index: usize) {
    if let Some(column) = table.column_mut(index) {
        column.set_cell_alignment(CellAlignment::Left);
    }
}
