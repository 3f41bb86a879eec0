use super::*;

#[test]
fn rows_come_back_as_they_went_in() {
    let mut blob = Blob::default();
    let bytes = blob.row([1_u8, 2, 255]);
    let words = blob.row([7_u32, u32::MAX]);
    let changes = blob.row([-3_i32, 4]);
    let short = blob.row([65_535_u16]);
    let times = blob.row([1.5_f64, 1e300]);
    assert!(blob.numbers::<u8>(bytes).eq([1, 2, 255]));
    assert!(blob.numbers::<u32>(words).eq([7, u32::MAX]));
    assert!(blob.numbers::<i32>(changes).eq([-3, 4]));
    assert!(blob.numbers::<u16>(short).eq([65_535]));
    assert!(blob.numbers::<f64>(times).eq([1.5, 1e300]));
}

#[test]
fn every_row_begins_where_a_browser_can_look_at_it() {
    let mut blob = Blob::default();
    for length in 0..20 {
        let row = blob.row(vec![1_u8; length]);
        assert!(row.offset.is_multiple_of(8));
        assert_eq!(row.length, length as u64);
    }
}

#[test]
fn a_row_of_another_type_has_no_numbers() {
    let mut blob = Blob::default();
    let row = blob.row([1_u8, 2]);
    assert_eq!(blob.numbers::<u32>(row).count(), 0);
    let beyond = Row { length: 9, ..row };
    assert_eq!(blob.numbers::<u8>(beyond).count(), 2);
}
