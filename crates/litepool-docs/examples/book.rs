//! Lays out the book of all pages for mdBook: `cargo run -p litepool-docs --example book -- DIRECTORY`.
//! `scripts/site` does this and the rest.

use std::path::Path;
use std::process::ExitCode;

use litepool_docs::{Repository, book};

fn main() -> ExitCode {
    let Some(into) = std::env::args_os().nth(1) else {
        eprintln!("book: into which directory?");
        return ExitCode::from(2);
    };
    let made = Repository::here().and_then(|pages| book::lay_out(&pages, Path::new(&into)));
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("book: {trouble}");
            ExitCode::from(2)
        }
    }
}
