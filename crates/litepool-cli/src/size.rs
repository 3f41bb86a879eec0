//! `litepool size`: the smallest pool for each configuration, and a recommendation.

use anyhow::{Result, bail};
use litepool_replay::{Configuration, Memory, Sampler, bits};
use serde::Serialize;

use crate::args::{Language, Size};
use crate::code::{self, NotInC, Replayed};
use crate::output::{TraceFacts, print, print_json, word_note};
use crate::progress::Progress;
use crate::{NO, YES};
use bounds::Bounds;
use emit::Ready;
use find::Found;
use left_out::LeftOut;
use recommend::{Recommendation, recommend};
use runs::{Needs, Runs};
use waste::{Waste, waste};
use workload::Workload;

mod affordable;
mod bounds;
mod emit;
mod find;
mod left_out;
mod reasons;
mod recommend;
mod runs;
mod text;
mod waste;
mod workload;

#[derive(Serialize, Debug)]
struct Report {
    traces: Vec<TraceFacts>,
    /// All of them at the same time, if that was asked for.
    overlaid: Option<TraceFacts>,
    word: u32,
    configurations: Vec<Line>,
    left_out: Option<LeftOut>,
    perturbed: Runs,
    recommendation: Option<Recommendation>,
    waste: Option<Waste>,
    bounds: Option<Bounds>,
    emitted: Emitted,
}

/// The recommendation as code.
#[derive(Serialize, Default, Debug)]
struct Emitted {
    rust: Option<String>,
    /// Of the configuration that needs least of those that the C library has switches for.
    c: Option<String>,
    /// Why there is no C, though there is Rust.
    #[serde(skip)]
    not_in_c: Option<NotInC>,
    /// What the code in C is of, if it is not the recommendation.
    #[serde(skip)]
    other_in_c: Option<Recommendation>,
}

/// What was found for one configuration. Sizes in bytes.
#[derive(Serialize, Debug)]
struct Line {
    name: &'static str,
    granule: usize,
    /// The largest pool of this configuration.
    largest_pool: usize,
    /// How long a request takes beside tlsf; null if that is not measured.
    time_beside_tlsf: Option<f64>,
    /// What was found; null if the trace completes in no pool.
    found: Option<Found>,
    /// What the perturbed runs need; null if there were none for it.
    needs: Option<Needs>,
    /// Is it put beside the recommended one?
    #[serde(skip)]
    is_beside: bool,
}

impl Line {
    /// What the recording and all perturbed runs need.
    fn survives(&self) -> Option<usize> {
        let recorded = self.found?.smallest;
        match &self.needs {
            Some(needs) => Some(needs.most?.max(recorded)),
            None => Some(recorded),
        }
    }
}

/// Finds and prints the sizes.
///
/// # Errors
/// A trace can't be read, or standard output not written.
pub(crate) fn run(args: &Size) -> Result<u8> {
    let workload = Workload::read(args)?;
    let report = Report::new(args, &workload);
    match args.emit {
        None if args.json => print_json(&report)?,
        None => {
            let note = workload
                .recorded
                .and_then(|recorded| word_note(recorded, workload.word));
            print(&report.text(note.as_deref()))?;
        }
        Some(language) => print(report.code(language)?)?,
    }
    Ok(if report.recommendation.is_some() {
        YES
    } else {
        NO
    })
}

impl Report {
    fn new(args: &Size, workload: &Workload) -> Self {
        let runs = args
            .runs
            .unwrap_or_else(|| affordable::runs(workload.operations()));
        let runs = Runs::new(workload, runs, args.seed, args.jitter);
        let mut lines = lines(workload, &runs);
        let recommendation = recommend(workload, &lines, &runs, args.margin);
        for (line, configuration) in lines.iter_mut().zip(&workload.configurations) {
            line.is_beside = line.found.is_some()
                && (recommendation.as_ref())
                    .is_some_and(|choice| reasons::are_beside(choice.configuration, configuration));
        }
        let waste = recommendation.as_ref().and_then(|choice| {
            let trace = workload.heaviest()?;
            let configuration = named(workload, choice.configuration)?;
            waste(&trace.whole, configuration, workload.placement, choice.pool)
        });
        let bounds = recommendation.as_ref().and_then(|choice| {
            let largest = waste.as_ref()?.largest_request;
            worst_case(workload, choice, largest)
        });
        let emitted = emitted(args, workload, &lines, &runs, recommendation.as_ref());
        Self {
            traces: workload.files.clone(),
            overlaid: args.overlay.then(|| workload.traces[0].facts.clone()),
            word: bits(workload.word),
            configurations: lines,
            left_out: LeftOut::of(workload),
            perturbed: runs,
            recommendation,
            waste,
            bounds,
            emitted,
        }
    }

