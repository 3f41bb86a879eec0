//! Every link of every page leads somewhere, and every page can be found.

use std::path::Path;

use litepool_docs::destination::{Target, target};
use litepool_docs::{Repository, book, links};

#[test]
fn links_lead_somewhere_and_pages_are_found() {
    let repository = Repository::here().unwrap();
    assert!(repository.pages().len() > 20, "where are the pages?");
    let found = links::findings(&repository);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn pages_that_sources_name_are_there() {
    let repository = Repository::here().unwrap();
    let found = links::findings_in_sources(&repository).unwrap();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_book_has_what_its_pages_lead_to() {
    let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join("whole-book");
    book::lay_out(&Repository::here().unwrap(), &into).unwrap();
    let book = Repository::at(into.join("src")).unwrap();
    assert!(book.pages().len() > 20, "where are the pages?");
    for page in book.pages().values() {
        for link in page.links() {
            let at = format!("{}: {}", page.path.display(), link.destination);
            match target(&page.path, &link.destination) {
                Target::Elsewhere => {}
                Target::Outside => panic!("{at} leads out of the book"),
                Target::Here {
                    is_absolute: true,
                    path,
                    ..
                } => {
                    assert!(!path.ends_with("README.md"), "{at} leads out of the book");
                }
                Target::Here { path, anchor, .. } => {
                    assert!(book.root().join(&path).is_file(), "{at} is not in the book");
                    let to = book.pages().get(&path);
                    let has = |anchor: &String| to.is_some_and(|to| to.section(anchor).is_some());
                    assert!(anchor.as_ref().is_none_or(has), "{at} has no such heading");
                }
            }
        }
    }
}
