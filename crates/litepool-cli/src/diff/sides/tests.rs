use super::*;

#[test]
fn what_stands_behind_the_last_at_is_no_part_of_the_file() {
    let parts = |text: &'static str| {
        let (file, at) = split(OsStr::new(text));
        (file.to_str().unwrap(), at)
    };
    assert_eq!(parts("run.lpt@10000"), ("run.lpt", Some("10000")));
    assert_eq!(parts("a@b/run.lpt@peak"), ("a@b/run.lpt", Some("peak")));
    assert_eq!(parts("run.lpt"), ("run.lpt", None));
}
