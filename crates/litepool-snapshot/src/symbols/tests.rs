//! What is found in programs that the machine's compilers make.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use litepool_trace::{Location, WordSize};
use object::{Object, ObjectSymbol};
use tempfile::TempDir;

use super::Symbols;

/// Runs a tool; `false` if it is not installed.
fn run(tool: &str, arguments: &[&str]) -> bool {
    match Command::new(tool).args(arguments).output() {
        Err(_) => {
            eprintln!("{tool} is not installed: not tested");
            false
        }
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{tool} {arguments:?}: {errors}");
            true
        }
    }
}

/// A directory with a source file.
struct Bench(TempDir);

impl Bench {
    fn new(name: &str, source: &str) -> Self {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join(name), source).unwrap();
        Self(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Compiles `demo.c` to `demo`, if there is such a compiler.
    fn compile(&self, compiler: &str, options: &[&str]) -> Option<Symbols> {
        let (source, program) = (self.text("demo.c"), self.text("demo"));
        let mut arguments = options.to_vec();
        arguments.extend(["-o", &program, &source]);
        run(compiler, &arguments).then(|| self.open("demo"))
    }

    /// Opens a program. Debug files are looked for in the directory `debug`.
    fn open(&self, name: &str) -> Symbols {
        Symbols::open_with(&self.path(name), &self.path("debug")).unwrap()
    }
}

/// The address of a label.
fn label(program: &Path, name: &str) -> u64 {
    let bytes = fs::read(program).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let symbol = file.symbols().find(|symbol| symbol.name() == Ok(name));
    symbol
        .unwrap_or_else(|| panic!("{name} is no label"))
        .address()
}

/// The functions, and the line of each with the last part of its file.
fn names(locations: &[Location]) -> Vec<String> {
    let line = |location: &Location| {
        let file = location.file.rsplit('/').next().unwrap_or_default();
        format!("{} ({file}:{})", location.function, location.line)
    };
    locations.iter().map(line).collect()
}

/// `returned` is where the call in `leak` returns to, which is inlined into `work`, and this into
/// `main`; `beyond` begins where the last call of `fail` would return to.
const DEMO: &str = r#"__attribute__((noinline)) void *take(unsigned long n) {
    static char room[64];
    __asm__ volatile("");
    return room + n % 2;
}
static inline __attribute__((always_inline)) void *leak(void) {
    void *block = take(40);
    __asm__ volatile(".globl returned\nreturned:" :: "r"(block) : "memory");
    return block;
}
static inline __attribute__((always_inline)) void work(void) {
    leak();
}
char table[12] = {1};
static int counter;
__attribute__((noinline, noreturn)) void stop(void) {
    for (;;) __asm__ volatile("");
}
__attribute__((noinline, noreturn)) void fail(void) {
    __asm__ volatile("" ::: "memory");
    stop();
}
__attribute__((noinline)) void beyond(void) {
    counter++;
}
int main(int count, char **texts) {
    if (count > 3) fail();
    work();
    beyond();
    return table[counter];
}
void _start(void) __attribute__((weak));
void _start(void) { main(0, 0); }
"#;

const INLINED: [&str; 3] = ["leak (demo.c:7)", "work (demo.c:12)", "main (demo.c:28)"];

const PLAIN: [&str; 2] = ["-O2", "-g"];

#[test]
fn the_call_is_named_with_all_functions_it_is_inlined_into() {
    let bench = Bench::new("demo.c", DEMO);
    for version in ["-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5"] {
        let symbols = bench.compile("cc", &["-O2", version]).unwrap();
        let returned = label(&bench.path("demo"), "returned");
        assert_eq!(names(&symbols.locations(returned)), INLINED, "{version}");
        assert_eq!(symbols.notes(), [""; 0]);
    }
}

