//! `litepool size`: the smallest pool for each configuration, and a recommendation.

use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;

use crate::args::Size;
use crate::job::Job;
use crate::output::{TraceFacts, lines, print, print_json, ratio, ratio_text, table, word_note};
use crate::progress::Progress;
use crate::units::count;
use crate::{NO, YES};
use litepool_replay::Configuration;
use litepool_replay::Memory;
use litepool_replay::Part;
use litepool_replay::search::{Effort, Trial};

#[cfg(test)]
mod tests;

#[derive(Serialize, Debug)]
struct Report {
    trace: TraceFacts,
    word: u32,
    configurations: Vec<Line>,
    recommendation: Option<Recommendation>,
}

/// What was found for one configuration. Sizes in bytes.
#[derive(Serialize, Debug)]
struct Line {
    name: &'static str,
    granule: usize,
    /// The largest pool of this configuration.
    largest_pool: usize,
    /// What was found; null if the trace completes in no pool.
    found: Option<Found>,
}

#[derive(Serialize, Clone, Copy, Debug)]
struct Found {
    /// The smallest pool, control block included, above which no tried size failed.
    smallest: usize,
    /// The smallest of all tried sizes that completed.
    luckiest: usize,
    /// `smallest` / live peak; null if nothing was ever live.
    ratio: Option<f64>,
    control_block: usize,
    sizes_tried: u64,
}

#[derive(Serialize, Debug, PartialEq)]
struct Recommendation {
    configuration: &'static str,
    smallest: usize,
    margin_percent: f64,
    pool: usize,
    /// Whether the margin asked for goes beyond what any configuration can address.
    #[serde(skip)]
    is_largest: bool,
}

/// Finds and prints the sizes.
///
/// # Errors
/// The trace can't be read, or standard output not written.
pub(crate) fn run(args: &Size) -> Result<u8> {
    let job = Job::prepare(&args.input, &args.device, usize::MAX)?;
    let whole = job.whole()?;
    let effort = Effort::for_operations(job.facts.operations);
    let trials = (16 + 4 * effort.sizes) * job.configurations.len() as u64;
    let progress = Progress::new("Trying pool sizes", trials);
    let found: Vec<Option<Found>> = job
        .configurations
        .par_iter()
        .map(|configuration| find(configuration, &job, whole, effort, &progress))
        .collect();
    drop(progress);

    let recommendation = recommend(&job, whole, &found, args.margin);
    let configurations = job
        .configurations
        .iter()
        .zip(found)
        .map(|(configuration, found)| Line {
            name: configuration.name,
            granule: configuration.granule,
            largest_pool: configuration.largest(),
            found,
        });
    let report = Report {
        word: job.word.bytes() * 8,
        configurations: configurations.collect(),
        recommendation,
        trace: job.facts,
    };
    if args.json {
        print_json(&report)?;
    } else {
        let note = word_note(job.recorded, job.word);
        print(&report.text(note.as_deref()))?;
    }
    Ok(if report.recommendation.is_some() {
        YES
    } else {
        NO
    })
}

fn find(
    configuration: &Configuration,
    job: &Job,
    whole: &Part,
    effort: Effort,
    progress: &Progress,
) -> Option<Found> {
    let tried = || progress.advance(1);
    let found = whole.smallest(configuration, job.placement, effort, tried)?;
    let smallest = found.size as usize;
    Some(Found {
        smallest,
        luckiest: found.luckiest as usize,
        ratio: ratio(smallest, job.facts.live_peak),
        control_block: configuration
            .control_block(&mut Memory::new(smallest, job.placement).ok()?)?,
        sizes_tried: found.tried,
    })
}

