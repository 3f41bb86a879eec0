//! `litepool record`, with real programs.

use std::fs;

use litepool_trace::Trace;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::litepool;
use crate::traces::{Room, argument};

/// Records a shell script into `demo.lpt`.
fn record(room: &Room, options: &[&str], script: &str) -> assert_cmd::assert::Assert {
    let output = argument(&room.path("demo.lpt"));
    litepool()
        .args(["record", "-o", &output])
        .args(options)
        .args(["--", "sh", "-c", script])
        .assert()
}

#[test]
fn a_program_is_recorded_and_its_output_left_alone() {
    let room = Room::new();
    record(&room, &[], "echo hello; echo trouble >&2")
        .success()
        .stdout("hello\n")
        .stderr(
            contains("trouble")
                .and(contains("Recorded sh -c echo hello"))
                .and(contains("Next: litepool info")),
        );
    let trace = Trace::read(room.path("demo.lpt")).unwrap();
    assert!(!trace.events.is_empty() && !trace.interned.stacks.is_empty());
    assert!(trace.header.program.starts_with("sh -c"));
}

/// As with `env` and `strace`. What follows the program is the program's, options too.
#[test]
fn a_program_is_recorded_without_two_dashes_before_it() {
    let room = Room::new();
    let output = argument(&room.path("demo.lpt"));
    litepool()
        .args([
            "record",
            "-o",
            &output,
            "sh",
            "-c",
            "echo $0 $1",
            "-o",
            "--depth",
        ])
        .assert()
        .success()
        .stdout("-o --depth\n");
    litepool()
        .args(["record", "-o", &output, "--dpeth", "3", "sh"])
        .assert()
        .code(2)
        .stderr(contains("--depth"));
}

#[test]
fn what_was_recorded_can_be_sized() {
    let room = Room::new();
    let output = argument(&room.path("ls.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", "ls", "-la", "/"])
        .assert()
        .success();
    for command in ["info", "size", "replay"] {
        litepool().args([command, &output]).assert().success();
    }
}

#[test]
fn a_program_that_allocates_nothing_is_told() {
    let room = Room::new();
    let output = argument(&room.path("true.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", "/bin/true"])
        .assert()
        .code(2)
        .stderr(contains("no operation was recorded"));
    assert!(!room.path("true.lpt").exists());
}

/// Compiles a C program.
fn program(room: &Room, name: &str, source: &str) -> String {
    let file = room.file(&format!("{name}.c"), source);
    let program = argument(&room.path(name));
    let status = std::process::Command::new("cc")
        .args(["-O0", "-w", "-fno-builtin", "-o", &program, &file])
        .status();
    assert!(status.unwrap().success());
    program
}

#[test]
fn an_allocator_of_the_programs_own_is_told() {
    let room = Room::new();
    let source = r#"
        #include <stddef.h>
        static char pool[1 << 20];
        static size_t at;
        void *malloc(size_t size) {
            size_t rounded = (size + 15) / 16 * 16;
            at += rounded + 16;
            return pool + at - rounded;
        }
        void *calloc(size_t count, size_t size) { return malloc(count * size); }
        void *realloc(void *old, size_t size) { return malloc(size); }
        void free(void *object) {}
        int main(void) { return malloc(100) == NULL; }
    "#;
    let own = program(&room, "own", source);
    let output = argument(&room.path("own.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", &own])
        .assert()
        .code(2)
        .stderr(contains("it defines malloc itself"));
    assert!(!room.path("own.lpt").exists());
}

#[test]
fn a_double_free_is_called_that_and_the_signal_named() {
    let room = Room::new();
    let source = r#"
        #include <stdlib.h>
        int main(void) {
            void *object = malloc(100);
            free(malloc(7));
            if (malloc((size_t)-1000)) {
                return 1;
            }
            free(object);
            free(object);
            return 0;
        }
    "#;
    let double = program(&room, "double", source);
    let output = argument(&room.path("double.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", &double])
        .assert()
        .code(128 + 6)
        .stderr(
            contains("1 double free")
                .and(contains("first after operation 4"))
                .and(contains("The first one: main"))
                .and(contains("1 refused request"))
                .and(contains("ended by signal 6 (SIGABRT)")),
        );
    Trace::read(&output).unwrap();
}