#[test]
fn debug_information_may_be_compressed() {
    let bench = Bench::new("demo.c", DEMO);
    bench.compile("cc", &PLAIN).unwrap();
    let (program, packed) = (bench.text("demo"), bench.text("packed"));
    let returned = label(&bench.path("demo"), "returned");
    for format in ["zlib", "zlib-gnu", "zstd"] {
        let option = format!("--compress-debug-sections={format}");
        assert!(run("objcopy", &[&option, &program, &packed]));
        let symbols = bench.open("packed");
        assert_eq!(names(&symbols.locations(returned)), INLINED, "{format}");
    }
}

/// Where there is no call after it, a return address is the first of the next function.
#[test]
fn the_last_call_of_a_function_is_that_functions() {
    let bench = Bench::new("demo.c", DEMO);
    let options = [
        "-O2",
        "-g",
        "-falign-functions=1",
        "-fno-toplevel-reorder",
        "-fno-ipa-ra",
    ];
    let mut options = options.to_vec();
    options.push("-fno-optimize-sibling-calls");
    let symbols = bench.compile("cc", &options).unwrap();
    let beyond = label(&bench.path("demo"), "beyond");
    assert_eq!(names(&symbols.locations(beyond)), ["fail (demo.c:21)"]);
}

#[test]
fn programs_of_devices_are_read() {
    let bare = ["-O2", "-g", "-nostdlib", "-ffreestanding"];
    let machines: [(&str, &[&str], WordSize); 9] = [
        ("cc", &["-O2", "-g", "-m32"], WordSize::Bits32),
        ("cc", &["-O2", "-g", "-no-pie"], WordSize::Bits64),
        (
            "arm-none-eabi-gcc",
            &["-mcpu=cortex-m3", "-mthumb"],
            WordSize::Bits32,
        ),
        (
            "arm-none-eabi-gcc",
            &["-mcpu=cortex-m0", "-mthumb"],
            WordSize::Bits32,
        ),
        (
            "arm-none-eabi-gcc",
            &["-march=armv7-a", "-marm"],
            WordSize::Bits32,
        ),
        (
            "arm-none-eabi-gcc",
            &["-march=armv7-a", "-marm", "-mbig-endian"],
            WordSize::Bits32,
        ),
        (
            "riscv64-unknown-elf-gcc",
            &["-march=rv32imac", "-mabi=ilp32"],
            WordSize::Bits32,
        ),
        (
            "riscv64-unknown-elf-gcc",
            &["-march=rv64imac", "-mabi=lp64"],
            WordSize::Bits64,
        ),
        ("aarch64-linux-gnu-gcc", &[], WordSize::Bits64),
    ];
    for (compiler, options, word) in machines {
        let bench = Bench::new("demo.c", DEMO);
        let mut all = options.to_vec();
        if compiler != "cc" {
            all.extend(bare);
        }
        let Some(symbols) = bench.compile(compiler, &all) else {
            continue;
        };
        let what = format!("{compiler} {options:?}");
        assert_eq!(symbols.word(), word, "{what}");
        let program = bench.path("demo");
        let returned = label(&program, "returned") & !1;
        assert_eq!(names(&symbols.locations(returned)), INLINED, "{what}");
        if options.contains(&"-mthumb") {
            // As it is in the link register.
            assert_eq!(names(&symbols.locations(returned | 1)), INLINED, "{what}");
        }
        assert!(symbols.is_code(returned), "{what}");
        let table = symbols.find("table").unwrap();
        assert_eq!(table.range.end - table.range.start, 12, "{what}");
        assert!(!symbols.is_code(table.range.start), "{what}");
        assert_eq!(
            symbols.variable(table.range.start + 5),
            Some(table),
            "{what}"
        );
    }
}

