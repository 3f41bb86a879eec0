use super::*;

#[test]
fn a_task_is_meant_by_its_name_or_its_number() {
    let names = ["main".to_owned(), "net".into()];
    let is = |task, wanted| is_task(task, wanted, &names);
    assert!(is(Some(Task::Number(1)), "net"));
    assert!(is(Some(Task::Number(1)), "1"));
    assert!(is(Some(Task::Number(7)), "7"), "it has no name");
    assert!(!is(Some(Task::Number(0)), "net"));
    assert!(is(Some(Task::Interrupt), "interrupt"));
    assert!(is(Some(Task::None), "none"));
    assert!(!is(None, "none"), "nobody knows whose it is");
}
