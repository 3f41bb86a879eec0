//! Arguments of `completions` and `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Print what a shell completes this command's arguments by.
///
/// Where each shell looks for it, for one user:
///
/// bash: litepool completions bash >~/.local/share/bash-completion/completions/litepool
///
/// zsh: litepool completions zsh >~/.zfunc/_litepool (a directory that .zshrc adds to fpath before compinit)
///
/// fish: litepool completions fish >~/.config/fish/completions/litepool.fish
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// Write the manual's pages: litepool.1, and one for each command.
///
/// With ~/.local/share/man/man1 `man litepool` and `man litepool size` find them; everybody's are in
/// /usr/local/share/man/man1. A page is read where it is with `man -l FILE`.
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// The directory, which is made if it isn't there.
    #[arg(value_name = "DIRECTORY")]
    pub(crate) directory: PathBuf,
}