/// What `--gc-sections` leaves out keeps its debug information, at address 0: where the flash of
/// many a device begins.
#[test]
fn functions_that_the_linker_left_out_name_nothing() {
    // Of every size, as some end between an address and the end of the function around it.
    let left_out = |name: &str| -> String {
        let function =
            |size| format!("void {name}_{size}(void) {{ __asm__ volatile(\".skip {size}\"); }}\n");
        (16..400).step_by(16).map(function).collect()
    };
    let source = DEMO.to_owned() + &left_out("here");
    let other = left_out("elsewhere") + "int taken(void) { return 1; }\n";
    let single = ["-O2", "-ffunction-sections", "-nostdlib", "-ffreestanding"];
    let linker = ["-static", "-Wl,--gc-sections,-Ttext=0x40,-e,main,-u,taken"];
    let compilers: [(&str, &[&str]); 4] = [
        ("cc", &["-no-pie"]),
        // In DWARF 5 its functions begin where `.debug_addr` says.
        ("clang", &["-no-pie", "-fno-inline-functions"]),
        ("arm-none-eabi-gcc", &["-mcpu=cortex-m3", "-mthumb"]),
        (
            "riscv64-unknown-elf-gcc",
            &["-march=rv32imac", "-mabi=ilp32"],
        ),
    ];
    for (compiler, machine) in compilers {
        for version in ["-gdwarf-2", "-gdwarf-4", "-gdwarf-5"] {
            let bench = Bench::new("demo.c", &source);
            fs::write(bench.path("other.c"), &other).unwrap();
            let other = bench.text("other.c");
            let options = [&single[..], &linker, machine, &[version, &other]].concat();
            let Some(symbols) = bench.compile(compiler, &options) else {
                continue;
            };
            let what = format!("{compiler} {version}");
            let returned = label(&bench.path("demo"), "returned") & !1;
            assert!(returned < 400, "{what}");
            assert_eq!(names(&symbols.locations(returned)), INLINED, "{what}");
            let beyond = label(&bench.path("demo"), "beyond") & !1;
            assert_eq!(
                names(&symbols.locations(beyond + 2)),
                ["beyond (demo.c:24)"],
                "{what}"
            );
        }
    }
}

#[test]
fn without_debug_information_there_is_the_functions_name() {
    let bench = Bench::new("demo.c", DEMO);
    let symbols = bench.compile("cc", &["-O2"]).unwrap();
    let returned = label(&bench.path("demo"), "returned");
    assert_eq!(names(&symbols.locations(returned)), ["main (:0)"]);
    assert!(symbols.locations(0).is_empty());
    assert!(symbols.locations(u64::MAX).is_empty());
}

#[test]
fn data_is_where_the_program_can_write() {
    let bench = Bench::new("demo.c", DEMO);
    let symbols = bench.compile("cc", &PLAIN).unwrap();
    let sections = symbols.data_sections();
    let within = |name: &str, section: &str| {
        let variable = symbols.find(name).unwrap();
        let section = sections.iter().find(|found| found.name == section);
        section.unwrap().range.contains(&variable.range.start)
    };
    assert!(within("table", ".data"));
    assert!(within("counter", ".bss"));
    assert!(sections.iter().all(|section| section.name != ".text"));
    assert!(symbols.find("nobody").is_none());
}

#[test]
fn names_of_cpp_are_demangled() {
    let source = r#"
        #include <vector>
        namespace net {
        struct Cache { static int total; void *fill(const std::vector<int> &sizes); };
        int Cache::total = 3;
        __attribute__((noinline)) void *Cache::fill(const std::vector<int> &sizes) {
            void *block = ::operator new(sizes.size() + 1);
            __asm__ volatile(".globl returned\nreturned:" :: "r"(block) : "memory");
            return block;
        }
        }
        int main() { net::Cache cache; return cache.fill({1, 2}) == nullptr; }
    "#;
    let bench = Bench::new("demo.cpp", source);
    let (source, program) = (bench.text("demo.cpp"), bench.text("demo"));
    for debug in ["-g", "-g0"] {
        assert!(run("c++", &["-O1", debug, "-o", &program, &source]));
        let symbols = bench.open("demo");
        let returned = label(&bench.path("demo"), "returned");
        let locations = symbols.locations(returned);
        let name = &locations.last().unwrap().function;
        assert!(
            name.starts_with("net::Cache::fill(std::vector<int"),
            "{name}"
        );
        assert!(symbols.find("net::Cache::total").is_some());
        assert_eq!(symbols.find("total"), symbols.find("net::Cache::total"));
    }
}

