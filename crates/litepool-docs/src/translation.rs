//! Whether a translation keeps step with its original.
//!
//! `choosing.zh-CN.md` is the Chinese of `choosing.md`. Nobody can test a sentence, but all that a
//! reader types or looks up can be: headings by number and level, what each section is made of,
//! commands but for their comments, tables by shape, links by target, code and figures in the
//! text. So an edit of the original that matters fails here until the translation has it, too.

use std::path::{Path, PathBuf};

use crate::destination::{Target, target};
use crate::page::{Block, Page, Section};
use crate::repository::Repository;

/// How the file name of a translation ends.
pub const ENDING: &str = ".zh-CN.md";

/// Word of a fence (`text drawing`) whose block is translated: of it only the lines are counted.
const DRAWING: &str = "drawing";

/// The original of a translation; nothing for what is no translation.
#[must_use]
pub fn original(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(ENDING)?;
    Some(path.with_file_name(format!("{name}.md")))
}

/// Where a page's translation is, whether there is one or not.
#[must_use]
pub fn translation(path: &Path) -> PathBuf {
    path.with_extension(ENDING.trim_start_matches('.'))
}

/// What does not agree, a line for each, of all translations.
#[must_use]
pub fn findings(repository: &Repository) -> Vec<String> {
    let mut found = Vec::new();
    for twin in repository.pages().values() {
        let Some(path) = original(&twin.path) else {
            continue;
        };
        match repository.pages().get(&path) {
            Some(page) => found.extend(
                Pair {
                    repository,
                    page,
                    twin,
                }
                .findings(),
            ),
            None => found.push(format!(
                "{}: there is no {}",
                twin.path.display(),
                path.display()
            )),
        }
    }
    found
}

/// A page and its translation.
struct Pair<'a> {
    repository: &'a Repository,
    page: &'a Page,
    twin: &'a Page,
}

impl Pair<'_> {
    fn findings(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (number, (section, twin)) in self
            .page
            .sections
            .iter()
            .zip(&self.twin.sections)
            .enumerate()
        {
            if section.level != twin.level {
                // What follows would only say the same again.
                found.push(self.told(
                    section,
                    twin,
                    &format!("heading {number} has another level"),
                ));
                return found;
            }
            found.extend(self.of_section(section, twin));
        }
        let (here, there) = (self.page.sections.len() - 1, self.twin.sections.len() - 1);
        if here != there {
            let (path, twin) = (self.page.path.display(), self.twin.path.display());
            found.push(format!("{twin}: {there} headings, but {path} has {here}"));
        }
        found
    }

    fn of_section(&self, section: &Section, twin: &Section) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(what) = blocks_differ(&section.blocks, &twin.blocks) {
            found.push(self.told(section, twin, &what));
            return found;
        }
        let codes = (sorted(section.codes.clone()), sorted(twin.codes.clone()));
        if let Some(what) = lists_differ("code in the text", &codes.0, &codes.1) {
            found.push(self.told(section, twin, &what));
        }
        let figures = (
            sorted(figures(&section.prose)),
            sorted(figures(&twin.prose)),
        );
        if let Some(what) = lists_differ("figures in the text", &figures.0, &figures.1) {
            found.push(self.told(section, twin, &what));
        }
        let links = (self.links(self.page, section), self.links(self.twin, twin));
        if let Some(what) = lists_differ("links", &links.0, &links.1) {
            found.push(self.told(section, twin, &what));
        }
        found.extend(self.untranslated(twin));
        found
    }

    /// A finding, with both places.
    fn told(&self, section: &Section, twin: &Section, what: &str) -> String {
        format!(
            "{}:{} (“{}”) and {}:{} (“{}”): {what}",
            self.page.path.display(),
            section.line,
            section.title,
            self.twin.path.display(),
            twin.line,
            twin.title
        )
    }

    /// Where the links of a section lead: a page's translation is the page, and an anchor is the
    /// number of its section.
    fn links(&self, page: &Page, section: &Section) -> Vec<String> {
        let leads = section.links.iter().map(|link| {
            let target = target(&page.path, &link.destination);
            let Target::Here { path, anchor, .. } = target else {
                return link.destination.clone();
            };
            let to = self.repository.pages().get(&path);
            let number = anchor.and_then(|anchor| to?.section(&anchor));
            let path = original(&path).unwrap_or(path);
            match number {
                Some(number) => format!("{}, heading {number}", path.display()),
                None => path.display().to_string(),
            }
        });
        sorted(leads.collect())
    }

    /// Links of a translation that lead to an original that is translated, but for the one that
    /// switches the language.
    fn untranslated(&self, section: &Section) -> Vec<String> {
        let mut found = Vec::new();
        for link in &section.links {
            let target = target(&self.twin.path, &link.destination);
            let Target::Here { path, .. } = target else {
                continue;
            };
            let better = translation(&path);
            if path != self.page.path && self.repository.pages().contains_key(&better) {
                let (at, to) = (self.twin.path.display(), link.destination.as_str());
                let better = better.display();
                found.push(format!("{at}:{}: {to} is translated: {better}", link.line));
            }
        }
        found
    }
}

