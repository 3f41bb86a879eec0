//! Files, together and alone.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn read_bytes(name: &str, address: Option<u64>, bytes: Vec<u8>) -> Result<MemoryImage, ImageError> {
    let name = name.to_owned();
    read(vec![DumpBytes {
        name,
        address,
        bytes,
    }])
}

fn message<T: std::fmt::Debug>(result: Result<T, ImageError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn raw_bytes_have_the_address_that_is_given() {
    let image = read_bytes("ram.bin", Some(0x2000_0000), b"abcd".to_vec()).unwrap();
    assert_eq!(image.bytes(0x2000_0001..0x2000_0003), Some(&b"bc"[..]));
    assert_eq!(image.word_size(), None);
    assert!(image.remarks().is_empty());
    assert!(image.hints()[0].starts_with("raw bytes: is the address"));
}

#[test]
fn an_address_in_the_name_is_told() {
    for name in ["ram_0x100_0x104.bin", "ram_0x100_0x103.bin", "ram@0x100"] {
        let image = read_bytes(name, None, b"abcd".to_vec()).unwrap();
        assert_eq!(image.segments()[0].address, 0x100);
        assert_eq!(
            image.remarks(),
            [format!(
                "{name}: raw bytes; their address, 0x100, is from the file's name"
            )]
        );
    }
    assert_eq!(
        message(read_bytes("ram_0x100_0x108.bin", None, b"abcd".to_vec())),
        "ram_0x100_0x108.bin: the name says that this is the memory from 0x100 to 0x108, 8 bytes, \
         but the file has 4: it is cut off, or name its address, as in \
         ram_0x100_0x108.bin@0x100"
    );
}

#[test]
fn bytes_without_an_address_are_an_error_that_says_how_to_give_it() {
    let error = message(read_bytes("ram.bin", None, b"abcd".to_vec()));
    assert!(
        error.starts_with("ram.bin: the bytes have no address: name it, as in ram.bin@0x20000000"),
        "{error}"
    );
}

#[test]
fn nothing_and_a_trace_are_no_memory() {
    for address in [None, Some(0x100)] {
        assert_eq!(
            message(read_bytes("ram.bin", address, Vec::new())),
            "ram.bin is empty: was the memory written?"
        );
    }
    let header = litepool_trace::Header {
        word: WordSize::Bits32,
        program: String::new(),
    };
    let writer = litepool_trace::Writer::new(Vec::new(), &header).unwrap();
    let error = message(read_bytes("run.lpt", None, writer.finish().unwrap()));
    assert!(error.starts_with("run.lpt: this is a trace"), "{error}");
}

#[test]
fn a_format_with_addresses_takes_no_other_but_raw_bytes_may_begin_like_one() {
    let hex = b":01000000619E\n:00000001FF\n".to_vec();
    assert!(read_bytes("a.hex", None, hex.clone()).is_ok());
    assert_eq!(
        message(read_bytes("a.hex", Some(0x100), hex.clone())),
        "a.hex: this is Intel HEX, which has addresses of its own: leave out @0x100 behind the \
         name"
    );
    for begins in [&hex[..20], b"\x7fELF", b"ZE\x02\0\x03\0\x05\0"] {
        let image = read_bytes("ram.bin", Some(0x100), begins.to_vec()).unwrap();
        assert_eq!(image.segments()[0].bytes, begins);
    }
}

#[test]
fn several_files_are_one_memory_and_may_be_compressed() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8], address| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        DumpFile { path, address }
    };
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(b"cd").unwrap();
    let first = write("first", b"ab", Some(0x100));
    let second = write("second_0x102.bin.gz", &packed.finish().unwrap(), None);
    let third = write("third", b"xy", Some(0x103));
    let image = read_files(&[second.clone(), first.clone()]).unwrap();
    assert_eq!(image.bytes(0x100..0x104), Some(&b"abcd"[..]));
    let error = message(read_files(&[third, first, second]));
    assert!(
        error.contains("second_0x102.bin.gz 0x102 to 0x104 and "),
        "{error}"
    );
    assert!(error.contains("third 0x103 to 0x105 overlap"), "{error}");
    let missing = DumpFile {
        path: "no-such-file".into(),
        address: None,
    };
    assert!(message(read_files(&[missing])).starts_with("no-such-file: "));
    assert!(read_files(&[]).unwrap().segments().is_empty());
}
