use super::*;
use std::fs;

fn repository(files: &[&str], sources: &[&str]) -> (tempfile::TempDir, Repository) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".git")).unwrap();
    for file in files.iter().chain(&["ci/litepool.toml"]) {
        let path = directory.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let sources: Vec<String> = sources.iter().map(|&source| source.to_owned()).collect();
    let repository = Repository::of(&directory.path().join("ci/litepool.toml"), &sources);
    (directory, repository)
}

#[test]
fn sources_are_found_where_they_are_and_where_they_were_compiled() {
    let (directory, repository) = repository(&["src/net.c"], &["/build/app/"]);
    let root = directory.path().canonicalize().unwrap();
    let own = root.join("src/net.c");
    let found = |file: &str| repository.path(file);
    assert_eq!(found(own.to_str().unwrap()).as_deref(), Some("src/net.c"));
    for file in [
        "/build/app/src/net.c",
        "/build/app/lib/../src/./net.c",
        "src/net.c",
        "./src/net.c",
    ] {
        assert_eq!(found(file).as_deref(), Some("src/net.c"), "{file}");
    }
    for file in [
        "/build/app/src/gone.c",
        "/build/application/src/net.c",
        "/other/src/net.c",
        "net.c",
        "",
        "/",
        "../src/net.c",
        "/build/app/../../../etc/passwd",
        "/build/app/src",
    ] {
        assert_eq!(found(file), None, "{file}");
    }
    assert_eq!(
        repository.path_of(&directory.path().join("ci/litepool.toml")),
        "ci/litepool.toml"
    );
}

#[test]
fn the_directory_of_most_files_is_learned() {
    let (_directory, mut repository) = repository(&["src/net.c", "src/ui.c", "src/lib.rs"], &[]);
    let files = [
        "/build/app/src/net.c",
        "/build/app/src/ui.c",
        "/build/app/src/gone.c",
        "/home/me/.cargo/registry/src/index/json-1.0.0/src/lib.rs",
        "/rustc/hash/library/alloc/src/lib.rs",
        "/somewhere/src/lib.rs",
    ];
    assert_eq!(repository.learn(files.into_iter()), Some("/build/app"));
    let found = files.map(|file| repository.path(file));
    assert_eq!(
        found[..2],
        [Some("src/net.c".into()), Some("src/ui.c".into())]
    );
    assert!(found[2..].iter().all(Option::is_none), "{found:?}");
}

#[test]
fn nothing_is_learned_of_what_is_known_or_foreign() {
    let (_directory, mut repository) = repository(&["src/lib.rs"], &["/build"]);
    let files = [
        "/build/src/lib.rs",
        "src/lib.rs",
        "/usr/src/lib.rs",
        "/x/y.c",
        "//",
    ];
    assert_eq!(repository.learn(files.into_iter()), None);
    let mut empty = repository;
    assert_eq!(empty.learn(std::iter::empty()), None);
}

#[test]
fn a_repository_without_git_is_the_directory_of_its_settings() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("litepool.toml"), "").unwrap();
    fs::write(directory.path().join("net.c"), "").unwrap();
    let repository = Repository::of(&directory.path().join("litepool.toml"), &[]);
    assert_eq!(repository.path_of(&directory.path().join("net.c")), "net.c");
}
