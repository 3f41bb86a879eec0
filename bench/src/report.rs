//! The page `docs/bench.md`: every figure in it comes from [`Results`].

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use crate::memory::Row;
use crate::results::Results;
use crate::scale::{Axis, plot};
use crate::tables::flatness::{self, Group};
use crate::tables::{self, Style};
use crate::workload::Origin;

/// Writes the page.
pub fn page(results: &Results) -> String {
    let mut page = String::new();
    introduction(&mut page, results);
    let usual = results.on(|work| work.origin != Origin::Untuned);
    time(&mut page, &usual);
    memory(&mut page, &usual);
    untuned(
        &mut page,
        &results.on(|work| work.origin == Origin::Untuned),
    );
    worst(&mut page, results);
    slabs(&mut page, results);
    scale(&mut page, results);
    page
}

/// Draws the pictures that the page shows into the directory where it stands.
///
/// # Errors
/// A file can't be written.
pub fn pictures(results: &Results, directory: &Path) -> Result<()> {
    for sweep in &results.scale {
        plot::write(sweep, &directory.join(picture(sweep.axis)))?;
    }
    Ok(())
}

/// The file with the picture of a sweep.
fn picture(axis: Axis) -> &'static str {
    match axis {
        Axis::Blocks => "scale-blocks.svg",
        Axis::Pool => "scale-pool.svg",
    }
}

fn scale(page: &mut String, results: &Results) {
    put(page, "## Scale");
    put(
        page,
        "Lower is better. A churn in its steady state: free a random live block, allocate another. First with more and more live \
         blocks of 8 to 511 bytes, in a pool of four times what is live and 64 KiB; then with 12 live blocks of 8 to 63 bytes, in \
         larger and larger pools. With many blocks the processor's caches miss: on the blocks, and on the list of them from which \
         one is chosen, the same for all. mimalloc and the system's malloc have no pool; they stand here as limits. No figure: the \
         allocator can't manage such a pool.",
    );
    for sweep in &results.scale {
        let (name, text) = match sweep.axis {
            Axis::Blocks => ("More live blocks", "Time by the number of live blocks"),
            Axis::Pool => ("Larger pools", "Time by the size of the pool"),
        };
        put(page, format!("### {name}"));
        put(page, format!("![{text}]({})", picture(sweep.axis)));
        put(page, tables::scale(Style::Markdown, sweep));
    }
}

/// Adds a paragraph or a table.
fn put(page: &mut String, text: impl std::fmt::Display) {
    // Writing to a string does not fail.
    let _ = writeln!(page, "{text}\n");
}

fn introduction(page: &mut String, results: &Results) {
    let machine = &results.machine;
    put(page, "# Bench");
    put(
        page,
        "For those who compare allocators: litepool and its peers on the same work, in one run. This page is generated: don't edit it. \
         Make it again with",
    );
    put(page, "    bench/report.sh");
    put(
        page,
        "[`bench/README.md`](../bench/README.md) explains the method and its limits.",
    );
    put(
        page,
        format!(
            "{}, {} processors, {}, {}, {}.",
            machine.processor, machine.processors, machine.target, machine.compiler, machine.date
        ),
    );
    let versions: Vec<String> = machine
        .versions
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    put(page, format!("Versions: {}.", versions.join(", ")));
    put(page, tables::works(Style::Markdown, &results.works));
}

fn time(page: &mut String, results: &Results) {
    put(page, "## Time");
    let mean = if results
        .works
        .iter()
        .any(|work| work.origin == Origin::Recorded)
    {
        "The mean is geometric, over the recorded traces."
    } else {
        "The mean is geometric."
    };
    put(
        page,
        format!(
            "Lower is better. Medians of {} rounds in which every allocator has its turn; a ratio compares within a \
             round. {mean} litepool verifies every free and resize. Allocators of processes can't be embedded.",
            results.effort.rounds
        ),
    );
    put(page, tables::time_ratios(Style::Markdown, results));
    put(page, tables::time_ns(Style::Markdown, results));
}

