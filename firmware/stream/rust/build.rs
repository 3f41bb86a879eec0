//! Links the image as cortex-m-rt lays it out, with this device's `memory.x`.

use std::env::var;

fn main() {
    let here = var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo:rustc-link-search={here}");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed=memory.x");
}
