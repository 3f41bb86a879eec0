//! Sizes are read the way people write them, and written the way people read them.

use super::*;

#[test]
fn sizes_are_bytes_or_multiples_of_1024() {
    for (text, bytes) in [
        ("0", 0),
        ("65536", 65_536),
        ("65,536", 65_536),
        ("65_536", 65_536),
        ("64K", 65_536),
        ("64k", 65_536),
        ("64KiB", 65_536),
        ("64 KB", 65_536),
        ("1M", 1 << 20),
        ("2G", 2 << 30),
        ("0x4000", 0x4000),
        (" 12 ", 12),
    ] {
        assert_eq!(parse_size(text), Ok(bytes), "{text}");
    }
}

#[test]
fn anything_else_is_refused_with_an_example() {
    for text in ["", "K", "-1", "1.5M", "64X", "0x", "0xZZ", "1 2K3"] {
        let message = parse_size(text).unwrap_err();
        assert!(message.contains("64K"), "{text}: {message}");
    }
    assert!(
        parse_size("99999999999G")
            .unwrap_err()
            .contains("too large")
    );
}

#[test]
fn percentages_may_carry_their_sign() {
    assert_eq!(parse_percent("10"), Ok(10.0));
    assert_eq!(parse_percent("12.5 %"), Ok(12.5));
    for text in ["", "%", "-1", "ten", "NaN", "inf", "1001"] {
        assert!(parse_percent(text).is_err(), "{text}");
    }
}

#[test]
fn thousands_are_separated() {
    for (number, text) in [
        (0_u64, "0"),
        (999, "999"),
        (1_000, "1,000"),
        (98_304, "98,304"),
        (1_234_567, "1,234,567"),
    ] {
        assert_eq!(count(number), text);
    }
    assert_eq!(counted(1_u64, "thread"), "1 thread");
    assert_eq!(counted(2_000_usize, "byte"), "2,000 bytes");
}

#[test]
fn shares_and_times_choose_their_form() {
    assert_eq!(percent(1, 8), "12.5 %");
    assert_eq!(percent(0, 0), "-");
    assert_eq!(microseconds(850), "850 µs");
    assert_eq!(microseconds(12_500), "12.5 ms");
    assert_eq!(microseconds(3_200_000), "3.20 s");
}

#[test]
fn a_time_has_a_unit() {
    assert_eq!(parse_time("300ms"), Some(300_000));
    assert_eq!(parse_time("2.5s"), Some(2_500_000));
    assert_eq!(parse_time("4min"), Some(240_000_000));
    assert_eq!(parse_time("1.5h"), Some(5_400_000_000));
    assert_eq!(parse_time("7us"), parse_time("7µs"));
    for wrong in ["", "300", "s", "1.2.3s", "-1s", "5 weeks", "99999999999h"] {
        assert_eq!(parse_time(wrong), None, "{wrong}");
    }
}
