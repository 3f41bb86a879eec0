//! Builds the recorder, so that the command can carry it inside.
//!
//! The recorder is a shared library, which cargo cannot yet give to another crate as a file. So this crate
//! depends on the recorder's for its sources, in the workspace and from the registry alike, and cargo is
//! called once more, for that crate alone, with a target directory of its own: the outer cargo holds the
//! lock of the usual one until this script ends.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Settings of the outer build that would harm the inner one: a lint driver in the compiler's place, sanitizers,
/// a statically linked C library (a preloaded library must share the program's).
const NOT_INHERITED: [&str; 10] = [
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "CLIPPY_ARGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];

/// The programs of 32 bits that run on the same machine.
const NARROW: &str = "i686-unknown-linux-gnu";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(narrow_recorder)");
    if variable("CARGO_CFG_TARGET_OS") != "linux" {
        return;
    }
    let sources = PathBuf::from(variable("DEP_LITEPOOL_RECORD_ROOT"));
    watch(&sources);
    if env::var_os("DOCS_RS").is_some() {
        return without_recorder();
    }
    let target = variable("TARGET");
    let library = build_recorder(&sources, &target)
        .unwrap_or_else(|| panic!("building litepool-record failed; its messages stand above"));
    println!("cargo::rustc-env=LITEPOOL_RECORDER={}", library.display());
    if variable("CARGO_CFG_TARGET_ARCH") == "x86_64" && is_installed(NARROW) {
        match build_recorder(&sources, NARROW) {
            Some(library) => {
                let library = library.display();
                println!("cargo::rustc-env=LITEPOOL_NARROW_RECORDER={library}");
                println!("cargo::rustc-cfg=narrow_recorder");
            }
            None => println!(
                "cargo::warning=the recorder for programs of 32 bits can't be built: is gcc-multilib \
                 installed? This litepool records programs of 64 bits only"
            ),
        }
    }
}

/// Its sources are watched one by one: one is a link to a file of another crate.
fn watch(sources: &Path) {
    println!(
        "cargo::rerun-if-changed={}",
        sources.join("Cargo.toml").display()
    );
    let mut directories = vec![sources.join("src")];
    while let Some(directory) = directories.pop() {
        println!("cargo::rerun-if-changed={}", directory.display());
        let entries = directory.read_dir().into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.is_dir() {
                directories.push(path);
            } else {
                println!("cargo::rerun-if-changed={}", path.display());
            }
        }
    }
}

/// Documentation is built where there is no network, and cargo could not be called for the recorder.
fn without_recorder() {
    let empty = Path::new(&variable("OUT_DIR")).join("empty");
    fs::write(&empty, []).unwrap_or_else(|error| panic!("{}: {error}", empty.display()));
    println!("cargo::rustc-env=LITEPOOL_RECORDER={}", empty.display());
}

/// Whether the compiler has a standard library for this target. Nothing is fetched if not.
fn is_installed(target: &str) -> bool {
    let output = Command::new(variable("RUSTC"))
        .args(["--print", "sysroot"])
        .output()
        .unwrap_or_else(|error| panic!("cannot run rustc: {error}"));
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let targets = Path::new(&sysroot).join("lib/rustlib");
    // rustup notes here what it installs.
    let components = targets.join("components");
    if components.exists() {
        println!("cargo::rerun-if-changed={}", components.display());
    }
    targets.join(target).join("lib").is_dir()
}

/// Builds the recorder for a target. `None` if that fails.
fn build_recorder(sources: &Path, target: &str) -> Option<PathBuf> {
    let directory = Path::new(&variable("OUT_DIR")).join("recorder");
    let mut cargo = Command::new(variable("CARGO"));
    cargo
        .args([
            "build",
            "--release",
            "--lib",
            "--package",
            "litepool-record",
        ])
        // From the registry it comes without the workspace's profile. It must not unwind: see its `lib.rs`.
        .args(["--config", r#"profile.release.panic="abort""#])
        .args(["--target", target])
        .arg("--manifest-path")
        .arg(sources.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&directory);
    for name in NOT_INHERITED {
        cargo.env_remove(name);
    }
    let status = cargo
        .status()
        .unwrap_or_else(|error| panic!("cannot run cargo: {error}"));
    let library = directory.join(target).join("release/liblitepool_record.so");
    (status.success() && library.is_file()).then_some(library)
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for a build script"))
}