    /// The recommendation in this language.
    ///
    /// # Errors
    /// There is none.
    fn code(&self, language: Language) -> Result<&str> {
        let code = match language {
            Language::Rust => &self.emitted.rust,
            Language::C => &self.emitted.c,
        };
        match (code, self.emitted.not_in_c) {
            (Some(code), _) => Ok(code),
            (None, Some(not_in_c)) => bail!("there is no C for it: {}", not_in_c.why()),
            (None, None) => bail!("no pool of these configurations serves the trace"),
        }
    }
}

/// All configurations, with what was found.
fn lines(workload: &Workload, runs: &Runs) -> Vec<Line> {
    let progress = Progress::new("Trying pool sizes", find::replays(workload));
    let found = find::all(workload, &progress);
    let both = workload.configurations.iter().zip(&found);
    let recorded: Vec<(&Configuration, usize)> = both
        .filter_map(|(configuration, found)| Some((configuration, (*found)?.smallest)))
        .collect();
    let candidates = affordable::candidates(workload.are_named, &recorded);
    let of_runs = runs.replays(candidates.len(), workload.traces.len());
    progress.expect_in_all(find::replays(workload) + of_runs);
    let mut needs = match runs.runs {
        0 => Vec::new(),
        _ => runs.needs(workload, &candidates, &progress),
    }
    .into_iter()
    .zip(&candidates)
    .map(|(needs, (configuration, _))| (configuration.name, needs))
    .collect::<Vec<_>>();
    let lines = workload.configurations.iter().zip(found);
    lines
        .map(|(configuration, found)| Line {
            name: configuration.name,
            granule: configuration.granule,
            largest_pool: configuration.largest(),
            time_beside_tlsf: reasons::time_beside_tlsf(configuration.name),
            found,
            needs: (needs
                .iter()
                .position(|(name, _)| *name == configuration.name))
            .map(|index| needs.swap_remove(index).1),
            is_beside: false,
        })
        .collect()
}

fn named<'w>(workload: &'w Workload, name: &str) -> Option<&'w Configuration> {
    let mut configurations = workload.configurations.iter();
    configurations.find(|configuration| configuration.name == name)
}

/// The bounds for the algorithm of the recommended configuration: for blocks, without a slab.
fn worst_case(workload: &Workload, choice: &Recommendation, largest: u64) -> Option<Bounds> {
    let plain = litepool_replay::configurations(workload.word)
        .find(|configuration| configuration.name == code::fit(choice.configuration))?;
    let pool = (choice.pool.saturating_mul(2)).min(plain.largest());
    let trace = &workload.heaviest()?.whole;
    let mut memory = Memory::new(pool, workload.placement).ok()?;
    let mut sampler = Sampler::new(trace.slots, trace.ops.len(), 1);
    trace.replay(&plain, &mut memory, usize::MAX, Some(&mut sampler));
    let in_blocks = sampler.finish().peak_used;
    let block = |request| plain.block_bytes(pool, request);
    Some(Bounds::new(
        in_blocks as u64,
        block(1)? as u64,
        block(largest)? as u64,
    ))
}

/// The recommendation as code.
fn emitted(
    args: &Size,
    workload: &Workload,
    lines: &[Line],
    runs: &Runs,
    recommendation: Option<&Recommendation>,
) -> Emitted {
    let Some(choice) = recommendation else {
        return Emitted::default();
    };
    let files: Vec<&str> = workload
        .files
        .iter()
        .map(|file| file.file.as_str())
        .collect();
    let files = files.join(" ");
    let ready = |choice: &Recommendation| {
        Some(Ready {
            replayed: Replayed {
                configuration: *named(workload, choice.configuration)?,
                max_size: args.device.max_size,
            },
            pool: choice.pool,
            files: &files,
        })
    };
    let in_c = |choice: &Recommendation| ready(choice).map(|ready| ready.c());
    let mut other_in_c = None;
    let mut c = in_c(choice);
    if c == Some(Err(NotInC::Slab)) {
        let switched = |line: &&Line| {
            let configuration = named(workload, line.name);
            configuration.is_some_and(code::has_switches)
        };
        let lines: Vec<&Line> = lines.iter().filter(switched).collect();
        other_in_c = recommend(workload, lines, runs, args.margin);
        c = other_in_c.as_ref().and_then(in_c).or(c);
    }
    let (c, not_in_c) = match c {
        Some(Ok(c)) => (Some(c), None),
        Some(Err(not_in_c)) => (None, Some(not_in_c)),
        None => (None, None),
    };
    Emitted {
        rust: ready(choice).map(|ready| ready.rust()),
        c,
        not_in_c,
        other_in_c,
    }
}
