//! `litepool budget`: do traces keep within their limits, and need no more than before?

mod annotations;
mod baseline;
mod blame;
mod check;
mod document;
mod figures;
mod hints;
mod holders;
mod junit;
mod markdown;
mod measure;
mod misnamed;
mod repository;
mod rows;
mod settings;
mod text;

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::args::Budget;
use crate::output::{append_file, ensure_apart, print, print_json, say, write_file};
use crate::progress::Progress;
use crate::{NO, TROUBLE, YES, with_causes};

use baseline::{Baseline, Entry};
use check::{Against, Checked};
use holders::SourceLine;
use measure::Measured;
use misnamed::Misnamed;
use repository::Repository;
use settings::{Settings, TraceSettings};

/// The report.
#[derive(Serialize, Debug)]
struct Report {
    /// The file with the settings, as it was given.
    settings: String,
    /// The same from the repository's directory.
    #[serde(skip)]
    settings_path: String,
    /// The file of the baseline.
    baseline: Option<String>,
    /// Whether that was written.
    updated: bool,
    /// Whether all traces are within their budget.
    within: bool,
    traces: Vec<TraceReport>,
    /// Limits that mean nothing.
    misnamed: Vec<Misnamed>,
    notes: Vec<String>,
}

/// What came of a trace.
#[derive(Serialize, Debug)]
struct TraceReport {
    name: String,
    file: String,
    /// The same from the repository's directory.
    #[serde(skip)]
    path: String,
    /// Its line in the settings, from 1.
    #[serde(skip)]
    line: u32,
    #[serde(flatten)]
    facts: Option<Facts>,
    #[serde(flatten)]
    result: TraceResult,
    notes: Vec<String>,
}

/// How a trace was measured.
#[derive(Serialize, Clone, Debug)]
struct Facts {
    operations: u64,
    /// Bits of the device's word.
    word: u32,
    configuration: String,
    /// The device's pool.
    pool: Option<u64>,
}

#[derive(Serialize, Debug)]
#[serde(untagged)]
enum TraceResult {
    Checked(Checked),
    /// It could not be measured: why.
    Trouble {
        trouble: String,
    },
}

impl TraceReport {
    fn is_within(&self) -> bool {
        matches!(&self.result, TraceResult::Checked(checked) if checked.within)
    }

    fn is_trouble(&self) -> bool {
        matches!(self.result, TraceResult::Trouble { .. })
    }
}

/// Measures, compares, and reports.
///
/// # Errors
/// The settings or the baseline can't be read, or a report can't be written.
pub(crate) fn run(args: &Budget) -> Result<u8> {
    let settings = Settings::open(&args.file)?;
    let name = args.file.display();
    let baseline = match &settings.baseline {
        Some(path) if args.update => Some(Baseline::open_to_replace(path)?),
        Some(path) => Some(Baseline::open(path)?.with_context(|| {
            format!(
                "there is no baseline {} yet: litepool budget {name} --update writes it",
                path.display()
            )
        })?),
        None => None,
    };
    if args.update && baseline.is_none() {
        anyhow::bail!(
            "{name} names no baseline to write: begin it with baseline = \"litepool.baseline.toml\""
        );
    }
    let traces = settings.traces.iter();
    let traces = traces.flat_map(|trace| [&trace.file].into_iter().chain(&trace.of.elf));
    let settled = [&args.file].into_iter().chain(&settings.baseline);
    let read: Vec<&Path> = traces.chain(settled).map(PathBuf::as_path).collect();
    for output in [&args.markdown, &args.junit].into_iter().flatten() {
        ensure_apart(output, read.iter().copied())?;
    }
    let mut repository = Repository::of(&args.file, &settings.sources);
    let mut measured = measure_all(&settings);
    let learned = place(&mut measured, &mut repository);
    let mut report = Report::new(&settings, &measured, &args.file, &repository, {
        match &baseline {
            None => Against::Limits,
            Some(baseline) if args.update => Against::Replaced(baseline),
            Some(baseline) => Against::Baseline(baseline),
        }
    });
    report.notes.extend(learned);
    if let (true, Some(path)) = (args.update, &settings.baseline) {
        report.updated = update(&settings, &measured, path, &report.settings)?;
    }
    report.write(args)?;
    Ok(report.answer())
}

fn measure_all(settings: &Settings) -> Vec<Result<Measured>> {
    let all = settings.baseline.is_some();
    let traces = &settings.traces;
    let progress = Progress::new("Measuring traces", traces.len() as u64 * measure::STEPS);
    let traces = traces.iter().zip(1..);
    let measured = traces.map(|(trace, number)| {
        let measured = measure::measure(trace, all, &progress);
        progress.reach(number * measure::STEPS);
        measured
    });
    measured.collect()
}

