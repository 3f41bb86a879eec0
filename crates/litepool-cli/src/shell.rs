//! `litepool completions` and `litepool man`: what a shell and `man` know of the command. Both are made of
//! its arguments, so there is no file that an installation could leave behind.

use std::fs;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_mangen::Man;

use crate::YES;
use crate::args::{self, Cli};
use crate::output::{print, write_file};

/// Prints the completions of a shell.
///
/// # Errors
/// Standard output can't be written.
pub(crate) fn completions(args: &args::Completions) -> Result<u8> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(YES)
}

/// Writes the manual's pages.
///
/// # Errors
/// A page can't be written.
pub(crate) fn man(args: &args::Man) -> Result<u8> {
    let directory = &args.directory;
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make the directory {}", directory.display()))?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let pages = std::iter::once(&command).chain(command.get_subcommands());
    for command in pages {
        let page = Man::new(command.clone());
        let mut text = Vec::new();
        page.render(&mut text)?;
        write_file(&directory.join(page.get_filename()), &text)?;
    }
    Ok(YES)
}
