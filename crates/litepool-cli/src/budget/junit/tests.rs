use super::*;

#[test]
fn content_and_attributes_are_escaped() {
    let text = "<a href='x'>\"&]]>\n\t\r";
    assert_eq!(
        content(text),
        "&lt;a href=&apos;x&apos;&gt;&quot;&amp;]]&gt;\n\t&#13;"
    );
    assert_eq!(
        attribute(text),
        "&lt;a href=&apos;x&apos;&gt;&quot;&amp;]]&gt;&#10;&#9;&#13;"
    );
}

#[test]
fn characters_that_xml_has_not_are_replaced() {
    assert_eq!(
        content("a\0b\u{1b}c\u{fffe}d\u{ffff}"),
        "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}"
    );
    assert_eq!(content("漢字 \u{1f600}\u{7f}"), "漢字 \u{1f600}\u{7f}");
}
