use super::*;

#[test]
fn every_extra_slab_goes_back_when_its_objects_are_gone() {
    let rows = measure(true, 1, &ProgressBar::hidden()).unwrap();
    assert_eq!(rows.len(), CONTENDERS.len());
    for row in rows {
        let (most, last) = row.slabs;
        assert_eq!(last, row.initial_slabs, "{}", row.name);
        assert!(most >= last);
        assert_eq!(most == 0, row.name.ends_with("no slab"));
        assert!(row.taken > 1.0 && row.ns > 0.0);
    }
}
