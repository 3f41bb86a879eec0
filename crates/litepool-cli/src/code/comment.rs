//! Texts of strangers in comments.

use crate::output::one_line;

/// A text as a part of one line of a comment in C or Rust, and no more than that; of at most
/// `width` characters, but for blanks: without control characters, those that turn the direction of
/// text, what ends or begins a comment, and a backslash at its end (`??/` in C), which would join
/// the next line.
pub(crate) fn harmless(text: &str, width: usize) -> String {
    let turns = |c: char| {
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}')
    };
    let text: String = text.chars().filter(|&c| !turns(c)).collect();
    let line = one_line(&text, width);
    let line = line
        .replace("*/", "* /")
        .replace("/*", "/ *")
        .replace("??/", "? ?/");
    line.trim_end_matches(['\\', ' ']).to_owned()
}
