//! Says where these sources are to the build script of `litepool-cli`, which builds a library of them.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    println!("cargo::metadata=root={root}");
}