/// How two sections are made of other blocks, if they are.
fn blocks_differ(blocks: &[Block], twins: &[Block]) -> Option<String> {
    for (block, twin) in blocks.iter().zip(twins) {
        match (block, twin) {
            (Block::Code(line, info, code), Block::Code(at, other, twin)) => {
                if info != other {
                    return Some(format!("the fences of lines {line} and {at} differ"));
                }
                if let Some(what) = code_differs(info, code, twin) {
                    return Some(format!("the code of lines {line} and {at} differs: {what}"));
                }
            }
            (Block::Table(line, rows, columns), Block::Table(at, others, other)) => {
                if (rows, columns) != (others, other) {
                    return Some(format!(
                        "the tables of lines {line} and {at} have {rows} and {others} rows of \
                         {columns} and {other}"
                    ));
                }
            }
            _ if block == twin => {}
            _ => return Some(format!("{} against {}", name(block), name(twin))),
        }
    }
    let longer = if blocks.len() > twins.len() {
        blocks
    } else {
        twins
    };
    let side = if blocks.len() > twins.len() {
        "only the original"
    } else {
        "only the translation"
    };
    let more = longer.get(blocks.len().min(twins.len()))?;
    Some(format!("{side} has {} more", name(more)))
}

fn name(block: &Block) -> String {
    match block {
        Block::Paragraph => "a paragraph".to_string(),
        Block::Item => "an item of a list".to_string(),
        Block::Code(line, ..) => format!("the code of line {line}"),
        Block::Table(line, ..) => format!("the table of line {line}"),
    }
}

/// The first line in which two blocks of code differ, comments left out.
fn code_differs(info: &str, code: &str, twin: &str) -> Option<String> {
    let lines = |text: &str| text.lines().count();
    if lines(code) != lines(twin) {
        return Some(format!("{} lines and {}", lines(code), lines(twin)));
    }
    if info.split(' ').any(|word| word == DRAWING) {
        return None;
    }
    let (code, twin) = (without_comments(code), without_comments(twin));
    let mut both = code.lines().zip(twin.lines());
    both.find(|(line, twin)| line != twin)
        .map(|(line, twin)| format!("“{line}” and “{twin}”"))
}

/// Code without its comments: `/* */`, `//` and `#`, these two with a blank before them, and
/// behind `#`, too (`#include` is none, nor is `https://`).
fn without_comments(code: &str) -> String {
    let mut left = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("/*") {
        let (before, comment) = rest.split_at(at);
        left.push_str(before);
        let end = comment.find("*/").map_or(comment.len(), |end| end + 2);
        left.extend(comment[..end].matches('\n'));
        rest = &comment[end..];
    }
    left.push_str(rest);
    let lines = left.lines().map(|line| {
        let is_comment = |at: usize| {
            let behind = &line[at..];
            let begins = behind.starts_with("//") || behind.starts_with("# ");
            begins
                && line[..at]
                    .chars()
                    .next_back()
                    .is_none_or(char::is_whitespace)
        };
        let end = line
            .char_indices()
            .map(|(at, _)| at)
            .find(|at| is_comment(*at));
        line[..end.unwrap_or(line.len())].trim_end().to_string() + "\n"
    });
    lines.collect()
}

/// The numbers in a text: digits, with commas and points between them. A month is none: English
/// has a word for it where Chinese has a number (`6 月`).
fn figures(text: &str) -> Vec<String> {
    let is_part = |letter: char| letter.is_ascii_digit() || letter == ',' || letter == '.';
    let mut figures = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let end = rest[start..]
            .find(|letter| !is_part(letter))
            .map_or(rest.len(), |at| start + at);
        let figure = rest[start..end].trim_matches([',', '.']);
        rest = &rest[end..];
        if !figure.is_empty() && !rest.trim_start().starts_with('月') {
            figures.push(figure.to_string());
        }
    }
    figures
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

/// What one of two sorted lists has, and the other not.
fn lists_differ(what: &str, list: &[String], twin: &[String]) -> Option<String> {
    if list == twin {
        return None;
    }
    let missing = more(list, twin).join(", ");
    let too_much = more(twin, list).join(", ");
    Some(format!(
        "{what}: only in the original [{missing}], only in the translation [{too_much}]"
    ))
}

/// What `list` has oftener than `other`.
fn more(list: &[String], other: &[String]) -> Vec<String> {
    let mut other = other.to_vec();
    let mut more = Vec::new();
    for item in list {
        match other.iter().position(|one| one == item) {
            Some(at) => drop(other.remove(at)),
            None => more.push(item.clone()),
        }
    }
    more
}

#[cfg(test)]
mod tests;
