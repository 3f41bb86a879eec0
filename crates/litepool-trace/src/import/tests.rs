use proptest::prelude::*;

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
    let samples: [(&[u8], Format); 8] = [
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
