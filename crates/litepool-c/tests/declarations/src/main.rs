//! Declares in C what the library's Rust code exports, on the standard output. A compiler that sees it beside the headers finds each
//! declaration that differs (`crates/litepool-c/tests/run`).

use std::error::Error;
use std::path::Path;
use std::{fs, io};

use cbindgen::{Builder, Config, ItemType, Language, Style};

fn main() -> Result<(), Box<dyn Error>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src");
    let mut config = Config {
        language: Language::C,
        no_includes: true,
        documentation: false,
        style: Style::Type,
        ..Config::default()
    };
    config.export.item_types = vec![ItemType::Functions];
    let status = ("LosMemPoolStatus", "LOS_MEM_POOL_STATUS");
    config
        .export
        .rename
        .insert(status.0.into(), status.1.into());
    let mut builder = Builder::new().with_config(config);
    for entry in fs::read_dir(source)? {
        builder = builder.with_src(entry?.path());
    }
    builder.generate()?.write(io::stdout());
    Ok(())
}
