//! Converts the raw logs of a recording to traces: `convert RAW OUT.lpt` takes the last program of the process that was
//! started, `convert RAW OUT.lpt PID` that of another process.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use litepool_trace::Writer;
use litepool_trace::recording::Recording;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (raw, out, pid) = match arguments.as_slice() {
        [raw, out] => (raw, out, None),
        [raw, out, pid] => (raw, out, Some(pid.parse()?)),
        _ => return Err("usage: convert RAW OUT.lpt [PID]".into()),
    };
    let recording = Recording::open(Path::new(raw))?;
    for log in recording.logs() {
        println!(
            "{}: process {}: {}",
            log.path().display(),
            log.pid(),
            log.command()
        );
    }
    let pid = pid.unwrap_or_else(|| recording.logs()[0].pid());
    let log = recording
        .last_program_of(pid)
        .ok_or("this process was not recorded")?;
    let mut writer = Writer::new(File::create(out)?, &log.trace_header())?;
    let summary = log.convert(&mut writer)?;
    writer.finish()?;
    println!("{}: {summary:#?}", log.path().display());
    Ok(())
}
