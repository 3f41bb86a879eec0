use proptest::prelude::*;

use std::io::Write;

use super::*;
use crate::samples::{allocate, free, ops, small};

#[test]
fn formats_have_names() {
    for format in Format::ALL {
        assert_eq!(format.name().parse::<Format>(), Ok(format));
    }
    assert!(
        "zip"
            .parse::<Format>()
            .unwrap_err()
            .to_string()
            .contains("known formats: litepool, malloc-lab")
    );
}

#[test]
fn every_format_is_recognised_by_its_content() {
    let trace = small().to_writer(Vec::new()).unwrap();
    let samples: [(&[u8], Format); 9] = [
        (&trace, Format::Litepool),
        (b"\n20000\n1\n2\n1\na 0 8\nf 0\n", Format::MallocLab),
        (b"0 1 2 1\na 0 8\nf 0\n", Format::MallocLab),
        (
            b"1234: malloc 0x7f0010 8\n1234: free 0x7f0010\n",
            Format::MemoryReplay,
        ),
        (
            b"= Start\n@ ./a:[0x1] + 0x10 0x8\n@ ./a:[0x2] - 0x10\n",
            Format::Mtrace,
        ),
        (b"@ ./a:[0x1] + 0x10 0x8\n- 0x10\n", Format::Mtrace),
        (b"op,id,size\nallocate,1,8\nfree,1,\n", Format::Csv),
        (
            b"\"ID\",\"Op\",\"Size\"\n1,allocate,8\n1,free,\n",
            Format::Csv,
        ),
        (
            b"12: log\n 8 bytes (@ 0x10) allocated CPU 0 ccount 0x1 freed\ntotal frees: 1\n",
            Format::EspIdf,
        ),
    ];
    for (sample, format) in samples {
        let import = Import::from_reader(sample, None).unwrap();
        assert_eq!(import.format, format);
        if format != Format::Litepool {
            assert_eq!(ops(&import.trace), [allocate(0, 8), free(0)]);
        }
    }
}

#[test]
fn what_is_none_of_them_is_not_recognised() {
    for sample in ["", "\n\n", "hello", "a,b,c\n1,2,3\n", "\0\0\0"] {
        assert!(matches!(
            Import::from_reader(sample.as_bytes(), None),
            Err(TraceError::Unrecognised)
        ));
    }
}

#[test]
fn a_damaged_trace_is_still_recognised_as_one() {
    let mut trace = small().to_writer(Vec::new()).unwrap();
    trace[4] = b'\n';
    assert!(matches!(
        Import::from_reader(&trace[..], None),
        Err(TraceError::Foreign { .. })
    ));
}

#[test]
fn a_format_that_is_given_is_taken() {
    let error = Import::from_reader(&b"hello"[..], Some(Format::Mtrace)).unwrap_err();
    assert!(error.to_string().starts_with("line 1: expected `= Start`"));
}

