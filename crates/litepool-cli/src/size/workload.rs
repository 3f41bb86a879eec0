//! What a size is found for: the traces, the device, the configurations.

use anyhow::{Context, Result, bail, ensure};
use litepool_replay::search::Trial;
use litepool_replay::{Circumstances, Configuration, Part, Placement, bits, overlay};
use litepool_trace::WordSize;

use super::affordable;
use crate::args::{Device, Input, Size};
use crate::job::Job;
use crate::output::TraceFacts;

/// The traces, made ready to be replayed for a device.
pub(super) struct Workload {
    /// Each is a run of the program. A single one if they are overlaid.
    pub(super) traces: Vec<Recorded>,
    /// What was read, file by file.
    pub(super) files: Vec<TraceFacts>,
    /// The word size that they were recorded with; `None` if it is not the same.
    pub(super) recorded: Option<WordSize>,
    pub(super) word: WordSize,
    pub(super) placement: Placement,
    /// Were the configurations named?
    pub(super) are_named: bool,
    /// The configurations that are tried.
    pub(super) configurations: Vec<Configuration>,
    /// Those that would have been tried if it did not take so long.
    pub(super) left_out: Vec<Configuration>,
}

/// One trace.
pub(super) struct Recorded {
    pub(super) facts: TraceFacts,
    pub(super) whole: Part,
    /// `None` if there are to be no perturbed runs.
    pub(super) circumstances: Option<Circumstances>,
}

impl Workload {
    /// Reads the traces.
    ///
    /// # Errors
    /// As [`Job::prepare`]; traces of several word sizes, and no `--word`.
    pub(super) fn read(args: &Size) -> Result<Self> {
        let keep = affordable::circumstances(args);
        let device = Device {
            config: match args.device.config.as_slice() {
                [] => vec!["all".into()],
                named => named.to_vec(),
            },
            ..args.device
        };
        let standard_inputs = args.files.iter().filter(|file| file.as_os_str() == "-");
        ensure!(
            standard_inputs.count() <= 1,
            "standard input is one trace: give the others as files"
        );
        let mut recorded_words = Vec::new();
        let (mut word, mut configurations) = (WordSize::HOST, Vec::new());
        let mut traces = Vec::new();
        for file in &args.files {
            let input = Input {
                file: file.clone(),
                format: args.format,
            };
            let (mut job, circumstances) = Job::with_circumstances(&input, &device, keep)?;
            recorded_words.push(job.recorded);
            word = job.word;
            configurations = std::mem::take(&mut job.configurations);
            let facts = job.facts.clone();
            let whole = job.into_whole().context("the trace was not kept")?;
            traces.push(Recorded {
                facts,
                whole,
                circumstances,
            });
        }
        recorded_words.dedup();
        if let ([first, other, ..], None) = (recorded_words.as_slice(), args.device.word) {
            bail!(
                "the traces were recorded with {} and {} bits: say with --word which the device has",
                bits(*first),
                bits(*other)
            );
        }
        let files = traces.iter().map(|trace| trace.facts.clone()).collect();
        if args.overlay {
            traces = vec![overlaid(&traces)];
        }
        let largest_align = traces.iter().map(|trace| trace.whole.largest_align).max();
        let mut workload = Self {
            files,
            recorded: match recorded_words.as_slice() {
                [one] => Some(*one),
                _ => None,
            },
            word,
            placement: Placement::like(args.device.base_modulo, largest_align.unwrap_or(0)),
            are_named: !args.device.config.is_empty(),
            configurations: Vec::new(),
            left_out: Vec::new(),
            traces,
        };
        let are_named = workload.are_named;
        let (operations, objects) = (workload.operations(), workload.objects());
        (workload.configurations, workload.left_out) =
            configurations.into_iter().partition(|configuration| {
                are_named || affordable::is_quick(configuration, operations, objects)
            });
        Ok(workload)
    }

    /// Operations in all.
    pub(super) fn operations(&self) -> u64 {
        let operations = |trace: &Recorded| trace.whole.ops.len() as u64;
        self.traces.iter().map(operations).sum()
    }

    /// The most objects that are live at a time in one of the traces.
    pub(super) fn objects(&self) -> u64 {
        let objects = |trace: &Recorded| trace.whole.slots as u64;
        self.traces.iter().map(objects).max().unwrap_or(0)
    }

    /// The trace that has most live bytes.
    pub(super) fn heaviest(&self) -> Option<&Recorded> {
        self.traces.iter().max_by_key(|trace| trace.whole.live_peak)
    }

    /// The most requested bytes that are live at a time.
    pub(super) fn live_peak(&self) -> u64 {
        self.heaviest().map_or(0, |trace| trace.facts.live_peak)
    }

    /// Does each trace complete in a pool of so many bytes?
    pub(super) fn completes(&self, configuration: &Configuration, size: usize) -> bool {
        self.traces.iter().all(|trace| {
            let trial = trace
                .whole
                .attempt(configuration, self.placement, size, u64::MAX);
            trial == Trial::Completes
        })
    }
}

/// All of them as one.
fn overlaid(traces: &[Recorded]) -> Recorded {
    let none = Circumstances::default();
    let voices: Vec<(&Part, &Circumstances)> = traces
        .iter()
        .map(|trace| (&trace.whole, trace.circumstances.as_ref().unwrap_or(&none)))
        .collect();
    let (whole, circumstances) = overlay(&voices);
    let join = |text: fn(&TraceFacts) -> &str| {
        let texts: Vec<&str> = traces.iter().map(|trace| text(&trace.facts)).collect();
        texts.join(" + ")
    };
    let facts = TraceFacts {
        file: join(|facts| &facts.file),
        program: join(|facts| &facts.program),
        word: traces.first().map_or(0, |trace| trace.facts.word),
        operations: whole.ops.len() as u64,
        live_peak: whole.live_peak,
    };
    Recorded {
        facts,
        whole,
        circumstances: Some(circumstances),
    }
}
