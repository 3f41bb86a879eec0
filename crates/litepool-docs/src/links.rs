//! Where links lead, and whether that is somewhere.
//!
//! The rules, and why:
//!
//! - A link within the repository is relative, and its file exists. On GitHub that works in every
//!   branch and fork; [`crate::book`] turns it for the site.
//! - In the README of a published crate a link that leaves the crate begins with [`URL`], for
//!   docs.rs shows the page without its neighbours. Such links are looked up here, too.
//! - An anchor is that of a heading of the page it leads to.
//! - Every page is in `docs/SUMMARY.md`, once, and some other page leads to it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::destination::{Target, target};
use crate::page::Page;
use crate::repository::{Repository, URL, normal};
use crate::summary;

/// What does not hold in the pages, a line for each.
#[must_use]
pub fn findings(repository: &Repository) -> Vec<String> {
    let published = repository.published();
    let mut found = Vec::new();
    for page in repository.pages().values() {
        let crate_of = published
            .iter()
            .find(|at| at.join("README.md") == page.path);
        for (line, what) in &page.refused {
            found.push(format!("{}:{line}: {what}", page.path.display()));
        }
        for link in page.links() {
            if let Some(what) = finding(repository, page, crate_of, &link.destination) {
                let path = page.path.display();
                found.push(format!(
                    "{path}:{}: {}: {what}",
                    link.line, link.destination
                ));
            }
        }
    }
    found.extend(orphans(repository));
    found
}

/// What is wrong with a link of this page, if something is. `crate_of`: the directory of the
/// published crate whose README it is.
fn finding(
    repository: &Repository,
    page: &Page,
    crate_of: Option<&PathBuf>,
    destination: &str,
) -> Option<String> {
    let (path, anchor, is_absolute) = match target(&page.path, destination) {
        Target::Elsewhere => return None,
        Target::Outside => return Some("leads out of the repository".to_string()),
        Target::Here {
            path,
            anchor,
            is_absolute,
        } => (path, anchor, is_absolute),
    };
    if !repository.root().join(&path).exists() {
        return Some(format!("there is no {}", path.display()));
    }
    if let Some(at) = crate_of {
        if !is_absolute && !path.starts_with(at) {
            let anchor = anchor.map_or(String::new(), |anchor| format!("#{anchor}"));
            let right = format!("{URL}/blob/main/{}{anchor}", path.display());
            return Some(format!("docs.rs shows this page alone: write {right}"));
        }
    } else if is_absolute {
        return Some("write a relative path: it works in every branch".to_string());
    }
    let anchor = anchor?;
    let Some(page) = repository.pages().get(&path) else {
        return Some("an anchor on what is no page".to_string());
    };
    if page.section(&anchor).is_some() {
        return None;
    }
    let anchors = page
        .sections
        .iter()
        .skip(1)
        .map(|section| section.anchor.as_str());
    let anchors: Vec<_> = anchors.collect();
    Some(format!(
        "{} has no heading #{anchor}, but #{}",
        path.display(),
        anchors.join(", #")
    ))
}

/// Pages that the summary does not have, or more than once, or to which no other page leads.
fn orphans(repository: &Repository) -> Vec<String> {
    let listed = match summary::pages(repository) {
        Ok(listed) => listed,
        Err(trouble) => return vec![trouble],
    };
    let mut linked = BTreeSet::new();
    for page in repository
        .pages()
        .values()
        .filter(|page| page.path != Path::new(summary::PATH))
    {
        for link in page.links() {
            if let Target::Here { path, .. } = target(&page.path, &link.destination)
                && path != page.path
            {
                // The directory of a page stands for it.
                linked.insert(path.join("README.md"));
                linked.insert(path);
            }
        }
    }
    let mut found = Vec::new();
    for path in repository.pages().keys() {
        match listed.iter().filter(|other| *other == path).count() {
            0 => found.push(format!("{}: not in {}", path.display(), summary::PATH)),
            1 => {}
            _ => found.push(format!("{}: twice in {}", path.display(), summary::PATH)),
        }
        if !linked.contains(path) && path != Path::new("README.md") {
            found.push(format!("{}: no other page leads to it", path.display()));
        }
    }
    found
}

/// Pages that sources name (`docs/choosing.md#the-slabs` in a comment) and that are not there.
///
/// # Errors
///
/// A source can't be read.
pub fn findings_in_sources(repository: &Repository) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for path in repository.sources()? {
        // Tests with repositories of their own, and the paths in a release archive.
        let elsewhere = ["crates/litepool-docs", "crates/litepool-c/package/assemble"];
        if elsewhere.iter().any(|place| path.starts_with(place)) {
            continue;
        }
        let text = fs::read(repository.root().join(&path))?;
        for (number, line) in String::from_utf8_lossy(&text).lines().enumerate() {
            for (name, anchor) in named_pages(line) {
                if !names_a_page(repository, &path, name, anchor) {
                    let anchor = anchor.map_or(String::new(), |anchor| format!("#{anchor}"));
                    let at = format!("{}:{}", path.display(), number + 1);
                    found.push(format!("{at}: there is no {name}{anchor}"));
                }
            }
        }
    }
    Ok(found)
}

/// The paths in a line that begin like those of this repository's pages, with their anchors.
fn named_pages(line: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let is_path = |letter: char| letter.is_ascii_alphanumeric() || "/._-#".contains(letter);
    line.split(move |letter| !is_path(letter))
        .filter_map(|word| {
            // An address of the repository is looked up as a path of it.
            let word = word
                .split_once("/blob/main/")
                .map_or(word, |(_, path)| path);
            let (name, anchor) = match word.split_once('#') {
                Some((name, anchor)) => (name, Some(anchor.trim_end_matches('.'))),
                None => (word.trim_end_matches('.'), None),
            };
            let begins = [
                "docs/",
                "crates/",
                "firmware/",
                "bench/",
                "traces/",
                "fuzz/",
                "../",
            ];
            let is_page = name.ends_with(".md") && begins.iter().any(|own| name.starts_with(own));
            is_page.then_some((name, anchor))
        })
}

/// Whether there is a page of this name, from the root or from the source's directory.
fn names_a_page(repo: &Repository, source: &Path, name: &str, anchor: Option<&str>) -> bool {
    let beside = source.parent().unwrap_or(Path::new("")).join(name);
    // What a crate's tests join to its directory.
    let from_crate = source.components().take(2).collect::<PathBuf>().join(name);
    // What a program writes into a page of figures.
    let in_docs = Path::new("docs").join(name);
    let paths = [PathBuf::from(name), beside, from_crate, in_docs];
    let pages = paths
        .iter()
        .filter_map(|path| repo.pages().get(&normal(path)?));
    let mut pages = pages.peekable();
    match anchor {
        None => pages.peek().is_some(),
        Some(anchor) => pages.any(|page| page.section(anchor).is_some()),
    }
}

#[cfg(test)]
mod tests;
