//! The command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::machine::Machine;
use crate::results::Results;
use crate::roster::Entry;
use crate::subjects::{self, REFERENCE};
use crate::tables::flatness::{self, Group};
use crate::tables::{self, Style};
use crate::workload::Origin;
use crate::{faults, guard, memory, report, scale, slabs, time, workload, worst};

/// Measures litepool and its peers on the same work, in one run.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Nanoseconds per operation, and the ratio to talc
    Time(Options),
    /// The smallest pool in which each trace completes
    Memory(Options),
    /// Instructions of single operations: mean and maximum
    Worst(Options),
    /// The slab on and off, on the same long churn
    Slab(Options),
    /// Nanoseconds per operation as more blocks are live, and as the pool is larger
    Scale(Options),
    /// All of these
    All(Options),
    /// Fails if an operation takes more instructions than the kept figures say; quick, and independent of other load
    Guard {
        /// The kept figures
        #[arg(long, value_name = "FILE", default_value = "bench/guard.json")]
        baseline: PathBuf,
        /// Keep the figures of this build instead
        #[arg(long)]
        update: bool,
    },
    /// Flips every bit of a pool, one at a time, uses the pool, and counts what is found and what does harm
    Faults {
        /// Only these configurations: parts of their names, separated by commas
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        only: Vec<String>,
        /// A sample of the flips
        #[arg(long)]
        quick: bool,
        /// Where each harm comes from, too
        #[arg(long)]
        details: bool,
        /// Tables in Markdown
        #[arg(long)]
        markdown: bool,
        /// Write the figures to this file too; "-" writes them to standard output, without tables
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// The process that `faults` starts for the flips, and that they may end
    #[command(name = faults::WORKER, hide = true)]
    FaultsWorker {
        configuration: usize,
        first: usize,
        stride: usize,
    },
    /// All of it, written as a page of Markdown
    Report {
        #[command(flatten)]
        options: Options,
        /// Where the page goes
        #[arg(long, value_name = "FILE", default_value = "docs/bench.md")]
        output: PathBuf,
        /// Render this earlier run instead of measuring
        #[arg(long, value_name = "JSON")]
        from: Option<PathBuf>,
        /// A 32-bit build of this program, run for the peers' 32-bit memory figures
        #[arg(long, value_name = "PROGRAM")]
        narrow: Option<PathBuf>,
    },
}

#[derive(Args, Clone)]
struct Options {
    /// Directory with recorded traces (*.lpt)
    #[arg(long, value_name = "DIR", default_value = "traces")]
    traces: PathBuf,
    /// Only these allocators: parts of their names, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// Only these traces: parts of their names, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    on: Vec<String>,
    /// Fewer rounds and operations
    #[arg(long)]
    quick: bool,
    /// Rounds of the time measurement
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Tables in Markdown
    #[arg(long)]
    markdown: bool,
    /// Write the figures to this file too; "-" writes them to standard output, without tables
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What to measure.
#[derive(Clone, Copy)]
struct Parts {
    time: bool,
    memory: bool,
    worst: bool,
    slabs: bool,
    scale: bool,
}

const ALL: Parts = Parts {
    time: true,
    memory: true,
    worst: true,
    slabs: true,
    scale: true,
};
const NONE: Parts = Parts {
    time: false,
    memory: false,
    worst: false,
    slabs: false,
    scale: false,
};

/// Does what the command line says.
///
/// # Errors
/// A trace can't be read, a file not written, or nothing is left to measure.
pub fn run(cli: Cli) -> Result<()> {
    let (options, parts) = match cli.command {
        Command::Time(options) => (options, Parts { time: true, ..NONE }),
        Command::Memory(options) => (
            options,
            Parts {
                memory: true,
                ..NONE
            },
        ),
        Command::Worst(options) => (
            options,
            Parts {
                worst: true,
                ..NONE
            },
        ),
        Command::Slab(options) => (
            options,
            Parts {
                slabs: true,
                ..NONE
            },
        ),
        Command::Scale(options) => (
            options,
            Parts {
                scale: true,
                ..NONE
            },
        ),
        Command::All(options) => (options, ALL),
        Command::Guard { baseline, update } => return guard::run(&baseline, update),
        Command::Faults {
            only,
            quick,
            details,
            markdown,
            json,
        } => {
            let progress = bar(0)?;
            let rows = faults::measure(&only, quick, &progress)?;
            progress.finish_and_clear();
            if json.as_deref() != Some(Path::new("-")) {
                print_faults(&rows, details, Style::of(markdown));
            }
            return write_json(json.as_deref(), &rows);
        }
        Command::FaultsWorker {
            configuration,
            first,
            stride,
        } => return faults::worker::run(configuration, first, stride),
        Command::Report {
            options,
            output,
            from,
            narrow,
        } => {
            let results = match from {
                Some(path) => serde_json::from_slice(&read(&path)?)
                    .with_context(|| path.display().to_string())?,
                None => measure_all(&options, narrow.as_deref())?,
            };
            write_json(options.json.as_deref(), &results)?;
            report::pictures(&results, output.parent().unwrap_or(Path::new(".")))?;
            return write(&output, report::page(&results).as_bytes());
        }
    };
    let results = measure(&options, parts)?;
    if options.json.as_deref() != Some(Path::new("-")) {
        print(&results, parts, Style::of(options.markdown));
    }
    write_json(options.json.as_deref(), &results)
}

/// Measures all, the 32-bit layouts of the peers included if there is a program for them.
fn measure_all(options: &Options, narrow: Option<&Path>) -> Result<Results> {
    let mut results = measure(options, ALL)?;
    if let Some(program) = narrow {
        let theirs = run_narrow(program, options)?;
        ensure!(
            theirs.works == results.works,
            "{}: it knows other traces than this build",
            program.display()
        );
        results.memory32 = theirs.memory;
    }
    Ok(results)
}

/// Runs the 32-bit build.
fn run_narrow(program: &Path, options: &Options) -> Result<Results> {
    let mut command = Process::new(program);
    command
        .args(["memory", "--json", "-", "--traces"])
        .arg(&options.traces)
        .stderr(Stdio::inherit());
    for (flag, names) in [("--only", &options.only), ("--on", &options.on)] {
        if !names.is_empty() {
            command.args([flag, &names.join(",")]);
        }
    }
    let output = command
        .output()
        .with_context(|| program.display().to_string())?;
    ensure!(
        output.status.success(),
        "{}: {}",
        program.display(),
        output.status
    );
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{}: not the bench", program.display()))
}

fn measure(options: &Options, parts: Parts) -> Result<Results> {
    let entries = chosen(&options.only)?;
    let works = workload::collect(&options.traces, &options.on)?;
    let mut effort = if options.quick {
        time::Effort::QUICK
    } else {
        time::Effort::FULL
    };
    effort.rounds = options.rounds.unwrap_or(effort.rounds).max(1);
    let plan = if options.quick {
        worst::Plan::quick()
    } else {
        worst::Plan::full()
    };

    let length = u64::from(parts.time) * time::ticks(works.len(), effort)
        + u64::from(parts.memory) * memory::ticks(&entries, works.len())
        + u64::from(parts.worst) * worst::ticks(&entries, &plan)
        + u64::from(parts.slabs) * slabs::ticks(effort.rounds)
        + u64::from(parts.scale) * scale::ticks(options.quick, effort);
    let progress = bar(length)?;
    let results = Results {
        machine: Machine::look(&entries),
        works: works.iter().map(|work| work.summary.clone()).collect(),
        effort,
        time: if parts.time {
            time::measure(&entries, &works, effort, &progress)?
        } else {
            Vec::new()
        },
        memory: if parts.memory {
            memory::measure(&entries, &works, &progress)?
        } else {
            Vec::new()
        },
        memory32: Vec::new(),
        worst: if parts.worst {
            worst::run(&entries, &plan, &progress)?
        } else {
            Vec::new()
        },
        slabs: if parts.slabs {
            slabs::measure(options.quick, effort.rounds, &progress)?
        } else {
            Vec::new()
        },
        scale: if parts.scale {
            scale::measure(&entries, options.quick, effort, &progress)?
        } else {
            Vec::new()
        },
        plan,
    };
    progress.finish_and_clear();
    Ok(results)
}

/// A progress bar of so many steps.
fn bar(length: u64) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}")
        .context("the progress bar's template")?;
    Ok(ProgressBar::new(length).with_style(style))
}