#[test]
fn names_of_rust_have_no_hash() {
    let source = r#"
        mod net {
            pub static POOL: [std::sync::atomic::AtomicU8; 9] = [const { std::sync::atomic::AtomicU8::new(1) }; 9];
            #[inline(never)]
            pub fn receive() -> Vec<u8> {
                let mut block = Vec::with_capacity(POOL.len());
                unsafe { std::arch::asm!(".globl returned", "returned:") };
                block.push(POOL[block.len()].fetch_add(2, std::sync::atomic::Ordering::SeqCst));
                block
            }
        }
        fn main() { println!("{:?}", net::receive()); }
    "#;
    let bench = Bench::new("demo.rs", source);
    let (source, program) = (bench.text("demo.rs"), bench.text("demo"));
    assert!(run(
        "rustc",
        &[
            "-O",
            "-g",
            "-A",
            "named_asm_labels",
            "-o",
            &program,
            &source
        ]
    ));
    let symbols = bench.open("demo");
    let returned = label(&bench.path("demo"), "returned");
    let locations = symbols.locations(returned);
    assert_eq!(
        locations.last().unwrap().function.as_ref(),
        "demo::net::receive"
    );
    assert!(locations.last().unwrap().file.ends_with("demo.rs"));
    assert!(symbols.find("demo::net::POOL").is_some());
    assert_eq!(symbols.find("POOL"), symbols.find("demo::net::POOL"));
}

#[test]
fn offsets_are_from_where_the_file_was_mapped() {
    let bench = Bench::new("demo.c", DEMO);
    let symbols = bench
        .compile("cc", &["-O2", "-g", "-pie", "-fPIE"])
        .unwrap();
    assert_eq!(symbols.address_of(0x1234), 0x1234);
    // A library that is linked for an address of its own can be loaded at any other.
    let prelinked = [
        "-O2",
        "-g",
        "-shared",
        "-fPIC",
        "-Wl,-Ttext-segment=0x400000",
    ];
    let symbols = bench.compile("cc", &prelinked).unwrap();
    assert_eq!(symbols.address_of(0x1234), 0x401234);
    // A program that can't has addresses.
    let symbols = bench.compile("cc", &["-O2", "-g", "-no-pie"]).unwrap();
    assert_eq!(symbols.address_of(0x1234), 0x1234);
}

/// Moves the debug information of `demo` to a file of its own.
fn split(bench: &Bench, debug: &str) {
    let (program, debug) = (bench.text("demo"), bench.text(debug));
    fs::create_dir_all(Path::new(&debug).parent().unwrap()).unwrap();
    assert!(run("objcopy", &["--only-keep-debug", &program, &debug]));
    assert!(run("strip", &[&program]));
    let link = format!("--add-gnu-debuglink={debug}");
    assert!(run("objcopy", &[&link, &program]));
}

#[test]
fn a_separate_debug_file_is_found_by_its_name() {
    let bench = Bench::new("demo.c", DEMO);
    let root = bench.0.path().canonicalize().unwrap();
    let installed = format!("debug{}/demo.debug", root.display());
    for place in ["demo.debug", ".debug/demo.debug", &installed] {
        bench.compile("cc", &PLAIN).unwrap();
        let returned = label(&bench.path("demo"), "returned");
        split(&bench, place);
        let symbols = bench.open("demo");
        assert_eq!(names(&symbols.locations(returned)), INLINED, "{place}");
        assert!(symbols.find("counter").is_some(), "{place}");
        fs::remove_file(bench.path(place)).unwrap();
        let stripped = bench.open("demo");
        assert!(stripped.locations(returned).is_empty());
    }
}

#[test]
fn a_separate_debug_file_is_found_by_the_build_id() {
    let bench = Bench::new("demo.c", DEMO);
    bench
        .compile("cc", &["-O2", "-g", "-Wl,--build-id=0xabcdef0123"])
        .unwrap();
    let returned = label(&bench.path("demo"), "returned");
    split(&bench, "debug/.build-id/ab/cdef0123.debug");
    let symbols = bench.open("demo");
    assert_eq!(symbols.build_id(), [0xab, 0xcd, 0xef, 0x01, 0x23]);
    assert_eq!(names(&symbols.locations(returned)), INLINED);
}

