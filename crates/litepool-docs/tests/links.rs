//! Every link of every page leads somewhere, and every page can be found.

use litepool_docs::{Repository, links};

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
