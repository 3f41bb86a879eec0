//! Whose memory it is.

use litepool_trace::{Frame, Interned, Location, Module, Stack};

use super::wrappers::{Role, role};
use super::{Call, Place, SiteInStack};
use crate::symbols::Resolver;

fn location(function: &str, file: &str, line: u32) -> Location {
    Location {
        function: function.into(),
        file: file.into(),
        line,
    }
}

/// A trace with one stack: a frame for each list of functions, the innermost first.
fn trace(frames: &[&[&str]]) -> Interned {
    let frame = |(index, functions): (usize, &&[&str])| Frame {
        module: 0,
        offset: 0x10 + index as u64,
        locations: functions
            .iter()
            .map(|function| location(function, "/src/net.c", 42))
            .collect(),
    };
    let count = frames.len() as u32;
    Interned {
        modules: vec![Module {
            path: "/usr/bin/demo".into(),
            build_id: Vec::new(),
        }],
        frames: frames.iter().enumerate().map(frame).collect(),
        stacks: (0..count)
            .map(|index| Stack {
                frame: count - 1 - index,
                parent: index,
            })
            .collect(),
        ..Interned::default()
    }
}

fn site(frames: &[&[&str]]) -> String {
    let interned = trace(frames);
    let stack = frames.len() as u32;
    let site = Call::site(&interned, stack, &mut Resolver::new());
    site.map_or_else(|| "none".into(), |site| site.to_string())
}

#[test]
fn the_function_that_wanted_the_memory_is_the_site() {
    for (frames, expected) in [
        (&[&["net_rx"][..]][..], "net_rx (net.c:42)"),
        (&[&["xmalloc"], &["net_rx"], &["main"]], "net_rx (net.c:42)"),
        (
            &[&["malloc", "xmalloc", "net_rx"], &["main"]],
            "net_rx (net.c:42)",
        ),
        (
            &[
                &["operator new(unsigned long)"],
                &["std::vector<int>::push_back(int const&)"],
                &["app::fill()"],
            ],
            "app::fill() (net.c:42)",
        ),
        (
            &[&[
                "alloc::alloc::alloc",
                "alloc::vec::Vec<T>::with_capacity",
                "demo::net::receive",
            ]],
            "demo::net::receive (net.c:42)",
        ),
        (
            &[
                &["<app::Heap as core::alloc::global::GlobalAlloc>::alloc"],
                &["__rustc::__rust_alloc", "alloc::boxed::box_new_uninit"],
                &["app::open", "app::main"],
            ],
            "app::open (net.c:42)",
        ),
        (
            &[
                &["litepool::pool::Pool<app::Device>::allocate"],
                &["app::open"],
            ],
            "app::open (net.c:42)",
        ),
        (
            &[
                &[
                    "<app::Board as litepool_stream::recorder::device::Device>::callers",
                    "litepool_stream::recorder::Recorder<app::Board, 512, 8>::record",
                    "<app::Recorded as litepool::config::Config>::on_event",
                    "<litepool::heap::Region<app::Recorded>>::notify",
                ],
                &["__rustc::__rust_alloc", "alloc::boxed::box_new_uninit"],
                &["app::open"],
            ],
            "app::open (net.c:42)",
        ),
        (&[&[], &["main"]], "demo+0x10"),
        (&[], "none"),
    ] {
        assert_eq!(site(frames), expected, "{frames:?}");
    }
}

/// A program that defines `xmalloc` and nothing else has at least that; and what runs before `main` is
/// the library's.
#[test]
fn where_all_are_wrappers_the_outermost_that_tells_something_is_it() {
    assert_eq!(site(&[&["xmalloc"]]), "xmalloc (net.c:42)");
    assert_eq!(site(&[&["xmalloc"], &["_start"]]), "xmalloc (net.c:42)");
    let start = &[
        &["alloc::alloc::alloc", "std::thread::init"][..],
        &["std::rt::lang_start"],
        &["main"],
    ];
    assert_eq!(site(start), "alloc::alloc::alloc (net.c:42)");
    assert_eq!(site(&[&["_start"]]), "_start (net.c:42)");
}

/// Of a stripped library only the functions that it exports have names.
#[test]
fn what_an_allocator_calls_without_a_name_is_not_the_site() {
    let (no, malloc, step) = (&[][..], &["sqlite3Malloc"][..], &["sqlite3_step"][..]);
    for (frames, expected) in [
        (&[no, malloc, step][..], "sqlite3_step (net.c:42)"),
        (&[no, no, malloc, no, step], "demo+0x13"),
        (&[malloc, no, malloc, step], "sqlite3_step (net.c:42)"),
        (&[no, step, malloc], "demo+0x10"),
        (&[no, no, &["_start"]], "demo+0x10"),
        (&[no, no], "demo+0x10"),
        (&[no, malloc], "demo+0x10"),
    ] {
        assert_eq!(site(frames), expected, "{frames:?}");
    }
}

