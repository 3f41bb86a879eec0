use super::*;

fn lines(info: &str, code: &str, twin: &str) -> Option<String> {
    code_differs(info, code, twin)
}

#[test]
fn a_translation_is_named_after_its_original() {
    assert_eq!(
        original(Path::new("docs/choosing.zh-CN.md")),
        Some(PathBuf::from("docs/choosing.md"))
    );
    assert_eq!(original(Path::new("docs/choosing.md")), None);
    assert_eq!(
        translation(Path::new("README.md")),
        PathBuf::from("README.zh-CN.md")
    );
}

#[test]
fn comments_are_translated_and_commands_are_not() {
    assert_eq!(
        lines(
            "",
            "litepool info a.lpt   # shows it",
            "litepool info a.lpt # 显示"
        ),
        None
    );
    assert_eq!(
        lines("c", "int a; /* one */ int b;", "int a; /* 一 */ int b;"),
        None
    );
    assert_eq!(
        lines("c", "#include <a.h>", "#include <b.h>").unwrap(),
        "“#include <a.h>” and “#include <b.h>”"
    );
    assert!(lines("", "cargo run", "cargo test").is_some());
}

#[test]
fn an_address_is_no_comment() {
    assert!(lines("", "a https://b", "a https://c").is_some());
    assert!(lines("gn", "\"//a/b.c\",", "\"//a/c.c\",").is_some());
}

#[test]
fn of_a_drawing_the_lines_are_counted() {
    assert_eq!(
        lines("text drawing", "small? -- yes --> A", "很小？ -- 是 --> A"),
        None
    );
    assert!(lines("text drawing", "a\nb", "a").is_some());
}

#[test]
fn figures_are_told_without_the_marks_around_them() {
    assert_eq!(
        figures("16 MiB, 4,096 bytes (1.5 %)."),
        ["16", "4,096", "1.5"]
    );
}
