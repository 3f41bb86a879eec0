use super::*;

#[test]
fn this_program_could_be_recorded() {
    let own = env::current_exe().unwrap();
    assert_eq!(reason(own.as_os_str()), None);
}

#[test]
fn what_is_not_there_gives_no_reason() {
    assert_eq!(reason("/no/such/program".as_ref()), None);
    assert_eq!(reason("no-such-program-anywhere".as_ref()), None);
}

#[test]
fn a_script_is_what_its_interpreter_is() {
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("script");
    let own = env::current_exe().unwrap();
    fs::write(&script, format!("#!{}\n", own.display())).unwrap();
    assert_eq!(interpreted(script.clone()).unwrap().0, own);
    // In a circle there is none.
    fs::write(&script, format!("#! {} -x\n", script.display())).unwrap();
    assert!(interpreted(script).is_none());
}

#[test]
fn a_program_for_another_processor_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("program");
    let mut file = fs::read(env::current_exe().unwrap()).unwrap();
    file[18] ^= 0x55;
    fs::write(&program, file).unwrap();
    assert!(
        reason(program.as_os_str())
            .unwrap()
            .contains("build litepool for that")
    );
    fs::write(&program, "no program at all").unwrap();
    assert!(reason(program.as_os_str()).unwrap().contains("no program"));
}