#[test]
fn the_callers_follow_up_to_what_starts_the_program() {
    let interned = trace(&[
        &["xmalloc", "net_rx"],
        &["poll"],
        &["main"],
        &["__libc_start_main"],
        &["_start"],
    ]);
    let found = SiteInStack::of(&interned, 5, &mut Resolver::new()).unwrap();
    assert_eq!(found.site.to_string(), "net_rx (net.c:42)");
    assert_eq!(found.through.unwrap().to_string(), "xmalloc (net.c:42)");
    let callers: Vec<String> = found.callers.iter().map(ToString::to_string).collect();
    assert_eq!(callers, ["poll (net.c:42)", "main (net.c:42)"]);
    assert_eq!(SiteInStack::of(&interned, 0, &mut Resolver::new()), None);
}

#[test]
fn names_tell_who_allocates_for_others() {
    for name in [
        "malloc",
        "__libc_malloc",
        "xmalloc",
        "g_malloc",
        "g_malloc0",
        "g_malloc_n",
        "g_try_realloc_n",
        "PyObject_Malloc",
        "_PyMem_RawMalloc",
        "sqlite3Malloc",
        "sqlite3DbMallocZero",
        "sqlite3MemRealloc",
        "xstrdup",
        "strndup",
        "pvPortMalloc",
        "LOS_MemAlloc",
        "heap_caps_malloc",
        "heap_caps_aligned_alloc",
        "k_malloc",
        "xcalloc",
        "realloc.part.0",
        "malloc@plt",
        "posix_memalign",
        "operator new(unsigned long)",
        "operator new[](unsigned int)",
        "__rust_alloc",
        "__rdl_realloc",
        "__rust_alloc_zeroed",
        "kzalloc",
        // What is left over of a free on a stack is no caller.
        "free",
        "LOS_MemFree",
        "tx_byte_release",
        "_tx_byte_release",
        "rt_free",
        "rt_memheap_free",
        "heap_caps_aligned_free",
    ] {
        assert_eq!(role(name), Role::Allocator, "{name}");
    }
    for name in [
        "alloc::vec::Vec<T,A>::push",
        "<alloc::string::String as core::clone::Clone>::clone",
        "<T as alloc::slice::hack::ConvertVec>::to_vec",
        "<[T] as alloc::borrow::ToOwned>::to_owned",
        "<&str as core::convert::Into<U>>::into",
        "<alloc::vec::Vec<demo::Row>>::push",
        "hashbrown::raw::RawTable<T>::reserve",
        "std::collections::hash::map::HashMap<K,V,S>::insert",
        "std::vector<demo::Row>::push_back(demo::Row&&)",
        "std::__cxx11::basic_string<char>::_M_create(unsigned long&, unsigned long)",
        "void std::vector<int>::_M_realloc_insert<int>(int&&)",
        "__gnu_cxx::new_allocator<int>::allocate(unsigned long)",
        "std::unique_ptr<demo::Row> std::make_unique<demo::Row>()",
    ] {
        assert_eq!(role(name), Role::Library, "{name}");
    }
    for name in [
        "main",
        "net_rx",
        "demo::net::receive",
        "Pool::realloc",
        "buffer_alloc",
        "freemalloc_list",
        "stdio_open",
        "<demo::Row as core::clone::Clone>::clone",
        "<demo::Row>::new",
        "demo::fill<std::vector<int>>(std::vector<int>&)",
        "std::vector<int> demo::fill<int>(int)",
        "coreutils::copy",
        "demo::main::{{closure}}",
        "",
        "std",
        "std::",
    ] {
        let expected = if name == "std::" {
            Role::Library
        } else {
            Role::Code
        };
        assert_eq!(role(name), expected, "{name}");
    }
}

fn call(module: &str, place: Place) -> Call {
    Call {
        module: module.into(),
        place,
    }
}

#[test]
fn a_call_is_written_short_and_without_control_characters() {
    let named =
        |function, file, line| call("/lib/libnet.so", location(function, file, line).into());
    for (call, text) in [
        (
            named("net_rx", "/home/me/net/net.c", 42),
            "net_rx (net.c:42)",
        ),
        (named("net_rx", "net.c", 0), "net_rx (net.c)"),
        (
            named("demo::go", "/home/me/demo/src/lib.rs", 7),
            "demo::go (src/lib.rs:7)",
        ),
        (named("net_rx", "", 0), "net_rx (libnet.so)"),
        (named("", "net.c", 3), "? (net.c:3)"),
        (named("a\x1b[31mb", "net.c", 3), "a [31mb (net.c:3)"),
        (
            call("/lib/libnet.so", Place::Offset(0x1234)),
            "libnet.so+0x1234",
        ),
        (call("", Place::Offset(0x0800_1234)), "0x8001234"),
        (call("", location("net_rx", "", 0).into()), "net_rx"),
    ] {
        assert_eq!(call.to_string(), text);
        assert_eq!(call.text(80), text);
    }
}

#[test]
fn what_is_too_long_loses_the_end_of_the_functions_name() {
    let call = call(
        "",
        location("a_function_with_a_long_name", "net.c", 42).into(),
    );
    assert_eq!(call.text(20), "a_functi… (net.c:42)");
    assert_eq!(call.text(1), "… (net.c:42)");
}
