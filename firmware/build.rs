//! Links the image as the runtime crate of its processor lays it out, with its machine's
//! `memory.x`.

use std::env::var;

fn main() {
    let here = var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let machine = match var("CARGO_CFG_TARGET_ARCH").as_deref() {
        Ok("arm") => "cortex-m3",
        Ok("riscv32") => "riscv32",
        other => panic!("no machine has the processor {other:?}"),
    };
    println!("cargo:rustc-link-search={here}/machines/{machine}");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed=machines/{machine}/memory.x");
}
