//! Builds the recorder, so that the command can carry it inside.
//!
//! The recorder is a shared library, which cargo cannot yet give to another crate as a file. So cargo is
//! called once more, for that crate alone, with a target directory of its own: the outer cargo holds the
//! lock of the usual one until this script ends.

use std::env;
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

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if variable("CARGO_CFG_TARGET_OS") == "linux" {
        let library = build_recorder();
        println!("cargo::rustc-env=LITEPOOL_RECORDER={}", library.display());
    }
}

fn build_recorder() -> PathBuf {
    let crates = Path::new(&variable("CARGO_MANIFEST_DIR")).join("..");
    let manifest = crates.join("litepool-record/Cargo.toml");
    assert!(
        manifest.is_file(),
        "{} is missing: build litepool-cli inside its workspace, where it finds the recorder's sources",
        manifest.display()
    );
    for source in ["litepool-record/src", "litepool-trace/src"] {
        println!("cargo::rerun-if-changed={}", crates.join(source).display());
    }
    for source in ["litepool-record/Cargo.toml", "litepool-trace/Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", crates.join(source).display());
    }

    let target = variable("TARGET");
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
        .args(["--target", &target])
        .arg("--manifest-path")
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&directory);
    for name in NOT_INHERITED {
        cargo.env_remove(name);
    }
    let status = cargo
        .status()
        .unwrap_or_else(|error| panic!("cannot run cargo: {error}"));
    assert!(
        status.success(),
        "building litepool-record failed ({status}); its messages stand above"
    );

    let library = directory.join(target).join("release/liblitepool_record.so");
    assert!(
        library.is_file(),
        "cargo succeeded but {} is missing",
        library.display()
    );
    library
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for a build script"))
}
