//! `litepool export`: converts a trace to the format of a viewer.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Error, Result, bail, ensure};
use litepool_export::{About, Format, Names, Options, PoolUsage, gzip, massif_snapshots};
use litepool_trace::{Profile, Profiler};

use crate::YES;
use crate::args::{Device, Export};
use crate::input::{self, Reading, Source};
use crate::naming::Naming;
use crate::output::{NewFile, ensure_apart, note, say};
use crate::progress::Progress;
use crate::replay::stats_at;
use crate::snapshot::name_threads;
use crate::units::{count, counted};

/// Converts, and says what came of it.
///
/// # Errors
/// The trace can't be read, the format is not known, or the output can't be written.
pub(crate) fn run(args: &Export) -> Result<u8> {
    let format = format(args)?;
    ensure!(
        args.bytes.is_none()
            || matches!(format, Format::Folded | Format::Pprof | Format::Speedscope),
        "--bytes goes with folded, pprof and speedscope: {format} has no choice of them"
    );
    let inputs = [args.input.file.as_path()];
    ensure_apart(&args.output, inputs.into_iter().chain(args.elf.as_deref()))?;
    let mut profiler = Profiler::new();
    let how = Reading {
        format: args.input.format,
        again: true,
        ..Reading::default()
    };
    let mut source = input::read(&args.input.file, how, |event| {
        profiler.event(event);
        Ok(())
    })?;
    let profile = profiler.finish();
    if profile.operations == 0 {
        bail!("{}: there are no operations in it", source.name);
    }
    let mut names = names(&mut source, args, &profile)?;
    let pool = pool(args, format, &profile)?;
    let export = Work {
        format,
        options: Options {
            task_root: args.task_root,
            bytes: args.bytes,
        },
        source: &source,
        profile: &profile,
        pool: pool.as_ref(),
    };
    if args.output.as_os_str() == "-" {
        export.to_stdout(&mut names)?;
    } else {
        export.to_file(&args.output, &mut names)?;
    }
    for line in names.notes() {
        note(line);
    }
    Ok(YES)
}

/// The format that is asked for, or that the output's name tells.
fn format(args: &Export) -> Result<Format> {
    if let Some(format) = args.to.or_else(|| Format::of_path(&args.output)) {
        return Ok(format);
    }
    let known = Format::ALL.map(Format::name).join(", ");
    bail!(
        "{} does not tell which format to write; name it: --to FORMAT, one of {known}",
        args.output.display()
    );
}

/// The names of what the trace mentions by number.
fn names(source: &mut Source, args: &Export, profile: &Profile) -> Result<Names> {
    let interned = &mut source.interned;
    name_threads(&mut interned.threads, &args.tasks);
    let mut naming = Naming::of_trace(interned);
    if let Some(firmware) = &args.elf {
        naming = naming.with_firmware(firmware)?;
    }
    let threads = u32::try_from(profile.threads)?;
    let (threads, resolver) = naming.into_parts(interned, threads);
    Ok(Names::new(resolver, threads, interned.pools.clone()))
}

/// What a pool had in use while the trace was replayed in it.
struct InPool {
    name: String,
    in_use: Vec<u64>,
}

/// The replay in a pool, if one is asked for.
fn pool(args: &Export, format: Format, profile: &Profile) -> Result<Option<InPool>> {
    if args.pool.is_none() && args.config.is_none() && args.word.is_none() {
        return Ok(None);
    }
    ensure!(
        format == Format::Massif,
        "--pool, --config and --word go with massif: no other format has what the allocator adds"
    );
    ensure!(
        args.input.file.as_os_str() != "-",
        "a trace that is replayed is read more than once: give it as a file"
    );
    let device = Device {
        word: args.word,
        base_modulo: 0,
        config: vec![args.config.clone().unwrap_or_else(|| "tlsf".into())],
        max_size: None,
    };
    let moments = massif_snapshots(profile);
    let pool = stats_at(&args.input, &device, args.pool, moments)?;
    let in_use = pool.stats.iter().map(|stats| stats.size - stats.free);
    Ok(Some(InPool {
        name: format!("{} in {} bytes", pool.configuration, count(pool.size)),
        in_use: in_use.map(|bytes| bytes as u64).collect(),
    }))
}

/// Bytes that are written, or compressed, at a time.
const BUFFER: usize = 1 << 16;

/// What is to be written, and of what.
struct Work<'w> {
    format: Format,
    options: Options,
    source: &'w Source,
    profile: &'w Profile,
    pool: Option<&'w InPool>,
}

impl Work<'_> {
    fn to_stdout(&self, names: &mut Names) -> Result<()> {
        let mut out = io::stdout().lock();
        if out.is_terminal() && self.format.is_binary() {
            bail!("this is not for a terminal; name a file, or pipe it");
        }
        match self.write(&mut out, names, "cannot write to standard output") {
            // Whoever reads it has seen enough.
            Err(error) if is_broken_pipe(&error) => Ok(()),
            result => result,
        }
    }

    fn to_file(&self, path: &Path, names: &mut Names) -> Result<()> {
        let cannot = &format!("cannot write {}", path.display());
        let mut file = NewFile::create(path)?;
        let packs = path.extension().is_some_and(|extension| extension == "gz");
        if packs && !self.format.is_binary() {
            let mut packed = gzip(&mut file);
            self.write(&mut packed, names, cannot)?;
            packed.finish().with_context(|| cannot.clone())?;
        } else {
            self.write(&mut file, names, cannot)?;
        }
        file.finish()?;
        let bytes = fs::metadata(path).map_or(0, |file| file.len());
        say(format_args!(
            "Exported {}: {}.\nWrote {} ({} bytes).",
            self.source.name,
            counted(self.profile.operations, "operation"),
            path.display(),
            count(bytes)
        ));
        Ok(())
    }

    /// Reads the trace again, and writes. `cannot`: what to say if that can't be done.
    fn write(&self, out: &mut dyn Write, names: &mut Names, cannot: &str) -> Result<()> {
        let cannot = || cannot.to_owned();
        let about = About {
            program: &self.source.header.program,
            profile: self.profile,
            pool: self.pool.map(|pool| PoolUsage {
                name: &pool.name,
                in_use: &pool.in_use,
            }),
        };
        let progress = Progress::new("exporting", self.profile.operations);
        let mut out = BufWriter::with_capacity(BUFFER, out);
        let export = self.format.export(&mut out, about, self.options);
        let mut export = export.with_context(cannot)?;
        let mut since = 0;
        let interned = self.source.again(|event, interned| {
            let written = export.event(event, interned, names);
            written.with_context(cannot)?;
            since += u64::from(event.op().is_some());
            if since == 1 << 14 {
                progress.advance(since);
                since = 0;
            }
            Ok(true)
        })?;
        export.finish(&interned, names).with_context(cannot)?;
        drop(export);
        out.flush().with_context(cannot)
    }
}

fn is_broken_pipe(error: &Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
