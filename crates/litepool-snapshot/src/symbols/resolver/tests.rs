//! Names for frames.

use std::fs;
use std::path::Path;
use std::process::Command;

use litepool_trace::{Frame, Interned, Location, Module};

use super::{Resolver, Symbols};

const SOURCE: &str = "int table[3] = {1}; int main(void) { return table[0]; }";

/// A program with this build id.
fn program(path: &Path, id: &str) {
    let source = path.with_extension("c");
    fs::write(&source, SOURCE).unwrap();
    let status = Command::new("cc")
        .args(["-g", "-no-pie", &format!("-Wl,--build-id={id}"), "-o"])
        .args([path, &source])
        .status();
    assert!(status.unwrap().success());
}

/// The address of a call in `main`.
fn in_main(path: &Path) -> u64 {
    let symbols = Symbols::open(path).unwrap();
    let code = &symbols.elf.code;
    let main = |&address: &u64| {
        let locations = symbols.locations(address);
        locations
            .first()
            .is_some_and(|found| found.function.as_ref() == "main")
    };
    let mut addresses = code.iter().cloned().flatten();
    addresses.find(main).unwrap()
}

fn trace(path: &Path, build_id: &[u8], offset: u64) -> (Interned, Frame) {
    let module = Module {
        path: path.to_str().unwrap().into(),
        build_id: build_id.into(),
    };
    let frame = Frame {
        module: 0,
        offset,
        locations: Vec::new(),
    };
    let interned = Interned {
        modules: vec![module],
        ..Interned::default()
    };
    (interned, frame)
}

#[test]
fn a_frame_is_named_from_the_recorded_build() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("demo");
    program(&path, "0xaabb");
    let (interned, frame) = trace(&path, &[0xaa, 0xbb], in_main(&path));
    let mut resolver = Resolver::new();
    for _ in 0..2 {
        let locations = resolver.locations(&interned, &frame);
        assert_eq!(locations[0].function.as_ref(), "main");
        assert_eq!(locations[0].line, 1);
    }
    assert!(resolver.notes().is_empty());
}

#[test]
fn without_files_only_what_the_trace_brings_along_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("demo");
    program(&path, "0xaabb");
    let (interned, mut frame) = trace(&path, &[0xaa, 0xbb], in_main(&path));
    let mut resolver = Resolver::new().without_files();
    assert!(resolver.locations(&interned, &frame).is_empty());
    assert!(resolver.notes().is_empty());
    frame.locations.push(Location::default());
    assert_eq!(resolver.locations(&interned, &frame).len(), 1);
}

#[test]
fn another_build_names_nothing_and_is_told_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("demo");
    program(&path, "0xaabb");
    let (interned, frame) = trace(&path, &[0xaa, 0xcc], in_main(&path));
    let mut resolver = Resolver::new();
    for _ in 0..2 {
        assert!(resolver.locations(&interned, &frame).is_empty());
    }
    assert_eq!(
        resolver.notes(),
        ["demo is another build than the recorded one: its functions are not named"]
    );
}

#[test]
fn a_trace_without_build_ids_is_named_with_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("demo");
    program(&path, "0xaabb");
    let (interned, frame) = trace(&path, &[], in_main(&path));
    let mut resolver = Resolver::new();
    assert_eq!(
        resolver.locations(&interned, &frame)[0].function.as_ref(),
        "main"
    );
    let notes = resolver.notes();
    assert!(
        notes.len() == 1 && notes[0].contains("does not say of which build"),
        "{notes:?}"
    );
}

#[test]
fn what_the_trace_brings_along_is_not_looked_up() {
    let (interned, mut frame) = trace(Path::new("/nowhere/demo"), &[], 1);
    let location = Location {
        function: "net_rx".into(),
        file: "net.c".into(),
        line: 42,
    };
    frame.locations = vec![location.clone()];
    let mut resolver = Resolver::new();
    assert_eq!(resolver.locations(&interned, &frame), [location]);
    assert!(resolver.notes().is_empty());
}

#[test]
fn a_module_that_is_not_there_is_told_and_one_that_is_no_file_is_not() {
    let mut resolver = Resolver::new();
    for path in ["/nowhere/demo", "[vdso]", "[anonymous]", "demo"] {
        let (interned, frame) = trace(Path::new(path), &[1], 1);
        assert!(resolver.locations(&interned, &frame).is_empty());
    }
    assert_eq!(
        resolver.notes(),
        ["demo is not on this machine: its functions are not named"]
    );
}

/// A file that was replaced while the program ran is another one, unless its build id says otherwise.
#[test]
fn a_replaced_program_is_another_build() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("demo");
    program(&path, "0xaabb");
    let gone = directory.path().join("demo (deleted)");
    let address = in_main(&path);
    for (id, is_named) in [(&[][..], false), (&[0xaa, 0xbb], true)] {
        let (interned, frame) = trace(&gone, id, address);
        let locations = Resolver::new().locations(&interned, &frame);
        assert_eq!(!locations.is_empty(), is_named);
    }
}

#[test]
fn addresses_of_a_device_are_named_from_its_program() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("demo");
    program(&path, "0xaabb");
    let address = in_main(&path);
    let mut resolver = Resolver::new().with_firmware(Symbols::open(&path).unwrap());
    let frame = Frame {
        offset: address,
        ..Frame::default()
    };
    assert_eq!(
        resolver.locations(&Interned::default(), &frame)[0]
            .function
            .as_ref(),
        "main"
    );
    // A module of the same build is the same program, wherever it was.
    let (interned, frame) = trace(Path::new("firmware.elf"), &[0xaa, 0xbb], address);
    assert_eq!(
        resolver.locations(&interned, &frame)[0].function.as_ref(),
        "main"
    );
}
