use super::*;

#[test]
fn figures_have_keys_of_their_own_in_the_order_of_the_report() {
    let mut keys = Figure::ALL.map(Figure::key).to_vec();
    let mut sorted = Figure::ALL.to_vec();
    sorted.sort();
    assert_eq!(sorted, Figure::ALL);
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), Figure::ALL.len());
}

#[test]
fn a_tolerance_is_of_bytes_or_a_part_of_the_baseline() {
    let above = |text: &str, baseline| Tolerance::parse(Unit::Bytes, text).unwrap().above(baseline);
    assert_eq!(above("0", 1000), 1000);
    assert_eq!(above("1K", 1000), 2024);
    assert_eq!(above("2%", 1000), 1020);
    assert_eq!(above("2.5 %", 1000), 1025);
    // What is less than a byte is none.
    assert_eq!(above("2%", 49), 49);
    assert_eq!(above("2%", 50), 51);
    assert_eq!(above("1000%", u64::MAX), u64::MAX);
    assert_eq!(above("1", u64::MAX), u64::MAX);
    let error = Tolerance::parse(Unit::Bytes, "some").unwrap_err();
    assert!(error.contains("64K") && error.contains("2%"), "{error}");
}

#[test]
fn a_tolerance_of_a_percentage_is_its_points() {
    let tolerance = Tolerance::parse(Unit::Percent, "2%").unwrap();
    assert_eq!(tolerance.above(1234), 1434);
    assert_eq!(Unit::Percent.text(1434), "14.34 %");
    assert_eq!(Unit::Percent.parse("14.34%"), Ok(1434));
    assert_eq!(Unit::Percent.text(5), "0.05 %");
}

#[test]
fn values_are_read_and_written() {
    assert_eq!(Unit::Bytes.parse("64K"), Ok(65_536));
    assert_eq!(Unit::Bytes.text(65_536), "65,536");
    assert_eq!(Unit::Bytes.words(1), "1 byte");
    assert_eq!(Unit::Bytes.words(65_536), "65,536 bytes");
    assert!(Unit::Percent.parse("1001").is_err());
}
