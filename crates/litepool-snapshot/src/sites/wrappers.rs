//! Which functions allocate or free for their callers, by name.
//!
//! A table that merges all callers of `xmalloc` tells nothing. Valgrind has `--alloc-fn` for that, pprof its
//! drop frames; heaptrack knows `operator new`. Here it is the names themselves: who writes a
//! function around `malloc` calls it that.

/// What a function does in a call stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// It allocates or frees, and nothing else.
    Allocator,
    /// It belongs to a standard library: containers, strings, iterators.
    Library,
    /// It starts the program or a thread.
    Start,
    /// It is the program's.
    Code,
}

/// Ends of names, in small letters.
const ENDINGS: [&str; 23] = [
    "malloc",
    "malloc0",
    "malloc_n",
    "malloc0_n",
    "mallocz",
    "malloczero",
    "mallocarray",
    "malloc_array",
    "mallocraw",
    "mallocrawnn",
    "mallocaligned",
    "malloc_aligned",
    "calloc",
    "zalloc",
    "realloc",
    "realloc_n",
    "reallocf",
    "reallocarray",
    "memalign",
    "aligned_alloc",
    "strdup",
    "strndup",
    "memdup",
];

/// Names of systems and libraries that end otherwise. What frees is among them: it wants no memory, and
/// where a port looks for return addresses on the stack, one of an earlier call may be left over.
const NAMES: [&str; 60] = [
    "free",
    "cfree",
    "_free_r",
    "vPortFree",
    "LOS_MemFree",
    "OsMemFree",
    "heap_caps_free",
    "heap_caps_aligned_free",
    "k_free",
    "k_heap_free",
    "sys_heap_free",
    "tx_byte_release",
    "_tx_byte_release",
    "rt_free",
    "rt_memheap_free",
    "litepool_free",
    "valloc",
    "pvalloc",
    "wcsdup",
    "asprintf",
    "vasprintf",
    "xasprintf",
    "xvasprintf",
    "g_strdup_printf",
    "g_strdup_vprintf",
    "g_strconcat",
    "g_memdup2",
    "g_slice_alloc",
    "g_slice_alloc0",
    "g_slice_copy",
    "g_aligned_alloc",
    "g_aligned_alloc0",
    "k_heap_alloc",
    "k_heap_aligned_alloc",
    "k_aligned_alloc",
    "k_malloc",
    "sys_heap_alloc",
    "sys_heap_aligned_alloc",
    "LOS_MemAlloc",
    "LOS_MemAllocAlign",
    "OsMemAlloc",
    "heap_caps_malloc_default",
    "heap_caps_malloc_prefer",
    "heap_caps_malloc_base",
    "heap_caps_calloc_prefer",
    "heap_caps_calloc_base",
    "heap_caps_realloc_default",
    "heap_caps_realloc_prefer",
    "heap_caps_realloc_base",
    "heap_caps_aligned_alloc",
    "heap_caps_aligned_alloc_base",
    // Of newlib, which has the others by their endings.
    "_malloc_r",
    "_calloc_r",
    "_realloc_r",
    "_memalign_r",
    "tx_byte_allocate",
    "_tx_byte_allocate",
    "rt_memheap_alloc",
    "litepool_alloc",
    "litepool_allocate",
];

/// Functions that start programs and threads.
const STARTS: [&str; 12] = [
    "_start",
    "__libc_start_main",
    "__libc_start_main_impl",
    "__libc_start_call_main",
    "__libc_start_main_alias_2",
    "__libc_csu_init",
    "start_thread",
    "clone",
    "clone3",
    "__clone",
    "Reset_Handler",
    "std::rt::lang_start",
];

/// The crates of Rust's standard library, and the heap.
const CRATES: [&str; 6] = [
    "alloc",
    "core",
    "std",
    "hashbrown",
    "litepool",
    "litepool_stream",
];

/// What the function of this demangled name does. O(length of the name).
pub(super) fn role(name: &str) -> Role {
    if STARTS.contains(&name) || name == "std::rt::lang_start_internal" {
        return Role::Start;
    }
    if is_allocator(name) {
        return Role::Allocator;
    }
    if is_library(name) {
        return Role::Library;
    }
    Role::Code
}

fn is_allocator(name: &str) -> bool {
    // Without what compilers and libraries put around it: `malloc.part.0`, `__GI___libc_malloc`, `malloc@plt`.
    let plain = name.split(['.', '@', ' ']).next().unwrap_or(name);
    // Where Rust's compiler has its own functions since 1.88.
    let plain = plain.strip_prefix("__rustc::").unwrap_or(plain);
    if ["__rust_", "__rdl_", "__rg_"]
        .iter()
        .any(|start| plain.starts_with(start))
    {
        return true;
    }
    if name.starts_with("operator new") {
        return true;
    }
    if NAMES.contains(&plain) || is_global_allocator(name) {
        return true;
    }
    // A function of C has no path: `Pool::realloc` may be anything.
    let lower = plain.to_ascii_lowercase();
    !plain.contains(':') && ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// `<TYPE as TRAIT>::function` of a trait of Rust's for allocators, or of those by which the heap and its
/// recorder ask the program: what notes an event has been called by the heap.
fn is_global_allocator(name: &str) -> bool {
    let of = name.strip_prefix('<').and_then(split_at_as);
    of.is_some_and(|(_, what)| {
        [
            "core::alloc::",
            "allocator_api2::alloc::",
            "litepool::",
            "litepool_stream::",
        ]
        .iter()
        .any(|path| what.starts_with(path))
    })
}

fn is_library(name: &str) -> bool {
    // The latter are what could not be demangled.
    let starts = [
        "__gnu_cxx::",
        "__cxxabiv1::",
        "_ZSt",
        "_ZNSt",
        "_ZNKSt",
        "_ZN9__gnu_cxx",
    ];
    if starts.iter().any(|start| name.starts_with(start)) {
        return true;
    }
    match name.strip_prefix('<') {
        Some(implementation) => is_library_implementation(implementation),
        // A template of C++ begins with the type that it returns: `void std::sort<…>(…)`.
        None => {
            let function = without_return_type(name);
            root(function).is_some_and(|root| CRATES.contains(&root))
        }
    }
}

/// `TYPE as TRAIT>::function`, or `TYPE>::function`: whose type it is says whose function it is; if that is a
/// parameter or a built-in type, whose trait it is.
fn is_library_implementation(text: &str) -> bool {
    let (of, what) = match split_at_as(text) {
        Some((of, what)) => (of, Some(what)),
        None => (text, None),
    };
    match root(
        of.trim_start_matches(['&', '[', '(', '*'])
            .trim_start_matches("mut "),
    ) {
        Some(root) => CRATES.contains(&root),
        None => what
            .and_then(root)
            .is_none_or(|root| CRATES.contains(&root)),
    }
}

/// The parts before and after ` as ` outside of angle brackets.
fn split_at_as(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '<' => depth += 1,
            '>' if depth == 0 => return None,
            '>' => depth -= 1,
            ' ' if depth == 0 && text[at..].starts_with(" as ") => {
                return Some((&text[..at], &text[at + 4..]));
            }
            _ => {}
        }
    }
    None
}

/// The first part of a path; `None` of a name without a path.
fn root(path: &str) -> Option<&str> {
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    path[end..].starts_with("::").then(|| &path[..end])
}

/// A function's name without the type that stands before it.
fn without_return_type(name: &str) -> &str {
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, character) in name.char_indices() {
        match character {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            '(' | '{' if depth == 0 => break,
            ' ' if depth == 0 => start = at + 1,
            _ => {}
        }
    }
    &name[start..]
}