/// Finds the call sites in the repository. What is not in it has no place. Says so if the sources
/// were compiled elsewhere.
fn place(measured: &mut [Result<Measured>], repository: &mut Repository) -> Option<String> {
    let held = measured.iter().flatten().map(|measured| &measured.held);
    let places = held.flat_map(|held| held.sites.values().filter_map(|site| site.place.as_ref()));
    let learned = repository.learn(places.map(|place| place.file.as_str()));
    let note = learned.map(|directory| {
        format!(
            "sources in {directory} are taken for the repository's; sources = \"…\" in the settings \
             names another directory"
        )
    });
    let held = measured
        .iter_mut()
        .flatten()
        .map(|measured| &mut measured.held);
    for site in held.flat_map(|held| held.sites.values_mut()) {
        site.place = site.place.take().and_then(|place| {
            let file = repository.path(&place.file)?;
            Some(SourceLine { file, ..place })
        });
    }
    note
}

/// Writes the baseline, if all traces could be measured. Says whether it did.
///
/// # Errors
/// It can't be written.
fn update(
    settings: &Settings,
    measured: &[Result<Measured>],
    path: &Path,
    name: &str,
) -> Result<bool> {
    let mut traces = BTreeMap::new();
    for (trace, measured) in settings.traces.iter().zip(measured) {
        let Ok(measured) = measured else {
            return Ok(false);
        };
        traces.insert(trace.name.clone(), Entry::new(measured));
    }
    let name = Path::new(name)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    write_file(path, Baseline { traces }.text(&name).as_bytes())?;
    Ok(true)
}

impl Report {
    fn new(
        settings: &Settings,
        measured: &[Result<Measured>],
        file: &Path,
        repository: &Repository,
        against: Against<'_>,
    ) -> Self {
        let traces = settings.traces.iter().zip(measured);
        let traces: Vec<TraceReport> = traces
            .map(|(trace, measured)| TraceReport {
                path: repository.path_of(&trace.file),
                ..TraceReport::new(trace, measured, against)
            })
            .collect();
        let misnamed = misnamed::find(settings, measured);
        let within = misnamed.is_empty() && traces.iter().all(TraceReport::is_within);
        let mut notes = Vec::new();
        if let Against::Baseline(baseline) = against {
            let listed = |name: &&String| settings.traces.iter().any(|trace| trace.name == **name);
            let stale = baseline.traces.keys().filter(|name| !listed(name));
            notes.extend(stale.map(|name| {
                format!(
                    "the baseline has `{name}`, which is no trace any more: --update removes it"
                )
            }));
        }
        Self {
            settings: file.display().to_string(),
            settings_path: repository.path_of(file),
            baseline: settings
                .baseline
                .as_ref()
                .map(|path| path.display().to_string()),
            updated: false,
            within,
            traces,
            misnamed,
            notes,
        }
    }

    /// Writes all reports that are wanted.
    fn write(&self, args: &Budget) -> Result<()> {
        let mut is_printed = false;
        let outputs = [
            (&args.markdown, Self::markdown as fn(&Self) -> String),
            (&args.junit, Self::junit),
        ];
        for (path, make) in outputs {
            let Some(path) = path else { continue };
            let text = make(self);
            if path.as_os_str() == "-" {
                is_printed = true;
                print(&text)?;
            } else if is_summary(path) {
                append_file(path, text.as_bytes())?;
            } else {
                write_file(path, text.as_bytes())?;
            }
        }
        if args.json {
            is_printed = true;
            print_json(self)?;
        }
        if !is_printed {
            print(&self.text())?;
        }
        if env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
            // A runner reads commands from both, and standard output may be for another tool.
            say(self.annotations());
        }
        Ok(())
    }

    fn answer(&self) -> u8 {
        let is_trouble = self.traces.iter().any(TraceReport::is_trouble);
        match self.within {
            _ if is_trouble || !self.misnamed.is_empty() => TROUBLE,
            true => YES,
            false => NO,
        }
    }
}

/// Whether this is the file of a job's summary, which other steps write to as well.
fn is_summary(path: &Path) -> bool {
    env::var_os("GITHUB_STEP_SUMMARY").is_some_and(|summary| Path::new(&summary) == path)
}

impl TraceReport {
    fn new(trace: &TraceSettings, measured: &Result<Measured>, against: Against<'_>) -> Self {
        let mut report = Self {
            name: trace.name.clone(),
            file: trace.file.display().to_string(),
            path: String::new(),
            line: trace.line,
            facts: None,
            result: TraceResult::Trouble {
                trouble: String::new(),
            },
            notes: Vec::new(),
        };
        match measured {
            Err(error) => {
                report.result = TraceResult::Trouble {
                    trouble: with_causes(error),
                };
            }
            Ok(measured) => {
                report.facts = Some(Facts {
                    operations: measured.operations,
                    word: measured.conditions.word,
                    configuration: measured.conditions.configuration.clone(),
                    pool: measured.conditions.pool,
                });
                report.result = TraceResult::Checked(check::check(trace, measured, against));
                report.notes.clone_from(&measured.notes);
            }
        }
        report
    }
}
