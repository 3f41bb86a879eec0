//! Logs made by hand.

use super::*;

/// A core dump as Zephyr prints it.
fn zephyr_log(dump: &[u8]) -> String {
    let mut log = "*** Booting Zephyr OS ***\n[00:00:01] <err> coredump: #CD:BEGIN#\r\n".to_owned();
    for line in dump.chunks(32) {
        let hex: String = line.iter().map(|byte| format!("{byte:02x}")).collect();
        log += &format!("\x1b[1;31m[00:00:01] <err> coredump: #CD:{hex}\x1b[0m\r\n");
    }
    log + "[00:00:01] <err> coredump: #CD:END#\r\n[00:00:02] <err> os: Halting\n"
}

/// A core dump as ESP-IDF prints it.
fn esp_log(dump: &[u8]) -> String {
    let lines = dump.chunks(48).map(|line| STANDARD.encode(line) + "\r\n");
    format!(
        "I (300) esp_core_dump_uart: Print core dump to uart...\n\
         ================= CORE DUMP START =================\r\n{}\
         ================= CORE DUMP END =================\r\nRebooting...\n",
        lines.collect::<String>()
    )
}

fn message(result: Result<Decoded, Fault>) -> String {
    result
        .err()
        .map(|fault| fault.to_string())
        .unwrap_or_default()
}

#[test]
fn a_dump_between_other_lines_is_found() {
    let dump: Vec<u8> = (0..200).collect();
    let expected = Decoded {
        bytes: dump.clone(),
        remark: None,
    };
    let log = zephyr_log(&dump);
    assert!(has_zephyr(log.as_bytes()) && !has_esp(log.as_bytes()));
    assert_eq!(zephyr(log.as_bytes()).as_ref(), Ok(&expected));
    let log = esp_log(&dump);
    assert!(has_esp(log.as_bytes()) && !has_zephyr(log.as_bytes()));
    assert_eq!(esp(log.as_bytes()).as_ref(), Ok(&expected));
}

#[test]
fn of_several_dumps_the_last_complete_one_is_taken() {
    let (first, second) = (zephyr_log(b"first"), zephyr_log(b"second"));
    let both = format!("{first}{second}");
    let decoded = zephyr(both.as_bytes()).unwrap();
    assert_eq!(decoded.bytes, b"second");
    let remark = decoded.remark.unwrap();
    assert_eq!(
        remark,
        "the last complete core dump of 2 in this log, from line 7"
    );

    let cut_off = second.find("#CD:END#").unwrap();
    let both = format!("{first}{}", &second[..cut_off]);
    let decoded = zephyr(both.as_bytes()).unwrap();
    assert_eq!(decoded.bytes, b"first");
    assert_eq!(
        decoded.remark.unwrap(),
        "the last complete core dump of 2 in this log, from line 2; not complete: line 7: the \
         core dump that begins here is cut off: there is no #CD:END#"
    );

    let both = format!("{}{second}", &first[..first.find("#CD:END#").unwrap()]);
    let decoded = zephyr(both.as_bytes()).unwrap();
    assert_eq!(decoded.bytes, b"second");
    assert!(
        decoded
            .remark
            .unwrap()
            .ends_with("is cut off: the next one begins")
    );
}

#[test]
fn a_line_that_is_damaged_is_told() {
    let log = zephyr_log(b"memory");
    for (good, bad) in [("6d65", "6d6"), ("6d65", "6dx5")] {
        let fault = message(zephyr(log.replace(good, bad).as_bytes()));
        assert!(
            fault.starts_with("line 3: ") && fault.contains("not pairs of hex"),
            "{fault}"
        );
    }
    let fault = message(zephyr(
        log.replace("#CD:END#", "#CD:ERROR CANNOT DUMP#\n#CD:END#")
            .as_bytes(),
    ));
    assert_eq!(fault, "line 4: the device could not write its dump");
    let fault = message(zephyr(b"#CD:BEGIN#\n#CD:00"));
    assert!(
        fault.starts_with("line 1: the core dump that begins here is cut off"),
        "{fault}"
    );
    assert_eq!(
        message(zephyr(b"#CD:00\n#CD:END#")),
        "there is no core dump in this log"
    );

    let log = esp_log(b"memory");
    let fault = message(esp(log.replace("bWVtb3J5", "bWVtb3J5b").as_bytes()));
    assert_eq!(fault, "line 3: \"bWVtb3J5b\" is not base64");
    let fault = message(esp(log.replace("DUMP END", "DUMP EN").as_bytes()));
    assert!(fault.starts_with("line "), "{fault}");
}

#[test]
fn lines_of_base64_alone_are_a_dump_of_esp_idf_if_they_begin_like_one() {
    let dump = esp::tests::dump(0x104, &esp::tests::core());
    let lines: String = dump
        .chunks(24)
        .map(|line| STANDARD.encode(line) + "\n")
        .collect();
    assert!(has_esp(lines.as_bytes()));
    assert_eq!(
        esp(lines.as_bytes()),
        Ok(Decoded {
            bytes: dump,
            remark: None
        })
    );
    assert!(!has_esp(b"cat\ndog\n"));
    assert!(!has_esp(b""));
}

#[test]
fn what_a_monitor_puts_in_front_of_a_line_is_left_out() {
    let log = esp_log(b"memory").replace("bWVt", "2026-01-01 10:00:00 bWVt");
    assert_eq!(esp(log.as_bytes()).unwrap().bytes, b"memory");
}
