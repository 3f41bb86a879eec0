//! The list of all pages, `docs/SUMMARY.md`: the contents of the book, and a page of its own.

use std::path::{Path, PathBuf};

use crate::destination::{Target, target};
use crate::repository::Repository;

/// Its path.
pub const PATH: &str = "docs/SUMMARY.md";

/// The pages in the order of the book.
///
/// # Errors
///
/// There is no such page, or a link in it leads to something that is no page.
pub fn pages(repository: &Repository) -> Result<Vec<PathBuf>, String> {
    let summary = repository
        .pages()
        .get(Path::new(PATH))
        .ok_or(format!("there is no {PATH}"))?;
    let mut pages = Vec::new();
    for link in summary.links() {
        match target(&summary.path, &link.destination) {
            Target::Here { path, .. } if repository.pages().contains_key(&path) => pages.push(path),
            _ => {
                return Err(format!(
                    "{PATH}:{}: {} is no page",
                    link.line, link.destination
                ));
            }
        }
    }
    Ok(pages)
}
