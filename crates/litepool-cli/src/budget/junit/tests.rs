use super::*;

#[test]
fn an_attribute_keeps_the_ends_of_its_lines() {
    assert_eq!(attribute("<a>\n\tb"), "&lt;a&gt;&#10;&#9;b");
}