#[test]
fn lost_operations_are_an_error() {
    let room = Room::new();
    let output = argument(&room.path("lost.lpt"));
    let script = "ulimit -f 1; for i in {1..30000}; do x=$i; done; echo whole";
    litepool()
        .args(["record", "-o", &output, "--", "bash", "-c", script])
        .assert()
        .code(2)
        .stdout("whole\n")
        .stderr(
            contains("litepool: ")
                .and(contains("operations could not be recorded"))
                .and(contains("ulimit -f")),
        );
    let whole = Trace::read(&output).unwrap_err().to_string();
    assert!(whole.contains("the recording is incomplete"), "{whole}");
    let good = argument(&room.path("good.lpt"));
    litepool()
        .args(["import", "--until-loss", &output, "-o", &good])
        .assert()
        .success();
    assert!(Trace::read(&good).unwrap().events.len() > 10_000);
}

#[test]
fn where_nothing_was_written_no_file_is_called_good() {
    let room = Room::new();
    let (output, name) = (argument(&room.path("none.lpt")), "none.lpt");
    // The log's header fits, and nothing else.
    let litepool = env!("CARGO_BIN_EXE_litepool");
    let command = format!("ulimit -f 100; exec {litepool} record -o {output} -- ls /");
    assert_cmd::Command::new("bash")
        .args(["-c", &command])
        .assert()
        .code(2)
        .stderr(
            contains("operations could not be recorded")
                .and(contains("ulimit -f"))
                .and(contains(name).not()),
        );
    assert!(!room.path(name).exists());
}

#[test]
fn operations_that_a_child_lost_are_told_and_the_other_traces_written() {
    let room = Room::new();
    let output = argument(&room.path("shell.lpt"));
    let script = "x=$(ulimit -f 100; ls / | cat); echo whole";
    litepool()
        .args([
            "record",
            "--children",
            "-o",
            &output,
            "--",
            "bash",
            "-c",
            script,
        ])
        .assert()
        .code(2)
        .stdout("whole\n")
        .stderr(contains("process ").and(contains("operations could not be recorded: the log")));
    assert!(!Trace::read(&output).unwrap().events.is_empty());
}

#[test]
fn a_program_that_could_not_be_recorded_from_the_start_is_told() {
    let room = Room::new();
    // What is recorded of the shell is no trace of what it becomes.
    record(&room, &[], "ulimit -f 1; exec ls /")
        .code(2)
        .stderr(contains("ulimit -f"));
    assert!(!room.path("demo.lpt").exists());
}

#[test]
fn children_that_were_not_recorded_are_counted() {
    let room = Room::new();
    record(&room, &[], "ls >/dev/null; ls >/dev/null; true")
        .success()
        .stderr(contains(
            "2 processes that the program started were not recorded: --children",
        ));
    record(&room, &[], "ls >/dev/null; true")
        .success()
        .stderr(contains(
            "1 process that the program started was not recorded",
        ));
    record(&room, &[], "true")
        .success()
        .stderr(contains("not recorded").not());
    record(&room, &["--children"], "ls >/dev/null; true")
        .success()
        .stderr(contains("not recorded").not());
}

#[test]
fn a_runtime_with_a_heap_of_its_own_is_told() {
    let room = Room::new();
    let python = room.path("python3.99");
    fs::copy("/bin/ls", &python).unwrap();
    let (python, output) = (argument(&python), argument(&room.path("demo.lpt")));
    let command = || {
        let mut command = litepool();
        command.args(["record", "-o", &output, "--", &python, "/"]);
        command
    };
    command()
        .env_remove("PYTHONMALLOC")
        .assert()
        .success()
        .stderr(contains("Set PYTHONMALLOC=malloc"));
    command()
        .env("PYTHONMALLOC", "malloc")
        .assert()
        .success()
        .stderr(contains("pymalloc").not());
}

/// With `--children` the recording lasts until all have ended.
#[test]
fn a_child_that_outlives_the_program_is_recorded_to_its_end() {
    let room = Room::new();
    let script = "(sleep 0.5; ls / >/dev/null) >/dev/null 2>&1 & exit 0";
    record(&room, &["--children"], script).success();
    let is_ls = |file: &fs::DirEntry| {
        let trace = Trace::read(file.path()).unwrap();
        trace.header.program == "ls /" && trace.events.len() > 50
    };
    let files = fs::read_dir(room.path("")).unwrap();
    assert_eq!(files.map(Result::unwrap).filter(is_ls).count(), 1);
}

