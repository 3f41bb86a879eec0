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

/// The programs of 32 bits that run on the same machine.
const NARROW: &str = "i686-unknown-linux-gnu";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(narrow_recorder)");
    if variable("CARGO_CFG_TARGET_OS") != "linux" {
        return;
    }
    watch_sources();
    let target = variable("TARGET");
    let library = build_recorder(&target)
        .unwrap_or_else(|| panic!("building litepool-record failed; its messages stand above"));
    println!("cargo::rustc-env=LITEPOOL_RECORDER={}", library.display());
    if variable("CARGO_CFG_TARGET_ARCH") == "x86_64" && is_installed(NARROW) {
        match build_recorder(NARROW) {
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

fn crates() -> PathBuf {
    Path::new(&variable("CARGO_MANIFEST_DIR")).join("..")
}

fn watch_sources() {
    for source in ["src", "Cargo.toml"] {
        for name in ["litepool-record", "litepool-trace"] {
            let source = crates().join(name).join(source);
            println!("cargo::rerun-if-changed={}", source.display());
        }
    }
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
fn build_recorder(target: &str) -> Option<PathBuf> {
    let manifest = crates().join("litepool-record/Cargo.toml");
    assert!(
        manifest.is_file(),
        "{} is missing: build litepool-cli inside its workspace, where it finds the recorder's sources",
        manifest.display()
    );
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
        .args(["--target", target])
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
    let library = directory.join(target).join("release/liblitepool_record.so");
    (status.success() && library.is_file()).then_some(library)
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for a build script"))
}
