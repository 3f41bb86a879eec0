//! What follows from several switches, once for the code (`cfg`) and once for the headers (`litepool_config.h`).

use std::path::PathBuf;
use std::{env, fs};

fn is_on(feature: &str) -> bool {
    let name = feature.replace('-', "_").to_uppercase();
    env::var_os(format!("CARGO_FEATURE_{name}")).is_some()
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(fit, values(\"best\", \"little\", \"tlsf\"))");
    println!("cargo:rustc-check-cfg=cfg(water_line)");
    println!("cargo:rustc-check-cfg=cfg(owners)");
    println!("cargo:rustc-check-cfg=cfg(task_stat)");

    let is_liteos_m = is_on("liteos-m");
    let fit = if is_on("kernel-mem-bestfit-little") {
        "little"
    } else if is_on("kernel-mem-bestfit") {
        "best"
    } else if is_on("kernel-mem-tlsf") || is_liteos_m {
        "tlsf"
    } else {
        "best"
    };
    println!("cargo:rustc-cfg=fit=\"{fit}\"");

    // For the smallest code there are none.
    let owners = is_on("mem-owners") && fit != "little";
    // In LiteOS the statistics of tasks are on with bestfit, and the field comes with them.
    let task_stat = owners && (is_on("mem-task-stat") || !is_liteos_m && fit == "best");
    let water_line = if is_liteos_m {
        is_on("mem-waterline")
    } else {
        fit == "best" || is_on("mem-task-stat")
    };
    let computed = [
        ("water_line", water_line),
        ("owners", owners),
        ("task_stat", task_stat),
    ];
    for (cfg, _) in computed.iter().filter(|(_, on)| *on) {
        println!("cargo:rustc-cfg={cfg}");
    }
    let bits = env::var("CARGO_CFG_TARGET_POINTER_WIDTH").expect("cargo sets it");
    println!("cargo:rustc-env=LITEPOOL_GRANULE={}", granule(&bits));
    println!(
        "cargo:rustc-env=LITEPOOL_MAX_SIZE={}",
        max_size(&bits, is_liteos_m)
    );
    let directory = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut header = header(is_liteos_m, fit, &computed);
    header.push_str(&recorder());
    header.push_str(&by_word("GRANULE", |bits| granule(bits).to_string()));
    header.push_str(&by_word("MAX_SIZE", |bits| {
        format!("{}u", max_size(bits, is_liteos_m))
    }));
    header.push_str("\n#endif\n");
    fs::write(directory.join("litepool_config.h"), header).expect("cargo makes the directory");
}

/// What the recorder takes down of each event, for the code and for the port.
fn recorder() -> String {
    if !is_on("mem-record") {
        return String::new();
    }
    let callers = if is_on("mem-leakcheck") { "3" } else { "0" };
    let mut text = String::new();
    for (name, default) in [("DEPTH", callers), ("CLOCK", "1")] {
        let variable = format!("LITEPOOL_RECORD_{name}");
        println!("cargo:rerun-if-env-changed={variable}");
        let value = env::var(&variable).unwrap_or_else(|_| default.to_owned());
        println!("cargo:rustc-env={variable}={value}");
        text.push_str(&format!("#define {variable} {value}\n"));
    }
    text
}

/// Bytes in a granule: a pointer's, unless told otherwise.
fn granule(bits: &str) -> usize {
    if bits == "32" && !is_on("granule-8") {
        4
    } else {
        8
    }
}

/// Bytes of the largest pool.
fn max_size(bits: &str, is_liteos_m: bool) -> usize {
    if is_on("max-256k") {
        256 << 10
    } else if is_on("max-2g") {
        2 << 30
    } else if bits == "64" && !is_liteos_m {
        256 << 20
    } else {
        16 << 20
    }
}

/// A number that may be another one on a processor of 64 bits. The header has both, so that one
/// header serves the libraries of all processors.
fn by_word(name: &str, of_bits: impl Fn(&str) -> String) -> String {
    let (narrow, wide) = (of_bits("32"), of_bits("64"));
    if narrow == wide {
        return format!("#define LITEPOOL_{name} {narrow}\n");
    }
    format!(
        "#ifdef __LP64__\n#define LITEPOOL_{name} {wide}\n#else\n\
         #define LITEPOOL_{name} {narrow}\n#endif\n"
    )
}

fn header(is_liteos_m: bool, fit: &str, computed: &[(&str, bool)]) -> String {
    let mut text = String::from(
        "/* How this build of litepool is configured. Generated with the library: don't edit it. */\n\
         #ifndef LITEPOOL_CONFIG_H\n#define LITEPOOL_CONFIG_H\n\n",
    );
    let mut define = |name: &str, on: bool| {
        text.push_str(&format!("#define LITEPOOL_{name} {}\n", u8::from(on)));
    };
    define("LITEOS_M", is_liteos_m);
    for (cfg, on) in computed {
        let name = match *cfg {
            "water_line" => "WATERLINE",
            "owners" => "OWNERS",
            _ => "TASK_STAT",
        };
        define(name, *on);
    }
    define("BESTFIT", fit == "best");
    define("BESTFIT_LITTLE", fit == "little");
    define("TLSF", fit == "tlsf");
    for (name, feature) in [
        ("SLAB", "kernel-mem-slab-extention"),
        ("SLAB_EXPANDS", "kernel-mem-slab-auto-expansion-mode"),
        ("MUL_POOL", "mem-mul-pool"),
        ("MUL_REGIONS", "mem-mul-regions"),
        ("MUL_MODULE", "mem-mul-module"),
        ("FREE_BY_TASKID", "mem-free-by-taskid"),
        ("LEAKCHECK", "mem-leakcheck"),
        ("HOOKS", "mem-hooks"),
        ("RECORD", "mem-record"),
        ("INTEGRITY_CHECK", "base-mem-node-integrity-check"),
        ("NODE_SIZE_CHECK", "base-mem-node-size-check"),
        ("CHECKS_LINKS_ONLY", "check-links"),
    ] {
        define(name, is_on(feature));
    }
    text
}