fn memory(page: &mut String, results: &Results) {
    put(page, "## Memory");
    put(
        page,
        "Lower is better. Smallest pool in which a trace completes, everything counted, over the peak of live requested \
         bytes.",
    );
    layouts(page, results);
}

/// Figures of their own, which say how far those above hold for a program that nobody had in mind.
fn untuned(page: &mut String, results: &Results) {
    if results.works.is_empty() {
        return;
    }
    put(page, "## Traces that nothing was tuned on");
    put(
        page,
        "Lower is better. The same measurements on programs that were recorded when litepool's choices were made: no class, \
         bound or rule was chosen with them in view. They are in no mean above, and their means are over them alone.",
    );
    put(page, "### Time, untuned");
    put(page, tables::time_ratios(Style::Markdown, results));
    put(page, tables::time_ns(Style::Markdown, results));
    put(page, "### Memory, untuned");
    layouts(page, results);
}

/// Memory by the width of the machine.
fn layouts(page: &mut String, results: &Results) {
    put(page, "**64-bit layouts**");
    put(
        page,
        tables::memory(
            Style::Markdown,
            &of_layout(&results.memory, 64),
            &results.works,
        ),
    );
    put(page, "**32-bit layouts**");
    let mut narrow = of_layout(&results.memory, 32);
    if results.memory32.is_empty() {
        put(
            page,
            "The peers have this layout only in a 32-bit build, which this run did not have.",
        );
    } else {
        put(
            page,
            "The peers' figures come from a 32-bit build; litepool's from the 64-bit one, as layouts don't depend on the machine.",
        );
        let peers = of_layout(&results.memory32, 32).into_iter();
        narrow.extend(peers.filter(|row| {
            results
                .memory
                .iter()
                .all(|own| own.name != row.name || own.layout != 32)
        }));
    }
    put(
        page,
        tables::memory(Style::Markdown, &narrow, &results.works),
    );
}

fn slabs(page: &mut String, results: &Results) {
    put(page, "## Slabs");
    put(
        page,
        "Lower is better. The same churn (sizes of 8 to 511 bytes, 1,000 objects) with and without a slab, 64-bit. Fragmentation \
         is what the largest free block lacks of the memory in free blocks; a slab's free slots count as taken.",
    );
    put(page, tables::slabs(Style::Markdown, results));
}

fn of_layout(rows: &[Row], layout: u32) -> Vec<Row> {
    rows.iter()
        .filter(|row| row.layout == layout)
        .cloned()
        .collect()
}

fn worst(page: &mut String, results: &Results) {
    put(page, "## Worst case");
    put(
        page,
        "Lower is better. Instructions of single operations, counted exactly. First over a churn, a nearly full heap, \
         and blocks that split and merge on both sides; then with long lists of free blocks that are all a little too \
         small.",
    );
    put(page, tables::worst(Style::Markdown, results));
    put(page, tables::lists(Style::Markdown, results));
    flat(page, results);
}

fn flat(page: &mut String, results: &Results) {
    let scales = &results.plan.scales;
    put(page, "### Flat or not");
    put(
        page,
        "Work that is made to be the worst for some structure, in heaps of growing size: the pool and the numbers of live and \
         of free blocks are that many times as large. The mean is over the scenarios, the maximum is the most of any; *flat* \
         is a maximum that grows by less than a tenth. Scenarios that an allocator can't manage at every size are left out, \
         and so are allocators with few others: pools with 16-bit links are too small.",
    );
    put(page, flatness::legend(Style::Markdown));
    for group in Group::ALL {
        put(page, format!("#### {}", group.heading()));
        put(
            page,
            flatness::operations(Style::Markdown, &results.worst, scales, group),
        );
        put(
            page,
            flatness::scenarios(Style::Markdown, &results.worst, scales, group),
        );
    }
}

#[cfg(test)]
mod tests;
