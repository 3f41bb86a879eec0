//! What is printed as code compiles, and names switches that exist.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use litepool_replay::configurations;
use litepool_trace::WordSize;

use super::*;
use crate::code::has_switches;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The recommendations that there can be: each configuration, for each word size, small and large.
fn all(mut see: impl FnMut(&Ready<'_>)) {
    for word in [WordSize::Bits32, WordSize::Bits64] {
        for configuration in configurations(word) {
            for pool in [86_016, 3 << 20, 300 << 20] {
                if pool <= configuration.largest() {
                    see(&Ready {
                        replayed: Replayed {
                            configuration,
                            max_size: None,
                        },
                        pool,
                        files: "a.lpt",
                    });
                }
            }
        }
    }
}

#[test]
fn rust_compiles() {
    let crate_ = tempfile::tempdir().unwrap();
    let (source, mut modules) = (crate_.path().join("src"), String::new());
    fs::create_dir(&source).unwrap();
    let mut number = 0;
    all(|ready| {
        // Pools of hundreds of megabytes differ in nothing else.
        if ready.pool < 4 << 20 {
            let _ = writeln!(modules, "pub mod m{number};");
            fs::write(source.join(format!("m{number}.rs")), ready.rust()).unwrap();
            number += 1;
        }
    });
    assert!(number > 26);
    fs::write(
        source.join("lib.rs"),
        format!("#![deny(warnings)]\n{modules}"),
    )
    .unwrap();
    let manifest = format!(
        "[package]\nname = \"emitted\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nlitepool = {{ path = {:?} }}\n\n[workspace]\n",
        repository().join("crates/litepool")
    );
    fs::write(crate_.path().join("Cargo.toml"), manifest).unwrap();
    fs::copy(
        repository().join("Cargo.lock"),
        crate_.path().join("Cargo.lock"),
    )
    .unwrap();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["check", "--quiet", "--offline"])
        .current_dir(crate_.path())
        .env("CARGO_TARGET_DIR", crate_.path().join("target"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

#[test]
fn a_max_size_that_was_asked_for_stays() {
    let configuration = configurations(WordSize::Bits32).next().unwrap();
    let ready = Ready {
        replayed: Replayed {
            configuration: configuration.with_max_size(16 << 20).unwrap(),
            max_size: Some(16 << 20),
        },
        pool: 86_016,
        files: "",
    };
    assert!(ready.rust().contains("MAX_SIZE: usize = 16_777_216;"));
    assert!(!ready.c().unwrap().contains("max-"));
}

#[test]
fn the_switches_of_the_c_library_exist() {
    let manifest = repository().join("crates/litepool-c/Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let features = manifest.split("[features]").nth(1).unwrap();
    let page = fs::read_to_string(repository().join("crates/litepool-c/README.md")).unwrap();
    let mut emitted = 0;
    all(|ready| {
        let replayed = &ready.replayed;
        let Ok(code) = ready.c() else {
            assert!(!has_switches(&replayed.configuration));
            return;
        };
        assert!(has_switches(&replayed.configuration));
        emitted += 1;
        for feature in replayed.features(&[ready.pool]).unwrap() {
            assert!(features.contains(&format!("\n{feature} = ")), "{feature}");
        }
        for word in code.split([' ', ',', '.', '\n']) {
            if let Some(switch) = word.strip_prefix("LOSCFG_") {
                assert!(page.contains(&format!("`{switch}`")), "{switch}");
            }
        }
    });
    assert!(emitted > 20);
}

#[test]
fn the_name_of_a_file_ends_no_comment() {
    let ready = Ready {
        replayed: Replayed {
            configuration: configurations(WordSize::Bits32).next().unwrap(),
            max_size: None,
        },
        pool: 4_096,
        files: "a */ int main; /* \n fn main() {} \u{202e}.lpt",
    };
    assert_eq!(ready.c().unwrap().matches("*/").count(), 2);
    let first = ready.rust().lines().next().unwrap().to_owned();
    assert!(first.starts_with("// ") && first.is_ascii() && first.contains("fn main"));
}