#[test]
fn a_debug_file_of_another_build_is_refused_and_told() {
    let bench = Bench::new("demo.c", DEMO);
    for ids in [
        ["-Wl,--build-id=0xaa00", "-Wl,--build-id=0xbb00"],
        ["-Wl,--build-id=none"; 2],
    ] {
        let [ours, theirs] = ids;
        bench.compile("cc", &["-O1", "-g", theirs]).unwrap();
        split(&bench, "other.debug");
        bench.compile("cc", &["-O2", "-g", ours]).unwrap();
        let returned = label(&bench.path("demo"), "returned");
        split(&bench, "demo.debug");
        fs::rename(bench.path("other.debug"), bench.path("demo.debug")).unwrap();
        let symbols = bench.open("demo");
        assert!(symbols.locations(returned).is_empty());
        let [note] = &symbols.notes()[..] else {
            panic!("{:?}", symbols.notes());
        };
        assert!(
            note.contains("demo.debug belongs to another build"),
            "{note}"
        );
    }
}

#[test]
fn debug_information_that_files_share_is_followed() {
    let bench = Bench::new("demo.c", DEMO);
    for program in ["one", "demo"] {
        let (source, program) = (bench.text("demo.c"), bench.text(program));
        assert!(run("cc", &["-O2", "-g", "-o", &program, &source]));
    }
    let (shared, one, demo) = (
        bench.text("shared.debug"),
        bench.text("one"),
        bench.text("demo"),
    );
    if !run("dwz", &["-m", &shared, &one, &demo]) {
        return;
    }
    let returned = label(&bench.path("demo"), "returned");
    assert_eq!(names(&bench.open("demo").locations(returned)), INLINED);
    fs::remove_file(&shared).unwrap();
    let symbols = bench.open("demo");
    assert!(!symbols.locations(returned).is_empty());
    assert!(
        symbols.notes()[0].contains("shared.debug"),
        "{:?}",
        symbols.notes()
    );
}

#[test]
fn what_is_no_program_is_an_error_that_says_so() {
    let told = |bytes: &[u8]| Symbols::of(bytes.to_vec()).unwrap_err().to_string();
    assert!(told(b"").contains("no ELF file"));
    assert!(told(b"#!/bin/sh").contains("name the program's ELF file"));
    assert!(told(b"\x7fELF").contains("damaged"));
    let bench = Bench::new("demo.c", DEMO);
    let (source, object) = (bench.text("demo.c"), bench.text("demo.o"));
    assert!(run("cc", &["-c", "-o", &object, &source]));
    let error = Symbols::open(&bench.path("demo.o")).unwrap_err();
    assert!(error.to_string().contains("an object file"), "{error}");
    let error = Symbols::open("/dev/zero".as_ref()).unwrap_err();
    assert!(error.to_string().contains("no regular file"), "{error}");
    let error = Symbols::open("/nowhere/demo".as_ref()).unwrap_err();
    assert!(error.to_string().contains("cannot read"), "{error}");
}

/// Every byte of a program is changed; a question is asked of what is left.
#[test]
fn a_damaged_program_tells_less_but_never_panics() {
    let bench = Bench::new("demo.c", DEMO);
    let bare = ["-O2", "-g", "-nostdlib", "-static", "-gz=none"];
    bench.compile("cc", &bare).unwrap();
    let bytes = fs::read(bench.path("demo")).unwrap();
    let returned = label(&bench.path("demo"), "returned");
    let mut named = 0;
    let mut ask = |bytes: Vec<u8>| {
        if let Ok(symbols) = Symbols::of(bytes) {
            named += symbols.locations(returned).len();
            named += usize::from(symbols.variable(returned).is_some());
        }
    };
    for index in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[index] ^= [1, 0x80, 0xff][index % 3];
        ask(bytes);
    }
    for length in (0..bytes.len()).step_by(5) {
        ask(bytes[..length].to_vec());
    }
    assert!(named > bytes.len());
}
