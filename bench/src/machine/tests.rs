//! Versions come from the lock file, not from memory.

use super::*;

#[test]
fn a_version_is_found_in_a_lock_file() {
    let lock = "[[package]]\nname = \"talc-extra\"\nversion = \"9.9.9\"\n\n[[package]]\nname = \"talc\"\nversion = \"5.1.1\"\n";
    assert_eq!(locked_version(lock, "talc").as_deref(), Some("5.1.1"));
    assert_eq!(locked_version(lock, "absent"), None);
}

#[test]
fn a_commit_is_left_out_of_a_version() {
    let lock = "name = \"jemalloc\"\nversion = \"0.7.1+5.3.1-0-g8103\"\n";
    assert_eq!(
        locked_version(lock, "jemalloc").as_deref(),
        Some("0.7.1+5.3.1")
    );
}

#[test]
fn every_peer_has_a_version() {
    let machine = Machine::look(&crate::subjects::all());
    assert!(
        machine
            .versions
            .iter()
            .all(|(_, version)| version != "unknown"),
        "{:?}",
        machine.versions
    );
}
