//! A quick check that nothing became slower: instructions of single operations against those that were kept.
//!
//! The count is exact, so on the same compiler every difference is a real one; another compiler makes other code, and only
//! a large difference means something.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::roster::Entry;
use crate::subjects;
use crate::tables::{self, Style};
use crate::worst::{self, Figures, Row, Tally};

#[cfg(test)]
mod tests;

/// What was kept.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Baseline {
    /// The compiler that made the code.
    pub compiler: String,
    /// Instructions of each configuration.
    pub rows: Vec<Row>,
}

/// How much more than the kept figure passes, as a share of it: with the compiler that it was made with, with another.
const SLACK: f64 = 0.03;
const SLACK_OF_ANOTHER_COMPILER: f64 = 0.20;

impl Baseline {
    /// Reads what was kept.
    ///
    /// # Errors
    /// There is no such file, or it is something else.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| format!("{}: no figures", path.display()))
    }

    /// Keeps the figures.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| path.display().to_string())
    }

    /// What became worse: configuration, operation, then and now.
    pub fn regressions(&self, now: &Self) -> Vec<Change> {
        let slack = if self.compiler == now.compiler {
            SLACK
        } else {
            SLACK_OF_ANOTHER_COMPILER
        };
        changes(self, now)
            .into_iter()
            .filter(|change| change.now > change.then * (1.0 + slack))
            .collect()
    }
}

/// Compares this build with the kept figures, or keeps its own.
///
/// # Errors
/// An operation became slower, the file can't be read or written, or instructions can't be counted.
pub fn run(path: &Path, update: bool) -> Result<()> {
    let entries: Vec<Entry> = subjects::all()
        .into_iter()
        .filter(|entry| entry.package == Some("litepool") && !entry.name.contains("little"))
        .collect();
    let plan = worst::Plan {
        lists: vec![100],
        scales: Vec::new(),
        ..worst::Plan::quick()
    };
    let progress = ProgressBar::new(worst::ticks(&entries, &plan));
    let now = Baseline {
        compiler: Machine::look(&entries).compiler,
        rows: worst::run(&entries, &plan, &progress)?,
    };
    progress.finish_and_clear();
    if update {
        return now.write(path);
    }
    let then = Baseline::read(path)?;
    println!("{}", table(&then, &now));
    if then.compiler != now.compiler {
        println!(
            "The figures are of another compiler ({}): only large differences count.",
            then.compiler
        );
    }
    let regressions = then.regressions(&now);
    for change in &regressions {
        println!(
            "{}: {}: {:.1} instructions instead of {:.1}",
            change.name, change.figure, change.now, change.then
        );
    }
    ensure!(
        regressions.is_empty(),
        "operations became slower; if that is right, `guard --update` keeps the new figures"
    );
    println!("no operation became slower");
    Ok(())
}

/// A figure, then and now.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// Name of the configuration.
    pub name: String,
    /// What was counted.
    pub figure: &'static str,
    /// Instructions that were kept.
    pub then: f64,
    /// Instructions now.
    pub now: f64,
}

/// Every figure of every configuration that was kept. One that is gone counts as infinitely worse.
pub fn changes(then: &Baseline, now: &Baseline) -> Vec<Change> {
    then.rows
        .iter()
        .flat_map(|old| {
            let new = now.rows.iter().find(|row| row.name == old.name);
            figures(&old.figures).map(|(figure, then, pick)| Change {
                name: old.name.clone(),
                figure,
                then,
                now: new.map_or(f64::INFINITY, |row| pick(&row.figures)),
            })
        })
        .collect()
}

type Pick = fn(&Figures) -> f64;

/// The means and maxima that are compared.
fn figures(of: &Figures) -> [(&'static str, f64, Pick); 5] {
    fn mean(tally: Tally) -> f64 {
        tally.mean().unwrap_or(0.0)
    }
    let picks: [(&'static str, Pick); 5] = [
        ("alloc, mean", |figures| mean(figures.alloc)),
        ("alloc, max", |figures| figures.alloc.max as f64),
        ("free, mean", |figures| mean(figures.free)),
        ("free, max", |figures| figures.free.max as f64),
        ("failing alloc, mean", |figures| mean(figures.failing)),
    ];
    picks.map(|(name, pick)| (name, pick(of), pick))
}

/// The figures then and now.
pub fn table(then: &Baseline, now: &Baseline) -> comfy_table::Table {
    let rows = changes(then, now).into_iter().map(|change| {
        [
            change.name,
            change.figure.to_owned(),
            format!("{:.1}", change.then),
            format!("{:.1}", change.now),
            format!("{:+.1} %", (change.now / change.then - 1.0) * 100.0),
        ]
    });
    tables::plain(
        Style::Plain,
        &["instructions", "of", "then", "now", "change"],
        rows,
    )
}
