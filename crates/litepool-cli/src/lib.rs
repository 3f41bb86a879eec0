//! The command `litepool`: record the heap of a real program, replay it, and find the smallest pool for it.

mod args;
mod blocks;
mod budget;
mod channel;
mod code;
mod configs;
mod diff;
mod dump;
mod explain;
mod export;
mod filter;
mod import;
mod info;
mod input;
mod job;
mod leaks;
mod listen;
mod naming;
mod output;
mod picture;
mod pins;
mod progress;
mod record;
mod replay;
mod report;
mod shell;
mod sites;
mod size;
mod snapshot;
mod split;
mod top;
mod units;

use std::process::ExitCode;

use anyhow::{Error, Result};
use clap::Parser;
use litepool_snapshot::printable;

use args::{Cli, Command};
use output::say;

/// The work is done, and the answer is yes.
const YES: u8 = 0;
/// The work is done, and the answer is no.
const NO: u8 = 1;
/// The work could not be done.
const TROUBLE: u8 = 2;

/// Does what the command line says. The exit code is 0 for yes, 1 for no, 2 if it could not be done.
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let text = with_causes(&error);
            let lines: Vec<String> = text.split('\n').map(printable).collect();
            say(format_args!("litepool: {}", lines.join("\n")));
            ExitCode::from(TROUBLE)
        }
    }
}

/// The error and what caused it. Some errors repeat their cause, which is said once.
fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.ends_with(&cause) {
            text += &format!(": {cause}");
        }
    }
    text
}

fn run(cli: Cli) -> Result<u8> {
    match cli.command {
        Command::Record(args) => record::run(&args),
        Command::Top(args) => top::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Blocks(args) => blocks::run(&args),
        Command::Leaks(args) => leaks::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Size(args) => size::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Split(args) => split::run(&args),
        Command::Budget(args) => budget::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Dump(args) => dump::run(&args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    }
}
