use super::*;

#[test]
fn a_source_names_pages_with_and_without_anchors() {
    let line = "//! As `docs/dump.md` says, and (docs/design.md#the-block).";
    let named: Vec<_> = named_pages(line).collect();
    assert_eq!(
        named,
        [
            ("docs/dump.md", None),
            ("docs/design.md", Some("the-block"))
        ]
    );
    let line = format!("//! [How]({URL}/blob/main/docs/dump.md#in-c)");
    let named: Vec<_> = named_pages(&line).collect();
    assert_eq!(named, [("docs/dump.md", Some("in-c"))]);
}
