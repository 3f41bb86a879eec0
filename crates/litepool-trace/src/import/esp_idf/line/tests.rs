use super::*;

fn record(line: &str) -> Record<'_> {
    match Line::of(line) {
        Line::Record(record) => record,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn every_version_of_a_record_is_read() {
    let old = "32 bytes (@ 0x3ffaf214) allocated CPU 0 ccount 0x2e9b7384 caller \
               0x400d276d:0x400d27c1";
    let expected = Record {
        size: 32,
        address: 0x3ffa_f214,
        memory: "",
        cpu: 0,
        cycles: 0x2e9b_7384,
        callers: vec![0x400d_276d, 0x400d_27c1],
        is_freed: false,
    };
    assert_eq!(record(old), expected);
    // Less deep than the buffer, and behind a logger's time.
    let short = "[12:00:01.5] 32 bytes (@ 0x3ffaf214) allocated CPU 0 ccount 0x2e9b7384 caller \
                 0x400d276d:";
    assert_eq!(record(short).callers, [0x400d_276d]);
    // On RISC-V, which knows no callers.
    let bare = "     8 bytes (@ 0x3ffaf804, Internal) allocated CPU 1 ccount 0x2e9b79c0 caller ";
    let bare = record(bare);
    assert_eq!(
        (bare.memory, bare.cpu, bare.callers),
        ("Internal", 1, vec![])
    );
    let freed =
        record("    24 bytes (@ 0x3d800000,    PSRAM) allocated CPU 0 ccount 0x1e7b1dfc freed");
    assert_eq!((freed.memory, freed.is_freed), ("PSRAM", true));
    let freed = record(
        "24 bytes (@ 0x3fcb5068, Internal) allocated CPU 0 ccount 0x1 caller 0x42008096: freed",
    );
    assert_eq!((freed.callers, freed.is_freed), (vec![0x4200_8096], true));
}

#[test]
fn the_lines_around_the_records_are_known() {
    let cases = [
        (
            "2 allocations trace (100 entry buffer)",
            Line::Begins { records: 2 },
        ),
        (
            "====== Heap Trace: 13 records (100 capacity) ======",
            Line::Begins { records: 13 },
        ),
        ("freed by 0x403839e4:0x0", Line::FreedBy(vec![0x4038_39e4])),
        ("total allocations: 8", Line::Allocations(8)),
        ("total frees: 7", Line::Frees(7)),
        (
            "total allocations 5598 total frees 5447",
            Line::Totals {
                allocations: 5598,
                frees: 5447,
            },
        ),
        ("40 bytes 'leaked' in trace (2 allocations)", Line::Other),
        ("================================", Line::Other),
        (
            "I (1994) mesh: the buffer was freed by the driver",
            Line::Other,
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(Line::of(line), expected, "{line}");
    }
}

#[test]
fn what_is_cut_off_or_interrupted_is_damaged() {
    for line in [
        "18 bytes (@ 0x3fcb9a38, Internal) allocated CPU 0Guru Meditation Error:",
        "18 bytes (@ 0x3fcb9a38",
        "18 bytes (@ 3fcb9a38) allocated CPU 0 ccount 0x1 caller ",
        "-8 bytes (@ 0x3fcb9a38) allocated CPU 0 ccount 0x1 caller ",
        "bytes (@ 0x3fcb9a38) allocated CPU 0 ccount 0x1",
        "8 bytes (@ 0x3fcb9a38) allocated CPU 7 ccount 0x1",
        "8 bytes (@ 0x3fcb9a38) allocated CPU 0 ccount 0x1 caller 0x4037I (12) wifi: up",
        "99999999999999999999 bytes (@ 0x1) allocated CPU 0 ccount 0x1",
        "====== Heap Trace: 1I (12) wifi: up",
        "total allocations: 12I (12)",
        "freed by 0x403:4200zz",
    ] {
        assert!(
            matches!(Line::of(line), Line::Damaged | Line::Other),
            "{line}"
        );
    }
}

#[test]
fn the_monitors_names_are_read() {
    let name = |line| match Line::of(line) {
        Line::Name(name) => (name.address, name.function, name.file, name.line),
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(
        name("0x400d276d: leak_some_memory at /idf/blink/main/./blink.c:27"),
        (
            Some(0x400d_276d),
            "leak_some_memory",
            "/idf/blink/main/./blink.c",
            27
        )
    );
    assert_eq!(
        name("--- 0x4037da9c: pvPortMalloc at C:/esp/freertos/heap_idf.c:58 (discriminator 3)"),
        (
            Some(0x4037_da9c),
            "pvPortMalloc",
            "C:/esp/freertos/heap_idf.c",
            58
        )
    );
    assert_eq!(
        name(" (inlined by) blink_task at /idf/blink.c:52"),
        (None, "blink_task", "/idf/blink.c", 52)
    );
    assert_eq!(
        name("0x420af6a1: esf_buf_alloc_dynamic at ??:?"),
        (Some(0x420a_f6a1), "esf_buf_alloc_dynamic", "", 0)
    );
    assert_eq!(Line::of("I (5): look at this: 7"), Line::Other);
}

#[test]
fn colours_are_no_part_of_a_line() {
    let cases = [
        ("\u{1b}[0;32mI (12) wifi: up\u{1b}[0m", "I (12) wifi: up"),
        ("\u{1b}[K\u{1b}[1mbold", "bold"),
        ("plain", "plain"),
        ("\u{1b}", ""),
        ("\u{1b}[", ""),
        ("\u{1b}[0;ä", "ä"),
        ("\u{1b}x", "x"),
    ];
    for (line, expected) in cases {
        assert_eq!(without_colours(line), expected);
    }
}
