use super::beside;

#[test]
fn a_pool_beside_another_needs_more_as_many_or_less() {
    assert_eq!(beside(5_500, 5_000, ""), "500 bytes more (10.0 %)");
    assert_eq!(
        beside(5_500, 5_000, " as recorded"),
        "500 bytes more as recorded (10.0 %)"
    );
    assert_eq!(beside(4_000, 5_000, ""), "1,000 bytes less (20.0 %)");
    // And not "0 bytes more (0.0 %)".
    assert_eq!(beside(5_000, 5_000, ""), "as many bytes");
}
