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

/// The text as XML 1.0 has it, between tags or in an attribute's double quotes. Ends of lines and
/// tabs stay, each character that is not [printable](is_printable) or that XML has not (its
/// production 2) becomes U+FFFD. O(length).
///
/// ```
/// assert_eq!(litepool_snapshot::xml_escaped("<a b=\"\x1b\">"), "&lt;a b=&quot;\u{fffd}&quot;&gt;");
/// ```
#[must_use]
pub fn xml_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ if !is_printable(character) => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup_nor_what_xml_has_not() {
        assert_eq!(
            xml_escaped("<a href='x'>\"&]]>\n\t"),
            "&lt;a href='x'&gt;&quot;&amp;]]&gt;\n\t"
        );
        assert_eq!(
            xml_escaped("a\0b\u{1b}c\u{fffe}d\u{ffff}e\u{202e}f\r"),
            "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd}"
        );
        assert_eq!(xml_escaped("漢字 \u{1f600}"), "漢字 \u{1f600}");
    }

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
