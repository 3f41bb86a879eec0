use super::*;

/// A worker that says and does what a script says. `$1` is the case that it begins with.
fn outcomes(cases: usize, script: &'static str) -> Result<Vec<(usize, Case)>> {
    let worker = |first: usize| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -c 0\n{SAY}{script}"), "sh"]);
        command.arg(first.to_string());
        command
    };
    let mut all = Vec::new();
    supervise(cases, 1, &worker, &mut |number, case| {
        all.push((number, case));
    })?;
    Ok(all)
}

/// Shell functions for a worker's words.
const SAY: &str = r#"
doing() { echo "{\"Doing\":\"$1\"}"; }
harmed() { echo "{\"Harmed\":\"$1\"}"; }
found() { echo '"Found"'; }
over() { echo '"Done"'; }
"#;

fn harmed(harm: Harm, operation: Operation) -> Case {
    Case {
        harm: Some((harm, operation)),
        ..Case::default()
    }
}

#[test]
fn a_worker_that_works_through_all_cases_is_started_once() {
    let script = r#"[ "$1" = 0 ] || exit 9
        for case in 1 2 3; do doing Stats; over; done"#;
    let fine = [0, 1, 2].map(|number| (number, Case::default()));
    assert_eq!(outcomes(3, script).unwrap(), fine);
}

#[test]
fn what_ends_a_worker_costs_a_restart_behind_its_case() {
    let script = r#"case $1 in
        0) doing Stats; over; doing Allocate; kill -ABRT $$;;
        2) doing Free; kill -VTALRM $$;;
        3) doing Stats; kill -SEGV $$;;
        4) doing Resize; kill -BUS $$;;
        5) doing Stats; over;;
        esac"#;
    assert_eq!(
        outcomes(6, script).unwrap(),
        [
            (0, Case::default()),
            (1, harmed(Harm::Crash, Operation::Allocate)),
            (2, harmed(Harm::Hang, Operation::Free)),
            (3, harmed(Harm::Outside, Operation::Stats)),
            (4, harmed(Harm::Outside, Operation::Resize)),
            (5, Case::default()),
        ]
    );
}

#[test]
fn a_panic_is_counted_once() {
    let script = r#"case $1 in
        0) doing Walk; harmed Panic; exit 101;;
        1) doing Stats; over;;
        esac"#;
    assert_eq!(
        outcomes(2, script).unwrap(),
        [
            (0, harmed(Harm::Panic, Operation::Walk)),
            (1, Case::default()),
        ]
    );
}

#[test]
fn what_is_found_counts_for_who_found_it_even_before_a_crash() {
    let script = r#"case $1 in
        0) doing Check; found; doing Resize; found; doing Free; found; doing CheckAgain; kill -BUS $$;;
        1) doing CheckAgain; found; doing Attach; found; over;;
        esac"#;
    let both = Case {
        found_by: Some(Operation::Resize),
        found_by_check: true,
        ..harmed(Harm::Outside, Operation::CheckAgain)
    };
    assert_eq!(
        outcomes(2, script).unwrap(),
        [(0, both), (1, Case::default())]
    );
}

#[test]
fn a_worker_that_can_not_work_is_an_error_and_no_endless_restart() {
    for script in ["exit 1", "exit 0", "kill -SEGV $$", "echo nonsense"] {
        assert!(outcomes(2, script).is_err(), "{script}");
    }
}