/// Words that the formats are made of, so that chance gets further than the first line.
fn babble() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[0-9]{1,3}",
        "0x[0-9a-f]{1,3}",
        Just("\n".to_owned()),
        Just("\n".to_owned()),
        prop::sample::select(vec![
            "a",
            "r",
            "f",
            "-1",
            "1:",
            "2:",
            "malloc",
            "calloc",
            "realloc",
            "memalign",
            "free",
            "thread_done",
            "= Start",
            "@ x:[0x1]",
            "+",
            "-",
            "<",
            ">",
            "!",
            "(nil)",
            "op,id,size",
            "allocate,1,2",
            "free,1,",
            "resize,1,",
            ",",
            "\"",
            "\n====== Heap Trace: 2 records (",
            "\n2 allocations trace (",
            "\n8 bytes (@ 0x10) allocated CPU 0 ccount 0x1",
            "caller 0x1:0x2",
            "freed\n",
            "\nfreed by 0x1:",
            "\n0x1: f at a.c:1\n",
            "\ntotal allocations: 2\ntotal frees: 1\n",
            "\ntotal allocations 2 total frees 1\n",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(word, 0..60).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_text_makes_an_importer_panic_or_build_a_senseless_trace(text in babble()) {
        for format in Format::ALL {
            if let Ok(import) = Import::from_reader(text.as_bytes(), Some(format)) {
                import.trace.to_writer(Vec::new()).unwrap();
            }
        }
    }
}

/// What editors and shells on Windows put at the beginning.
#[test]
fn a_byte_order_mark_hides_no_format() {
    for text in [
        "0 1 2 1\na 0 8\nf 0\n",
        "1: malloc 0x10 8\n1: free 0x10\n",
        "= Start\n+ 0x10 0x8\n- 0x10\n",
        "+ 0x10 0x8\n- 0x10\n",
        "op,id,size\nallocate,1,8\nfree,1,\n",
    ] {
        let import = Import::from_reader(format!("\u{feff}{text}").as_bytes(), None).unwrap();
        assert_eq!(ops(&import.trace), [allocate(0, 8), free(0)], "{text}");
    }
    let utf16 = [0xff, 0xfe, b'0', 0, b' ', 0];
    let error = Import::from_reader(&utf16[..], None).unwrap_err();
    assert!(error.to_string().contains("save it as UTF-8"), "{error}");
    let memory = [0xff, 0xfe, 0xfd, 0xfc, 0, 0];
    let error = Import::from_reader(&memory[..], None).unwrap_err();
    assert!(matches!(error, TraceError::Unrecognised), "{error}");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// `xz` made it of `= Start`, `+ 0x10 0x8`, `- 0x10`, each with an end of line.
const XZ: [u8; 84] = [
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01,
    0x1c, 0x00, 0x00, 0x00, 0x10, 0xcf, 0x58, 0xcc, 0x01, 0x00, 0x19, 0x3d, 0x20, 0x53, 0x74, 0x61,
    0x72, 0x74, 0x0a, 0x2b, 0x20, 0x30, 0x78, 0x31, 0x30, 0x20, 0x30, 0x78, 0x38, 0x0a, 0x2d, 0x20,
    0x30, 0x78, 0x31, 0x30, 0x0a, 0x00, 0x00, 0x00, 0xe5, 0xc1, 0x93, 0xbf, 0x2f, 0xdc, 0xe7, 0xf3,
    0x00, 0x01, 0x32, 0x1a, 0x20, 0x18, 0x94, 0x30, 0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00,
    0x00, 0x04, 0x59, 0x5a,
];

#[test]
fn what_was_compressed_is_decompressed_whatever_its_name() {
    let text = "1: malloc 0x10 8\n1: free 0x10\n";
    let trace = small().to_writer(Vec::new()).unwrap();
    let import = Import::from_reader(&gzip(text.as_bytes())[..], None).unwrap();
    assert_eq!(ops(&import.trace), [allocate(0, 8), free(0)]);
    let import = Import::from_reader(&gzip(&trace)[..], None).unwrap();
    assert_eq!(import.trace, small());
    // Several in a row are one, as for the command.
    let (head, tail) = trace.split_at(40);
    let import = Import::from_reader(&[gzip(head), gzip(tail)].concat()[..], None).unwrap();
    assert_eq!(import.trace, small());
    let import = Import::from_reader(&XZ[..], None).unwrap();
    assert_eq!(ops(&import.trace), [allocate(0, 8), free(0)]);
    assert_eq!(import.format, Format::Mtrace);
}

#[test]
fn what_was_compressed_and_damaged_is_an_error() {
    let trace = gzip(&small().to_writer(Vec::new()).unwrap());
    for length in [2, 12, trace.len() / 2, trace.len() - 1] {
        let error = Import::from_reader(&trace[..length], None).unwrap_err();
        assert!(
            error.to_string().contains("the gzip file is cut off"),
            "{length}: {error}"
        );
    }
    for length in [6, XZ.len() / 2, XZ.len() - 1] {
        let error = Import::from_reader(&XZ[..length], None).unwrap_err();
        assert!(
            error.to_string().contains("the xz file is cut off"),
            "{length}: {error}"
        );
    }
    let mut damaged = XZ;
    damaged[30] ^= 0x40;
    let error = Import::from_reader(&damaged[..], None).unwrap_err();
    assert!(
        error.to_string().contains("the xz file is damaged"),
        "{error}"
    );
}

#[test]
fn what_takes_much_memory_to_decompress_is_refused() {
    // A block whose header asks for a dictionary of 4 GiB.
    let mut greedy = XZ;
    greedy[16] = 40;
    let crc = crc32fast::hash(&greedy[12..20]);
    greedy[20..24].copy_from_slice(&crc.to_le_bytes());
    let error = Import::from_reader(&greedy[..], None).unwrap_err();
    assert!(
        error.to_string().contains("more than 66 MiB of memory"),
        "{error}"
    );
}