/// The allocators whose names contain one of the given parts. The reference is always among them.
fn chosen(only: &[String]) -> Result<Vec<Entry>> {
    let wanted = |entry: &Entry| {
        only.is_empty() || only.iter().any(|part| entry.name.contains(part.as_str()))
    };
    let all = subjects::all();
    if !all.iter().any(wanted) {
        let names: Vec<&str> = all.iter().map(|entry| entry.name).collect();
        bail!("no allocator is named so; there are: {}", names.join(", "));
    }
    Ok(all
        .into_iter()
        .filter(|entry| entry.name == REFERENCE || wanted(entry))
        .collect())
}

fn print(results: &Results, parts: Parts, style: Style) {
    if parts.time || parts.memory {
        println!("{}", tables::works(style, &results.works));
    }
    for untuned in [false, true] {
        let results = results.on(|work| (work.origin == Origin::Untuned) == untuned);
        if untuned && !results.works.is_empty() && (parts.time || parts.memory) {
            println!("\nTraces that nothing was tuned on");
        }
        if parts.time && !results.works.is_empty() {
            println!(
                "\n{}\n\n{}",
                tables::time_ratios(style, &results),
                tables::time_ns(style, &results)
            );
        }
        if parts.memory && !results.works.is_empty() {
            println!(
                "\n{}",
                tables::memory(style, &results.memory, &results.works)
            );
        }
    }
    if parts.worst {
        println!(
            "\n{}\n\n{}",
            tables::worst(style, results),
            tables::lists(style, results)
        );
        for group in Group::ALL {
            println!(
                "\n{}\n\n{}\n\n{}",
                group.heading(),
                flatness::operations(style, &results.worst, &results.plan.scales, group),
                flatness::scenarios(style, &results.worst, &results.plan.scales, group)
            );
        }
    }
    if parts.slabs {
        println!("\n{}", tables::slabs(style, results));
    }
    for sweep in &results.scale {
        println!("\n{}", tables::scale(style, sweep));
    }
}

fn print_faults(rows: &[faults::Row], details: bool, style: Style) {
    println!(
        "{}\n\n{}",
        faults::tables::overview(style, rows),
        faults::tables::places(style, rows)
    );
    if details {
        println!(
            "\n{}\n\n{}",
            faults::tables::harms(style, rows),
            faults::tables::unseen(style, rows)
        );
    }
}

fn write_json(path: Option<&Path>, results: &impl Serialize) -> Result<()> {
    let Some(path) = path else {
        return Ok(());
    };
    let text = serde_json::to_string_pretty(results)? + "\n";
    if path == Path::new("-") {
        print!("{text}");
        return Ok(());
    }
    write(path, text.as_bytes())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| path.display().to_string())
}
