//! Text of strangers, as a terminal or a page may have it.

/// Whether a character is text alone: no control character, no end of a line or paragraph, and none of those that
/// turn the direction of the text around them (UAX #9, sections 2.1 to 2.6), with which a name would change
/// how what stands beside it is read.
#[must_use]
pub fn is_printable(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let ends = matches!(character, '\u{2028}' | '\u{2029}');
    !(character.is_control() || turns || ends)
}

/// The text with a blank for each character that is not [printable](is_printable). O(length).
///
/// ```
/// assert_eq!(litepool_snapshot::printable("pool\x1b[31m\n"), "pool [31m ");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    let printable = |c: char| if is_printable(c) { c } else { ' ' };
    text.chars().map(printable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_the_terminal_or_the_direction_of_the_text_is_a_blank() {
        assert_eq!(printable("a\x1b[31m\r\n\u{85}b"), "a [31m   b");
        assert_eq!(
            printable("x\u{202e}gnp.exe\u{2069}\u{200f}\u{2028}"),
            "x gnp.exe   "
        );
        // Texts of other writings are as they were.
        for text in ["größe", "内存池", "ذاكرة", "👩\u{200d}🔧"] {
            assert_eq!(printable(text), text);
        }
    }
}
