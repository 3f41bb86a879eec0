use std::io::Read;

use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::{Format, Import};

const TEXT: &str = "1: malloc 0x20001000 24\n1: free 0x20001000\n";

fn packed(text: &str) -> Vec<u8> {
    compress_to_vec(text.as_bytes(), CompressionLevel::Fastest)
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    let mut reader = crate::decompressed(packed).unwrap();
    let read = reader.read_to_end(&mut content);
    read.map(|_| content).map_err(|error| error.to_string())
}

#[test]
fn a_file_is_read_as_what_is_in_it() {
    let import = Import::from_reader(&packed(TEXT)[..], None).unwrap();
    assert_eq!(import.format, Format::MemoryReplay);
    assert_eq!(import.trace.events.len(), 2);
    let long = TEXT.repeat(10_000);
    assert_eq!(unpacked(&packed(&long)).unwrap(), long.as_bytes());
}

#[test]
fn frames_follow_each_other_and_what_may_be_skipped_is() {
    let mut file = packed(TEXT);
    // A frame of a user's own, of three bytes.
    file.extend([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    file.extend(packed(TEXT));
    assert_eq!(unpacked(&file).unwrap(), TEXT.repeat(2).as_bytes());
}

#[test]
fn what_is_wrong_with_a_file_is_told() {
    let whole = packed(&TEXT.repeat(100));
    let cut = &whole[..whole.len() - 9];
    assert_eq!(
        unpacked(cut).unwrap_err(),
        "the zstd file is cut off; copy it again"
    );
    let damaged = "the zstd file is damaged; copy it again (as binary)";
    let mut other = whole.clone();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(unpacked(&other).unwrap_err(), damaged);
    let mut after = whole;
    after.extend(b"no frame at all");
    assert_eq!(unpacked(&after).unwrap_err(), damaged);
    // A window of 2^31 bytes.
    let large = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0];
    assert_eq!(
        unpacked(&large).unwrap_err(),
        "the zstd file takes more than 66 MiB of memory to decompress; do that beforehand"
    );
}
