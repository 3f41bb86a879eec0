//! Translations keep step with their originals.

use litepool_docs::{Repository, translation};

#[test]
fn translations_keep_step() {
    let repository = Repository::here().unwrap();
    let found = translation::findings(&repository);
    assert!(
        found.is_empty(),
        "\n{}\nThe words to use: docs/terms.md\n",
        found.join("\n")
    );
}
