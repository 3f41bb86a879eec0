//! Arbitrary bytes as files with a device's memory: an error or a memory image, never a panic, never more memory than a
//! small multiple of what the files have.
//!
//! Chance never hits a checksum. So most ways of reading put the bytes into a frame whose checksum is right: a core
//! dump of Zephyr or of ESP-IDF, binary or as a log has it, or records of Intel HEX and SREC.

#![no_main]

use std::fmt::Write;

use libfuzzer_sys::fuzz_target;
use litepool_snapshot::memory_image::{DumpBytes, MemoryImage, read};
use litepool_trace::WordSize;
use sha2::{Digest, Sha256};

fuzz_target!(|data: &[u8]| {
    let Some((&way, rest)) = data.split_first() else {
        return;
    };
    let files = match way % 10 {
        0 => vec![file(rest.to_vec(), None)],
        1 => vec![file(rest.to_vec(), Some(u64::MAX - 64))],
        2 => vec![file(zephyr(rest), None)],
        3 => vec![file(hexadecimal(&zephyr(rest)).into_bytes(), None)],
        4 => vec![file(esp(rest, way / 10), None)],
        5 => vec![file(base64(&esp(rest, way / 10)).into_bytes(), None)],
        6 => vec![file(hexadecimal(rest).into_bytes(), None)],
        7 => vec![file(intel_hex(rest).into_bytes(), None)],
        8 => vec![file(srec(rest).into_bytes(), None)],
        _ => {
            // Several files, some of which overlap.
            let chunks = rest.chunks(16).enumerate();
            chunks
                .map(|(index, chunk)| file(chunk.to_vec(), Some(index as u64 * 12)))
                .collect()
        }
    };
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    match read(files) {
        Ok(image) => verify(&image, bytes),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

fn verify(image: &MemoryImage, bytes: usize) {
    let mut total = 0;
    for pair in image.segments().windows(2) {
        assert!(pair[0].range().end < pair[1].address);
    }
    for segment in image.segments() {
        let range = segment.range();
        assert!(!range.is_empty());
        assert_eq!(image.bytes(range.clone()), Some(&segment.bytes[..]));
        total += segment.bytes.len();
        for size in [WordSize::Bits32, WordSize::Bits64] {
            for (address, word) in image.words(range.clone(), size) {
                assert_eq!(address % u64::from(size.bytes()), 0);
                assert_eq!(image.word_at(address, size), Some(word));
            }
        }
    }
    assert!(total <= 16 * bytes && image.registers().len() <= bytes);
}

fn file(bytes: Vec<u8>, address: Option<u64>) -> DumpBytes {
    DumpBytes {
        name: "ram_0x20000000.bin".to_owned(),
        address,
        bytes,
    }
}

/// A core dump of Zephyr with these sections and a right checksum.
fn zephyr(sections: &[u8]) -> Vec<u8> {
    let bits = 5 + (sections.len() % 2) as u8;
    let mut dump = vec![b'Z', b'E', 2, 0, 3, 0, bits, 1, 0, 0, 0, 0];
    dump.extend(sections);
    let checksum = crc32fast::hash(&dump);
    dump.extend(b"C\x01\0");
    dump.extend(checksum.to_le_bytes());
    dump
}

/// The same as Zephyr prints it.
fn hexadecimal(dump: &[u8]) -> String {
    let mut log = "#CD:BEGIN#\n".to_owned();
    for line in dump.chunks(32) {
        log += "E: #CD:";
        for byte in line {
            write!(log, "{byte:02x}").expect("a string takes any text");
        }
        log.push('\n');
    }
    log + "#CD:END#\n"
}

/// A core dump of ESP-IDF with this behind its header and with a right checksum.
fn esp(data: &[u8], version: u8) -> Vec<u8> {
    let versions = [
        (0x001_u16, 16),
        (0x002, 20),
        (0x003, 24),
        (0x100, 20),
        (0x101, 20),
        (0x102, 24),
        (0x103, 24),
        (0x104, 12),
    ];
    let (version, header) = versions[usize::from(version) % versions.len()];
    let is_sha = matches!(version, 0x101 | 0x103 | 0x104);
    let mut dump = vec![0; header];
    let length = header + data.len() + if is_sha { 32 } else { 4 };
    dump[..4].copy_from_slice(&(length as u32).to_le_bytes());
    dump[4..6].copy_from_slice(&version.to_le_bytes());
    if version < 0x100 {
        // Tasks, bytes of a control block, segments.
        let counts = data.iter().take((header - 8) / 4);
        for (at, &count) in (8..).step_by(4).zip(counts) {
            dump[at] = count % 8;
        }
    }
    dump.extend(data);
    if is_sha {
        let checksum = Sha256::digest(&dump);
        dump.extend(checksum);
    } else {
        let checksum = crc32fast::hash(&dump);
        dump.extend(checksum.to_le_bytes());
    }
    dump
}

/// The same as ESP-IDF prints it.
fn base64(dump: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut log = "=== CORE DUMP START ===\n".to_owned();
    for line in dump.chunks(48) {
        for three in line.chunks(3) {
            let bits = (0..3).fold(0, |bits, at| {
                bits << 8 | u32::from(three.get(at).copied().unwrap_or(0))
            });
            for digit in 0..4 {
                let six = (bits >> (18 - 6 * digit)) as usize & 63;
                let is_digit = digit <= three.len();
                log.push(if is_digit { DIGITS[six].into() } else { '=' });
            }
        }
        log.push('\n');
    }
    log + "=== CORE DUMP END ===\n"
}

/// Records of Intel HEX with right lengths and checksums: before each stand its length, type and address.
fn intel_hex(data: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = data;
    while let [length, kind, high, low, more @ ..] = rest {
        let length = usize::from(length % 24).min(more.len());
        let (body, behind) = more.split_at(length);
        let record = [&[length as u8, *high, *low, kind % 7], body].concat();
        let sum = record
            .iter()
            .fold(0_u8, |sum, &byte| sum.wrapping_add(byte));
        push_record(&mut text, ":", &record, sum.wrapping_neg());
        rest = behind;
    }
    text + ":00000001FF\n"
}

/// The same of SREC.
fn srec(data: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = data;
    while let [length, kind, more @ ..] = rest {
        let length = usize::from(length % 24).min(more.len());
        let (body, behind) = more.split_at(length);
        let record = [&[length as u8 + 1], body].concat();
        let sum = record
            .iter()
            .fold(0_u8, |sum, &byte| sum.wrapping_add(byte));
        push_record(&mut text, &format!("S{}", kind % 10), &record, !sum);
        rest = behind;
    }
    text + "S9030000FC\n"
}

fn push_record(text: &mut String, start: &str, record: &[u8], checksum: u8) {
    text.push_str(start);
    for byte in record.iter().chain([&checksum]) {
        write!(text, "{byte:02X}").expect("a string takes any text");
    }
    text.push('\n');
}
