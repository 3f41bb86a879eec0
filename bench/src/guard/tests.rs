use super::*;

fn baseline(compiler: &str, alloc: u64, most: u64) -> Baseline {
    let tally = Tally {
        count: 10,
        sum: 10 * alloc,
        max: most,
    };
    Baseline {
        compiler: compiler.to_owned(),
        rows: vec![Row {
            name: "tlsf".to_owned(),
            figures: Figures {
                alloc: tally,
                free: tally,
                failing: tally,
                lists: Vec::new(),
                stress: Vec::new(),
            },
        }],
    }
}

#[test]
fn the_same_passes_and_less_passes() {
    let then = baseline("a", 100, 200);
    assert!(then.regressions(&then).is_empty());
    assert!(then.regressions(&baseline("a", 50, 100)).is_empty());
    assert!(then.regressions(&baseline("a", 102, 204)).is_empty());
}

#[test]
fn more_fails_and_is_named() {
    let then = baseline("a", 100, 200);
    let regressions = then.regressions(&baseline("a", 104, 200));
    let names: Vec<&str> = regressions.iter().map(|change| change.figure).collect();
    assert_eq!(names, ["alloc, mean", "free, mean", "failing alloc, mean"]);
    assert_eq!(then.regressions(&baseline("a", 100, 210)).len(), 2);
}

#[test]
fn another_compiler_has_more_slack_and_a_missing_row_fails() {
    let then = baseline("a", 100, 200);
    assert!(then.regressions(&baseline("b", 115, 230)).is_empty());
    assert!(!then.regressions(&baseline("b", 125, 200)).is_empty());
    let gone = Baseline {
        rows: Vec::new(),
        ..then.clone()
    };
    assert_eq!(then.regressions(&gone).len(), 5);
}

#[test]
fn what_is_written_is_read_and_rubbish_is_refused() {
    let file = std::env::temp_dir().join(format!("litepool-guard-{}.json", std::process::id()));
    let then = baseline("a", 100, 200);
    then.write(&file).unwrap();
    assert_eq!(Baseline::read(&file).unwrap(), then);
    fs::write(&file, "[1, 2").unwrap();
    assert!(Baseline::read(&file).is_err());
    fs::remove_file(&file).unwrap();
    assert!(Baseline::read(&file).is_err());
}
