//! Building the recorder and small C programs, running them under it, and reading what was
//! recorded.

// Every test program takes what it needs.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock};

use litepool_trace::recording::{ENV_CHILDREN, ENV_DEPTH, ENV_FILE, Log, Recording, Summary};
use litepool_trace::{Event, Op, Trace, Writer};
use tempfile::TempDir;

/// The recorder, built as it is shipped.
pub fn recorder() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([
            "build",
            "--quiet",
            "--release",
            "--lib",
            "--config",
            r#"profile.release.panic="abort""#,
        ]);
        cargo
            .arg("--manifest-path")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
        cargo.arg("--target-dir").arg(&target);
        let library = if cfg!(target_arch = "x86") {
            cargo.args(["--target", "i686-unknown-linux-gnu"]);
            target.join("i686-unknown-linux-gnu/release/liblitepool_record.so")
        } else {
            target.join("release/liblitepool_record.so")
        };
        assert!(
            cargo.status().expect("cargo runs").success(),
            "the recorder builds"
        );
        library
    })
}

/// A directory with a compiled C program in it, and the raw logs once it ran.
pub struct Scene {
    pub directory: TempDir,
}

impl Scene {
    /// Compiles `tests/programs/SOURCE` as it stands, every call to the heap in its place.
    /// Compilers warn of some of them.
    pub fn new(source: &str, options: &[&str]) -> Self {
        let scene = Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        scene.compile(source, "program", options);
        scene
    }

    /// Compiles another program or library into the same directory.
    pub fn compile(&self, source: &str, output: &str, options: &[&str]) -> PathBuf {
        let is_cpp = source.ends_with(".cpp");
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/programs")
            .join(source);
        let output = self.path(output);
        let mut compiler = Command::new(if is_cpp { "c++" } else { "cc" });
        if cfg!(target_arch = "x86") {
            compiler.arg("-m32");
        }
        compiler
            .args(["-O0", "-fno-builtin", "-w", "-pthread", "-o"])
            .arg(&output)
            .arg(source)
            .args(options);
        assert!(
            compiler.status().expect("cc runs").success(),
            "the program compiles"
        );
        output
    }

    /// What a stack is, the innermost function first: those of the scene's own programs and
    /// libraries by their names, others by the names of their files, each once where it has several
    /// in a row.
    pub fn functions(&self, trace: &Trace, stack: u32) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for frame in trace.interned.frames_of(stack) {
            let module = trace.interned.module_of(frame).expect("a module");
            let path = Path::new(&module.path);
            if path.starts_with(self.directory.path()) {
                names.push(function(path, frame.offset));
            } else {
                let name = path.file_name().expect("a name").to_string_lossy();
                let name = name.split(".so").next().unwrap_or_default().to_owned();
                if names.last() != Some(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// The stacks of all allocations of this size, as [`Scene::functions`] gives them.
    pub fn stacks_of(&self, trace: &Trace, size: u64) -> Vec<Vec<String>> {
        let is_it =
            |event: &&Event| matches!(event.op(), Some(Op::Allocate { size: s, .. }) if s == size);
        let events = trace.events.iter().filter(is_it);
        events
            .map(|event| self.functions(trace, event.stack))
            .collect()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The program with these arguments, to be recorded.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(self.path("program"));
        command
            .args(arguments)
            .env("LD_PRELOAD", recorder())
            .env(ENV_FILE, self.path("raw"))
            .env_remove(ENV_CHILDREN)
            .env_remove(ENV_DEPTH);
        command
    }

    /// The program as it is without a recorder.
    pub fn unrecorded<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(self.path("program"));
        command.args(arguments);
        command
    }

    /// Runs the program to its successful end.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Run {
        let output = self.command(arguments).output().expect("the program runs");
        assert!(output.status.success(), "{output:?}");
        Run { output }
    }

    /// What was recorded so far.
    pub fn recording(&self) -> Recording {
        Recording::open(&self.path("raw")).expect("a recording")
    }

    /// The only log, converted.
    pub fn trace(&self) -> (Trace, Summary) {
        let recording = self.recording();
        assert_eq!(recording.logs().len(), 1);
        convert(&recording.logs()[0])
    }
}

/// The function that an instruction before this offset lies in, as the file's symbols say.
fn function(path: &Path, offset: u64) -> String {
    type Symbols = Vec<(u64, String)>;
    static READ: Mutex<BTreeMap<PathBuf, Symbols>> = Mutex::new(BTreeMap::new());

    let mut read = READ.lock().expect("no test has panicked here");
    let symbols = read.entry(path.into()).or_insert_with(|| {
        let symbols = Command::new("nm").arg("-n").arg(path).output();
        let symbols = String::from_utf8(symbols.expect("nm runs").stdout).expect("text");
        let code = symbols.lines().filter_map(|line| {
            let [address, kind, name] = line.split(' ').collect::<Vec<_>>()[..] else {
                return None;
            };
            let address = u64::from_str_radix(address, 16).ok()?;
            matches!(kind, "t" | "T" | "W").then(|| (address, name.to_owned()))
        });
        code.collect()
    });
    let at = symbols.partition_point(|(first, _)| *first < offset);
    symbols[at.checked_sub(1).expect("a function")].1.clone()
}

/// A run of the program that ended well.
pub struct Run {
    pub output: Output,
}

impl Run {
    /// The numbers that it wrote.
    pub fn numbers(&self) -> Vec<u64> {
        numbers(&self.output.stdout)
    }
}

/// The numbers in a text.
pub fn numbers(text: &[u8]) -> Vec<u64> {
    str::from_utf8(text)
        .expect("text")
        .split_whitespace()
        .map(|word| word.parse().expect("a number"))
        .collect()
}

/// Converts a log by way of the trace's file format, which refuses any order that makes no sense.
pub fn convert(log: &Log) -> (Trace, Summary) {
    let mut writer = Writer::new(Vec::new(), &log.trace_header()).expect("a writer");
    let summary = log.convert(&mut writer).expect("the log converts");
    let file = writer.finish().expect("the trace is finished");
    (
        Trace::from_reader(&file[..]).expect("the trace reads"),
        summary,
    )
}

/// How many objects of 64 bytes were allocated: the test programs use that size for what is to be
/// counted.
pub fn churned(trace: &Trace) -> u64 {
    let is_churn = |event: &&Event| matches!(event.op(), Some(Op::Allocate { size: 64, .. }));
    trace.events.iter().filter(is_churn).count() as u64
}

/// The operations alone.
pub fn ops(trace: &Trace) -> Vec<Op> {
    trace.events.iter().filter_map(Event::op).collect()
}

/// The operations of the calls in this module, by the end of its path.
pub fn ops_from(trace: &Trace, module: &str) -> Vec<Op> {
    let from = |stack| {
        let frame = trace.interned.innermost(stack);
        frame
            .and_then(|frame| trace.interned.module_of(frame))
            .is_some_and(|found| found.path.ends_with(module))
    };
    trace
        .events
        .iter()
        .filter(|event| from(event.stack))
        .filter_map(Event::op)
        .collect()
}

pub const fn allocate(id: u32, size: u64, align: u64) -> Op {
    Op::Allocate { id, size, align }
}

pub const fn resize(id: u32, size: u64) -> Op {
    Op::Resize { id, size }
}

pub const fn free(id: u32) -> Op {
    Op::Free { id }
}
