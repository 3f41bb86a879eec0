//! How dumps are named.

use super::*;

fn parse(argument: &str) -> Result<(String, Option<u64>), String> {
    DumpFile::parse(argument.as_ref())
        .map(|file| (file.path.display().to_string(), file.address))
        .map_err(|error| error.to_string())
}

#[test]
fn an_address_stands_behind_the_last_at_sign() {
    let cases = [
        ("ram.bin", "ram.bin", None),
        ("-", "-", None),
        ("ram.bin@0x20000000", "ram.bin", Some(0x2000_0000)),
        ("ram.bin@0X2000_0000", "ram.bin", Some(0x2000_0000)),
        ("ram.bin@536870912", "ram.bin", Some(0x2000_0000)),
        (
            "user@host/ram.bin@0xffffffff80000000",
            "user@host/ram.bin",
            Some(0xffff_ffff_8000_0000),
        ),
        // No digit: it is part of a name, and will not be found.
        ("ram@home.bin", "ram@home.bin", None),
        ("ram.bin@", "ram.bin@", None),
    ];
    for (argument, path, address) in cases {
        assert_eq!(
            parse(argument),
            Ok((path.to_owned(), address)),
            "{argument}"
        );
    }
}

#[test]
fn what_begins_with_a_digit_has_to_be_a_number() {
    for address in ["0x", "0x2000000g", "2000g", "0x20000000000000000", "0x+1"] {
        let error = parse(&format!("ram.bin@{address}")).unwrap_err();
        assert!(
            error.contains(&format!(
                "{address:?} is no address; write it like 0x20000000"
            )),
            "{error}"
        );
    }
}

#[test]
fn a_file_that_exists_is_that_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dump@0x20000000");
    std::fs::write(&path, b"memory").unwrap();
    let file = DumpFile::parse(path.as_os_str()).unwrap();
    assert_eq!(
        file,
        DumpFile {
            path,
            address: None
        }
    );
}

#[test]
fn names_of_files_tell_addresses() {
    let cases = [
        (
            "dir/ramdump_0x02020000_0x0210c800.bin",
            Some(Guess::Range(0x0202_0000, 0x0210_c800)),
        ),
        ("ram-0x100-0x1ff.bin.gz", Some(Guess::Range(0x100, 0x1ff))),
        ("dump@0x20000000.bin", Some(Guess::Start(0x2000_0000))),
        ("0x20000000", Some(Guess::Start(0x2000_0000))),
        ("sram_0x20000000.raw", Some(Guess::Start(0x2000_0000))),
        ("20000000.bin", Some(Guess::Start(0x2000_0000))),
        (
            "ffffffff80000000.bin",
            Some(Guess::Start(0xffff_ffff_8000_0000)),
        ),
        ("ram.bin", None),
        ("2000.bin", None),
        ("0x.bin", None),
        ("box0x10.bin", None),
        ("x_0x20000000_part.bin", None),
        ("x_0x123456789abcdef01.bin", None),
        ("..", None),
    ];
    for (name, expected) in cases {
        assert_eq!(guess(Path::new(name)), expected, "{name}");
    }
}
