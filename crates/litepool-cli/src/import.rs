//! `litepool import`: converts the text of another tool to a trace.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};

use anyhow::{Context, Result, bail};
use litepool_replay::bits;
use litepool_trace::{Copier, Event, EventKind, Format, Header, Writer};

use crate::YES;
use crate::args::Import;
use crate::input::{self, Reading, Source};
use crate::output::{NewFile, ensure_apart, say};
use crate::units::{count, counted};

/// Converts, and says what came of it.
///
/// # Errors
/// The text can't be read, there is no operation in it, or the trace can't be written: it does not
/// take the text's place.
pub(crate) fn run(args: &Import) -> Result<u8> {
    let how = Reading {
        format: args.format,
        again: true,
        until_loss: args.until_loss,
    };
    let mut operations = 0_u64;
    let mut source = input::read(&args.from, how, |event| {
        operations += u64::from(event.op().is_some());
        Ok(())
    })?;
    // What another tool wrote can't be made again of the trace.
    if source.format != Format::Litepool {
        ensure_apart(&args.output, [args.from.as_path()])?;
    }
    if operations == 0 {
        bail!("{}: there are no operations in it", source.name);
    }
    if let Some(word) = args.word {
        source.header.word = word.into();
    }
    if args.output.as_os_str() == "-" {
        let out = io::stdout().lock();
        if out.is_terminal() {
            bail!(
                "a trace is not for a terminal; name a file, or pipe it: litepool import FROM -o - | litepool size -"
            );
        }
        write(&source, out, "cannot write to standard output")?;
        return Ok(YES);
    }
    let cannot = format!("cannot write the trace {}", args.output.display());
    let mut file = NewFile::create(&args.output)?;
    write(&source, BufWriter::new(&mut file), &cannot)?;
    file.finish()?;
    let length = fs::metadata(&args.output).map_or(0, |file| file.len());
    say(format_args!(
        "Imported {}: {} of a {}-bit program.\nWrote {} ({} bytes).",
        source.name,
        counted(operations, "operation"),
        bits(source.header.word),
        args.output.display(),
        count(length)
    ));
    Ok(YES)
}

/// Writes the trace.
fn write(source: &Source, out: impl Write, cannot: &str) -> Result<()> {
    let header: &Header = &source.header;
    let mut writer = Writer::new(out, header).with_context(|| cannot.to_owned())?;
    let mut copier = Copier::new();
    let (mut thread, mut time) = (0, 0);
    let interned = source.again(|event, interned| {
        copier
            .event(event, interned, &mut writer)
            .with_context(|| cannot.to_owned())?;
        (thread, time) = (event.thread, event.time);
        Ok(true)
    })?;
    // What is taken up to a loss still says that there was one.
    if let Some(lost) = source.lost {
        let gap = Event {
            thread,
            time,
            ..Event::from(EventKind::Gap { lost })
        };
        writer.event(&gap).with_context(|| cannot.to_owned())?;
    }
    copier
        .finish(&interned, &mut writer)
        .with_context(|| cannot.to_owned())?;
    let mut out = writer.finish().with_context(|| cannot.to_owned())?;
    out.flush().with_context(|| cannot.to_owned())
}
