use super::*;

fn page(text: &str) -> Page {
    Page::new(PathBuf::from("page.md"), text.to_string())
}

#[test]
fn an_anchor_is_the_heading_in_small_letters_with_dashes() {
    assert_eq!(
        anchor("Who holds it, and what leaks"),
        "who-holds-it-and-what-leaks"
    );
    assert_eq!(anchor("`litepool.toml`"), "litepooltoml");
    assert_eq!(anchor("二、LiteOS-M 移植"), "二liteos-m-移植");
}

#[test]
fn headings_of_the_same_text_have_different_anchors() {
    let page = page("# A\n\n## In C\n\n## In C\n");
    assert_eq!(page.section("in-c"), Some(2));
    assert_eq!(page.section("in-c-1"), Some(3));
    assert_eq!(page.section("in-c-2"), None);
}

#[test]
fn code_in_a_heading_belongs_to_its_anchor() {
    assert_eq!(
        page("## At `Check::Links`\n").section("at-checklinks"),
        Some(1)
    );
}

#[test]
fn a_link_knows_where_its_destination_is_written() {
    let text = "See [the b.md page](b.md#b) and ![a picture](a.svg).\n";
    let page = page(text);
    let written: Vec<_> = page.links().map(|link| &text[link.range.clone()]).collect();
    assert_eq!(written, ["b.md#b", "a.svg"]);
}

#[test]
fn nothing_in_code_is_a_link() {
    assert_eq!(
        page("`[a](b.md)`\n\n    [a](b.md)\n\n```\n[a](b.md)\n```\n")
            .links()
            .count(),
        0
    );
}

#[test]
fn links_that_are_not_the_same_everywhere_are_refused() {
    let page = page("<a href=\"b.md\">b</a>\n\n[b][one]\n\n[one]: b.md\n");
    let lines: Vec<_> = page.refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 3]);
}

#[test]
fn a_section_is_made_of_paragraphs_items_code_and_tables() {
    let page =
        page("## A\n\ntext\n\n- item\n\n```c\nint a;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
    assert_eq!(
        page.sections[1].blocks,
        [
            Block::Paragraph,
            Block::Item,
            Block::Code(7, "c".to_string(), "int a;\n".to_string()),
            Block::Table(11, 2, 2),
        ]
    );
}