#[test]
fn what_is_no_file_is_written_as_it_is() {
    use std::os::unix::fs::FileTypeExt;
    litepool()
        .args(["record", "-o", "/dev/null", "--", "ls", "/"])
        .assert()
        .success();
    assert!(
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
    // A link stays one, and a file keeps its permissions.
    use std::os::unix::fs::PermissionsExt;
    let room = Room::new();
    room.file("real.lpt", "old");
    fs::set_permissions(room.path("real.lpt"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.lpt", room.path("demo.lpt")).unwrap();
    record(&room, &[], "true").success();
    assert!(room.path("demo.lpt").is_symlink());
    Trace::read(room.path("real.lpt")).unwrap();
    let mode = fs::metadata(room.path("real.lpt"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_directory_that_forbids_programs_is_told_before_the_program_runs() {
    let room = Room::new();
    let place = room.path("mounted");
    fs::create_dir(&place).unwrap();
    let output = argument(&room.path("demo.lpt"));
    let script = r#"mount -t tmpfs -o noexec none "$1" || exit 77
        TMPDIR="$1" "$0" record -o "$2" -- sh -c "echo it ran""#;
    let status = assert_cmd::Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", script])
        .args([env!("CARGO_BIN_EXE_litepool"), &argument(&place), &output])
        .output();
    match status {
        Ok(output) if output.status.code() == Some(2) => {
            assert!(output.stdout.is_empty());
            assert!(String::from_utf8_lossy(&output.stderr).contains("noexec"));
        }
        other => eprintln!("left out: nothing can be mounted here: {other:?}"),
    }
}

#[test]
fn the_exit_code_is_the_programs() {
    let room = Room::new();
    record(&room, &[], "exit 7").code(7);
    record(&room, &[], "kill -9 $$").code(128 + 9);
    Trace::read(room.path("demo.lpt")).unwrap();
}

#[test]
fn a_request_to_terminate_reaches_the_program_and_the_recording_is_saved() {
    let room = Room::new();
    record(&room, &[], "kill -TERM $PPID; while :; do sleep 1; done").code(128 + 15);
    assert!(
        !Trace::read(room.path("demo.lpt"))
            .unwrap()
            .events
            .is_empty()
    );
    let script = "trap 'exit 3' INT; kill -INT $PPID; while :; do sleep 1; done";
    record(&room, &[], script).code(3);
}

#[test]
fn standard_input_is_the_programs() {
    let room = Room::new();
    let output = argument(&room.path("cat.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", "cat"])
        .write_stdin("through")
        .assert()
        .success()
        .stdout("through");
}

#[test]
fn children_are_recorded_on_demand() {
    let room = Room::new();
    let traces = || fs::read_dir(room.path("")).unwrap().count();
    record(&room, &[], "ls >/dev/null; true").success();
    assert_eq!(traces(), 1);
    record(&room, &["--children"], "ls >/dev/null; true").success();
    assert!(traces() > 1, "no trace of ls");
    for file in fs::read_dir(room.path("")).unwrap() {
        Trace::read(file.unwrap().path()).unwrap();
    }
}

#[test]
fn raw_logs_stay_if_wanted() {
    let room = Room::new();
    record(&room, &["--keep-raw"], ":")
        .success()
        .stderr(contains("demo.lpt.raw"));
    assert!(room.path("demo.lpt.raw").join("raw").is_file());
    record(&room, &["--keep-raw"], ":")
        .code(2)
        .stderr(contains("remove what is there"));
}

#[test]
fn what_cannot_be_recorded_leaves_no_file() {
    let room = Room::new();
    let output = argument(&room.path("none.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", "/no/such/program"])
        .assert()
        .code(2)
        .stderr(contains("cannot run"));
    litepool()
        .args([
            "record",
            "-o",
            &output,
            "--",
            "env",
            "-u",
            "LD_PRELOAD",
            "LITEPOOL_RECORD_FILE=",
            "true",
        ])
        .assert()
        .success();
    fs::remove_file(&output).unwrap();
    litepool()
        .args(["record", "-o", "/no/such/dir/x.lpt", "--", "true"])
        .assert()
        .code(2)
        .stderr(contains("cannot write"));
    litepool()
        .args(["record", "-o", "-", "--", "true"])
        .assert()
        .code(2)
        .stderr(contains("name a file"));
    assert!(!room.path("none.lpt").exists());
}

/// The smallest statically linked program: one segment, whose code is `exit(0)`.
#[cfg(target_arch = "x86_64")]
fn static_program() -> Vec<u8> {
    const BASE: u64 = 0x40_0000;
    const CODE: [u8; 9] = [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]; // mov eax, 60; xor edi, edi; syscall
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    for half in [2_u16, 62] {
        elf.extend(half.to_le_bytes()); // an executable; x86-64
    }
    elf.extend(1_u32.to_le_bytes());
    for word in [BASE + 120, 64, 0] {
        elf.extend(word.to_le_bytes()); // entry; program headers; no section headers
    }
    elf.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 0, 0, 0] {
        elf.extend(half.to_le_bytes());
    }
    for word in [1_u32, 5] {
        elf.extend(word.to_le_bytes()); // load; read and execute
    }
    for word in [0, BASE, BASE, 129, 129, 4096] {
        elf.extend(word.to_le_bytes());
    }
    elf.extend(CODE);
    elf
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_static_program_is_explained_and_an_old_trace_kept() {
    use std::os::unix::fs::PermissionsExt;

    let room = Room::new();
    let program = room.file("static", static_program());
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let old = room.file("old.lpt", "precious");
    let new = argument(&room.path("new.lpt"));
    for output in [&old, &new] {
        litepool()
            .args(["record", "-o", output, "--", &program])
            .assert()
            .code(2)
            .stderr(contains("nothing was recorded: ").and(contains(
                "is statically linked: link it dynamically to record it\n",
            )));
        // What starts it is another program, whose trace nobody asked for.
        litepool()
            .args(["record", "-o", output, "--", "env", "X=1", &program])
            .assert()
            .code(2)
            .stderr(contains("is statically linked"));
        litepool()
            .args(["record", "-o", output, "--", "sh", "-c"])
            .arg(format!("exec {program}"))
            .assert()
            .code(2)
            .stderr(contains("is statically linked"));
    }
    assert_eq!(fs::read_to_string(&old).unwrap(), "precious");
    assert!(!room.path("new.lpt").exists());
}

/// A program whose memory is asked for in one place, three calls deep.
const NESTED: &str = r#"
    #include <stdlib.h>
    __attribute__((noinline)) void *inner(void) { void *p = malloc(100); return p; }
    __attribute__((noinline)) void *outer(void) { void *p = inner(); return p; }
    int main(void) { free(outer()); return 0; }
"#;

#[test]
fn stacks_are_as_deep_as_wanted() {
    let room = Room::new();
    let nested = program(&room, "nested", NESTED);
    let output = argument(&room.path("nested.lpt"));
    let depths = |options: &[&str]| {
        litepool()
            .args(["record", "-o", &output])
            .args(options)
            .args(["--", &nested])
            .assert()
            .success();
        let trace = Trace::read(&output).unwrap();
        let depth = |event: &litepool_trace::Event| trace.interned.frames_of(event.stack).count();
        (depth(&trace.events[0]), depth(&trace.events[1]))
    };
    assert_eq!(depths(&["--depth", "0"]), (0, 0));
    assert_eq!(depths(&["--depth", "1"]), (1, 1));
    assert_eq!(depths(&["--depth", "2"]), (2, 2));
    let (allocation, free) = depths(&[]);
    assert!(allocation > free && free > 2, "{allocation} {free}");
    litepool()
        .args(["record", "-o", &output, "--depth", "65", "--", &nested])
        .assert()
        .code(2)
        .stderr(contains("65"));
}

/// It is recorded, or refused before it runs: that depends on what the build found.
#[cfg(target_arch = "x86_64")]
#[test]
fn a_program_of_32_bits_is_recorded_if_there_is_a_recorder_for_it() {
    let room = Room::new();
    let file = room.file("nested.c", NESTED);
    let narrow = argument(&room.path("narrow"));
    let status = std::process::Command::new("cc")
        .args(["-m32", "-O0", "-w", "-fno-builtin", "-o", &narrow, &file])
        .status();
    assert!(
        status.unwrap().success(),
        "cc -m32 works: gcc-multilib is installed"
    );
    let output = argument(&room.path("narrow.lpt"));
    let recorded = litepool()
        .args(["record", "-o", &output, "--", &narrow])
        .assert();
    if recorded.get_output().status.success() {
        let trace = Trace::read(&output).unwrap();
        assert_eq!(trace.header.word, litepool_trace::WordSize::Bits32);
        litepool()
            .args(["size", &output])
            .assert()
            .success()
            .stdout(contains("the objects have the sizes"));
    } else {
        recorded.code(2).stderr(
            contains("rustup target add i686-unknown-linux-gnu").and(contains("gcc-multilib")),
        );
        assert!(!room.path("narrow.lpt").exists());
    }
}
