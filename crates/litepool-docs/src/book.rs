//! The pages laid out for mdBook.
//!
//! mdBook takes one directory, and the pages stand where they belong: beside the code. So they are
//! copied into a directory that is made, at their own paths, in the order of `docs/SUMMARY.md`.
//! Links stay as they are but for three: that to a `README.md`, which mdBook makes an `index.html`;
//! that to a file or directory that is no page, which the repository on the web has; and that by
//! which a crate's README leads to a page of the book.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::destination::{Target, target};
use crate::page::Page;
use crate::repository::{Repository, URL, relative};
use crate::{summary, translation};

/// Lays the book out below `into`: `book.toml`, and `src`, which is emptied before, with the pages
/// and their pictures. `mdbook build` makes the site of it.
///
/// # Errors
///
/// The summary is not in order, or a file can't be read or written.
pub fn lay_out(repository: &Repository, into: &Path) -> io::Result<()> {
    let listed = summary::pages(repository).map_err(io::Error::other)?;
    let source = into.join("src");
    if source.exists() {
        fs::remove_dir_all(&source)?;
    }
    fs::create_dir_all(&source)?;
    for settings in ["book.toml", "book.css"] {
        fs::copy(
            repository.root().join("docs").join(settings),
            into.join(settings),
        )?;
    }
    let mut book = Book {
        repository,
        listed,
        pictures: Vec::new(),
    };
    for path in book.listed.clone() {
        let page = &repository.pages()[&path];
        let mut text = book.turned(page, &place(&path));
        if translation::original(&path).is_some() {
            // Fonts differ by language, not by letter.
            text = format!("<div lang=\"zh-CN\">\n\n{text}\n\n</div>\n");
        }
        write(&source.join(place(&path)), &text)?;
    }
    // The same list is the book's contents, which mdBook looks for at the top.
    let contents = &repository.pages()[Path::new(summary::PATH)];
    write(
        &source.join("SUMMARY.md"),
        &book.turned(contents, Path::new("SUMMARY.md")),
    )?;
    for picture in &book.pictures {
        let to = source.join(picture);
        fs::create_dir_all(to.parent().unwrap_or(&source))?;
        fs::copy(repository.root().join(picture), to)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, text)
}

/// Where a page stands in the book.
fn place(path: &Path) -> PathBuf {
    if path.file_name().is_some_and(|name| name == "README.md") {
        path.with_file_name("index.md")
    } else {
        path.to_path_buf()
    }
}

struct Book<'a> {
    repository: &'a Repository,
    listed: Vec<PathBuf>,
    pictures: Vec<PathBuf>,
}

impl Book<'_> {
    /// The text of a page with its links turned for the place `at`.
    fn turned(&mut self, page: &Page, at: &Path) -> String {
        let mut text = String::new();
        let mut done = 0;
        for link in page.links() {
            text.push_str(&page.text[done..link.range.start]);
            text.push_str(&self.link(page, &link.destination, at));
            done = link.range.end;
        }
        text.push_str(&page.text[done..]);
        text
    }

    fn link(&mut self, page: &Page, destination: &str, at: &Path) -> String {
        let target = target(&page.path, destination);
        let Target::Here { path, anchor, .. } = target else {
            return destination.to_string();
        };
        let anchor = anchor.map_or(String::new(), |anchor| format!("#{anchor}"));
        let is_picture = path
            .extension()
            .is_some_and(|end| end == "svg" || end == "png");
        if is_picture {
            self.pictures.push(path.clone());
        }
        if is_picture || self.listed.contains(&path) {
            return format!("{}{anchor}", relative(at, &place(&path)).display());
        }
        let kind = if self.repository.root().join(&path).is_dir() {
            "tree"
        } else {
            "blob"
        };
        format!("{URL}/{kind}/main/{}{anchor}", path.display())
    }
}