/// The smallest pool with its margin, of the configuration that needs the least; a round number in which the trace
/// was seen to complete.
fn recommend(
    job: &Job,
    whole: &Part,
    found: &[Option<Found>],
    margin: f64,
) -> Option<Recommendation> {
    let found = || {
        let both = job.configurations.iter().zip(found);
        both.filter_map(|(configuration, found)| Some((configuration, (*found)?.smallest)))
    };
    let mut choices: Vec<Recommendation> = found()
        .map(|(configuration, smallest)| Recommendation {
            configuration: configuration.name,
            smallest,
            margin_percent: margin,
            pool: rounded_up((smallest as f64 * (1.0 + margin / 100.0)).ceil() as usize),
            is_largest: false,
        })
        .collect();
    choices.sort_by_key(Recommendation::need);
    let mut best: Option<Recommendation> = None;
    for mut choice in choices {
        if best
            .as_ref()
            .is_some_and(|best| best.need() <= choice.need())
        {
            break;
        }
        let named = |c: &&Configuration| c.name == choice.configuration;
        let configuration = job.configurations.iter().find(named)?;
        let attempt = |size: usize| whole.attempt(configuration, job.placement, size, u64::MAX);
        let completes = |size: &usize| attempt(*size) == Trial::Completes;
        let pool = (choice.pool..=configuration.largest())
            .step_by(rounding(choice.pool))
            .take(64)
            .find(completes);
        if let Some(pool) = pool {
            choice.pool = pool;
            if best.as_ref().is_none_or(|best| choice.need() < best.need()) {
                best = Some(choice);
            }
        }
    }
    // The margin may lie beyond what any configuration can address: then the largest pool is the best there is.
    best.or_else(|| {
        let largest = found().map(|(configuration, smallest)| Recommendation {
            configuration: configuration.name,
            smallest,
            margin_percent: (configuration.largest() as f64 / smallest as f64 - 1.0) * 100.0,
            pool: configuration.largest(),
            is_largest: true,
        });
        largest.max_by_key(|choice| choice.pool)
    })
}

/// The step of round pool sizes: a power of two, at most 1/128 of the size, from 16 bytes to 64 KiB.
fn rounding(size: usize) -> usize {
    1 << (size / 128).checked_ilog2().unwrap_or(0).clamp(4, 16)
}

fn rounded_up(size: usize) -> usize {
    size.next_multiple_of(rounding(size))
}

impl Report {
    fn text(&self, note: Option<&str>) -> String {
        let mut text = format!(
            "{}\n\nSmallest pools on a {}-bit device, in bytes:\n\n",
            self.trace.title(),
            self.word
        );
        let mut table = table(&[
            "configuration",
            "smallest pool",
            "/ live peak",
            "control block",
            "largest pool",
        ]);
        for line in &self.configurations {
            let largest = count(line.largest_pool);
            table.add_row(match &line.found {
                Some(found) => vec![
                    line.name.to_owned(),
                    count(found.smallest),
                    ratio_text(found.ratio),
                    count(found.control_block),
                    largest,
                ],
                None => vec![
                    line.name.to_owned(),
                    "none".into(),
                    "-".into(),
                    "-".into(),
                    largest,
                ],
            });
        }
        text += &lines(&table);
        text.push('\n');
        text += &self
            .configurations
            .iter()
            .map(Line::remark)
            .collect::<String>();
        if self
            .configurations
            .iter()
            .any(|line| !line.remark().is_empty())
        {
            text.push('\n');
        }
        text += &match &self.recommendation {
            Some(choice) => choice.text(),
            None => {
                "No pool of these configurations serves this trace; try the others, or --word.\n"
                    .into()
            }
        };
        if let Some(note) = note {
            text += &format!("\n{note}\n");
        }
        text
    }
}

impl Line {
    /// What a table can't say.
    fn remark(&self) -> String {
        match &self.found {
            None => format!(
                "{}: the trace completes in no pool up to the largest, {} bytes.\n",
                self.name,
                count(self.largest_pool)
            ),
            Some(found) if found.luckiest < found.smallest => format!(
                "{}: {} bytes were enough by luck; a larger pool failed.\n",
                self.name,
                count(found.luckiest)
            ),
            Some(_) => String::new(),
        }
    }
}

impl Recommendation {
    /// What it takes: the less, the better.
    fn need(&self) -> (usize, usize) {
        (self.pool, self.smallest)
    }

    fn text(&self) -> String {
        format!(
            "Choose {}: {} bytes = smallest {} + {:.0} %{}.\n\
             One run was recorded: the margin is for what other runs do.\n",
            self.configuration,
            count(self.pool),
            count(self.smallest),
            self.margin_percent,
            if self.is_largest {
                ": its largest pool"
            } else {
                ", rounded up"
            }
        )
    }
}
