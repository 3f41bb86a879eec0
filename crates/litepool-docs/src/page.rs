//! One page of Markdown, as far as links and translations need it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

/// A page.
pub struct Page {
    /// Its path from the root of the repository.
    pub path: PathBuf,
    /// Its text, as it is in the file.
    pub text: String,
    /// What stands before its first heading, and then below each heading.
    pub sections: Vec<Section>,
    /// What no page may have, because it is not the same everywhere: raw HTML that links, links
    /// by reference. With the line.
    pub refused: Vec<(usize, String)>,
}

/// A heading and what stands below it, up to the next one of whatever level.
#[derive(Default)]
pub struct Section {
    /// The line of its heading, from 1.
    pub line: usize,
    /// The heading's level, 1 to 6; 0 for what stands before the first one.
    pub level: usize,
    /// The heading's text, without marks.
    pub title: String,
    /// What an address on the page says to lead here: `#anchor`.
    pub anchor: String,
    /// Paragraphs, lists, blocks of code and tables, in order.
    pub blocks: Vec<Block>,
    /// Its links and images, in order.
    pub links: Vec<Link>,
    /// What stands in `` `code` ``, in order.
    pub codes: Vec<String>,
    /// All other text.
    pub prose: String,
}

/// What a section is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph,
    /// An item of a list.
    Item,
    /// A block of code: its line, what its fence says of it, and its text.
    Code(usize, String, String),
    /// A table: its line, and the numbers of its rows (the heading is one) and columns.
    Table(usize, usize, usize),
}

/// A link or an image.
#[derive(Debug)]
pub struct Link {
    /// Its line, from 1.
    pub line: usize,
    /// Where it leads, as it is written.
    pub destination: String,
    /// Where in the page's text that is written.
    pub range: Range<usize>,
}

impl Page {
    /// Reads a page.
    #[must_use]
    pub fn new(path: PathBuf, text: String) -> Self {
        let mut reading = Reading::new(&text);
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
            reading.event(event, range);
        }
        let Reading {
            sections, refused, ..
        } = reading;
        Self {
            path,
            text,
            sections,
            refused,
        }
    }

    /// The section that `#anchor` leads to, by its number.
    #[must_use]
    pub fn section(&self, anchor: &str) -> Option<usize> {
        self.sections
            .iter()
            .skip(1)
            .position(|section| section.anchor == anchor)
            .map(|at| at + 1)
    }

    /// All links, in order.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.sections.iter().flat_map(|section| &section.links)
    }
}

/// A page while it is read.
struct Reading<'a> {
    text: &'a str,
    ends_of_lines: Vec<usize>,
    sections: Vec<Section>,
    refused: Vec<(usize, String)>,
    /// How often a heading has had this anchor.
    anchors: BTreeMap<String, usize>,
    in_heading: bool,
    in_code: bool,
}

impl<'a> Reading<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            ends_of_lines: text.match_indices('\n').map(|(at, _)| at).collect(),
            sections: vec![Section {
                line: 1,
                ..Section::default()
            }],
            refused: Vec::new(),
            anchors: BTreeMap::new(),
            in_heading: false,
            in_code: false,
        }
    }

    fn line(&self, at: usize) -> usize {
        self.ends_of_lines.partition_point(|end| *end < at) + 1
    }

    fn section(&mut self) -> &mut Section {
        self.sections
            .last_mut()
            .expect("there is one from the beginning")
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        let line = self.line(range.start);
        // Words of two cells or paragraphs are two.
        let is_apart = matches!(event, Event::Start(_) | Event::End(_) | Event::Code(_));
        if is_apart && !self.in_heading {
            self.section().prose.push(' ');
        }
        match event {
            Event::Start(tag) => self.start(tag, line, range),
            Event::End(end) => self.end(end),
            Event::Text(text) => self.words(&text),
            Event::Code(code) if self.in_heading => self.words(&code),
            Event::Code(code) => self.section().codes.push(code.to_string()),
            Event::SoftBreak | Event::HardBreak => self.words(" "),
            Event::Html(html) | Event::InlineHtml(html) => {
                let small = html.to_lowercase();
                if small.contains("href") || small.contains("src=") || small.contains("id=") {
                    let what = "HTML that links: write it in Markdown".to_string();
                    self.refused.push((line, what));
                }
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, line: usize, range: Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => {
                let level = level as usize;
                self.sections.push(Section {
                    line,
                    level,
                    ..Section::default()
                });
                self.in_heading = true;
            }
            Tag::Paragraph => self.section().blocks.push(Block::Paragraph),
            Tag::Item => self.section().blocks.push(Block::Item),
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.section()
                    .blocks
                    .push(Block::Code(line, info, String::new()));
                self.in_code = true;
            }
            Tag::Table(columns) => {
                let columns = columns.len();
                self.section().blocks.push(Block::Table(line, 0, columns));
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(Block::Table(_, rows, _)) = self.section().blocks.last_mut() {
                    *rows += 1;
                }
            }
            Tag::Link {
                link_type,
                dest_url,
                ..
            }
            | Tag::Image {
                link_type,
                dest_url,
                ..
            } => {
                self.link(link_type, &dest_url, line, range);
            }
            _ => {}
        }
    }

    /// A link, with the place where its destination is written.
    fn link(&mut self, kind: LinkType, destination: &str, line: usize, range: Range<usize>) {
        if matches!(kind, LinkType::Autolink | LinkType::Email) {
            return;
        }
        let written = self.text[range.clone()].rfind(destination);
        let (LinkType::Inline, Some(at)) = (kind, written) else {
            let what = format!("a link to {destination} by reference: write [text](address)");
            self.refused.push((line, what));
            return;
        };
        let start = range.start + at;
        let range = start..start + destination.len();
        self.section().links.push(Link {
            line,
            destination: destination.to_string(),
            range,
        });
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Heading(_) => {
                let anchor = anchor(&self.section().title);
                let times = self.anchors.entry(anchor.clone()).or_default();
                let number = *times;
                *times += 1;
                self.section().anchor = match number {
                    0 => anchor,
                    number => format!("{anchor}-{number}"),
                };
                self.in_heading = false;
            }
            TagEnd::CodeBlock => self.in_code = false,
            _ => {}
        }
    }

    fn words(&mut self, words: &str) {
        let (in_heading, in_code) = (self.in_heading, self.in_code);
        let section = self.section();
        if in_heading {
            section.title.push_str(words);
        } else if !in_code {
            section.prose.push_str(words);
        } else if let Some(Block::Code(_, _, text)) = section.blocks.last_mut() {
            text.push_str(words);
        }
    }
}

/// The anchor of a heading. GitHub and mdBook have the same rule: small letters, digits, `_` and
/// `-` stay, each blank is a `-`, all else goes. (They differ in characters such as `²`, which no
/// heading here has.)
#[must_use]
pub fn anchor(title: &str) -> String {
    let small = title.trim().to_lowercase();
    let kept = small.chars().filter_map(|letter| match letter {
        _ if letter.is_alphanumeric() || letter == '_' || letter == '-' => Some(letter),
        _ if letter.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

#[cfg(test)]
mod tests;
