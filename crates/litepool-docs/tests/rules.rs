//! The rules of links and translations, on repositories of a few lines.

use std::fs;
use std::path::Path;

use litepool_docs::{Repository, book, links, repository::URL, translation};

/// A repository of these files, in a directory of its own.
fn repository(name: &str, files: &[(&str, &str)]) -> Repository {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Repository::at(root).unwrap()
}

const SUMMARY: &str = "[Home](../README.md)\n\n- [A](a.md)\n\n[All](SUMMARY.md)\n";
const HOME: &str = "# Home\n\n[A](docs/a.md), [all](docs/SUMMARY.md)\n";

fn findings(name: &str, a: &str) -> Vec<String> {
    let files = [
        ("README.md", HOME),
        ("docs/SUMMARY.md", SUMMARY),
        ("docs/a.md", a),
    ];
    links::findings(&repository(name, &files))
}

#[test]
fn pages_whose_links_lead_somewhere_have_no_findings() {
    assert_eq!(
        findings(
            "right",
            "# A\n\n[home](../README.md#home), [here](#a), [docs](.)\n"
        ),
        [""; 0]
    );
}

#[test]
fn a_link_to_nowhere_is_told_with_its_line() {
    assert_eq!(
        findings("nowhere", "# A\n\n[b](b.md)\n"),
        ["docs/a.md:3: b.md: there is no docs/b.md"]
    );
}

#[test]
fn an_anchor_that_no_heading_has_is_told_with_those_that_there_are() {
    let found = findings("anchor", "# A\n\n[home](../README.md#house)\n");
    assert_eq!(
        found,
        ["docs/a.md:3: ../README.md#house: README.md has no heading #house, but #home"]
    );
}

#[test]
fn a_page_that_no_page_leads_to_is_an_orphan() {
    let files = [
        ("README.md", HOME),
        ("docs/SUMMARY.md", SUMMARY),
        ("docs/a.md", "# A\n"),
        ("docs/b.md", "# B\n"),
    ];
    let found = links::findings(&repository("orphan", &files));
    assert_eq!(
        found,
        [
            "docs/b.md: not in docs/SUMMARY.md",
            "docs/b.md: no other page leads to it"
        ]
    );
}

#[test]
fn the_readme_of_a_published_crate_leaves_it_by_an_address() {
    let readme = "# B\n\n[home](../../README.md#home)\n";
    let files = [
        (
            "README.md",
            "# Home\n\n[B](crates/b/README.md), [all](docs/SUMMARY.md)\n",
        ),
        (
            "docs/SUMMARY.md",
            "[Home](../README.md)\n[B](../crates/b/README.md)\n[All](SUMMARY.md)\n",
        ),
        ("crates/b/README.md", readme),
        ("crates/b/Cargo.toml", "version.workspace = true\n"),
    ];
    let right = format!("{URL}/blob/main/README.md#home");
    let found = links::findings(&repository("published", &files));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].ends_with(&format!("write {right}")),
        "{}",
        found[0]
    );
    let readme = format!("# B\n\n[home]({right})\n");
    let files = [
        files[0],
        files[1],
        ("crates/b/README.md", readme.as_str()),
        files[3],
    ];
    assert_eq!(links::findings(&repository("published", &files)), [""; 0]);
}

#[test]
fn a_source_that_names_a_page_which_is_gone_is_told() {
    let source = "//! docs/a.md and `docs/b.md`\n";
    let files = [("docs/a.md", "# A\n"), ("crates/c/src/lib.rs", source)];
    let found = links::findings_in_sources(&repository("sources", &files)).unwrap();
    assert_eq!(found, ["crates/c/src/lib.rs:1: there is no docs/b.md"]);
}

fn translated(name: &str, english: &str, chinese: &str) -> Vec<String> {
    let files = [
        ("a.md", english),
        ("a.zh-CN.md", chinese),
        ("b.md", "# B\n\n## C\n"),
    ];
    translation::findings(&repository(name, &files))
}

#[test]
fn a_translation_in_step_has_no_findings() {
    let english = "# A\n\n[中文](a.zh-CN.md)\n\n`x` of [C](b.md#c) takes 4 bytes, see [A](#a):\n\n    run  # it\n";
    let chinese = "# 甲\n\n[English](a.md)\n\n[C](b.md#c) 的 `x` 占 4 字节，见[甲](#甲)：\n\n    run  # 运行\n";
    assert_eq!(translated("in-step", english, chinese), [""; 0]);
}

#[test]
fn a_translation_out_of_step_is_told_with_both_places() {
    let of = "a.md:1 (“A”) and a.zh-CN.md:1 (“甲”)";
    let told = |name, english: &str, chinese: &str| {
        translated(
            name,
            &format!("# A\n\n{english}"),
            &format!("# 甲\n\n{chinese}"),
        )
        .join("\n")
    };
    assert_eq!(
        told("code", "    run a\n", "    run b\n"),
        format!("{of}: the code of lines 3 and 3 differs: “run a” and “run b”")
    );
    assert_eq!(
        told("figures", "Up to 16 MiB.\n", "最大 15 MiB。\n"),
        format!(
            "{of}: figures in the text: only in the original [16], only in the translation [15]"
        )
    );
    assert_eq!(
        told("links", "[B](b.md)\n", "[B](b.md#c)\n"),
        format!(
            "{of}: links: only in the original [b.md], only in the translation [b.md, heading 2]"
        )
    );
    assert_eq!(
        told("table", "|a|b|\n|-|-|\n|1|2|\n", "|a|b|\n|-|-|\n"),
        format!("{of}: the tables of lines 3 and 3 have 2 and 1 rows of 2 and 2")
    );
    assert_eq!(
        told("headings", "## B\n", "### 乙\n"),
        "a.md:3 (“B”) and a.zh-CN.md:3 (“乙”): heading 2 has another level"
    );
}

#[test]
fn the_book_has_pages_beside_each_other_as_the_repository_has() {
    let files = [
        ("README.md", HOME),
        ("docs/SUMMARY.md", SUMMARY),
        (
            "docs/a.md",
            "# A\n\n[home](../README.md#home), [code](../src/a.rs), ![p](p.svg)\n",
        ),
        ("docs/p.svg", "<svg/>"),
        ("docs/book.toml", ""),
        ("docs/book.css", ""),
    ];
    let repository = repository("book", &files);
    let into = repository.root().join("target");
    book::lay_out(&repository, &into).unwrap();
    let a = fs::read_to_string(into.join("src/docs/a.md")).unwrap();
    let code = format!("{URL}/blob/main/src/a.rs");
    assert_eq!(
        a,
        format!("# A\n\n[home](../index.md#home), [code]({code}), ![p](p.svg)\n")
    );
    let contents = fs::read_to_string(into.join("src/SUMMARY.md")).unwrap();
    assert_eq!(
        contents,
        "[Home](index.md)\n\n- [A](docs/a.md)\n\n[All](docs/SUMMARY.md)\n"
    );
    assert!(into.join("src/index.md").exists() && into.join("src/docs/p.svg").exists());
}
