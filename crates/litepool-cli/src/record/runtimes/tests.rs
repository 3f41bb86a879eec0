use super::*;

fn remarks_of(modules: &[&str]) -> Vec<&'static str> {
    let modules: Vec<String> = modules.iter().map(|&module| module.into()).collect();
    remarks(&modules, |_| None)
}

#[test]
fn runtimes_are_known_by_their_files() {
    for (file, word) in [
        ("/usr/bin/python3.11", "pymalloc"),
        ("/usr/lib/libpython3.13.so.1.0", "pymalloc"),
        ("/opt/node/bin/node", "V8"),
        ("/usr/lib/jvm/lib/server/libjvm.so", "virtual machine"),
        ("/usr/lib/libjemalloc.so.2", "jemalloc"),
        ("/usr/lib/libtcmalloc_minimal.so.4", ""),
        ("/usr/lib/libmimalloc.so.2", "mimalloc"),
        ("/usr/bin/php8.2", "USE_ZEND_ALLOC"),
    ] {
        let found = remarks_of(&["/usr/lib/libc.so.6", file]);
        assert!(found.iter().any(|says| says.contains(word)), "{file}");
        assert_eq!(found.len(), 1, "{file}");
    }
}

#[test]
fn other_programs_are_left_alone() {
    let modules = [
        "/usr/bin/nodeclean",
        "/usr/bin/javac-less",
        "/srv/python/tool",
        "[vdso]",
    ];
    assert_eq!(remarks_of(&modules), [] as [&str; 0]);
}

#[test]
fn who_follows_the_advice_hears_no_more_of_it() {
    let modules = ["/usr/bin/python3".into()];
    let set =
        |value: &'static str| move |name: &str| (name == "PYTHONMALLOC").then(|| value.into());
    assert!(remarks(&modules, set("malloc")).is_empty());
    assert!(remarks(&modules, set("malloc_debug")).is_empty());
    assert_eq!(remarks(&modules, set("pymalloc")).len(), 1);
}
