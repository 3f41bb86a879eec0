//! Language runtimes and allocators that manage memory of their own: what they allocate there is in
//! no recording.

use std::ffi::OsString;

/// A runtime, and how it is recognised: by the file name of the program or of a library.
struct Runtime {
    /// Beginnings of file names, after which no letter comes.
    files: &'static [&'static str],
    /// What is to be said.
    says: &'static str,
    /// The variable of the environment that turns the own heap off, and how its value begins then.
    switch: Option<(&'static str, &'static str)>,
}

const RUNTIMES: &[Runtime] = &[
    Runtime {
        files: &["python", "libpython"],
        says: "Python takes small objects from a heap of its own (pymalloc): those were not \
            recorded. Set PYTHONMALLOC=malloc to record every object",
        switch: Some(("PYTHONMALLOC", "malloc")),
    },
    Runtime {
        files: &[
            "node", "nodejs", "libnode", "electron", "deno", "chrome", "chromium", "libv8",
        ],
        says: "JavaScript objects are in the engine's own heap (V8), which was not recorded: \
            what was is native memory alone",
        switch: None,
    },
    Runtime {
        files: &["java", "libjvm"],
        says: "Java objects are in the virtual machine's own heap, which was not recorded: what \
            was is native memory alone",
        switch: None,
    },
    Runtime {
        files: &["dotnet", "libcoreclr", "mono", "libmonosgen"],
        says: ".NET objects are in the runtime's own heap, which was not recorded: what was is \
            native memory alone",
        switch: None,
    },
    Runtime {
        files: &["ruby", "libruby"],
        says: "Ruby keeps its objects in pages of its own, which were recorded as wholes: what was \
            recorded one by one are the larger contents of objects",
        switch: None,
    },
    Runtime {
        files: &["php", "libphp"],
        says: "PHP takes objects from a heap of its own (Zend): set USE_ZEND_ALLOC=0 to record \
            every object",
        switch: Some(("USE_ZEND_ALLOC", "0")),
    },
    Runtime {
        files: &["beam.smp", "erl"],
        says: "Erlang has allocators of its own: start it with `+Mea min` to record every object",
        switch: None,
    },
    Runtime {
        files: &["julia", "libjulia"],
        says: "Julia takes small objects from pools of its own, which were not recorded",
        switch: None,
    },
    Runtime {
        files: &["libgo", "libgolang"],
        says: "Go has a heap of its own, which was not recorded: what was is native memory alone",
        switch: None,
    },
    Runtime {
        files: &["libgc"],
        says: "The Boehm collector has a heap of its own, which was not recorded",
        switch: None,
    },
    Runtime {
        files: &["libjemalloc"],
        says: "The program uses jemalloc. It was recorded on the C library's heap; what it asked \
            for by jemalloc's own names (mallocx …) was not recorded",
        switch: None,
    },
    Runtime {
        files: &["libtcmalloc"],
        says: "The program uses tcmalloc. It was recorded on the C library's heap; what it asked \
            for by C++'s `new`, or by tcmalloc's own names, was not recorded",
        switch: None,
    },
    Runtime {
        files: &["libmimalloc"],
        says: "The program uses mimalloc. It was recorded on the C library's heap; what it asked \
            for by C++'s `new`, or by mimalloc's own names (mi_malloc …), was not recorded",
        switch: None,
    },
];

/// What is to be said of the runtimes among these modules, given by path. `variable` looks a
/// variable of the environment up.
pub(super) fn remarks(
    modules: &[String],
    variable: impl Fn(&str) -> Option<OsString>,
) -> Vec<&'static str> {
    RUNTIMES
        .iter()
        .filter(|runtime| {
            modules
                .iter()
                .any(|module| runtime.files.iter().any(|file| is(module, file)))
        })
        .filter(|runtime| {
            !runtime.switch.is_some_and(|(name, value)| {
                variable(name).is_some_and(|set| set.to_string_lossy().starts_with(value))
            })
        })
        .map(|runtime| runtime.says)
        .collect()
}

/// Whether this is the path of that file, whatever version and ending it has.
fn is(path: &str, file: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let goes_on =
        |next: char| next.is_ascii_alphabetic() || next == '_' && !file.starts_with("lib");
    name.strip_prefix(file)
        .is_some_and(|rest| !rest.starts_with(goes_on))
}

#[cfg(test)]
mod tests;
