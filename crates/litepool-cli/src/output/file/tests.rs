use super::*;

#[test]
fn a_file_is_replaced_as_a_whole_and_added_to_at_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.md");
    append_file(&path, b"one\n").unwrap();
    append_file(&path, b"two\n").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
    write_file(&path, b"three\n").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"three\n");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_written_is_named_and_nothing_is_left_behind() {
    let directory = tempfile::tempdir().unwrap();
    let error = write_file(directory.path(), b"").unwrap_err();
    assert!(error.to_string().starts_with("cannot write "), "{error}");
    let nowhere = directory.path().join("no/report.md");
    write_file(&nowhere, b"").unwrap_err();
    append_file(&nowhere, b"").unwrap_err();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_written_as_it_stands_and_a_link_stays_one() {
    write_file(Path::new("/dev/null"), b"nothing").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    write_file(&link, b"new").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}
